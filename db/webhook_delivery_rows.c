#include "db/webhook_deliveries.h"

#include "db/rows.h"
#include "db/webhook_outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* Kept of one delivery, sent again and again by hand. */
	ATTEMPTS_SHOWN = 100,
};

const char *const webhook_status_names[WEBHOOK_STATUSES] = {
	[WEBHOOK_STATUS_PENDING] = "pending",
	[WEBHOOK_STATUS_DELIVERED] = "delivered",
	[WEBHOOK_STATUS_DEAD] = "dead",
};

void webhook_delivery_clear(struct webhook_delivery *delivery)
{
	free(delivery->body);
	free(delivery->attempts);
	*delivery = (struct webhook_delivery){ 0 };
}

#define DELIVERY_COLUMNS                                                    \
	"d.row_id, d.id, p.id, e.id, e.type, d.status, d.attempts, "        \
	"d.next_attempt_at, d.created_at, d.updated_at, a.status, a.error " \
	"FROM webhook_delivery d "                                          \
	"JOIN webhook_event e ON e.row_id = d.event_id "                    \
	"JOIN webhook_endpoint p ON p.row_id = d.endpoint_id "              \
	"LEFT JOIN webhook_attempt a ON a.delivery_id = d.row_id "          \
	"AND a.number = d.attempts "

static void read_delivery(sqlite3_stmt *row, void *ret_delivery)
{
	struct webhook_delivery *delivery = ret_delivery;
	int64_t status = sqlite3_column_int64(row, 5);

	*delivery = (struct webhook_delivery){ 0 };
	delivery->row_id = sqlite3_column_int64(row, 0);
	text_copy(statement_text(row, 1), delivery->id, sizeof(delivery->id));
	text_copy(statement_text(row, 2), delivery->endpoint_id,
		  sizeof(delivery->endpoint_id));
	text_copy(statement_text(row, 3), delivery->event_id,
		  sizeof(delivery->event_id));
	text_copy(statement_text(row, 4), delivery->type,
		  sizeof(delivery->type));
	delivery->status = status > 0 && status < WEBHOOK_STATUSES
				   ? (enum webhook_status)status
				   : WEBHOOK_STATUS_PENDING;
	delivery->attempt_count = sqlite3_column_int64(row, 6);
	delivery->next_attempt_at_ms = sqlite3_column_int64(row, 7);
	delivery->created_at_ms = sqlite3_column_int64(row, 8);
	delivery->updated_at_ms = sqlite3_column_int64(row, 9);
	delivery->last_status = sqlite3_column_int(row, 10);
	text_copy(statement_text(row, 11), delivery->last_error,
		  sizeof(delivery->last_error));
}

int webhook_delivery_list(struct changes *changes,
			  const struct webhook_delivery_filter *filter,
			  struct webhook_delivery *deliveries,
			  size_t *ret_count, bool *ret_more)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"SELECT " DELIVERY_COLUMNS
		"WHERE (?1 = '' OR d.endpoint_id = (SELECT row_id FROM "
		"webhook_endpoint WHERE id = ?1)) AND (?2 = '' OR d.id < ?2) "
		"AND (?3 = 0 OR (?3 >> d.status) & 1) "
		"AND (?4 = '' OR e.type = ?4) ORDER BY d.id DESC LIMIT ?5",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, filter->endpoint_id);
	statement_bind_string(statement, 2, filter->before_id);
	sqlite3_bind_int64(statement, 3, filter->statuses);
	statement_bind_string(statement, 4, filter->type);
	return row_list(statement, 5,
			&(struct row_page){ read_delivery, deliveries,
					    sizeof(*deliveries), filter->limit,
					    ret_count, ret_more });
}

/* --- one of them ------------------------------------------------------------
 */

static void read_attempt(sqlite3_stmt *row, void *ret_attempt)
{
	struct webhook_attempt *attempt = ret_attempt;

	attempt->at_ms = sqlite3_column_int64(row, 0);
	attempt->status = sqlite3_column_int(row, 1);
	attempt->duration_ms = sqlite3_column_int64(row, 2);
	text_copy(statement_text(row, 3), attempt->error,
		  sizeof(attempt->error));
	text_copy(statement_text(row, 4), attempt->excerpt,
		  sizeof(attempt->excerpt));
}

static int read_attempts(struct changes *changes,
			 struct webhook_delivery *delivery)
{
	sqlite3_stmt *statement;
	bool more;
	int err = database_statement(
		changes->database,
		"SELECT at, status, duration_ms, error, excerpt FROM "
		"webhook_attempt WHERE delivery_id = ?1 AND number > ?2 "
		"ORDER BY number LIMIT ?3",
		&statement);

	if (err)
		return err;
	delivery->attempts =
		calloc(ATTEMPTS_SHOWN, sizeof(*delivery->attempts));
	if (!delivery->attempts)
		return ENOMEM;
	sqlite3_bind_int64(statement, 1, delivery->row_id);
	sqlite3_bind_int64(statement, 2,
			   delivery->attempt_count - ATTEMPTS_SHOWN);
	return row_list(statement, 3,
			&(struct row_page){ read_attempt, delivery->attempts,
					    sizeof(*delivery->attempts),
					    ATTEMPTS_SHOWN,
					    &delivery->attempts_held, &more });
}

