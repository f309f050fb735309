#include "db/auth_events.h"

#include "db/changes_state.h"

int auth_event_write(struct changes *changes, const struct auth_event *event)
{
	sqlite3_stmt *statement;
	int err = changes_may_grow(changes);

	if (!err)
		err = database_statement(
			changes->database,
			"INSERT INTO audit (revision, at, actor_kind, "
			"actor_name, peer, request_id, action, object_id, "
			"before, after, actor_role) VALUES (?1, ?2, ?3, ?4, "
			"?5, ?6, ?7, '', NULL, json_object('name', ?8, "
			"'detail', ?9, 'left_out', ?10), ?11)",
			&statement);
	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, changes->last_revision);
	sqlite3_bind_int64(statement, 2, changes->now_ms);
	statement_bind_string(statement, 3, changes->actor.kind);
	statement_bind_string(statement, 4, changes->actor.name);
	statement_bind_string(statement, 5, changes->actor.peer);
	statement_bind_string(statement, 6, changes->actor.request_id);
	statement_bind_string(statement, 7, event->action);
	statement_bind_string(statement, 8, event->name);
	statement_bind_string(statement, 9, event->detail);
	sqlite3_bind_int64(statement, 10, event->left_out);
	statement_bind_string(statement, 11, changes->actor.role);
	changes->touched_quietly = true;
	return statement_run(statement);
}
