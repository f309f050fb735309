#include "db/webhook_queue.h"

#include "db/rows.h"
#include "db/webhook_rows.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
	MS_PER_HOUR = 3600000,
	GONE = 410,
	/* Of a sender that asks for a year. */
	RETRY_AFTER_MAX_MS = 24 * MS_PER_HOUR,
};

void webhook_message_clear(struct webhook_message *message)
{
	webhook_endpoint_clear(&message->endpoint);
	free(message->body);
	*message = (struct webhook_message){ 0 };
}

/* --- what is due ------------------------------------------------------------
 */

struct taking {
	struct changes *changes;
	const struct webhook_flights *flights;
	struct webhook_message *messages;
	size_t count;
	int64_t next_ms;
};

static bool is_under_way(const struct webhook_flights *flights,
			 int64_t delivery)
{
	for (size_t i = 0; i < flights->count; i++)
		if (flights->list[i].delivery == delivery)
			return true;
	return false;
}

static size_t count_under_way(const struct webhook_flights *flights,
			      int64_t endpoint)
{
	size_t count = 0;

	for (size_t i = 0; i < flights->count; i++)
		count += flights->list[i].endpoint == endpoint;
	return count;
}

static int read_message(sqlite3_stmt *row, struct webhook_message *message)
{
	struct text body = statement_text(row, 2);

	message->delivery = sqlite3_column_int64(row, 0);
	text_copy(statement_text(row, 1), message->id, sizeof(message->id));
	message->body = strndup(body.ptr, body.len);
	return message->body ? 0 : ENOMEM;
}

/* With the endpoint's own copy of its secrets. */
static int add_message(struct taking *taking, sqlite3_stmt *row,
		       int64_t endpoint)
{
	struct webhook_message *message = &taking->messages[taking->count];
	int err;

	*message = (struct webhook_message){ 0 };
	err = read_message(row, message);
	if (!err)
		err = webhook_endpoint_get_row(taking->changes, endpoint,
					       &message->endpoint);
	if (err)
		webhook_message_clear(message);
	else
		taking->count++;
	return err;
}

/* At most `room` more for this endpoint. */
static int take_due(struct taking *taking, int64_t endpoint, size_t room)
{
	size_t under_way = count_under_way(taking->flights, endpoint);
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		taking->changes->database,
		"SELECT d.row_id, e.id, e.body FROM webhook_delivery d "
		"JOIN webhook_event e ON e.row_id = d.event_id "
		"WHERE d.endpoint_id = ?1 AND d.status = 0 "
		"AND d.next_attempt_at <= ?2 "
		"ORDER BY d.next_attempt_at LIMIT ?3",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, endpoint);
	sqlite3_bind_int64(statement, 2, taking->changes->now_ms);
	sqlite3_bind_int64(statement, 3, (int64_t)(room + under_way));
	while (room > 0 && !(err = statement_step(statement, &row)) && row) {
		if (is_under_way(taking->flights,
				 sqlite3_column_int64(statement, 0)))
			continue;
		err = add_message(taking, statement, endpoint);
		if (err)
			break;
		room--;
	}
	sqlite3_reset(statement);
	return err;
}

/* When the first is due that is not yet. */
static int find_next(struct taking *taking, int64_t endpoint, int64_t after_ms,
		     int64_t *ret_next_ms)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		taking->changes->database,
		"SELECT next_attempt_at FROM webhook_delivery "
		"WHERE endpoint_id = ?1 AND status = 0 "
		"AND next_attempt_at > ?2 ORDER BY next_attempt_at LIMIT 1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, endpoint);
	sqlite3_bind_int64(statement, 2, after_ms);
	err = row_read(statement, row_read_number, ret_next_ms);
	return err == ENOENT ? 0 : err;
}

static void come_back(struct taking *taking, int64_t at_ms)
{
	if (at_ms < taking->next_ms)
		taking->next_ms = at_ms;
}

/*
 * One that failed again and again gets one message at a time, and a while
 * between two: a probe. The rest waits without using up its tries.
 */
