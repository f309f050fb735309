#include "db/inbound_sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/rows.h"

const char *const inbound_outcome_names[] = { "received",  "applied", "ignored",
					      "duplicate", "refused", NULL };

#define EVENT_COLUMNS                                                    \
	"e.row_id, e.source_id, e.id, s.id, e.peer, e.content_type, "    \
	"e.dedupe_key, e.result, e.outcome, e.received_at, e.verified, " \
	"e.status, length(e.body) "
#define EVENT_TABLES                                                \
	"FROM inbound_event e JOIN inbound_source s ON s.row_id = " \
	"e.source_id "

void inbound_event_clear(struct inbound_event *event)
{
	free(event->body);
	event->body = NULL;
}

static unsigned outcome_of(struct text name)
{
	unsigned outcome = 0;

	while (inbound_outcome_names[outcome] &&
	       !text_equals(text_of(inbound_outcome_names[outcome]), name))
		outcome++;
	return inbound_outcome_names[outcome] ? outcome : INBOUND_RECEIVED;
}

static void read_event(sqlite3_stmt *row, void *ret_event)
{
	struct inbound_event *event = ret_event;
	const struct {
		char *buffer;
		size_t size;
	} texts[] = {
		{ event->id, sizeof(event->id) },
		{ event->source_id, sizeof(event->source_id) },
		{ event->peer, sizeof(event->peer) },
		{ event->content_type, sizeof(event->content_type) },
		{ event->key, sizeof(event->key) },
		{ event->result, sizeof(event->result) },
	};

	event->row_id = sqlite3_column_int64(row, 0);
	event->source_row_id = sqlite3_column_int64(row, 1);
	for (int i = 0; i < (int)(sizeof(texts) / sizeof(*texts)); i++)
		text_copy(statement_text(row, 2 + i), texts[i].buffer,
			  texts[i].size);
	event->outcome = outcome_of(statement_text(row, 8));
	event->received_at_ms = sqlite3_column_int64(row, 9);
	event->is_verified = sqlite3_column_int(row, 10) != 0;
	event->status = sqlite3_column_int(row, 11);
	event->body_bytes = (size_t)sqlite3_column_int64(row, 12);
	event->body = NULL;
}

/* --- one event --------------------------------------------------------------
 */

static int insert_row(struct changes *changes, struct inbound_event *event,
		      struct text body)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO inbound_event (id, source_id, received_at, peer, "
		"content_type, dedupe_key, verified, outcome, status, result, "
		"body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
		&statement);

	if (err)
		return err;
	if (!event->is_verified && body.len > INBOUND_UNVERIFIED_BODY_MAX)
		body.len = INBOUND_UNVERIFIED_BODY_MAX;
	statement_bind_string(statement, 1, event->id);
	sqlite3_bind_int64(statement, 2, event->source_row_id);
	sqlite3_bind_int64(statement, 3, event->received_at_ms);
	statement_bind_string(statement, 4, event->peer);
	statement_bind_string(statement, 5, event->content_type);
	statement_bind_string(statement, 6, event->key);
	sqlite3_bind_int(statement, 7, event->is_verified);
	statement_bind_string(statement, 8,
			      inbound_outcome_names[event->outcome]);
	sqlite3_bind_int(statement, 9, event->status);
	statement_bind_string(statement, 10, event->result);
	sqlite3_bind_blob(statement, 11, body.len ? body.ptr : "",
			  (int)body.len, SQLITE_TRANSIENT);
	return statement_run(statement);
}

/* sql deletes what stands behind the latest ?2 of a source's, ?1. */
static int keep_latest(struct changes *changes, const char *sql,
		       int64_t source_row_id, int64_t kept)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database, sql, &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, source_row_id);
	sqlite3_bind_int64(statement, 2, kept);
	return statement_run(statement);
}

int inbound_event_add(struct changes *changes, struct inbound_event *event,
		      struct text body)
{
	int err = changes_may_grow(changes);

