#include "db/webhook_outbox.h"

#include "base/timestamp.h"
#include "db/rows.h"
#include "db/webhook_endpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Row numbers of the endpoints that want an event. */
struct takers {
	int64_t row_ids[WEBHOOK_ENDPOINTS_MAX];
	size_t count;
};

static int find_takers(struct changes *changes, enum webhook_event_type type,
		       struct takers *ret_takers)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(changes->database,
				     "SELECT row_id, events FROM "
				     "webhook_endpoint WHERE enabled = 1",
				     &statement);

	ret_takers->count = 0;
	if (err)
		return err;
	while (!(err = statement_step(statement, &row)) && row &&
	       ret_takers->count < WEBHOOK_ENDPOINTS_MAX)
		if (webhook_patterns_fit(statement_text(statement, 1), type))
			ret_takers->row_ids[ret_takers->count++] =
				sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return err;
}

int webhook_has_takers(struct changes *changes, bool *ret_has)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database,
				     "SELECT 1 FROM webhook_endpoint "
				     "WHERE enabled = 1 LIMIT 1",
				     &statement);

	return err ? err : row_exists(statement, ret_has);
}

int webhook_is_wanted(struct changes *changes, enum webhook_event_type type,
		      bool *ret_wanted)
{
	struct takers takers;
	int err = find_takers(changes, type, &takers);

	*ret_wanted = takers.count > 0;
	return err;
}

/* --- one event --------------------------------------------------------------
 */

int webhook_json(struct changes *changes, const char *sql,
		 const char *const *texts, char **ret_json)
{
	sqlite3_stmt *statement;
	struct text json;
	char *copy;
	bool row;
	int err = database_statement(changes->database, sql, &statement);

	if (err)
		return err;
	for (int i = 0; texts[i]; i++)
		statement_bind_string(statement, i + 1, texts[i]);
	err = statement_step(statement, &row);
	if (err)
		return err;
	if (!row)
		return ENOENT;
	json = statement_text(statement, 0);
	copy = strndup(json.ptr, json.len);
	err = statement_finish(statement);
	if (!err && !copy)
		err = ENOMEM;
	if (err)
		free(copy);
	else
		*ret_json = copy;
	return err;
}

static int write_body(struct changes *changes,
		      const struct webhook_event_draft *draft, const char *data,
		      char **ret_body)
{
	char at[TIMESTAMP_SIZE];
	const char *const texts[] = { webhook_event_names[draft->type], at,
				      data, NULL };

	timestamp_format(draft->at_ms, at);
	return webhook_json(changes,
			    "SELECT json_object('type', ?1, 'timestamp', ?2, "
			    "'data', json(?3))",
			    texts, ret_body);
}

/* An object that is too large for a message is told by its id. */
static int write_short_body(struct changes *changes,
			    const struct webhook_event_draft *draft,
			    char **ret_body)
{
	const char *const texts[] = { draft->object_id, NULL };
	char *data = NULL;
	int err = webhook_json(changes,
			       "SELECT json_object('id', nullif(?1, ''), "
			       "'truncated', json('true'))",
			       texts, &data);

	if (!err)
		err = write_body(changes, draft, data, ret_body);
	free(data);
	return err;
}

static int insert_event(struct changes *changes,
			const struct webhook_event_draft *draft,
			const char *body, int64_t *ret_row_id)
{
	char id[OBJECT_ID_SIZE];
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO webhook_event (id, type, object_id, revision, "
		"body, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
		"ON CONFLICT (object_id, revision, type) WHERE object_id <> '' "
		"DO UPDATE SET body = excluded.body RETURNING row_id",
		&statement);

	if (err)
		return err;
	object_id_new("msg", changes->now_ms, id);
	statement_bind_string(statement, 1, id);
	statement_bind_string(statement, 2, webhook_event_names[draft->type]);
	statement_bind_string(statement, 3, draft->object_id);
	sqlite3_bind_int64(statement, 4, draft->revision);
	statement_bind_string(statement, 5, body);
	sqlite3_bind_int64(statement, 6, changes->now_ms);
	return row_read(statement, row_read_number, ret_row_id);
}

