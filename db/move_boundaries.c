#include "db/move_boundaries.h"

#include "db/move_rows.h"
#include "db/webhook_outbox.h"

#include <string.h>

enum {
	PART = 32, /* moves told of in one job, of each kind */
};

/* One row a kind of event. `passed`: the first behind an edge and an id, up to
 * another edge; `next`: the first edge behind one. */
struct boundary {
	enum webhook_event_type type;
	bool is_end, is_reminder;
	const char *passed, *next;
};

#define STARTS_PASSED                                                         \
	"SELECT " MOVE_COLUMNS " FROM move WHERE (starts_at, id) > (?1, ?2) " \
	"AND starts_at <= ?3 AND cancelled_at = 0 "                           \
	"ORDER BY starts_at, id LIMIT 1"
#define STARTS_NEXT                                        \
	"SELECT starts_at FROM move WHERE starts_at > ?1 " \
	"ORDER BY starts_at, id LIMIT 1"
#define ENDS_PASSED                                                         \
	"SELECT " MOVE_COLUMNS " FROM move WHERE (ends_at, id) > (?1, ?2) " \
	"AND ends_at <= ?3 AND cancelled_at = 0 "                           \
	"ORDER BY ends_at, id LIMIT 1"
#define ENDS_NEXT                                      \
	"SELECT ends_at FROM move WHERE ends_at > ?1 " \
	"AND cancelled_at = 0 ORDER BY ends_at, id LIMIT 1"

/* In the order in which they come to one move. */
static const struct boundary boundaries[] = {
	{ WEBHOOK_MOVE_STARTING_SOON, false, true, STARTS_PASSED, STARTS_NEXT },
	{ WEBHOOK_MOVE_STARTED, false, false, STARTS_PASSED, STARTS_NEXT },
	{ WEBHOOK_MOVE_ENDING_SOON, true, true, ENDS_PASSED, ENDS_NEXT },
	{ WEBHOOK_MOVE_ENDED, true, false, ENDS_PASSED, ENDS_NEXT },
};

static int64_t edge_of(const struct boundary *boundary, const struct move *move)
{
	return boundary->is_end ? move->ends_at_ms : move->starts_at_ms;
}

static int64_t lead_of(const struct boundary *boundary,
		       const struct move_reminders *reminders)
{
	if (!boundary->is_reminder)
		return 0;
	return boundary->is_end ? reminders->before_end_ms
				: reminders->before_start_ms;
}

/* --- what has passed --------------------------------------------------------
 */

static int read_passed(struct changes *changes, const struct boundary *boundary,
		       const struct webhook_position *told, int64_t until_ms,
		       struct move_row *ret_row, bool *ret_found)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database, boundary->passed,
				     &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, told->value);
	statement_bind_string(statement, 2, told->after_id);
	sqlite3_bind_int64(statement, 3, until_ms);
	err = statement_step(statement, ret_found);
	if (err || !*ret_found)
		return err;
	err = move_row_read(changes, statement, ret_row);
	return err ? err : statement_finish(statement);
}

/* A reminder that comes too late is none. */
static int tell(struct changes *changes, const struct boundary *boundary,
		const struct move *move)
{
	int64_t edge_ms = edge_of(boundary, move);

	if (boundary->is_reminder && edge_ms <= changes->now_ms)
		return 0;
	return webhook_move_passed(changes, boundary->type, move,
				   boundary->is_reminder ? changes->now_ms
							 : edge_ms);
}

/* *told goes on to the last that was told of. */
static int pass(struct changes *changes, const struct boundary *boundary,
		int64_t until_ms, struct webhook_position *told, bool *ret_more)
{
	struct move_row row;
	bool found = true;
	int err = 0;

	for (int i = 0; !err && i < PART; i++) {
		err = read_passed(changes, boundary, told, until_ms, &row,
				  &found);
		if (err || !found)
			break;
		err = tell(changes, boundary, &row.move);
		told->value = edge_of(boundary, &row.move);
		text_copy(text_of(row.move.id), told->after_id,
			  sizeof(told->after_id));
	}
	*ret_more = found;
	return err;
}

static int find_next(struct changes *changes, const struct boundary *boundary,
		     int64_t after_ms, int64_t *ret_edge_ms)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(changes->database, boundary->next,
				     &statement);

	*ret_edge_ms = INT64_MAX;
	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, after_ms);
	err = statement_step(statement, &row);
	if (err || !row)
		return err;
	*ret_edge_ms = sqlite3_column_int64(statement, 0);
	return statement_finish(statement);
}

/* Positions are times at which something was told; a reminder's edge lies its
 * lead behind that. */
static int pass_kind(struct changes *changes, const struct boundary *boundary,
		     int64_t lead_ms, int64_t *ret_next_ms)
{
	const char *name = webhook_event_names[boundary->type];
	int64_t edge_ms, until_ms = changes->now_ms + lead_ms;
	struct webhook_position was, told;
	bool more = false;
	int err = webhook_position_get(changes, name, &was);

	told = was;
	told.value += lead_ms;
	if (!err)
		err = pass(changes, boundary, until_ms, &told, &more);
	told.value -= lead_ms;
	if (!err && (told.value != was.value ||
		     strcmp(told.after_id, was.after_id) != 0))
		err = webhook_position_set(changes, name, &told);
	if (!err && !more)
		err = find_next(changes, boundary, until_ms, &edge_ms);
	if (err)
		return err;
	if (more)
		*ret_next_ms = 0;
	else if (edge_ms != INT64_MAX && edge_ms - lead_ms < *ret_next_ms)
		*ret_next_ms = edge_ms - lead_ms;
	return 0;
}

int move_boundaries_pass(struct changes *changes,
			 const struct move_reminders *reminders,
			 int64_t *ret_next_ms)
{
	int err = 0;

	*ret_next_ms = INT64_MAX;
	for (size_t i = 0; !err && i < sizeof(boundaries) / sizeof(*boundaries);
	     i++) {
		const struct boundary *boundary = &boundaries[i];
		int64_t lead_ms = lead_of(boundary, reminders);
		bool wanted = false;

		if (boundary->is_reminder && lead_ms == 0)
			continue;
		err = webhook_is_wanted(changes, boundary->type, &wanted);
		if (!err && wanted)
			err = pass_kind(changes, boundary, lead_ms,
					ret_next_ms);
	}
	return err;
}

/* --- what was written behind it ---------------------------------------------
 */

static bool was_told(const struct webhook_position *told,
		     const struct boundary *boundary, const struct move *move)
{
	int64_t edge_ms = edge_of(boundary, move);

	return edge_ms < told->value || (edge_ms == told->value &&
					 strcmp(move->id, told->after_id) <= 0);
}

/* Of an edge that lies behind what was told, and did not before. */
static int tell_late(struct changes *changes, const struct boundary *boundary,
		     const struct move *was, const struct move *move)
{
	struct webhook_position told;
	int err = webhook_position_get(
		changes, webhook_event_names[boundary->type], &told);

	if (err || !was_told(&told, boundary, move) ||
	    (was && was_told(&told, boundary, was)))
		return err;
	return webhook_move_passed(changes, boundary->type, move,
				   edge_of(boundary, move));
}

int move_boundaries_changed(struct changes *changes, const struct move *was,
			    const struct move *move)
{
	int err = 0;

	/* The next one may come sooner now. */
	changes->touched_outbox = true;
	for (size_t i = 0; !err && !move->cancelled_at_ms &&
			   i < sizeof(boundaries) / sizeof(*boundaries);
	     i++)
		if (!boundaries[i].is_reminder)
			err = tell_late(changes, &boundaries[i], was, move);
	return err;
}
