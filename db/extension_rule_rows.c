#include "db/extension_rule_rows.h"
#include "db/rows.h"

#include <errno.h>

struct rule_row {
	int64_t row_id;
	struct extension_rule rule;
};

static const char audit_sql[] = "SELECT " RULE_JSON
				" FROM extension_rule WHERE row_id = ?1";

static void read_text(sqlite3_stmt *statement, int column, char *buffer,
		      size_t size)
{
	text_copy(statement_text(statement, column), buffer, size);
}

/* A number that is no such header or action is read as the strictest one. */
void extension_rule_read(sqlite3_stmt *statement, struct extension_rule *rule)
{
	int header = sqlite3_column_int(statement, 3);
	int action = sqlite3_column_int(statement, 6);

	*rule = (struct extension_rule){ 0 };
	read_text(statement, 1, rule->id, sizeof(rule->id));
	read_text(statement, 2, rule->domain, sizeof(rule->domain));
	rule->header = header < EXTENSION_REQUIRE || header > EXTENSION_BOTH
			       ? EXTENSION_BOTH
			       : (enum extension_header)header;
	read_text(statement, 4, rule->tag, sizeof(rule->tag));
	read_text(statement, 5, rule->method, sizeof(rule->method));
	rule->action = action < EXTENSION_ACCEPT || action > EXTENSION_REJECT
			       ? EXTENSION_REJECT
			       : (enum extension_action)action;
	rule->enabled = sqlite3_column_int(statement, 7) != 0;
	read_text(statement, 8, rule->note, sizeof(rule->note));
	rule->created_at_ms = sqlite3_column_int64(statement, 9);
	rule->updated_at_ms = sqlite3_column_int64(statement, 10);
	rule->revision = sqlite3_column_int64(statement, 11);
}

static void read_row(sqlite3_stmt *statement, void *ret_row)
{
	struct rule_row *row = ret_row;

	row->row_id = sqlite3_column_int64(statement, 0);
	extension_rule_read(statement, &row->rule);
}

static int find_row(struct changes *changes, struct text id,
		    int64_t if_revision, struct rule_row *ret_row)
{
	int err = row_get(changes,
			  "SELECT " RULE_COLUMNS
			  " FROM extension_rule WHERE id = ?1",
			  id, read_row, ret_row);

	return err ? err
		   : row_check_revision(if_revision, ret_row->rule.revision);
}

int extension_rule_get(struct changes *changes, struct text id,
		       struct extension_rule *ret_rule)
{
	struct rule_row row;
	int err = find_row(changes, id, 0, &row);

	if (!err)
		*ret_rule = row.rule;
	return err;
}

int extension_rule_check_place(struct changes *changes,
			       const struct extension_rule *rule,
			       char ret_other_id[OBJECT_ID_SIZE])
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT id FROM extension_rule WHERE domain = ?1 "
		"AND header = ?2 AND tag = ?3 AND method = ?4 AND id <> ?5",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, rule->domain);
	sqlite3_bind_int(statement, 2, (int)rule->header);
	statement_bind_string(statement, 3, rule->tag);
	statement_bind_string(statement, 4, rule->method);
	statement_bind_string(statement, 5, rule->id);
	err = statement_step(statement, &row);
	if (err || !row)
		return err;
	read_text(statement, 0, ret_other_id, OBJECT_ID_SIZE);
	sqlite3_reset(statement);
	return EEXIST;
}

static void bind_members(sqlite3_stmt *statement,
			 const struct extension_rule *rule)
{
	statement_bind_string(statement, 2, rule->domain);
	sqlite3_bind_int(statement, 3, (int)rule->header);
	statement_bind_string(statement, 4, rule->tag);
	statement_bind_string(statement, 5, rule->method);
	sqlite3_bind_int(statement, 6, (int)rule->action);
	sqlite3_bind_int(statement, 7, rule->enabled);
	statement_bind_string(statement, 8, rule->note);
	sqlite3_bind_int64(statement, 9, rule->updated_at_ms);
	sqlite3_bind_int64(statement, 10, rule->revision);
}