/* Not twice for an event that was there. */
static int insert_delivery(struct changes *changes, int64_t event,
			   int64_t endpoint)
{
	char id[OBJECT_ID_SIZE];
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO webhook_delivery (id, event_id, endpoint_id, "
		"status, tries, attempts, next_attempt_at, created_at, "
		"updated_at) SELECT ?1, ?2, ?3, 0, 0, 0, ?4, ?4, ?4 "
		"WHERE NOT EXISTS (SELECT 1 FROM webhook_delivery "
		"WHERE event_id = ?2 AND endpoint_id = ?3)",
		&statement);

	if (err)
		return err;
	object_id_new("dlv", changes->now_ms, id);
	statement_bind_string(statement, 1, id);
	sqlite3_bind_int64(statement, 2, event);
	sqlite3_bind_int64(statement, 3, endpoint);
	sqlite3_bind_int64(statement, 4, changes->now_ms);
	return statement_run(statement);
}

static int insert_rows(struct changes *changes,
		       const struct webhook_event_draft *draft,
		       const char *body, const struct takers *takers)
{
	int64_t event = 0;
	int err = insert_event(changes, draft, body, &event);

	for (size_t i = 0; !err && i < takers->count; i++)
		err = insert_delivery(changes, event, takers->row_ids[i]);
	/* Some come without a revision. */
	changes->touched_outbox = changes->touched_quietly = true;
	return err;
}

int webhook_event_write(struct changes *changes,
			const struct webhook_event_draft *draft)
{
	struct takers takers = { { draft->endpoint_row_id }, 1 };
	char *body = NULL;
	int err = 0;

	if (!draft->endpoint_row_id)
		err = find_takers(changes, draft->type, &takers);
	if (err || takers.count == 0)
		return err;
	err = write_body(changes, draft, draft->data, &body);
	if (!err && strlen(body) >= WEBHOOK_BODY_MAX) {
		free(body);
		body = NULL;
		err = write_short_body(changes, draft, &body);
	}
	if (!err)
		err = insert_rows(changes, draft, body, &takers);
	free(body);
	return err;
}

/* --- positions --------------------------------------------------------------
 */

static void read_position(sqlite3_stmt *row, void *ret_position)
{
	struct webhook_position *position = ret_position;

	position->value = sqlite3_column_int64(row, 0);
	text_copy(statement_text(row, 1), position->after_id,
		  sizeof(position->after_id));
}

int webhook_position_get(struct changes *changes, const char *name,
			 struct webhook_position *ret_position)
{
	int err = row_get(changes,
			  "SELECT value, after_id FROM webhook_position "
			  "WHERE name = ?1",
			  text_of(name), read_position, ret_position);

	if (err != ENOENT)
		return err;
	*ret_position = (struct webhook_position){ 0 };
	return 0;
}

int webhook_position_set(struct changes *changes, const char *name,
			 const struct webhook_position *position)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO webhook_position (name, value, after_id) "
		"VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE SET "
		"value = excluded.value, after_id = excluded.after_id",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, name);
	sqlite3_bind_int64(statement, 2, position->value);
	statement_bind_string(statement, 3, position->after_id);
	changes->touched_quietly = true;
	return statement_run(statement);
}

/* Positions of the redirect log are ids of its records: milliseconds, and 20
 * bits more. */
enum {
	LOG_ID_BITS = 20,
};

static int begin(struct changes *changes, enum webhook_event_type type,
		 enum webhook_event_type other, const char *name)
{
	const bool is_of_log = type != other;
	const struct webhook_position now = {
		.value = is_of_log ? changes->now_ms << LOG_ID_BITS
				   : changes->now_ms
	};
	bool wanted = false, other_wanted = false;
	int err = webhook_is_wanted(changes, type, &wanted);

	if (!err)
		err = webhook_is_wanted(changes, other, &other_wanted);
	if (err || wanted || other_wanted)
		return err;
	return webhook_position_set(changes, name, &now);
}

int webhook_positions_begin(struct changes *changes)
{
	static const enum webhook_event_type by_time[] = {
		WEBHOOK_MOVE_STARTING_SOON,  WEBHOOK_MOVE_STARTED,
		WEBHOOK_MOVE_ENDING_SOON,    WEBHOOK_MOVE_ENDED,
		WEBHOOK_MOVE_EXPIRED_UNUSED,
	};
	int err = begin(changes, WEBHOOK_CALL_REDIRECTED, WEBHOOK_CALL_REFUSED,
			WEBHOOK_CALLS_POSITION);

	for (size_t i = 0; !err && i < sizeof(by_time) / sizeof(*by_time); i++)
		err = begin(changes, by_time[i], by_time[i],
			    webhook_event_names[by_time[i]]);
	return err;
}
