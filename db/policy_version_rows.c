#include "db/policy_versions.h"

#include <errno.h>
#include <stdlib.h>

#include "db/extension_rule_rows.h"
#include "db/rows.h"

#define VERSION_COLUMNS                                                \
	"number, revision, at, actor_kind, actor_name, preset, note, " \
	"restored_from, rule_count, added, changed, removed"

/* As RULE_COLUMNS, so that the same function reads them. */
#define OLD_RULE_COLUMNS                                         \
	"row_id, rule_id, domain, header, tag, method, action, " \
	"enabled, note, created_at, updated_at, revision"

#define STILL "9223372036854775807"

/* --- reading ------------------------------------------------------------- */

static void read_version(sqlite3_stmt *statement, void *ret_version)
{
	struct policy_version *version = ret_version;

	*version = (struct policy_version){
		.number = sqlite3_column_int64(statement, 0),
		.revision = sqlite3_column_int64(statement, 1),
		.at_ms = sqlite3_column_int64(statement, 2),
		.restored_from = sqlite3_column_int64(statement, 7),
		.rule_count = sqlite3_column_int64(statement, 8),
		.added = sqlite3_column_int64(statement, 9),
		.changed = sqlite3_column_int64(statement, 10),
		.removed = sqlite3_column_int64(statement, 11),
	};
	text_copy(statement_text(statement, 3), version->actor_kind,
		  sizeof(version->actor_kind));
	text_copy(statement_text(statement, 4), version->actor_name,
		  sizeof(version->actor_name));
	text_copy(statement_text(statement, 5), version->preset,
		  sizeof(version->preset));
	text_copy(statement_text(statement, 6), version->note,
		  sizeof(version->note));
}

int policy_version_get(struct changes *changes, int64_t number,
		       struct policy_version *ret_version)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"SELECT " VERSION_COLUMNS " FROM policy_version WHERE number = "
		"iif(?1 = 0, (SELECT max(number) FROM policy_version), ?1)",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, number);
	return row_read(statement, read_version, ret_version);
}

int policy_version_list(struct changes *changes, int64_t before, size_t limit,
			struct policy_version *versions, size_t *ret_count,
			bool *ret_more)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database,
				     "SELECT " VERSION_COLUMNS
				     " FROM policy_version WHERE ?1 = 0 OR "
				     "number < ?1 ORDER BY number DESC "
				     "LIMIT ?2",
				     &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, before);
	return row_list(statement, 2,
			&(struct row_page){ read_version, versions,
					    sizeof(*versions), limit, ret_count,
					    ret_more });
}

/* sql selects OLD_RULE_COLUMNS, count_sql their number; both by ?1. */
static int read_rules(struct changes *changes, const char *count_sql,
		      const char *sql, int64_t number,
		      struct extension_rules *ret_rules)
{
	struct extension_rules list = { 0 };
	sqlite3_stmt *statement;
	size_t room;
	bool row;
	int err = database_statement(changes->database, count_sql, &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, number);
	err = statement_step(statement, &row);
	if (err)
		return err;
	room = (size_t)sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	err = database_statement(changes->database, sql, &statement);
	if (err)
		return err;
	/* One more: calloc(0) may give NULL, and no rules are rules too. */
	list.rules = calloc(room + 1, sizeof(*list.rules));
	if (!list.rules)
		return ENOMEM;
	sqlite3_bind_int64(statement, 1, number);
	while (!(err = statement_step(statement, &row)) && row &&
	       list.count < room)
		extension_rule_read(statement, &list.rules[list.count++]);
	sqlite3_reset(statement);
	if (err) {
		free(list.rules);
		return err;
	}
	*ret_rules = list;
	return 0;
}

int policy_version_rules(struct changes *changes, int64_t number,
			 struct extension_rules *ret_rules)
{
	return read_rules(changes,
			  "SELECT count(*) FROM policy_version_rule "
			  "WHERE from_version <= ?1 AND until_version > ?1",
			  "SELECT " OLD_RULE_COLUMNS
			  " FROM policy_version_rule WHERE from_version <= ?1 "
			  "AND until_version > ?1 ORDER BY " RULE_ORDER,
			  number, ret_rules);
}

/* --- a new version ------------------------------------------------------- */

static int run_with(struct changes *changes, const char *sql, int64_t first,
		    int64_t second)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database, sql, &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, first);
	if (sqlite3_bind_parameter_count(statement) > 1)
		sqlite3_bind_int64(statement, 2, second);
	return statement_run(statement);
}

/* What this version has no more, or otherwise, and what is new in it. */
static int note_rules(struct changes *changes, int64_t number)
{
	int err = run_with(
		changes,
		"UPDATE policy_version_rule AS old SET until_version = ?1 "
		"WHERE until_version = " STILL " AND NOT EXISTS (SELECT 1 "
		"FROM extension_rule AS rule WHERE rule.id = old.rule_id "
		"AND rule.domain = old.domain AND rule.header = old.header "
		"AND rule.tag = old.tag AND rule.method = old.method "
		"AND rule.action = old.action AND rule.enabled = old.enabled "
		"AND rule.note = old.note)",
		number, 0);

	if (err)
		return err;
	return run_with(
		changes,
		"INSERT INTO policy_version_rule (from_version, until_version, "
		"rule_id, domain, header, tag, method, action, enabled, note, "
		"created_at, updated_at, revision) SELECT ?1, " STILL
		", id, domain, header, tag, method, action, enabled, note, "
		"created_at, updated_at, revision FROM extension_rule AS rule "
		"WHERE NOT EXISTS (SELECT 1 FROM policy_version_rule "
		"WHERE until_version = " STILL " AND rule_id = rule.id)",
		number, 0);
}

