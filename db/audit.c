#include "db/changes_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int audit_row_json(struct changes *changes, const char *sql, int64_t row_id,
		   char **ret_json)
{
	sqlite3_stmt *statement;
	char *json = NULL;
	struct text text;
	bool row;
	int finish_err;
	int err = database_statement(changes->database, sql, &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, row_id);
	err = statement_step(statement, &row);
	if (err)
		return err;
	if (row) {
		text = statement_text(statement, 0);
		json = strndup(text.ptr, text.len);
		if (!json)
			err = ENOMEM;
	}
	finish_err = statement_finish(statement);
	if (!err)
		err = finish_err;
	if (err) {
		free(json);
		return err;
	}
	*ret_json = json;
	return 0;
}

/* owner: of what was changed; "": nobody. */
static int write_row(struct changes *changes,
		     const struct audit_subject *subject, const char *owner,
		     const char *before, const char *after)
{
	bool is_own = strcmp(owner, changes->actor.user_id) == 0;
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO audit (revision, at, actor_kind, actor_name, "
		"peer, "
		"request_id, action, object_id, before, after, owner, "
		"foreign_owner, actor_role) VALUES "
		"(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, changes_revision(changes));
	sqlite3_bind_int64(statement, 2, changes->now_ms);
	statement_bind_string(statement, 3, changes->actor.kind);
	statement_bind_string(statement, 4, changes->actor.name);
	statement_bind_string(statement, 5, changes->actor.peer);
	statement_bind_string(statement, 6, changes->actor.request_id);
	statement_bind_string(statement, 7, subject->action);
	statement_bind_string(statement, 8, subject->object_id);
	if (before) /* what is not bound is NULL */
		statement_bind_string(statement, 9, before);
	if (after)
		statement_bind_string(statement, 10, after);
	statement_bind_string(statement, 11, owner);
	statement_bind_string(statement, 12, is_own ? "" : owner);
	statement_bind_string(statement, 13, changes->actor.role);
	return statement_run(statement);
}

int audit_write(struct changes *changes, const char *action,
		const char *object_id, const char *before, const char *after)
{
	const struct audit_subject subject = { .action = action,
					       .object_id = object_id };

	return write_row(changes, &subject, "", before, after);
}

int audit_owned_change(struct changes *changes,
		       const struct audit_subject *subject,
		       const char *owner_id, const char *before)
{
	char *after = NULL;
	int err = audit_row_json(changes, subject->row_sql, subject->row_id,
				 &after);

	if (!err)
		err = write_row(changes, subject, owner_id, before, after);
	free(after);
	return err;
}

int audit_change(struct changes *changes, const struct audit_subject *subject,
		 const char *before)
{
	return audit_owned_change(changes, subject, "", before);
}

int changes_note(struct changes *changes, const char *action,
		 const char *before, const char *after)
{
	return audit_write(changes, action, "", before, after);
}
