#include "db/move_use.h"

#include <errno.h>

#include "db/rows.h"
#include "db/webhook_outbox.h"

enum {
	NOTE_MS = 3600000,
};

static const char *position_name(void)
{
	return webhook_event_names[WEBHOOK_MOVE_EXPIRED_UNUSED];
}

static void read_use(sqlite3_stmt *row, void *ret_use)
{
	struct move_use *use = ret_use;

	text_copy(statement_text(row, 0), use->id, sizeof(use->id));
	text_copy(statement_text(row, 1), use->address, sizeof(use->address));
	use->starts_at_ms = sqlite3_column_int64(row, 2);
	use->ends_at_ms = sqlite3_column_int64(row, 3);
}

/*
 * Behind the last one that was told, and what began before the log did ended
 * after that. Moves that are not asked about are passed by; far from the last
 * one, that is noted, lest they are passed by again and again.
 */
static int position_of(struct changes *changes, int64_t log_begins_ms,
		       struct webhook_position *ret_told)
{
	int err = webhook_position_get(changes, position_name(), ret_told);

	if (!err && ret_told->value < log_begins_ms)
		*ret_told = (struct webhook_position){ .value = log_begins_ms };
	return err;
}

static int note_none(struct changes *changes, int64_t log_begins_ms,
		     int64_t until_ms)
{
	const struct webhook_position none = { .value = until_ms };
	struct webhook_position told;
	int err = position_of(changes, log_begins_ms, &told);

	return err || until_ms - told.value < NOTE_MS
		       ? err
		       : webhook_position_set(changes, position_name(), &none);
}

static int find_ended(struct changes *changes, int64_t log_begins_ms,
		      int64_t until_ms, struct move_use *ret_use)
{
	struct webhook_position told;
	sqlite3_stmt *statement;
	int err = position_of(changes, log_begins_ms, &told);

	if (!err)
		err = database_statement(
			changes->database,
			"SELECT id, address, starts_at, ends_at FROM move "
			"WHERE (ends_at, id) > (?1, ?2) AND ends_at <= ?3 "
			"AND cancelled_at = 0 AND updated_at < ends_at "
			"AND starts_at >= ?4 ORDER BY ends_at, id LIMIT 1",
			&statement);
	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, told.value);
	statement_bind_string(statement, 2, told.after_id);
	sqlite3_bind_int64(statement, 3, until_ms);
	sqlite3_bind_int64(statement, 4, log_begins_ms);
	return row_read(statement, read_use, ret_use);
}

static int find_next(struct changes *changes, int64_t after_ms,
		     int64_t *ret_ends_at_ms)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"SELECT ends_at FROM move WHERE ends_at > ?1 "
		"AND cancelled_at = 0 ORDER BY ends_at, id LIMIT 1",
		&statement);

	*ret_ends_at_ms = MOVE_OPEN_END;
	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, after_ms);
	err = row_read(statement, row_read_number, ret_ends_at_ms);
	return err == ENOENT ? 0 : err;
}

int move_use_next(struct changes *changes, int64_t log_begins_ms,
		  struct move_use *ret_use, int64_t *ret_next_ms)
{
	const int64_t until_ms = changes->now_ms - MOVE_USE_SETTLE_MS;
	bool wanted = false;
	int64_t ends_at_ms;
	int err = webhook_is_wanted(changes, WEBHOOK_MOVE_EXPIRED_UNUSED,
				    &wanted);

	*ret_use = (struct move_use){ .id = "" };
	*ret_next_ms = INT64_MAX;
	if (err || !wanted)
		return err;
	err = find_ended(changes, log_begins_ms, until_ms, ret_use);
	if (err != ENOENT)
		return err; /* the next one when this one is noted */
	err = note_none(changes, log_begins_ms, until_ms);
	if (!err)
		err = find_next(changes, until_ms, &ends_at_ms);
	if (!err && ends_at_ms != MOVE_OPEN_END)
		*ret_next_ms = ends_at_ms + MOVE_USE_SETTLE_MS;
	return err;
}

int move_use_note(struct changes *changes, const struct move_use *use,
		  bool was_used)
{
	struct webhook_position told = { .value = use->ends_at_ms };
	struct move move;
	int err;

	text_copy(text_of(use->id), told.after_id, sizeof(told.after_id));
	err = webhook_position_set(changes, position_name(), &told);
	if (err || was_used)
		return err;
	err = move_get(changes, text_of(use->id), &move);
	/* It is gone, or has another end now. */
	if (err == ENOENT || (!err && move.ends_at_ms != use->ends_at_ms))
		return 0;
	return err ? err
		   : webhook_move_passed(changes, WEBHOOK_MOVE_EXPIRED_UNUSED,
					 &move, use->ends_at_ms);
}