	if (err)
		return err;
	object_id_new("iev", changes->now_ms, event->id);
	event->received_at_ms = changes->now_ms;
	changes->touched_quietly = true;
	err = insert_row(changes, event, body);
	return err ? err
		   : keep_latest(changes,
				 "DELETE FROM inbound_event WHERE source_id = "
				 "?1 AND outcome <> 'received' AND row_id <= "
				 "(SELECT row_id FROM "
				 "inbound_event WHERE source_id = ?1 "
				 "ORDER BY row_id DESC LIMIT 1 OFFSET ?2)",
				 event->source_row_id, INBOUND_EVENTS_KEPT);
}

int inbound_event_settle(struct changes *changes,
			 const struct inbound_event *event)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database,
				     "UPDATE inbound_event SET outcome = ?2, "
				     "status = ?3, result = ?4 WHERE id = ?1",
				     &statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, event->id);
	statement_bind_string(statement, 2,
			      inbound_outcome_names[event->outcome]);
	sqlite3_bind_int(statement, 3, event->status);
	statement_bind_string(statement, 4, event->result);
	changes->touched_quietly = true;
	return statement_run(statement);
}

static int read_body(struct changes *changes, struct inbound_event *event)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT body FROM inbound_event WHERE row_id = ?1", &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, event->row_id);
	err = statement_step(statement, &row);
	if (err || !row)
		return err ? err : ENOENT;
	event->body = calloc(1, event->body_bytes + 1);
	if (!event->body)
		err = ENOMEM;
	else if (event->body_bytes > 0)
		memcpy(event->body, sqlite3_column_blob(statement, 0),
		       event->body_bytes);
	sqlite3_reset(statement);
	return err;
}

int inbound_event_get(struct changes *changes, struct text id,
		      struct inbound_event *ret_event)
{
	int err = row_get(
		changes, "SELECT " EVENT_COLUMNS EVENT_TABLES "WHERE e.id = ?1",
		id, read_event, ret_event);

	return err ? err : read_body(changes, ret_event);
}

int inbound_event_next_received(struct changes *changes,
				struct inbound_event *ret_event)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database,
				     "SELECT " EVENT_COLUMNS EVENT_TABLES
				     "WHERE e.outcome = 'received' "
				     "AND e.verified ORDER BY e.row_id LIMIT 1",
				     &statement);

	if (!err)
		err = row_read(statement, read_event, ret_event);
	return err ? err : read_body(changes, ret_event);
}

int inbound_event_is_overtaken(struct changes *changes,
			       const struct inbound_event *event,
			       bool *ret_is_overtaken)
{
	sqlite3_stmt *statement;
	int64_t later = 0;
	int err = database_statement(
		changes->database,
		"SELECT EXISTS (SELECT 1 FROM inbound_event "
		"WHERE source_id = ?1 AND row_id > ?2 AND outcome = 'applied')",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, event->source_row_id);
	sqlite3_bind_int64(statement, 2, event->row_id);
	err = row_read(statement, row_read_number, &later);
	*ret_is_overtaken = later != 0;
	return err;
}

int inbound_event_list(struct changes *changes, int64_t source_row_id,
		       const char *after_id, size_t limit,
		       struct inbound_event *events, size_t *ret_count,
		       bool *ret_more)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"SELECT " EVENT_COLUMNS EVENT_TABLES
		"WHERE e.source_id = ?1 AND (?2 = '' OR e.id < ?2) "
		"ORDER BY e.id DESC LIMIT ?3",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, source_row_id);
	statement_bind_string(statement, 2, after_id);
	return row_list(statement, 3,
			&(struct row_page){ read_event, events, sizeof(*events),
					    limit, ret_count, ret_more });
}

/* --- receipts --------------------------------------------------------------
 */

