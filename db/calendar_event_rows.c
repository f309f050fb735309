#include "db/calendar_event_rows.h"

#include <errno.h>
#include <string.h>

#include "db/rows.h"

int calendar_event_find(struct changes *changes, int64_t subscription_row,
			const char *external_id,
			struct calendar_event_known *ret_known)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT sha256, seen_at FROM calendar_event "
		"WHERE subscription_id = ?1 AND external_id = ?2",
		&statement);

	*ret_known = (struct calendar_event_known){ .is_known = false };
	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, subscription_row);
	statement_bind_string(statement, 2, external_id);
	err = statement_step(statement, &row);
	if (err || !row)
		return err;
	ret_known->is_known = true;
	ret_known->is_there = sqlite3_column_int64(statement, 1) ==
			      changes->now_ms;
	if (sqlite3_column_bytes(statement, 0) == CALENDAR_HASH_LEN)
		memcpy(ret_known->sha256, sqlite3_column_blob(statement, 0),
		       CALENDAR_HASH_LEN);
	return statement_finish(statement);
}

int calendar_event_keep(struct changes *changes, int64_t subscription_row,
			const char *external_id, const unsigned char *sha256)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		sha256 ? "INSERT INTO calendar_event (subscription_id, "
			 "external_id, seen_at, sha256) VALUES (?1, ?2, ?3, "
			 "?4) ON CONFLICT DO UPDATE SET seen_at = ?3, "
			 "sha256 = ?4"
		       : "UPDATE calendar_event SET seen_at = ?3 "
			 "WHERE subscription_id = ?1 AND external_id = ?2",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, subscription_row);
	statement_bind_string(statement, 2, external_id);
	sqlite3_bind_int64(statement, 3, changes->now_ms);
	if (sha256)
		sqlite3_bind_blob(statement, 4, sha256, CALENDAR_HASH_LEN,
				  SQLITE_TRANSIENT);
	return statement_run(statement);
}

int calendar_event_forget(struct changes *changes, int64_t subscription_row,
			  const char *external_id)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"DELETE FROM calendar_event "
		"WHERE subscription_id = ?1 AND external_id = ?2",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, subscription_row);
	statement_bind_string(statement, 2, external_id);
	return statement_run(statement);
}

int calendar_event_forget_all(struct changes *changes, const char *external_id)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"DELETE FROM calendar_event WHERE external_id = ?1",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, external_id);
	return statement_run(statement);
}

int calendar_event_is_elsewhere(struct changes *changes,
				int64_t subscription_row,
				const char *external_id, bool *ret_elsewhere)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"SELECT 1 FROM calendar_event JOIN calendar_subscription "
		"ON row_id = subscription_id AND enabled "
		"WHERE external_id = ?2 AND subscription_id <> ?1 LIMIT 1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, subscription_row);
	statement_bind_string(statement, 2, external_id);
	return row_exists(statement, ret_elsewhere);
}

int calendar_event_find_gone(struct changes *changes, int64_t subscription_row,
			     char external_id[MOVE_EXTERNAL_ID_MAX + 1])
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT external_id FROM calendar_event "
		"WHERE subscription_id = ?1 AND seen_at <> ?2 LIMIT 1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, subscription_row);
	sqlite3_bind_int64(statement, 2, changes->now_ms);
	err = statement_step(statement, &row);
	if (err || !row)
		return err ? err : ENOENT;
	text_copy(statement_text(statement, 0), external_id,
		  MOVE_EXTERNAL_ID_MAX + 1);
	return statement_finish(statement);
}
