#include "db/webhook_calls.h"

#include "db/rows.h"
#include "db/webhook_outbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* Of one event: what is around them, and escapes, need some room. */
	CALLS_BYTES_MAX = WEBHOOK_BODY_MAX - 500,
	FIRST_ERROR_STATUS = 400,
};

static int is_crowded(struct changes *changes, bool *ret_crowded)
{
	sqlite3_stmt *statement;
	int64_t count = 0;
	int err = database_statement(
		changes->database,
		"SELECT count(*) FROM (SELECT 1 FROM webhook_delivery d "
		"JOIN webhook_event e ON e.row_id = d.event_id "
		"WHERE d.status = 0 AND e.type GLOB 'call.*' LIMIT 1000)",
		&statement);

	if (!err)
		err = row_read(statement, row_read_number, &count);
	*ret_crowded = count >= WEBHOOK_CALLS_PENDING_MAX;
	return err;
}

int webhook_calls_position(struct changes *changes, int64_t *ret_after_id)
{
	struct webhook_position position = { 0 };
	bool redirected = false, refused = false, is_too_much = false;
	int err = webhook_is_wanted(changes, WEBHOOK_CALL_REDIRECTED,
				    &redirected);

	*ret_after_id = 0;
	if (!err)
		err = webhook_is_wanted(changes, WEBHOOK_CALL_REFUSED,
					&refused);
	if (err || (!redirected && !refused))
		return err;
	err = is_crowded(changes, &is_too_much);
	if (err || is_too_much)
		return err;
	err = webhook_position_get(changes, WEBHOOK_CALLS_POSITION, &position);
	*ret_after_id = position.value;
	return err;
}

/* --- one event --------------------------------------------------------------
 */

struct batch {
	struct changes *changes;
	enum webhook_event_type type;
	char *json; /* an array, not yet closed; owned */
	size_t len, count;
	const struct redirect_log_entry *first;
};

static int flush(struct batch *batch)
{
	struct webhook_event_draft draft = {
		.type = batch->type,
		.revision = batch->first ? batch->first->id : 0,
		.object_id = "calls",
		.at_ms = batch->changes->now_ms,
	};
	char *data;
	int err;

	if (batch->count == 0)
		return 0;
	if (asprintf(&data, "{\"count\":%zu,\"calls\":[%s]}", batch->count,
		     batch->json) < 0)
		return ENOMEM;
	draft.data = data;
	err = webhook_event_write(batch->changes, &draft);
	free(data);
	batch->len = batch->count = 0;
	batch->json[0] = '\0';
	return err;
}

/* What is told of one whose texts, escaped, are too large for any message. */
static int describe_shortly(struct changes *changes,
			    const struct redirect_log_entry *entry,
			    char **ret_json)
{
	struct redirect_log_entry copy = *entry;

	copy.request_uri[0] = copy.from[0] = copy.call_id[0] = '\0';
	copy.user_agent[0] = copy.targets[0] = '\0';
	copy.tags_asked[0] = copy.tags_refused[0] = '\0';
	return changes->documents->call(&copy, ret_json);
}

static int describe(struct changes *changes,
		    const struct redirect_log_entry *entry, char **ret_json)
{
	int err = changes->documents->call(entry, ret_json);

	if (err || strlen(*ret_json) < CALLS_BYTES_MAX)
		return err;
	free(*ret_json);
	*ret_json = NULL;
	return describe_shortly(changes, entry, ret_json);
}

static int add(struct batch *batch, const struct redirect_log_entry *entry)
{
	char *json = NULL;
	size_t len;
	int err = describe(batch->changes, entry, &json);

	if (err)
		return err;
	len = strlen(json);
	if (batch->len + len + 1 > CALLS_BYTES_MAX)
		err = flush(batch);
	if (!err) {
		if (batch->count == 0)
			batch->first = entry;
		if (batch->count > 0)
			batch->json[batch->len++] = ',';
		memcpy(batch->json + batch->len, json, len + 1);
		batch->len += len;
		batch->count++;
	}
	free(json);
	return err;
}

static bool is_of(const struct redirect_log_entry *entry,
		  enum webhook_event_type type)
{
	bool is_refused = entry->status >= FIRST_ERROR_STATUS;

	return !strcmp(entry->method, "INVITE") &&
	       is_refused == (type == WEBHOOK_CALL_REFUSED);
}

static int write_kind(struct changes *changes, enum webhook_event_type type,
		      const struct redirect_log_entry *entries, size_t count)
{
	struct batch batch = { .changes = changes, .type = type };
	bool is_wanted = false;
	int err = webhook_is_wanted(changes, type, &is_wanted);

	if (err || !is_wanted)
		return err;
	batch.json = malloc(CALLS_BYTES_MAX + 1);
	if (!batch.json)
		return ENOMEM;
	batch.json[0] = '\0';
	for (size_t i = 0; !err && i < count; i++)
		if (is_of(&entries[i], type))
			err = add(&batch, &entries[i]);
	if (!err)
		err = flush(&batch);
	free(batch.json);
	return err;
}

int webhook_calls_write(struct changes *changes,
			const struct redirect_log_entry *entries, size_t count,
			int64_t until_id)
{
	const struct webhook_position position = { .value = until_id };
	int err;

	if (!changes->documents)
		return 0;
	err = write_kind(changes, WEBHOOK_CALL_REDIRECTED, entries, count);
	if (!err)
		err = write_kind(changes, WEBHOOK_CALL_REFUSED, entries, count);
	return err ? err
		   : webhook_position_set(changes, WEBHOOK_CALLS_POSITION,
					  &position);
}
