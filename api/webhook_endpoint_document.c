#include "api/webhook_endpoint_document.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "api/document_member.h"
#include "db/webhook_signature.h"

static const char *const read_only[] = {
	"id",
	"state",
	"disabled_reason",
	"secret",
	"public_key",
	"old_secret_until",
	"failures_in_a_row",
	"failing_since",
	"created_at",
	"updated_at",
	"revision",
	NULL,
};

/* --- reading ----------------------------------------------------------------
 */

static void read_url(struct json_object *body, bool is_new,
		     const struct webhook_checks *checks,
		     struct webhook_endpoint *endpoint)
{
	const char *why = NULL;
	struct text url;
	enum json_presence presence =
		json_string(body, "url", WEBHOOK_URL_MAX, &url);

	if (presence == JSON_NULL || (presence == JSON_ABSENT && is_new))
		json_missing(body, "url");
	if (presence != JSON_PRESENT)
		return;
	text_copy(url, endpoint->url, sizeof(endpoint->url));
	if (checks->url)
		why = checks->url(checks->arg, url);
	if (why)
		json_fault(body, "url", FAULT_BAD_FORMAT, "%s", why);
}

static void add_pattern(struct json_object *body, size_t index,
			struct text pattern, struct writer *writer)
{
	if (!webhook_pattern_is_known(pattern)) {
		json_fault(body, "events", FAULT_BAD_FORMAT,
			   "element %zu is no event that there is, such as "
			   "move.started, and no pattern such as move.* or *",
			   index);
		return;
	}
	if (writer->len > 0)
		writer_byte(writer, ' ');
	writer_put(writer, pattern);
}

/* None: all but calls. */
static void read_events(struct json_object *body, bool is_new,
			struct webhook_endpoint *endpoint)
{
	struct writer writer =
		writer_over(endpoint->events, sizeof(endpoint->events) - 1);
	struct json_array array;
	struct text pattern;
	enum json_presence presence =
		json_array(body, "events", WEBHOOK_PATTERNS_MAX, &array);

	if (presence == JSON_NULL || (presence == JSON_ABSENT && is_new))
		text_copy(TEXT("*"), endpoint->events,
			  sizeof(endpoint->events));
	if (presence != JSON_PRESENT)
		return;
	if (array.count == 0)
		json_fault(body, "events", FAULT_OUT_OF_RANGE,
			   "must name at least one");
	for (size_t i = 0; i < array.count; i++)
		if (json_array_string(&array, i, WEBHOOK_PATTERN_MAX, &pattern))
			add_pattern(body, i, pattern, &writer);
	endpoint->events[writer.len] = '\0';
}

static int read_ca(struct json_object *body,
		   const struct webhook_checks *checks,
		   struct webhook_endpoint *endpoint)
{
	const char *why = NULL;
	struct text pem;
	enum json_presence presence =
		json_string(body, "ca_pem", WEBHOOK_CA_MAX, &pem);

	if (presence != JSON_PRESENT && presence != JSON_NULL)
		return 0;
	free(endpoint->ca_pem);
	endpoint->ca_pem = NULL;
	if (presence == JSON_NULL)
		return 0;
	if (checks->ca)
		why = checks->ca(checks->arg, pem);
	if (why)
		json_fault(body, "ca_pem", FAULT_BAD_FORMAT, "%s", why);
	endpoint->ca_pem = strndup(pem.ptr, pem.len);
	return endpoint->ca_pem ? 0 : ENOMEM;
}

int webhook_endpoint_document_read(struct json_object *body, bool is_new,
				   const struct webhook_checks *checks,
				   struct webhook_endpoint *endpoint)
{
	int err;

	if (is_new)
		endpoint->enabled = true;
	read_url(body, is_new, checks, endpoint);
	read_events(body, is_new, endpoint);
	member_text(body, "description", endpoint->description,
		    sizeof(endpoint->description));
	member_bool(body, "enabled", true, &endpoint->enabled);
	member_bool(body, "paused", false, &endpoint->paused);
	member_bool(body, "key_pair", false, &endpoint->signs_ed25519);
	err = read_ca(body, checks, endpoint);
	members_read_only(body, read_only);
	json_object_end(body);
	return err;
}

/* --- writing ----------------------------------------------------------------
 */

static const char *state_of(const struct webhook_endpoint *endpoint)
{
	if (!endpoint->enabled)
		return "disabled";
	return endpoint->paused ? "paused" : "active";
}

static void put_events(struct json_writer *writer,
		       const struct webhook_endpoint *endpoint)
{
	struct text rest = text_of(endpoint->events), pattern;

	json_open_array(writer, "events");
	while (webhook_patterns_next(&rest, &pattern))
		json_put_string(writer, NULL, pattern);
	json_close_array(writer);
}

static void put_keys(struct json_writer *writer,
		     const struct webhook_endpoint *endpoint, bool with_secret)
{
	char text[WEBHOOK_KEY_TEXT_SIZE] = "";

	if (with_secret) {
		webhook_secret_text(endpoint->secret, text);
		json_put_string(writer, "secret", text_of(text));
		sodium_memzero(text, sizeof(text));
	}
	json_put_bool(writer, "key_pair", endpoint->signs_ed25519);
	if (endpoint->signs_ed25519)
		webhook_public_key_text(endpoint->signing_seed, text);
	json_put_string_or_null(writer, "public_key", text_of(text));
}

static void put_time(struct json_writer *writer, const char *name,
		     int64_t time_ms)
{
	if (time_ms)
		json_put_time_ms(writer, name, time_ms);
	else
		json_put_null(writer, name);
}

void webhook_endpoint_document_write(struct json_writer *writer,
				     const struct webhook_endpoint *endpoint,
				     bool with_secret, int64_t now_ms)
{
	const char *reason = webhook_disabled_name(endpoint->disabled_reason);

	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(endpoint->id));
	json_put_string(writer, "url", text_of(endpoint->url));
	json_put_string(writer, "description", text_of(endpoint->description));
	put_events(writer, endpoint);
	json_put_bool(writer, "enabled", endpoint->enabled);
	json_put_bool(writer, "paused", endpoint->paused);
	json_put_string(writer, "state", text_of(state_of(endpoint)));
	json_put_string_or_null(writer, "disabled_reason", text_of(reason));
	put_keys(writer, endpoint, with_secret);
	put_time(writer, "old_secret_until",
		 endpoint->old_until_ms > now_ms ? endpoint->old_until_ms : 0);
	json_put_string_or_null(
		writer, "ca_pem",
		text_of(endpoint->ca_pem ? endpoint->ca_pem : ""));
	json_put_integer(writer, "failures_in_a_row", endpoint->failures);
	put_time(writer, "failing_since", endpoint->failing_since_ms);
	json_put_time_ms(writer, "created_at", endpoint->created_at_ms);
	json_put_time_ms(writer, "updated_at", endpoint->updated_at_ms);
	json_put_i64_string(writer, "revision", endpoint->revision);
	json_close_object(writer);
}
