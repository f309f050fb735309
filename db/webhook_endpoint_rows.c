#include "db/webhook_endpoint.h"

#include "db/rows.h"
#include "db/webhook_outbox.h"
#include "db/webhook_rows.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define ENDPOINT_COLUMNS                                                      \
	"row_id, id, url, description, events, enabled, paused, "             \
	"disabled_reason, secret, old_secret, old_until, signing_seed, "      \
	"ca_pem, failures, failing_since, probe_at, created_at, updated_at, " \
	"revision"

/* Nothing of the secrets is in it. */
static const char audit_sql[] =
	"SELECT json_object('id', id, 'url', url, 'description', description, "
	"'events', events, 'enabled', json(iif(enabled, 'true', 'false')), "
	"'paused', json(iif(paused, 'true', 'false')), 'disabled_reason', "
	"disabled_reason, 'key_pair', json(iif(signing_seed IS NULL, "
	"'false', 'true')), 'ca_pem', ca_pem, 'old_until_ms', "
	"nullif(old_until, 0)) FROM webhook_endpoint WHERE row_id = ?1";

static const char *const disabled_names[] = {
	[WEBHOOK_NOT_DISABLED] = "",
	[WEBHOOK_DISABLED_BY_REQUEST] = "by_request",
	[WEBHOOK_DISABLED_GONE] = "gone",
	[WEBHOOK_DISABLED_FAILING] = "failing",
};

const char *webhook_disabled_name(enum webhook_disabled reason)
{
	return disabled_names[reason];
}

void webhook_endpoint_clear(struct webhook_endpoint *endpoint)
{
	free(endpoint->ca_pem);
	sodium_memzero(endpoint, sizeof(*endpoint));
}

/* --- reading ----------------------------------------------------------------
 */

static bool read_bytes(sqlite3_stmt *row, int column, unsigned char *bytes,
		       size_t size)
{
	const void *blob = sqlite3_column_blob(row, column);

	if (!blob || sqlite3_column_bytes(row, column) != (int)size)
		return false;
	memcpy(bytes, blob, size);
	return true;
}

static void read_endpoint(sqlite3_stmt *row, void *ret_endpoint)
{
	struct webhook_endpoint *endpoint = ret_endpoint;
	struct text ca = statement_text(row, 12);
	int64_t reason = sqlite3_column_int64(row, 7);

	*endpoint = (struct webhook_endpoint){ 0 };
	endpoint->row_id = sqlite3_column_int64(row, 0);
	text_copy(statement_text(row, 1), endpoint->id, sizeof(endpoint->id));
	text_copy(statement_text(row, 2), endpoint->url, sizeof(endpoint->url));
	text_copy(statement_text(row, 3), endpoint->description,
		  sizeof(endpoint->description));
	text_copy(statement_text(row, 4), endpoint->events,
		  sizeof(endpoint->events));
	endpoint->enabled = sqlite3_column_int(row, 5) != 0;
	endpoint->paused = sqlite3_column_int(row, 6) != 0;
	if (reason > 0 && reason <= WEBHOOK_DISABLED_FAILING)
		endpoint->disabled_reason = (enum webhook_disabled)reason;
	(void)read_bytes(row, 8, endpoint->secret, sizeof(endpoint->secret));
	if (read_bytes(row, 9, endpoint->old_secret,
		       sizeof(endpoint->old_secret)))
		endpoint->old_until_ms = sqlite3_column_int64(row, 10);
	endpoint->signs_ed25519 = read_bytes(row, 11, endpoint->signing_seed,
					     sizeof(endpoint->signing_seed));
	if (ca.len > 0)
		endpoint->ca_pem = strndup(ca.ptr, ca.len);
	endpoint->lacks_memory = ca.len > 0 && !endpoint->ca_pem;
	endpoint->failures = (uint32_t)sqlite3_column_int64(row, 13);
	endpoint->failing_since_ms = sqlite3_column_int64(row, 14);
	endpoint->probe_at_ms = sqlite3_column_int64(row, 15);
	endpoint->created_at_ms = sqlite3_column_int64(row, 16);
	endpoint->updated_at_ms = sqlite3_column_int64(row, 17);
	endpoint->revision = sqlite3_column_int64(row, 18);
}

/* Without its CA it would be believed by another one's. */
static int check_whole(const struct webhook_endpoint *endpoint)
{
	return endpoint->lacks_memory ? ENOMEM : 0;
}

int webhook_endpoint_get(struct changes *changes, struct text id,
			 struct webhook_endpoint *ret_endpoint)
{
	int err = row_get(changes,
			  "SELECT " ENDPOINT_COLUMNS
			  " FROM webhook_endpoint WHERE id = ?1",
			  id, read_endpoint, ret_endpoint);

	return err ? err : check_whole(ret_endpoint);
}