static int take_of(struct taking *taking, int64_t endpoint, int64_t failures,
		   int64_t probe_at_ms)
{
	bool is_open = failures >= WEBHOOK_CIRCUIT_FAILURES;
	int64_t now_ms = taking->changes->now_ms, next_ms = INT64_MAX;
	size_t room = is_open ? 1 : WEBHOOK_IN_FLIGHT_EACH;
	size_t under_way = count_under_way(taking->flights, endpoint);
	size_t left =
		WEBHOOK_IN_FLIGHT_MAX - taking->flights->count - taking->count;
	int err = 0;

	room = room > under_way ? room - under_way : 0;
	if (room > left)
		room = left;
	if (is_open && probe_at_ms > now_ms) {
		err = find_next(taking, endpoint, 0, &next_ms);
		if (next_ms != INT64_MAX)
			come_back(taking, next_ms > probe_at_ms ? next_ms
								: probe_at_ms);
		return err;
	}
	if (room > 0)
		err = take_due(taking, endpoint, room);
	if (!err)
		err = find_next(taking, endpoint, now_ms, &next_ms);
	come_back(taking, next_ms);
	return err;
}

struct candidate {
	int64_t row_id, failures, probe_at_ms;
};

static int find_candidates(struct changes *changes,
			   struct candidate candidates[WEBHOOK_ENDPOINTS_MAX],
			   size_t *ret_count)
{
	sqlite3_stmt *statement;
	size_t count = 0;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT row_id, failures, probe_at FROM webhook_endpoint "
		"WHERE enabled = 1 AND paused = 0 ORDER BY random()",
		&statement);

	if (err)
		return err;
	while (!(err = statement_step(statement, &row)) && row &&
	       count < WEBHOOK_ENDPOINTS_MAX)
		candidates[count++] = (struct candidate){
			sqlite3_column_int64(statement, 0),
			sqlite3_column_int64(statement, 1),
			sqlite3_column_int64(statement, 2),
		};
	sqlite3_reset(statement);
	*ret_count = count;
	return err;
}

int webhook_queue_take(struct changes *changes,
		       const struct webhook_flights *flights,
		       struct webhook_message *messages, size_t *ret_count,
		       int64_t *ret_next_ms)
{
	struct taking taking = { changes, flights, messages, 0, INT64_MAX };
	struct candidate candidates[WEBHOOK_ENDPOINTS_MAX];
	size_t count = 0;
	int err = find_candidates(changes, candidates, &count);

	for (size_t i = 0; !err && i < count; i++)
		err = take_of(&taking, candidates[i].row_id,
			      candidates[i].failures,
			      candidates[i].probe_at_ms);
	while (err && taking.count > 0)
		webhook_message_clear(&messages[--taking.count]);
	*ret_count = taking.count;
	*ret_next_ms = taking.next_ms;
	return err;
}

/* --- what became of one -----------------------------------------------------
 */

static int insert_attempt(struct changes *changes,
			  const struct webhook_result *result)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO webhook_attempt (delivery_id, number, at, status, "
		"duration_ms, error, excerpt) SELECT row_id, attempts, ?2, ?3, "
		"?4, ?5, ?6 FROM webhook_delivery WHERE row_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, result->delivery);
	sqlite3_bind_int64(statement, 2, result->at_ms);
	sqlite3_bind_int(statement, 3, result->status);
	sqlite3_bind_int64(statement, 4, result->duration_ms);
	statement_bind_string(statement, 5, result->error);
	statement_bind_string(statement, 6, result->excerpt);
	return statement_run(statement);
}

static int settle_delivery(struct changes *changes,
			   const struct webhook_result *result,
			   enum webhook_status status, int64_t next_attempt_ms)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE webhook_delivery SET status = ?2, tries = tries + 1, "
		"attempts = attempts + 1, next_attempt_at = ?3, "
		"updated_at = ?4 WHERE row_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, result->delivery);
	sqlite3_bind_int(statement, 2, (int)status);
	sqlite3_bind_int64(statement, 3, next_attempt_ms);
	sqlite3_bind_int64(statement, 4, changes->now_ms);
	err = statement_run(statement);
	return err ? err : insert_attempt(changes, result);
}

/* When it is tried again; -1: no more. */
static int64_t next_attempt(struct changes *changes,
			    const struct webhook_result *result,
			    const struct webhook_rules *rules, int64_t tries)
{
	int64_t delay_ms = webhook_schedule_delay(
		&rules->schedule, (size_t)tries + 1, randombytes_random());
	int64_t asked_ms = result->retry_after_ms;

	if (delay_ms < 0)
		return -1;
	if (asked_ms > RETRY_AFTER_MAX_MS)
		asked_ms = RETRY_AFTER_MAX_MS;
	return changes->now_ms + (delay_ms > asked_ms ? delay_ms : asked_ms);
}

