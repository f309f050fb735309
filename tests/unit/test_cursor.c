#include "api/cursor.h"
#include "api/api_state.h"
#include "api/http_wire.h"
#include "api/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>

static const struct endpoint lists[] = {
	{ .method = HTTP_GET, .path = "/v1/moves" },
	{ .method = HTTP_GET, .path = "/v1/domains" },
};

/* An exchange on one path of one server. */
static struct exchange *asked(struct api *api, size_t list, const char *query)
{
	struct exchange *exchange = exchange_new(api, "/");

	assert_non_null(exchange);
	exchange->wire->endpoint = &lists[list];
	exchange->wire->query_memory = malloc(strlen(query) + 1);
	assert_null(query_parse(text_of(query), exchange->wire->query_memory,
				exchange->query, &exchange->query_count));
	return exchange;
}

static struct api *a_server(void)
{
	struct api *api = calloc(1, sizeof(*api));

	assert_non_null(api);
	atomic_init(&api->owners, 1);
	randombytes_buf(api->cursor_secret, sizeof(api->cursor_secret));
	return api;
}

/* The text of the cursor that a page of this query would end with. */
static void cursor_after(struct api *api, const char *query, const char *key,
			 const char *id, char text[CURSOR_TEXT_SIZE])
{
	struct exchange *exchange = asked(api, 0, query);
	struct json_writer writer = { 0 };
	struct cursor cursor = { 0 };
	const char *start;
	char *json;
	size_t len;

	text_copy(text_of(key), cursor.key, sizeof(cursor.key));
	text_copy(text_of(id), cursor.id, sizeof(cursor.id));
	json_open_object(&writer, NULL);
	cursor_write(exchange, &writer, &cursor, true);
	json_close_object(&writer);
	assert_int_equal(0, json_writer_finish(&writer, &json, &len));
	start = json + strlen("{\"next_cursor\":\"");
	assert_true(text_copy((struct text){ start, strcspn(start, "\"") },
			      text, CURSOR_TEXT_SIZE));
	free(json);
	exchange_unref(exchange);
}

static bool is_taken(struct api *api, size_t list, const char *query,
		     const char *text, struct cursor *cursor)
{
	char with[CURSOR_TEXT_SIZE + 128];
	struct exchange *exchange;
	bool taken;

	snprintf(with, sizeof(with), "%s&cursor=%s", query, text);
	exchange = asked(api, list, with);
	taken = cursor_read(exchange, cursor);
	if (!taken) {
		assert_int_equal(400, exchange->wire->answer.status);
		assert_non_null(
			strstr(exchange->wire->answer.body, "CURSOR_MISMATCH"));
	}
	exchange_unref(exchange);
	return taken;
}

static void a_cursor_comes_back_as_it_went(void **state)
{
	struct api *api = a_server();
	char text[CURSOR_TEXT_SIZE], key[CURSOR_KEY_MAX + 1];
	struct cursor cursor;
	(void)state;

	memset(key, 'k', CURSOR_KEY_MAX);
	key[CURSOR_KEY_MAX] = '\0';
	cursor_after(api, "state=active&limit=5", key, "mov_1", text);
	assert_true(is_taken(api, 0, "state=active", text, &cursor));
	assert_string_equal(key, cursor.key);
	assert_string_equal("mov_1", cursor.id);
	api_unref(api);
}

static void limit_and_order_of_parameters_may_change(void **state)
{
	struct api *api = a_server();
	char text[CURSOR_TEXT_SIZE];
	struct cursor cursor;
	(void)state;

	cursor_after(api, "a=1&b=2&limit=5", "k", "i", text);
	assert_true(is_taken(api, 0, "limit=9&b=2&a=1", text, &cursor));
	api_unref(api);
}

static void a_cursor_of_another_query_is_refused(void **state)
{
	struct api *api = a_server(), *other = a_server();
	char text[CURSOR_TEXT_SIZE];
	struct cursor cursor;
	(void)state;

	cursor_after(api, "a=1&b=2", "k", "i", text);
	assert_false(is_taken(api, 0, "a=1", text, &cursor));
	assert_false(is_taken(api, 0, "a=1&b=3", text, &cursor));
	assert_false(is_taken(api, 0, "a=1&b=2&c=", text, &cursor));
	assert_false(is_taken(api, 0, "a=1b&x=2", text, &cursor));
	assert_false(is_taken(api, 1, "a=1&b=2", text, &cursor));
	assert_false(is_taken(other, 0, "a=1&b=2", text, &cursor));
	api_unref(api);
	api_unref(other);
}

