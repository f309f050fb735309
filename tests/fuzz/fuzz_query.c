/*
 * A request target on any bytes: its segments lie within the decoded path and
 * hold nothing that could lead elsewhere; its parameters are printable, single,
 * and within what the query decodes to; a route is found or not.
 */
#include <stdlib.h>
#include <string.h>

#include "api/media_type.h"
#include "api/query.h"
#include "api/router.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct endpoint table[] = {
	{ .method = HTTP_GET, .path = "/v1/moves" },
	{ .method = HTTP_PATCH, .path = "/v1/moves/{id}" },
	{ .method = HTTP_GET, .path = "/livez" },
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_path(const struct http_target *target)
{
	for (size_t i = 0; i < target->segment_count; i++) {
		struct text segment = target->segments[i];

		require(segment.ptr >= target->path &&
			segment.ptr + segment.len <
				target->path + sizeof(target->path));
		require(!text_equals(segment, TEXT(".")));
		require(!text_equals(segment, TEXT("..")));
		for (size_t at = 0; at < segment.len; at++) {
			unsigned char c = (unsigned char)segment.ptr[at];

			require(c >= 0x20 && c != 0x7f && c != '/' &&
				c != '\\');
		}
	}
}

static void check_route(const struct http_target *target)
{
	struct route route = router_find(table, sizeof(table) / sizeof(*table),
					 target, HTTP_PATCH);
	char allow[ALLOW_TEXT_SIZE];

	require(!route.endpoint || strlen(route.id) < PATH_ID_SIZE);
	router_allow_text(route.methods, allow);
}

static void check_query(struct text raw)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));
	char *memory = malloc(raw.len ? raw.len : 1);
	int64_t number;

	if (exchange && memory &&
	    !query_parse(raw, memory, exchange->query,
			 &exchange->query_count)) {
		require(exchange->query_count <= QUERY_PARAMETERS_MAX);
		for (size_t i = 0; i < exchange->query_count; i++) {
			require(utf8_is_printable(exchange->query[i].name));
			require(utf8_is_printable(exchange->query[i].value));
			require(exchange->query[i].value.len <= raw.len);
		}
		require(query_limit(exchange) <= 1000);
		query_integer(exchange, "a", -9, 9, &number);
		query_time(exchange, "from", &number);
		query_end(exchange);
	}
	if (exchange)
		faults_clear(&exchange->faults);
	free(exchange);
	free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http_host_names names;
	char *copy = malloc(size ? size : 1);
	struct http_target *target = malloc(sizeof(*target));
	struct http_refusal refusal;
	struct text raw = { copy, size };

	if (copy && target) {
		if (size > 0)
			memcpy(copy, data, size);
		if (names.count == 0)
			http_host_names_add(&names, "[2001:db8::1]");
		if (http_guard_target(raw, target, &refusal)) {
			check_path(target);
			check_route(target);
			check_query(target->query);
		}
		check_query(raw);
		http_guard_host(&names, raw, &refusal);
		media_type_is_accepted(raw, TEXT("application/json"));
		media_type_is(raw, TEXT("application/json"));
	}
	free(copy);
	free(target);
	return 0;
}
