#include "db/move_rows.h"
#include "db/ownership.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	CONFLICT_IDS = sizeof(((struct move_conflict *)0)->ids) / MOVE_ID_SIZE,
	/* More overlapped moves than anyone replaces in one go. */
	REPLACED_MAX = 10000,
};

/* From a statement that stands on id, starts_at, ends_at. */
static void note_other(struct move_conflict *conflict,
		       enum move_conflict_kind kind, sqlite3_stmt *statement)
{
	size_t i = conflict->id_count;

	conflict->kind = kind;
	if (i == CONFLICT_IDS)
		return;
	text_copy(statement_text(statement, 0), conflict->ids[i], MOVE_ID_SIZE);
	conflict->starts_at_ms[i] = sqlite3_column_int64(statement, 1);
	conflict->ends_at_ms[i] = sqlite3_column_int64(statement, 2);
	conflict->id_count++;
}

/* Stands on the others of this address in this time, by start. */
static int select_overlapped(struct changes *changes, const struct move *move,
			     sqlite3_stmt **ret_statement)
{
	int err = database_statement(
		changes->database,
		"SELECT id, starts_at, ends_at FROM move WHERE address = ?1 "
		"AND starts_at < ?3 "
		"AND ends_at > ?2 AND cancelled_at = 0 AND id <> ?4 "
		"ORDER BY starts_at LIMIT ?5",
		ret_statement);

	if (err)
		return err;
	statement_bind_string(*ret_statement, 1, move->address);
	sqlite3_bind_int64(*ret_statement, 2, move->starts_at_ms);
	sqlite3_bind_int64(*ret_statement, 3, move->ends_at_ms);
	statement_bind_string(*ret_statement, 4, move->id);
	return 0;
}

static int refuse_overlap(struct changes *changes, const struct move *move,
			  struct move_conflict *conflict)
{
	sqlite3_stmt *statement;
	bool row;
	int err = select_overlapped(changes, move, &statement);

	if (err)
		return err;
	sqlite3_bind_int(statement, 5, CONFLICT_IDS);
	while (!(err = statement_step(statement, &row)) && row)
		note_other(conflict, MOVE_OVERLAPS, statement);
	conflict->is_open_ended = move->ends_at_ms == MOVE_OPEN_END;
	if (!err && conflict->id_count > 0)
		err = EEXIST;
	return err;
}

/* The first of the overlapped ones; *ret_found false: none is left. */
static int cancel_first_overlapped(struct changes *changes,
				   const struct move *move,
				   struct move_conflict *conflict,
				   bool *ret_found)
{
	char id[MOVE_ID_SIZE];
	struct move_row other;
	sqlite3_stmt *statement;
	int err = select_overlapped(changes, move, &statement);

	if (err)
		return err;
	sqlite3_bind_int(statement, 5, 1);
	err = statement_step(statement, ret_found);
	if (err || !*ret_found)
		return err;
	text_copy(statement_text(statement, 0), id, sizeof(id));
	err = statement_finish(statement);
	if (!err)
		err = move_row_find(changes, text_of(id), 0, &other);
	if (!err)
		err = move_row_cancel(changes, &other);
	if (!err && conflict->replaced_count < MOVE_REPLACED_MAX)
		text_copy(text_of(id),
			  conflict->replaced[conflict->replaced_count++],
			  MOVE_ID_SIZE);
	return err;
}

/* A move that is under way is cancelled as well, not shortened: what a caller
 * gets from now on is the same, and the audit row tells when it ended. */
static int cancel_overlapped(struct changes *changes, const struct move *move,
			     struct move_conflict *conflict)
{
	bool found = true;
	int err = 0;

	for (int i = 0; !err && found && i < REPLACED_MAX; i++)
		err = cancel_first_overlapped(changes, move, conflict, &found);
	return err || !found ? err : E2BIG;
}

static int refuse_taken_external_id(struct changes *changes,
				    const struct move *move,
				    struct move_conflict *conflict)
{
	sqlite3_stmt *statement;
	bool row;
	int err;

	if (!move->external_id[0])
		return 0;
	err = database_statement(
		changes->database,
		"SELECT id, starts_at, ends_at FROM move "
		"WHERE external_id = ?1 "
		"AND external_id IS NOT NULL AND cancelled_at = 0 "
		"AND id <> ?2",
		&statement);
	if (err)
		return err;
	statement_bind_string(statement, 1, move->external_id);
	statement_bind_string(statement, 2, move->id);
	err = statement_step(statement, &row);
	if (err || !row)
		return err;
	note_other(conflict, MOVE_EXTERNAL_ID_TAKEN, statement);
	sqlite3_reset(statement);
	return EEXIST;
}

int move_conflicts_settle(struct changes *changes, const struct move *move,
			  const struct move_write *write)
{
	int err = write->on_conflict == ON_CONFLICT_REPLACE
			  ? cancel_overlapped(changes, move, write->conflict)
			  : refuse_overlap(changes, move, write->conflict);

	if (!err)
		err = refuse_taken_external_id(changes, move, write->conflict);
	if (!err)
		err = move_loops_refuse(changes, move, write);
	if (err == EEXIST)
		ownership_hide(changes, move, write->conflict);
	return err;
}
