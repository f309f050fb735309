#include "db/move_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	CONFLICT_IDS = sizeof(((struct move_conflict *)0)->ids) / MOVE_ID_SIZE,
	/* More overlapped moves than anyone replaces in one go. */
	REPLACED_MAX = 10000,
};

static void note_id(struct move_conflict *conflict,
		    enum move_conflict_kind kind, struct text id)
{
	conflict->kind = kind;
	if (conflict->id_count < CONFLICT_IDS)
		text_copy(id, conflict->ids[conflict->id_count++],
			  MOVE_ID_SIZE);
}

/* Stands on the others of this address in this time, by start. */
static int select_overlapped(struct changes *changes, const struct move *move,
			     sqlite3_stmt **ret_statement)
{
	int err = database_statement(
		changes->database,
		"SELECT id FROM move WHERE address = ?1 AND starts_at < ?3 "
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
		note_id(conflict, MOVE_OVERLAPS, statement_text(statement, 0));
	if (!err && conflict->id_count > 0)
		err = EEXIST;
	return err;
}

/* The first of the overlapped ones; *ret_found false: none is left. */
static int cancel_first_overlapped(struct changes *changes,
				   const struct move *move, bool *ret_found)
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
	return err ? err : move_row_cancel(changes, &other);
}

/* A move that is under way is cancelled as well, not shortened: what a caller
 * gets from now on is the same, and the audit row tells when it ended. */
static int cancel_overlapped(struct changes *changes, const struct move *move)
{
	bool found = true;
	int err = 0;

	for (int i = 0; !err && found && i < REPLACED_MAX; i++)
		err = cancel_first_overlapped(changes, move, &found);
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
		"SELECT id FROM move WHERE external_id = ?1 "
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
	note_id(conflict, MOVE_EXTERNAL_ID_TAKEN, statement_text(statement, 0));
	sqlite3_reset(statement);
	return EEXIST;
}

int move_conflicts_settle(struct changes *changes, const struct move *move,
			  const struct move_write *write)
{
	int err = write->on_conflict == ON_CONFLICT_REPLACE
			  ? cancel_overlapped(changes, move)
			  : refuse_overlap(changes, move, write->conflict);

	if (!err)
		err = refuse_taken_external_id(changes, move, write->conflict);
	return err ? err : move_loops_refuse(changes, move, write);
}