static int write_record(struct changes *changes,
			const struct webhook_endpoint *endpoint)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database,
				     "UPDATE webhook_endpoint SET failures = "
				     "?2, failing_since = ?3, "
				     "probe_at = ?4 WHERE row_id = ?1",
				     &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, endpoint->row_id);
	sqlite3_bind_int64(statement, 2, endpoint->failures);
	sqlite3_bind_int64(statement, 3, endpoint->failing_since_ms);
	sqlite3_bind_int64(statement, 4, endpoint->probe_at_ms);
	return statement_run(statement);
}

static int note_success(struct changes *changes,
			struct webhook_endpoint *endpoint)
{
	if (endpoint->failures == 0)
		return 0;
	endpoint->failures = 0;
	endpoint->failing_since_ms = 0;
	endpoint->probe_at_ms = 0;
	return write_record(changes, endpoint);
}

static int note_failure(struct changes *changes,
			struct webhook_endpoint *endpoint,
			const struct webhook_result *result,
			const struct webhook_rules *rules)
{
	int64_t pause_ms = webhook_schedule_delay(&rules->schedule, 1,
						  randombytes_random());

	endpoint->failures++;
	if (!endpoint->failing_since_ms)
		endpoint->failing_since_ms = result->at_ms;
	endpoint->probe_at_ms = changes->now_ms + (pause_ms > 0 ? pause_ms : 0);
	if (!endpoint->enabled)
		return write_record(changes, endpoint);
	if (result->status == GONE)
		return webhook_endpoint_disable(changes, endpoint,
						WEBHOOK_DISABLED_GONE);
	if (changes->now_ms - endpoint->failing_since_ms >=
	    rules->disable_after_ms)
		return webhook_endpoint_disable(changes, endpoint,
						WEBHOOK_DISABLED_FAILING);
	return write_record(changes, endpoint);
}

/* How often it was tried along the schedule. ENOENT: it is gone. */
static int get_tries(struct changes *changes, int64_t delivery,
		     int64_t *ret_tries)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database,
				     "SELECT tries FROM webhook_delivery "
				     "WHERE row_id = ?1",
				     &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, delivery);
	return row_read(statement, row_read_number, ret_tries);
}

static int settle(struct changes *changes, const struct webhook_result *result,
		  const struct webhook_rules *rules,
		  struct webhook_endpoint *endpoint,
		  enum webhook_outcome *ret_outcome)
{
	static const enum webhook_status statuses[WEBHOOK_OUTCOMES] = {
		[WEBHOOK_DELIVERED] = WEBHOOK_STATUS_DELIVERED,
		[WEBHOOK_FAILED] = WEBHOOK_STATUS_PENDING,
		[WEBHOOK_DEAD] = WEBHOOK_STATUS_DEAD,
	};
	bool is_good = result->status >= 200 && result->status < 300;
	int64_t tries = 0, next_ms = 0;
	int err = get_tries(changes, result->delivery, &tries);

	if (err)
		return err;
	*ret_outcome = WEBHOOK_DELIVERED;
	if (!is_good) {
		next_ms = next_attempt(changes, result, rules, tries);
		*ret_outcome = next_ms < 0 || !endpoint->enabled ||
					       result->status == GONE
				       ? WEBHOOK_DEAD
				       : WEBHOOK_FAILED;
	}
	err = settle_delivery(changes, result, statuses[*ret_outcome],
			      next_ms > 0 ? next_ms : 0);
	if (err)
		return err;
	return is_good ? note_success(changes, endpoint)
		       : note_failure(changes, endpoint, result, rules);
}

int webhook_queue_note(struct changes *changes,
		       const struct webhook_result *result,
		       const struct webhook_rules *rules,
		       enum webhook_outcome *ret_outcome)
{
	struct webhook_endpoint endpoint = { 0 };
	int err =
		webhook_endpoint_get_row(changes, result->endpoint, &endpoint);

	*ret_outcome = WEBHOOK_FAILED;
	changes->touched_quietly = true;
	if (!err)
		err = settle(changes, result, rules, &endpoint, ret_outcome);
	webhook_endpoint_clear(&endpoint);
	return err == ENOENT ? 0 : err; /* deleted meanwhile */
}