static void read_body(sqlite3_stmt *row, void *ret_body)
{
	struct text body = statement_text(row, 0);

	*(char **)ret_body = strndup(body.ptr, body.len);
}

int webhook_delivery_get(struct changes *changes, struct text id,
			 struct webhook_delivery *ret_delivery)
{
	int err = row_get(changes, "SELECT " DELIVERY_COLUMNS "WHERE d.id = ?1",
			  id, read_delivery, ret_delivery);

	if (!err)
		err = row_get(changes,
			      "SELECT e.body FROM webhook_delivery d "
			      "JOIN webhook_event e ON e.row_id = d.event_id "
			      "WHERE d.id = ?1",
			      text_of(ret_delivery->id), read_body,
			      &ret_delivery->body);
	if (!err && !ret_delivery->body)
		err = ENOMEM;
	return err ? err : read_attempts(changes, ret_delivery);
}

/* --- again ------------------------------------------------------------------
 */

/* EINVAL: nothing is sent there. */
static int check_enabled(struct changes *changes, struct text endpoint_id,
			 struct webhook_endpoint *ret_endpoint)
{
	int err = webhook_endpoint_get(changes, endpoint_id, ret_endpoint);

	return !err && !ret_endpoint->enabled ? EINVAL : err;
}

int webhook_delivery_retry(struct changes *changes, struct text id)
{
	struct webhook_endpoint endpoint = { 0 };
	struct webhook_delivery delivery = { 0 };
	int err = row_get(changes, "SELECT " DELIVERY_COLUMNS "WHERE d.id = ?1",
			  id, read_delivery, &delivery);

	if (!err)
		err = check_enabled(changes, text_of(delivery.endpoint_id),
				    &endpoint);
	webhook_endpoint_clear(&endpoint);
	if (!err)
		err = row_run(changes,
			      "UPDATE webhook_delivery SET status = 0, "
			      "tries = 0, next_attempt_at = 0 "
			      "WHERE row_id = ?1",
			      delivery.row_id);
	changes->touched_outbox = true;
	return err ? err
		   : audit_write(changes, "webhook_delivery.retry", delivery.id,
				 NULL, NULL);
}

static int revive(struct changes *changes, int64_t endpoint, int64_t since_ms)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE webhook_delivery SET status = 0, tries = 0, "
		"next_attempt_at = 0 WHERE endpoint_id = ?1 AND status = 2 "
		"AND created_at >= ?2",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, endpoint);
	sqlite3_bind_int64(statement, 2, since_ms);
	changes->touched_outbox = true;
	return statement_run(statement);
}

int webhook_deliveries_retry(struct changes *changes, struct text endpoint_id,
			     int64_t since_ms, int64_t *ret_count)
{
	struct webhook_endpoint endpoint = { 0 };
	int err = check_enabled(changes, endpoint_id, &endpoint);

	if (!err)
		err = revive(changes, endpoint.row_id, since_ms);
	*ret_count = sqlite3_changes64(database_handle(changes->database));
	if (!err)
		err = audit_write(changes, "webhook_endpoint.retry",
				  endpoint.id, NULL, NULL);
	webhook_endpoint_clear(&endpoint);
	return err;
}

static int find_delivery(struct changes *changes, int64_t endpoint,
			 char ret_id[OBJECT_ID_SIZE])
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(changes->database,
				     "SELECT id FROM webhook_delivery "
				     "WHERE endpoint_id = ?1 "
				     "ORDER BY row_id DESC LIMIT 1",
				     &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, endpoint);
	err = statement_step(statement, &row);
	if (err || !row)
		return err ? err : EBADMSG;
	text_copy(statement_text(statement, 0), ret_id, OBJECT_ID_SIZE);
	return statement_finish(statement);
}

int webhook_delivery_test(struct changes *changes, struct text endpoint_id,
			  char ret_id[OBJECT_ID_SIZE])
{
	struct webhook_endpoint endpoint = { 0 };
	struct webhook_event_draft draft = {
		.type = WEBHOOK_ENDPOINT_TEST,
		.object_id = "",
		.at_ms = changes->now_ms,
	};
	char *data = NULL;
	int err = check_enabled(changes, endpoint_id, &endpoint);

	if (!err) {
		const char *const texts[] = { endpoint.id, endpoint.description,
					      NULL };

		err = webhook_json(changes,
				   "SELECT json_object('id', ?1, "
				   "'description', ?2)",
				   texts, &data);
	}
	draft.endpoint_row_id = endpoint.row_id;
	draft.data = data;
	if (!err)
		err = webhook_event_write(changes, &draft);
	if (!err)
		err = audit_write(changes, "webhook_endpoint.test", endpoint.id,
				  NULL, NULL);
	if (!err)
		err = find_delivery(changes, endpoint.row_id, ret_id);
	free(data);
	webhook_endpoint_clear(&endpoint);
	return err;
}