int webhook_endpoint_get_row(struct changes *changes, int64_t row_id,
			     struct webhook_endpoint *ret_endpoint)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database,
				     "SELECT " ENDPOINT_COLUMNS
				     " FROM webhook_endpoint WHERE row_id = ?1",
				     &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, row_id);
	err = row_read(statement, read_endpoint, ret_endpoint);
	return err ? err : check_whole(ret_endpoint);
}

int webhook_endpoint_list(struct changes *changes, const char *after_id,
			  size_t limit, struct webhook_endpoint *endpoints,
			  size_t *ret_count, bool *ret_more)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database,
				     "SELECT " ENDPOINT_COLUMNS
				     " FROM webhook_endpoint WHERE id > ?1 "
				     "ORDER BY id LIMIT ?2",
				     &statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, after_id);
	return row_list(statement, 2,
			&(struct row_page){ read_endpoint, endpoints,
					    sizeof(*endpoints), limit,
					    ret_count, ret_more });
}

/* --- writing ----------------------------------------------------------------
 */

/* Parameters 2 to 12 of both statements. */
static void bind_members(sqlite3_stmt *statement,
			 const struct webhook_endpoint *endpoint)
{
	statement_bind_string(statement, 2, endpoint->url);
	statement_bind_string(statement, 3, endpoint->description);
	statement_bind_string(statement, 4, endpoint->events);
	sqlite3_bind_int(statement, 5, endpoint->enabled);
	sqlite3_bind_int(statement, 6, endpoint->paused);
	sqlite3_bind_int(statement, 7, (int)endpoint->disabled_reason);
	if (endpoint->signs_ed25519) /* what is not bound is NULL */
		sqlite3_bind_blob(statement, 8, endpoint->signing_seed,
				  sizeof(endpoint->signing_seed),
				  SQLITE_TRANSIENT);
	if (endpoint->ca_pem)
		statement_bind_string(statement, 9, endpoint->ca_pem);
	sqlite3_bind_int64(statement, 10, endpoint->updated_at_ms);
	sqlite3_bind_int64(statement, 11, endpoint->revision);
	sqlite3_bind_blob(statement, 12, endpoint->secret,
			  sizeof(endpoint->secret), SQLITE_TRANSIENT);
}

static int insert_row(struct changes *changes,
		      struct webhook_endpoint *endpoint)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO webhook_endpoint (id, url, description, events, "
		"enabled, paused, disabled_reason, signing_seed, ca_pem, "
		"created_at, updated_at, revision, secret) VALUES (?1, ?2, ?3, "
		"?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11, ?12)",
		&statement);

	if (err)
		return err;
	object_id_new("whe", changes->now_ms, endpoint->id);
	endpoint->created_at_ms = endpoint->updated_at_ms = changes->now_ms;
	endpoint->revision = changes_revision(changes);
	statement_bind_string(statement, 1, endpoint->id);
	bind_members(statement, endpoint);
	err = statement_run(statement);
	endpoint->row_id =
		sqlite3_last_insert_rowid(database_handle(changes->database));
	return err;
}

/* E2BIG */
static int check_count(struct changes *changes)
{
	sqlite3_stmt *statement;
	int64_t count = 0;
	int err = database_statement(changes->database,
				     "SELECT count(*) FROM webhook_endpoint",
				     &statement);

	if (!err)
		err = row_read(statement, row_read_number, &count);
	return !err && count >= WEBHOOK_ENDPOINTS_MAX ? E2BIG : err;
}

static void settle_state(struct webhook_endpoint *endpoint)
{
	if (endpoint->signs_ed25519 &&
	    sodium_is_zero(endpoint->signing_seed,
			   sizeof(endpoint->signing_seed)))
		randombytes_buf(endpoint->signing_seed,
				sizeof(endpoint->signing_seed));
	if (endpoint->enabled)
		endpoint->disabled_reason = WEBHOOK_NOT_DISABLED;
	else if (!endpoint->disabled_reason)
		endpoint->disabled_reason = WEBHOOK_DISABLED_BY_REQUEST;
}

int webhook_endpoint_create(struct changes *changes,
			    struct webhook_endpoint *endpoint)
{
	struct audit_subject subject = { "webhook_endpoint.create",
					 endpoint->id, audit_sql, 0 };
	int err = changes_may_grow(changes);

	if (!err)
		err = check_count(changes);
	if (!err)
		err = webhook_positions_begin(changes);
	randombytes_buf(endpoint->secret, sizeof(endpoint->secret));
	settle_state(endpoint);
	if (!err)
		err = insert_row(changes, endpoint);
	if (err)
		return err;
	subject.row_id = endpoint->row_id;
	changes->touched_outbox = true;
	return audit_change(changes, &subject, NULL);
}