/* What is neither new nor gone is the same in both. */
static int compare_with_last(struct changes *changes, int64_t number,
			     struct extension_policy_diff *ret_diff)
{
	struct extension_rules gone = { 0 }, new = { 0 };
	int err = read_rules(changes,
			     "SELECT count(*) FROM policy_version_rule "
			     "WHERE until_version = ?1",
			     "SELECT " OLD_RULE_COLUMNS
			     " FROM policy_version_rule "
			     "WHERE until_version = ?1",
			     number, &gone);

	if (!err)
		err = read_rules(changes,
				 "SELECT count(*) FROM policy_version_rule "
				 "WHERE from_version = ?1",
				 "SELECT " OLD_RULE_COLUMNS
				 " FROM policy_version_rule "
				 "WHERE from_version = ?1",
				 number, &new);
	if (!err)
		err = extension_policy_diff(&gone, &new, ret_diff);
	if (!err) /* its references go with the rules: the figures stay */
		ret_diff->count = 0;
	free(gone.rules);
	free(new.rules);
	return err;
}

static int insert_version(struct changes *changes, int64_t number,
			  const char *preset,
			  const struct extension_policy_diff *diff)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO policy_version (" VERSION_COLUMNS
		") VALUES (?1, ?2, ?3, ?4, ?5, ?6, '', 0, (SELECT count(*) "
		"FROM extension_rule), ?7, ?8, ?9)",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, number);
	sqlite3_bind_int64(statement, 2, changes_revision(changes));
	sqlite3_bind_int64(statement, 3, changes->now_ms);
	statement_bind_string(statement, 4, changes->actor.kind);
	statement_bind_string(statement, 5, changes->actor.name);
	statement_bind_string(statement, 6, preset);
	sqlite3_bind_int64(statement, 7, (int64_t)diff->added);
	sqlite3_bind_int64(statement, 8, (int64_t)diff->changed);
	sqlite3_bind_int64(statement, 9, (int64_t)diff->removed);
	return statement_run(statement);
}

/*
 * The oldest one to stay: of the last so many, or the first whose rules, with
 * those of all behind it, are few enough. What ended before it is seen by
 * nobody.
 */
static int forget(struct changes *changes, int64_t newest)
{
	sqlite3_stmt *statement;
	int64_t first = newest - POLICY_VERSIONS_MAX + 1, enough = 0;
	bool row;
	int err = database_statement(changes->database,
				     "SELECT until_version FROM "
				     "policy_version_rule WHERE until_version "
				     "< " STILL " ORDER BY until_version DESC "
				     "LIMIT 1 OFFSET ?1",
				     &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, POLICY_OLD_RULES_MAX);
	err = statement_step(statement, &row);
	if (err)
		return err;
	if (row)
		enough = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	if (enough > first)
		first = enough;
	if (first <= 1)
		return 0;
	err = run_with(changes, "DELETE FROM policy_version WHERE number < ?1",
		       first, 0);
	return err ? err
		   : run_with(changes,
			      "DELETE FROM policy_version_rule "
			      "WHERE until_version <= ?1",
			      first, 0);
}

int policy_version_make(struct changes *changes, const char *preset)
{
	struct extension_policy_diff diff = { 0 };
	struct policy_version last = { 0 };
	int err = policy_version_get(changes, 0, &last);

	if (err && err != ENOENT)
		return err;
	err = note_rules(changes, last.number + 1);
	if (!err)
		err = compare_with_last(changes, last.number + 1, &diff);
	if (!err)
		err = insert_version(changes, last.number + 1, preset, &diff);
	if (!err)
		err = forget(changes, last.number + 1);
	extension_policy_diff_clear(&diff);
	return err;
}

int policy_version_describe(struct changes *changes, const char *note)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE policy_version SET note = ?1 WHERE revision = ?2",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, note);
	sqlite3_bind_int64(statement, 2, changes_revision(changes));
	return statement_run(statement);
}

/* --- going back ---------------------------------------------------------- */

/* Rules that are back have the ids that the log and others know them by. */
int policy_version_put_back(struct changes *changes, int64_t number)
{
	sqlite3_stmt *statement;
	int err = database_execute(changes->database,
				   "DELETE FROM extension_rule");

	if (!err)
		err = database_statement(
			changes->database,
			"INSERT INTO extension_rule (id, domain, header, tag, "
			"method, action, enabled, note, created_at, "
			"updated_at, revision) SELECT rule_id, domain, header, "
			"tag, method, action, enabled, note, created_at, ?2, "
			"?3 FROM policy_version_rule WHERE from_version <= ?1 "
			"AND until_version > ?1 ORDER BY row_id",
			&statement);
	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, number);
	sqlite3_bind_int64(statement, 2, changes->now_ms);
	sqlite3_bind_int64(statement, 3, changes_revision(changes));
	return statement_run(statement);
}

int policy_version_restored(struct changes *changes, int64_t from)
{
	return run_with(changes,
			"UPDATE policy_version SET restored_from = ?1 "
			"WHERE revision = ?2",
			from, changes_revision(changes));
}