int extension_rule_insert(struct changes *changes, struct extension_rule *rule)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO extension_rule (id, domain, header, tag, method, "
		"action, enabled, note, created_at, updated_at, revision) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10)",
		&statement);

	if (err)
		return err;
	object_id_new("rul", changes->now_ms, rule->id);
	rule->created_at_ms = changes->now_ms;
	rule->updated_at_ms = changes->now_ms;
	rule->revision = changes_revision(changes);
	statement_bind_string(statement, 1, rule->id);
	bind_members(statement, rule);
	return statement_run(statement);
}

static int update_row(struct changes *changes, const void *value)
{
	const struct rule_row *row = value;
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE extension_rule SET domain = ?2, header = ?3, tag = ?4, "
		"method = ?5, action = ?6, enabled = ?7, note = ?8, "
		"updated_at = ?9, revision = ?10 WHERE row_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, row->row_id);
	bind_members(statement, &row->rule);
	return statement_run(statement);
}

int extension_rule_write(struct changes *changes, struct extension_rule *rule)
{
	char id[OBJECT_ID_SIZE];
	struct rule_row row;
	int err;

	rule->id[0] = '\0';
	err = extension_rule_check_place(changes, rule, id);
	if (!err)
		return extension_rule_insert(changes, rule);
	if (err != EEXIST)
		return err;
	err = find_row(changes, text_of(id), 0, &row);
	if (err)
		return err;
	if (row.rule.revision != 0)
		return EEXIST;
	text_copy(text_of(id), rule->id, sizeof(rule->id));
	rule->created_at_ms = row.rule.created_at_ms;
	rule->updated_at_ms = changes->now_ms;
	rule->revision = changes_revision(changes);
	row.rule = *rule;
	return update_row(changes, &row);
}

int extension_rule_create(struct changes *changes, struct extension_rule *rule,
			  int64_t if_policy_revision, struct faults *faults,
			  char ret_other_id[OBJECT_ID_SIZE])
{
	struct audit_subject subject = { "extension_rule.create", rule->id,
					 audit_sql, 0 };
	struct extension_policy_state state;
	int err = changes_may_grow(changes);

	if (!err)
		err = extension_policy_check(changes, if_policy_revision,
					     &state);
	if (err)
		return err;
	rule->id[0] = '\0';
	extension_rule_validate(rule, faults);
	if (state.rule_count >= EXTENSION_RULES_MAX)
		faults_add(
			faults, FAULT_TOO_MANY, "",
			"would be one rule more than the %d that are possible",
			EXTENSION_RULES_MAX);
	if (faults_any(faults))
		return EINVAL;
	err = extension_rule_check_place(changes, rule, ret_other_id);
	if (!err)
		err = extension_rule_insert(changes, rule);
	if (err)
		return err;
	subject.row_id =
		sqlite3_last_insert_rowid(database_handle(changes->database));
	err = extension_policy_touch(changes, "");
	return err ? err : audit_change(changes, &subject, NULL);
}

int extension_rule_update(struct changes *changes, struct extension_rule *rule,
			  int64_t if_revision, struct faults *faults,
			  char ret_other_id[OBJECT_ID_SIZE])
{
	struct rule_row row;
	int64_t created_at_ms;
	int err = find_row(changes, text_of(rule->id), if_revision, &row);

	if (err)
		return err;
	created_at_ms = row.rule.created_at_ms;
	row.rule = *rule;
	extension_rule_validate(&row.rule, faults);
	if (faults_any(faults))
		return EINVAL;
	err = extension_rule_check_place(changes, &row.rule, ret_other_id);
	if (err)
		return err;
	row.rule.created_at_ms = created_at_ms;
	row.rule.updated_at_ms = changes->now_ms;
	row.rule.revision = changes_revision(changes);
	err = row_update(changes,
			 &(struct audit_subject){ "extension_rule.update",
						  row.rule.id, audit_sql,
						  row.row_id },
			 update_row, &row);
	if (!err)
		err = extension_policy_touch(changes, "");
	if (!err)
		*rule = row.rule;
	return err;
}

int extension_rule_delete(struct changes *changes, struct text id,
			  int64_t if_revision)
{
	struct rule_row row;
	int err = find_row(changes, id, if_revision, &row);

	if (!err)
		err = row_delete(changes,
				 &(struct audit_subject){
					 "extension_rule.delete", row.rule.id,
					 audit_sql, row.row_id },
				 "DELETE FROM extension_rule "
				 "WHERE row_id = ?1");
	return err ? err : extension_policy_touch(changes, "");
}