static int update_row(struct changes *changes, const void *value)
{
	const struct webhook_endpoint *endpoint = value;
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE webhook_endpoint SET url = ?2, description = ?3, "
		"events = ?4, enabled = ?5, paused = ?6, disabled_reason = ?7, "
		"signing_seed = ?8, ca_pem = ?9, updated_at = ?10, "
		"revision = ?11, secret = ?12, old_secret = ?13, "
		"old_until = ?14, failures = ?15, failing_since = ?16, "
		"probe_at = ?17 WHERE row_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, endpoint->row_id);
	bind_members(statement, endpoint);
	if (endpoint->old_until_ms)
		sqlite3_bind_blob(statement, 13, endpoint->old_secret,
				  sizeof(endpoint->old_secret),
				  SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 14, endpoint->old_until_ms);
	sqlite3_bind_int64(statement, 15, endpoint->failures);
	sqlite3_bind_int64(statement, 16, endpoint->failing_since_ms);
	sqlite3_bind_int64(statement, 17, endpoint->probe_at_ms);
	return statement_run(statement);
}

/* Nobody waits for one that is disabled: what was to go there can be sent again
 * when somebody asks. */
static int bury_waiting(struct changes *changes, int64_t row_id)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE webhook_delivery SET status = 2, updated_at = ?2 "
		"WHERE endpoint_id = ?1 AND status = 0",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, row_id);
	sqlite3_bind_int64(statement, 2, changes->now_ms);
	return statement_run(statement);
}

static int write_update(struct changes *changes, const char *action,
			struct webhook_endpoint *endpoint)
{
	int err;

	endpoint->updated_at_ms = changes->now_ms;
	endpoint->revision = changes_revision(changes);
	changes->touched_outbox = true;
	err = row_update(changes,
			 &(struct audit_subject){ action, endpoint->id,
						  audit_sql, endpoint->row_id },
			 update_row, endpoint);
	if (!err && !endpoint->enabled)
		err = bury_waiting(changes, endpoint->row_id);
	return err;
}

int webhook_endpoint_update(struct changes *changes,
			    struct webhook_endpoint *endpoint,
			    int64_t if_revision)
{
	int err = row_check_revision(if_revision, endpoint->revision);

	if (!err)
		err = webhook_positions_begin(changes);
	if (err)
		return err;
	if (endpoint->enabled && endpoint->disabled_reason) {
		endpoint->failures = 0;
		endpoint->failing_since_ms = 0;
		endpoint->probe_at_ms = 0;
	}
	settle_state(endpoint);
	return write_update(changes, "webhook_endpoint.update", endpoint);
}

int webhook_endpoint_rotate(struct changes *changes,
			    struct webhook_endpoint *endpoint)
{
	memcpy(endpoint->old_secret, endpoint->secret,
	       sizeof(endpoint->old_secret));
	randombytes_buf(endpoint->secret, sizeof(endpoint->secret));
	endpoint->old_until_ms = changes->now_ms + WEBHOOK_OLD_SECRET_MS;
	return write_update(changes, "webhook_endpoint.rotate", endpoint);
}

int webhook_endpoint_delete(struct changes *changes, struct text id,
			    int64_t if_revision)
{
	struct webhook_endpoint endpoint = { 0 };
	int err = webhook_endpoint_get(changes, id, &endpoint);

	if (!err)
		err = row_check_revision(if_revision, endpoint.revision);
	if (!err)
		err = row_delete(
			changes,
			&(struct audit_subject){ "webhook_endpoint.delete",
						 endpoint.id, audit_sql,
						 endpoint.row_id },
			"DELETE FROM webhook_endpoint WHERE row_id = ?1");
	webhook_endpoint_clear(&endpoint);
	return err;
}

/* --- by itself --------------------------------------------------------------
 */

static int tell_disabled(struct changes *changes,
			 const struct webhook_endpoint *endpoint)
{
	const char *const texts[] = {
		endpoint->id, endpoint->url, endpoint->description,
		webhook_disabled_name(endpoint->disabled_reason), NULL
	};
	struct webhook_event_draft draft = {
		.type = WEBHOOK_ENDPOINT_DISABLED,
		.object_id = endpoint->id,
		.revision = endpoint->revision,
		.at_ms = changes->now_ms,
	};
	char *data = NULL;
	int err = webhook_json(changes,
			       "SELECT json_object('id', ?1, 'url', ?2, "
			       "'description', ?3, 'disabled_reason', ?4)",
			       texts, &data);

	draft.data = data;
	if (!err)
		err = webhook_event_write(changes, &draft);
	free(data);
	return err;
}

int webhook_endpoint_disable(struct changes *changes,
			     struct webhook_endpoint *endpoint,
			     enum webhook_disabled reason)
{
	int err;

	endpoint->enabled = false;
	endpoint->disabled_reason = reason;
	err = write_update(changes, "webhook_endpoint.disable", endpoint);
	return err ? err : tell_disabled(changes, endpoint);
}