int inbound_receipt_find(struct changes *changes, int64_t source_row_id,
			 const char *key, const unsigned char body_sha256[32],
			 char result[INBOUND_RESULT_SIZE])
{
	sqlite3_stmt *statement;
	bool row;
	int err;

	if (!key[0])
		return ENOENT;
	err = database_statement(
		changes->database,
		"SELECT result, body_sha256 = ?3 FROM inbound_receipt "
		"WHERE source_id = ?1 AND dedupe_key = ?2 AND received_at > ?4",
		&statement);
	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, source_row_id);
	statement_bind_string(statement, 2, key);
	sqlite3_bind_blob(statement, 3, body_sha256, 32, SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 4, changes->now_ms - INBOUND_RECEIPT_MS);
	err = statement_step(statement, &row);
	if (err || !row)
		return err ? err : ENOENT;
	text_copy(statement_text(statement, 0), result, INBOUND_RESULT_SIZE);
	if (!sqlite3_column_int(statement, 1))
		err = EEXIST;
	sqlite3_reset(statement);
	return err;
}

int inbound_receipt_add(struct changes *changes,
			const struct inbound_event *event,
			const unsigned char body_sha256[32])
{
	sqlite3_stmt *statement;
	int err;

	if (!event->key[0])
		return 0;
	err = database_statement(
		changes->database,
		"INSERT OR REPLACE INTO inbound_receipt (source_id, "
		"dedupe_key, body_sha256, result, received_at) "
		"VALUES (?1, ?2, ?3, ?4, ?5)",
		&statement);
	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, event->source_row_id);
	statement_bind_string(statement, 2, event->key);
	sqlite3_bind_blob(statement, 3, body_sha256, 32, SQLITE_TRANSIENT);
	statement_bind_string(statement, 4, event->result);
	sqlite3_bind_int64(statement, 5, changes->now_ms);
	err = statement_run(statement);
	return err ? err
		   : keep_latest(changes,
				 "DELETE FROM inbound_receipt WHERE source_id "
				 "= ?1 AND row_id <= (SELECT row_id FROM "
				 "inbound_receipt WHERE source_id = ?1 "
				 "ORDER BY row_id DESC LIMIT 1 OFFSET ?2)",
				 event->source_row_id, INBOUND_RECEIPTS_KEPT);
}

/* --- whose address ----------------------------------------------------------
 */

/* One of two columns; the other condition is not met by anybody. */
static const char *const address_sql[] = {
	[USER_BY_NAME] = "SELECT u.row_id, a.uri FROM user u "
			 "LEFT JOIN address a ON a.owner_id = u.row_id "
			 "WHERE u.enabled AND u.name = lower(?1) LIMIT 2",
	[USER_BY_EMAIL] = "SELECT u.row_id, a.uri FROM user u "
			  "LEFT JOIN address a ON a.owner_id = u.row_id "
			  "WHERE u.enabled AND u.email <> '' AND "
			  "u.email = ?1 COLLATE NOCASE LIMIT 2",
	[USER_BY_EXTERNAL_ID] = "SELECT u.row_id, a.uri FROM user u "
				"LEFT JOIN address a ON a.owner_id = u.row_id "
				"WHERE u.enabled AND u.external_id <> '' AND "
				"u.external_id = ?1 LIMIT 2",
};

int inbound_address_of(struct changes *changes, enum user_key key,
		       const char *value, char address[MOVE_ADDRESS_MAX + 1],
		       const char **ret_why)
{
	sqlite3_stmt *statement;
	int64_t first_user = 0;
	size_t count = 0;
	bool row;
	int err = database_statement(changes->database, address_sql[key],
				     &statement);

	if (err)
		return err;
	*ret_why = "there is no such user";
	statement_bind_string(statement, 1, value);
	while (!(err = statement_step(statement, &row)) && row) {
		int64_t user = sqlite3_column_int64(statement, 0);

		text_copy(statement_text(statement, 1), address,
			  MOVE_ADDRESS_MAX + 1);
		*ret_why = count == 0 ? "this user has no address"
			   : user == first_user
				   ? "this user has several addresses: map "
				     "`address`"
				   : "this is the e-mail of several users";
		first_user = user;
		count++;
	}
	if (err)
		return err;
	return count == 1 && address[0] ? 0 : ENOENT;
}