static void a_cursor_with_any_character_changed_is_refused(void **state)
{
	struct api *api = a_server();
	char text[CURSOR_TEXT_SIZE];
	struct cursor cursor;
	(void)state;

	cursor_after(api, "a=1", "key", "id", text);
	for (size_t i = 0; text[i]; i++) {
		char kept = text[i];

		text[i] = kept == 'A' ? 'B' : 'A';
		assert_false(is_taken(api, 0, "a=1", text, &cursor));
		text[i] = kept;
	}
	text[strlen(text) - 1] = '\0';
	assert_false(is_taken(api, 0, "a=1", text, &cursor));
	assert_false(is_taken(api, 0, "a=1", "", &cursor));
	assert_false(is_taken(api, 0, "a=1", "%25%25", &cursor));
	api_unref(api);
}

static void the_next_page_is_linked_with_the_whole_query(void **state)
{
	struct api *api = a_server();
	struct exchange *exchange =
		asked(api, 0, "address=sip:a%40b&cursor=old&limit=2");
	struct json_writer writer = { 0 };
	struct cursor cursor = { .key = "k", .id = "i" };
	const char *link;
	(void)state;

	cursor_write(exchange, &writer, &cursor, true);
	link = exchange_header(exchange, "Link");
	assert_non_null(link);
	assert_int_equal(0, strncmp(link,
				    "</v1/moves?address=sip%3Aa%40b&limit=2&"
				    "cursor=",
				    46));
	assert_non_null(strstr(link, ">; rel=\"next\""));
	assert_null(strstr(link, "old"));
	json_writer_clear(&writer);
	exchange_unref(exchange);
	api_unref(api);
}

static void the_last_page_has_no_cursor(void **state)
{
	struct api *api = a_server();
	struct exchange *exchange = asked(api, 0, "");
	struct json_writer writer = { 0 };
	struct cursor cursor;
	char *json;
	size_t len;
	(void)state;

	assert_true(cursor_read(exchange, &cursor));
	assert_string_equal("", cursor.id);
	json_open_object(&writer, NULL);
	cursor_write(exchange, &writer, &cursor, false);
	json_close_object(&writer);
	assert_int_equal(0, json_writer_finish(&writer, &json, &len));
	assert_string_equal("{\"next_cursor\":null}", json);
	assert_null(exchange_header(exchange, "Link"));
	free(json);
	exchange_unref(exchange);
	api_unref(api);
}

static void conditions_know_our_etags_alone(void **state)
{
	static const struct {
		const char *etag;
		int64_t revision; /* -1: 400 */
	} rows[] = {
		{ "", 0 },	     { "*", 0 },
		{ "\"r17\"", 17 },   { " \"r17\" ", 17 },
		{ "r17", -1 },	     { "\"17\"", -1 },
		{ "W/\"r17\"", -1 }, { "\"r\"", -1 },
		{ "\"r0\"", -1 },    { "\"r1\", \"r2\"", -1 },
	};
	struct api *api = a_server();
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct exchange *exchange = asked(api, 0, "");
		int64_t revision = -1;

		text_copy(text_of(rows[i].etag), exchange->if_match,
			  sizeof(exchange->if_match));
		if (exchange_if_match(exchange, &revision)) {
			assert_true(revision == rows[i].revision);
		} else {
			assert_int_equal(-1, rows[i].revision);
			assert_int_equal(400, exchange->wire->answer.status);
		}
		exchange_unref(exchange);
	}
	api_unref(api);
}

static void what_the_client_has_is_not_sent_again(void **state)
{
	struct api *api = a_server();
	struct exchange *exchange = asked(api, 0, "");
	(void)state;

	text_copy(TEXT("W/\"r17\""), exchange->if_none_match,
		  sizeof(exchange->if_none_match));
	assert_false(exchange_not_modified(exchange, 18));
	assert_false(exchange->wire->answer.made);
	assert_true(exchange_not_modified(exchange, 17));
	assert_int_equal(304, exchange->wire->answer.status);
	assert_string_equal("\"r17\"", exchange_header(exchange, "ETag"));
	exchange_unref(exchange);
	api_unref(api);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cursor_comes_back_as_it_went),
		cmocka_unit_test(limit_and_order_of_parameters_may_change),
		cmocka_unit_test(a_cursor_of_another_query_is_refused),
		cmocka_unit_test(
			a_cursor_with_any_character_changed_is_refused),
		cmocka_unit_test(the_next_page_is_linked_with_the_whole_query),
		cmocka_unit_test(the_last_page_has_no_cursor),
		cmocka_unit_test(conditions_know_our_etags_alone),
		cmocka_unit_test(what_the_client_has_is_not_sent_again),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
