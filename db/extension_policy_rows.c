#include "db/extension_rule_rows.h"

#include "db/webhook_outbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "db/policy_versions.h"

/* The policy as a whole: ?1 is meta's only row. */
static const char policy_audit_sql[] =
	"SELECT json_object('preset', nullif(preset, ''), 'rules', json(("
	"SELECT json_group_array(json(rule)) FROM (SELECT " RULE_JSON
	" AS rule FROM extension_rule ORDER BY row_id)))) "
	"FROM meta WHERE one = ?1";

int extension_policy_state_get(struct changes *changes,
			       struct extension_policy_state *ret_state)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT preset, policy_revision, (SELECT count(*) "
		"FROM extension_rule) FROM meta WHERE one = 1",
		&statement);

	if (err)
		return err;
	err = statement_step(statement, &row);
	if (err)
		return err;
	if (!row)
		return EBADMSG;
	text_copy(statement_text(statement, 0), ret_state->preset,
		  sizeof(ret_state->preset));
	ret_state->revision = sqlite3_column_int64(statement, 1);
	ret_state->rule_count = (size_t)sqlite3_column_int64(statement, 2);
	return statement_finish(statement);
}

int extension_policy_touch(struct changes *changes, const char *preset)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE meta SET preset = ?1, policy_revision = ?2 "
		"WHERE one = 1",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, preset);
	sqlite3_bind_int64(statement, 2, changes_revision(changes));
	changes->touched_rules = true;
	err = statement_run(statement);
	if (!err)
		err = policy_version_make(changes, preset);
	return err ? err : webhook_policy_changed(changes);
}

int extension_policy_check(struct changes *changes, int64_t if_revision,
			   struct extension_policy_state *ret_state)
{
	int err = extension_policy_state_get(changes, ret_state);

	if (!err && if_revision && if_revision != ret_state->revision)
		err = ESTALE;
	return err;
}

int extension_rule_list(struct changes *changes,
			struct extension_rule **ret_rules, size_t *ret_count)
{
	struct extension_policy_state state;
	struct extension_rule *rules = NULL;
	sqlite3_stmt *statement;
	size_t count = 0;
	bool row;
	int err = extension_policy_state_get(changes, &state);

	if (!err)
		err = database_statement(changes->database,
					 "SELECT " RULE_COLUMNS
					 " FROM extension_rule "
					 "ORDER BY " RULE_ORDER,
					 &statement);
	if (err)
		return err;
	rules = calloc(state.rule_count + 1, sizeof(*rules));
	if (!rules)
		return ENOMEM;
	while (!(err = statement_step(statement, &row)) && row &&
	       count < state.rule_count)
		extension_rule_read(statement, &rules[count++]);
	sqlite3_reset(statement);
	if (err) {
		free(rules);
		return err;
	}
	*ret_rules = rules;
	*ret_count = count;
	return 0;
}

/* One rule's faults, at their place in the list. */
static void validate_nth(struct extension_rule *rule, size_t n,
			 struct faults *faults)
{
	struct faults own = { 0 };
	char pointer[FAULT_POINTER_SIZE + 32];

	extension_rule_validate(rule, &own);
	for (size_t i = 0; i < own.count; i++) {
		snprintf(pointer, sizeof(pointer), "/rules/%zu%s", n,
			 own.list[i].pointer);
		faults_add(faults, own.list[i].code, pointer, "%s",
			   own.list[i].detail);
	}
	faults->dropped += own.dropped;
	faults_clear(&own);
}

/*
 * A rule whose place (domain, header, tag, method) had one before is that one
 * still, with its id: the log and whoever keeps ids speak of it. Until a row is
 * written anew it has revision 0; what has it at the end is gone.
 */
static int write_all(struct changes *changes, struct extension_rule *rules,
		     size_t count, struct faults *faults)
{
	char pointer[FAULT_POINTER_SIZE];
	int err = database_execute(changes->database,
				   "UPDATE extension_rule SET revision = 0");

	for (size_t i = 0; !err && i < count; i++) {
		err = extension_rule_write(changes, &rules[i]);
		if (err == EEXIST) {
			snprintf(pointer, sizeof(pointer), "/rules/%zu", i);
			faults_add(faults, FAULT_DUPLICATE, pointer,
				   "has the domain, header, tag and method of "
				   "a rule before it");
			err = 0;
		}
	}
	if (!err)
		err = database_execute(changes->database,
				       "DELETE FROM extension_rule "
				       "WHERE revision = 0");
	if (!err && faults_any(faults))
		err = EINVAL;
	return err;
}

static int replace_with(struct changes *changes, const char *preset,
			struct extension_rule *rules, size_t count,
			struct faults *faults)
{
	char *before = NULL;
	int err = audit_row_json(changes, policy_audit_sql, 1, &before);

	if (!err)
		err = write_all(changes, rules, count, faults);
	if (!err)
		err = extension_policy_touch(changes, preset);
	if (!err)
		err = audit_change(
			changes,
			&(struct audit_subject){ "extension_policy.replace",
						 "extension-policy",
						 policy_audit_sql, 1 },
			before);
	free(before);
	return err;
}

static int replace_with_preset(struct changes *changes, const char *preset,
			       struct faults *faults)
{
	struct extension_rule *rules = NULL;
	size_t count;
	int err = extension_preset(text_of(preset), &rules, &count);

	if (err == ENOENT) {
		faults_add(faults, FAULT_UNKNOWN_PRESET, "/preset",
			   "must be standard, redirect-server, transparent or "
			   "refuse-all");
		return EINVAL;
	}
	if (!err)
		err = replace_with(changes, preset, rules, count, faults);
	free(rules);
	return err;
}

int extension_policy_replace(struct changes *changes, const char *preset,
			     struct extension_rule *rules, size_t count,
			     int64_t if_revision, struct faults *faults)
{
	struct extension_policy_state state;
	int err = changes_may_grow(changes);

	if (!err)
		err = extension_policy_check(changes, if_revision, &state);
	if (err)
		return err;
	if (preset[0])
		return replace_with_preset(changes, preset, faults);
	if (count > EXTENSION_RULES_MAX) {
		faults_add(faults, FAULT_TOO_MANY, "/rules",
			   "must not be more than %d rules",
			   EXTENSION_RULES_MAX);
		return EINVAL;
	}
	for (size_t i = 0; i < count; i++)
		validate_nth(&rules[i], i, faults);
	if (faults_any(faults))
		return EINVAL;
	return replace_with(changes, "", rules, count, faults);
}

int policy_version_restore(struct changes *changes, int64_t number,
			   int64_t if_revision)
{
	struct extension_policy_state state;
	struct policy_version version = { 0 };
	char *before = NULL;
	int err = changes_may_grow(changes);

	if (!err)
		err = policy_version_get(changes, number, &version);
	if (!err)
		err = extension_policy_check(changes, if_revision, &state);
	if (!err)
		err = audit_row_json(changes, policy_audit_sql, 1, &before);
	if (!err)
		err = policy_version_put_back(changes, version.number);
	if (!err)
		err = extension_policy_touch(changes, version.preset);
	if (!err)
		err = policy_version_restored(changes, version.number);
	if (!err)
		err = audit_change(
			changes,
			&(struct audit_subject){ "extension_policy.restore",
						 "extension-policy",
						 policy_audit_sql, 1 },
			before);
	free(before);
	return err;
}
