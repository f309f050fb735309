/*
 * extension_rule_rows.h - what the rows of single rules and the policy as a
 * whole (extension_policy_rows.c) share. Inside db/ only; store thread.
 */
#ifndef SIPMOVED_DB_EXTENSION_RULE_ROWS_H
#define SIPMOVED_DB_EXTENSION_RULE_ROWS_H

#include "db/changes_state.h"

#define RULE_COLUMNS                                        \
	"row_id, id, domain, header, tag, method, action, " \
	"enabled, note, created_at, updated_at, revision"

/* Names before '*', as they are resolved. */
#define RULE_ORDER                                             \
	"tag = '*', domain = '*', tag, domain, method = '*', " \
	"method, header = 2, header"

/* For audit rows. */
#define RULE_JSON                                                          \
	"json_object('id', id, 'domain', domain, 'header', CASE header "   \
	"WHEN 0 THEN 'require' WHEN 1 THEN 'proxy-require' "               \
	"ELSE 'both' END, 'tag', tag, 'method', method, "                  \
	"'action', CASE action WHEN 0 THEN 'accept' WHEN 1 THEN 'ignore' " \
	"ELSE 'reject' END, "                                              \
	"'enabled', json_bool(enabled), 'note', note)"

/* From a statement that stands on a row of RULE_COLUMNS. */
void extension_rule_read(sqlite3_stmt *statement, struct extension_rule *rule);
/* A rule that was validated; with a new id. */
int extension_rule_insert(struct changes *changes, struct extension_rule *rule)
	__attribute__((warn_unused_result));
/* The same, or in place of the rule at its place that has revision 0, whose id
 * and creation it takes. EEXIST: the one there has another revision. */
int extension_rule_write(struct changes *changes, struct extension_rule *rule)
	__attribute__((warn_unused_result));
/* 0, or EEXIST and whose the place is. */
int extension_rule_check_place(struct changes *changes,
			       const struct extension_rule *rule,
			       char ret_other_id[OBJECT_ID_SIZE])
	__attribute__((warn_unused_result));

/* The policy changes with each of its rules, and has a new version: after the
 * rows were written. "": it is no preset any more. */
int extension_policy_touch(struct changes *changes, const char *preset)
	__attribute__((warn_unused_result));
/* As it is, if it still is what the caller has seen. ESTALE. */
int extension_policy_check(struct changes *changes, int64_t if_revision,
			   struct extension_policy_state *ret_state)
	__attribute__((warn_unused_result));

/* policy_version_rows.c: the rules, as they are now, are a new version. */
int policy_version_make(struct changes *changes, const char *preset)
	__attribute__((warn_unused_result));
/* What policy_version_restore() is made of: the rows alone, and the note of
 * where they come from. */
int policy_version_put_back(struct changes *changes, int64_t number)
	__attribute__((warn_unused_result));
int policy_version_restored(struct changes *changes, int64_t from)
	__attribute__((warn_unused_result));

#endif
