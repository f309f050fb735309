/*
 * What of the queue is old, and how long it is: webhook_queue.h.
 */
#include "db/webhook_queue.h"

#include "db/rows.h"

/* Removes some; *ret_more: there may be others. */
static int remove_some(struct changes *changes, const char *sql,
		       int64_t before_ms, bool *ret_more)
{
	int err = row_run(changes, sql, before_ms);

	if (!err && sqlite3_changes(database_handle(changes->database)) > 0)
		*ret_more = changes->touched_quietly = true;
	return err;
}

int webhook_queue_sweep(struct changes *changes,
			const struct webhook_rules *rules, bool *ret_more)
{
	int64_t before_ms = changes->now_ms - rules->keep_ms;
	int err;

	*ret_more = false;
	/* Of an endpoint that has been paused for so long, too. */
	err = remove_some(changes,
			  "DELETE FROM webhook_delivery WHERE row_id IN "
			  "(SELECT row_id FROM webhook_delivery "
			  "WHERE updated_at < ?1 LIMIT 500)",
			  before_ms, ret_more);
	if (!err)
		err = remove_some(
			changes,
			"DELETE FROM webhook_event WHERE row_id IN "
			"(SELECT row_id FROM webhook_event e WHERE created_at "
			"< ?1 AND NOT EXISTS (SELECT 1 FROM webhook_delivery d "
			"WHERE d.event_id = e.row_id) LIMIT 500)",
			before_ms, ret_more);
	return err;
}

int webhook_queue_measure(struct changes *changes,
			  struct webhook_backlog *ret_backlog)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT count(*), coalesce(min(created_at), 0), (SELECT "
		"count(*) FROM webhook_delivery WHERE status = 2) "
		"FROM webhook_delivery WHERE status = 0",
		&statement);

	if (err)
		return err;
	err = statement_step(statement, &row);
	if (err || !row)
		return err;
	*ret_backlog = (struct webhook_backlog){
		.pending = (uint64_t)sqlite3_column_int64(statement, 0),
		.oldest_ms = sqlite3_column_int64(statement, 1),
		.dead = (uint64_t)sqlite3_column_int64(statement, 2),
	};
	return statement_finish(statement);
}
