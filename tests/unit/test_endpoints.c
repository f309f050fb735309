#include "api/endpoints.h"
#include "api/http_counters.h"
#include "api/resources.h"
#include "api/router.h"
#include "db/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void no_row_stands_twice(void **state)
{
	(void)state;
	for (size_t i = 0; i < endpoint_count; i++)
		for (size_t j = 0; j < i; j++)
			assert_false(
				endpoints[i].method == endpoints[j].method &&
				!strcmp(endpoints[i].path, endpoints[j].path));
}

static void every_row_is_whole(void **state)
{
	(void)state;
	assert_true(endpoint_count < HTTP_COUNTED_ROUTES);
	for (size_t i = 0; i < endpoint_count; i++) {
		const struct endpoint *row = &endpoints[i];

		assert_non_null(row->handle);
		assert_int_equal('/', row->path[0]);
		assert_int_equal(row->body == BODY_NONE,
				 row->body_max_bytes == 0);
		assert_int_equal(row->method == HTTP_GET ||
					 row->method == HTTP_DELETE,
				 row->body == BODY_NONE);
		if (row->scope)
			assert_non_null(token_scope_name(row->scope));
	}
}

static void only_health_help_and_logging_in_are_open_to_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < endpoint_count; i++)
		assert_int_equal(
			endpoints[i].scope == 0,
			endpoints[i].handle == health_live ||
				endpoints[i].handle == health_ready ||
				endpoints[i].handle == problems_get ||
				endpoints[i].handle == problems_list ||
				endpoints[i].handle == docs_get ||
				endpoints[i].handle == docs_files_get ||
				endpoints[i].handle == openapi_get ||
				endpoints[i].handle == portal_get ||
				endpoints[i].handle == portal_files_get ||
				endpoints[i].handle == sessions_create ||
				endpoints[i].handle == activations_create ||
				endpoints[i].handle == setups_create ||
				endpoints[i].handle == move_links_show ||
				endpoints[i].handle == move_links_use ||
				/* Each source checks by itself. */
				endpoints[i].handle == hooks_receive);
}

/* With a POST, because the question is long. */
static bool only_asks(const char *path)
{
	static const char *const asking[] = {
		"/v1/extension-policy/simulations",
		"/v1/extension-policy/replays",
		"/v1/redirect-lookups",
		"/v1/target-rules/simulations",
	};

	for (size_t i = 0; i < sizeof(asking) / sizeof(*asking); i++)
		if (!strcmp(path, asking[i]))
			return true;
	return false;
}

static void reading_never_needs_a_right_to_write(void **state)
{
	static const uint32_t writing = SCOPE_MOVES_WRITE | SCOPE_POLICY_WRITE |
					SCOPE_TOKENS_ADMIN | SCOPE_USERS_ADMIN |
					SCOPE_SYSTEM_ADMIN;
	(void)state;

	for (size_t i = 0; i < endpoint_count; i++) {
		bool changes = endpoints[i].method != HTTP_GET &&
			       !only_asks(endpoints[i].path);

		/* Who may not make tokens or users has no business with their
		 * list, or their calendars, and a backup holds every secret
		 * that there is; of oneself one may read and change. */
		if (endpoints[i].handle == tokens_list ||
		    endpoints[i].scope == SCOPE_USERS_ADMIN ||
		    endpoints[i].handle == backups_content ||
		    /* URLs of webhooks often are secrets themselves, sources
		     * hold secrets, and events what came by them. */
		    endpoints[i].scope == SCOPE_WEBHOOKS_ADMIN ||
		    endpoints[i].scope == SCOPE_SELF ||
		    endpoints[i].scope == SCOPE_OWN || !endpoints[i].scope)
			continue;
		assert_int_equal(changes, (endpoints[i].scope & writing) != 0);
	}
}

static struct route find(const char *path, enum http_method method,
			 struct http_target *target)
{
	struct http_refusal refusal;

	assert_true(http_guard_target(text_of(path), target, &refusal));
	return router_find(endpoints, endpoint_count, target, method);
}

static void every_path_names_what_it_allows(void **state)
{
	static const struct {
		const char *path, *allow;
	} rows[] = {
		{ "/v1/moves", "GET, HEAD, POST, OPTIONS" },
		{ "/v1/moves/mov_1", "GET, HEAD, PATCH, DELETE, OPTIONS" },
		{ "/v1/domains", "GET, HEAD, POST, OPTIONS" },
		{ "/v1/domains/x", "GET, HEAD, PATCH, DELETE, OPTIONS" },
		{ "/v1/domains/x/authentication", "GET, HEAD, PUT, OPTIONS" },
		{ "/v1/sip-users", "GET, HEAD, POST, OPTIONS" },
		{ "/v1/sip-users/x", "GET, HEAD, PATCH, DELETE, OPTIONS" },
		{ "/v1/addresses", "GET, HEAD, POST, OPTIONS" },
		{ "/v1/addresses/x", "GET, HEAD, PATCH, DELETE, OPTIONS" },
		{ "/v1/extension-policy", "GET, HEAD, PUT, PATCH, OPTIONS" },
		{ "/v1/extension-policy/presets", "GET, HEAD, OPTIONS" },
		{ "/v1/extension-policy/rules", "GET, HEAD, POST, OPTIONS" },
		{ "/v1/extension-policy/rules/x",
		  "GET, HEAD, PATCH, DELETE, OPTIONS" },
		{ "/v1/extension-policy/simulations", "POST, OPTIONS" },
		{ "/v1/redirect-logs", "GET, HEAD, OPTIONS" },
		{ "/v1/redirect-logs/1", "GET, HEAD, OPTIONS" },
		{ "/v1/tokens", "GET, HEAD, POST, OPTIONS" },
		{ "/v1/tokens/x", "DELETE, OPTIONS" },
		{ "/v1/tokens/x/rotate", "POST, OPTIONS" },
		{ "/v1/webhook-endpoints/x",
		  "GET, HEAD, PATCH, DELETE, OPTIONS" },
		{ "/v1/webhook-endpoints/x/retries", "POST, OPTIONS" },
		{ "/v1/webhook-deliveries/x/retry", "POST, OPTIONS" },
		{ "/move-links/x", "GET, HEAD, POST, OPTIONS" },
		{ "/v1/calendar-subscriptions/x",
		  "GET, HEAD, PATCH, DELETE, OPTIONS" },
		{ "/v1/me/calendar-subscriptions/x/refresh", "POST, OPTIONS" },
		{ "/v1/inbound-sources/x",
		  "GET, HEAD, PATCH, DELETE, OPTIONS" },
		{ "/v1/inbound-sources/x/simulations", "POST, OPTIONS" },
		{ "/v1/inbound-sources/x/events", "GET, HEAD, OPTIONS" },
		{ "/hooks/x", "POST, OPTIONS" },
		{ "/v1/users", "GET, HEAD, POST, OPTIONS" },
		{ "/v1/users/x", "GET, HEAD, PATCH, DELETE, OPTIONS" },
		{ "/v1/users/x/activation-links", "POST, OPTIONS" },
		{ "/v1/sessions", "GET, HEAD, POST, OPTIONS" },
		{ "/v1/sessions/x", "DELETE, OPTIONS" },
		{ "/v1/sessions/current", "DELETE, OPTIONS" },
		{ "/v1/activations", "POST, OPTIONS" },
		{ "/v1/setups", "POST, OPTIONS" },
		{ "/v1/me", "GET, HEAD, PATCH, OPTIONS" },
		{ "/v1/me/password", "PUT, OPTIONS" },
		{ "/v1/users/x/totp", "DELETE, OPTIONS" },
		{ "/v1/me/totp", "POST, OPTIONS" },
		{ "/v1/me/totp/confirmations", "POST, OPTIONS" },
		{ "/v1/me/totp/removals", "POST, OPTIONS" },
		{ "/v1/me/moves", "GET, HEAD, POST, OPTIONS" },
		{ "/v1/me/moves/x", "GET, HEAD, PATCH, DELETE, OPTIONS" },
		{ "/v1/me/back-to-normal", "POST, OPTIONS" },
		{ "/v1/me/redirect-logs", "GET, HEAD, OPTIONS" },
		{ "/docs/problems/invalid", "GET, HEAD, OPTIONS" },
		{ "/livez", "GET, HEAD, OPTIONS" },
		{ "/readyz", "GET, HEAD, OPTIONS" },
		{ "/metrics", "GET, HEAD, OPTIONS" },
		{ "/", "GET, HEAD, OPTIONS" },
		{ "/portal/1/pages/x.js", "GET, HEAD, OPTIONS" },
		{ "/v1", "" },
		{ "/V1/moves", "" },
		{ "/v1/moves/", "" },
		{ "/v1/moves/a/b", "" },
		{ "/livez/x", "" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct http_target target;
		char allow[ALLOW_TEXT_SIZE];
		struct route route = find(rows[i].path, HTTP_OPTIONS, &target);

		router_allow_text(route.methods, allow);
		assert_string_equal(rows[i].allow, allow);
		assert_null(route.endpoint);
	}
}

static void a_row_is_found_with_its_id(void **state)
{
	struct http_target target;
	struct route route = find("/v1/moves/mov_%31", HTTP_PATCH, &target);
	(void)state;

	assert_true(route.endpoint && route.endpoint->handle == moves_patch);
	assert_string_equal("mov_1", route.id);
	route = find("/v1/moves", HTTP_HEAD, &target);
	assert_true(route.endpoint && route.endpoint->handle == moves_list);
	assert_string_equal("", route.id);
	route = find("/v1/extension-policy/rules", HTTP_GET, &target);
	assert_true(route.endpoint &&
		    route.endpoint->handle == extension_rules_list);
}

static void an_id_too_long_for_any_of_ours_is_not_found(void **state)
{
	char path[128] = "/v1/moves/";
	struct http_target target;
	(void)state;

	memset(path + 10, 'x', PATH_ID_SIZE - 1);
	assert_non_null(find(path, HTTP_GET, &target).endpoint);
	path[10 + PATH_ID_SIZE - 1] = 'x';
	assert_null(find(path, HTTP_GET, &target).endpoint);
}

static void a_path_at_the_end_of_a_row_is_one_segment_or_more(void **state)
{
	struct http_target target;
	struct route route = find("/portal/1/pages/a%2d.js", HTTP_GET, &target);
	char path[128] = "/portal/";
	(void)state;

	assert_true(route.endpoint &&
		    route.endpoint->handle == portal_files_get);
	assert_string_equal("1/pages/a-.js", route.id);
	assert_non_null(find("/portal/1", HTTP_GET, &target).endpoint);
	assert_null(find("/portal/", HTTP_GET, &target).endpoint);
	assert_null(find("/portal", HTTP_GET, &target).endpoint);
	memset(path + 8, 'x', PATH_ID_SIZE - 1);
	assert_non_null(find(path, HTTP_GET, &target).endpoint);
	path[8 + PATH_ID_SIZE - 1] = 'x';
	assert_null(find(path, HTTP_GET, &target).endpoint);
}

static void methods_are_known_by_their_exact_name(void **state)
{
	static const char *const unknown[] = { "",	"get",	   "GET ",
					       "TRACE", "CONNECT", "PROPFIND" };
	enum http_method method;
	(void)state;

	for (int i = HTTP_GET; i <= HTTP_OPTIONS; i++) {
		assert_true(http_method_from_text(
			text_of(http_method_name((enum http_method)i)),
			&method));
		assert_int_equal(i, method);
	}
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		assert_false(
			http_method_from_text(text_of(unknown[i]), &method));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_row_stands_twice),
		cmocka_unit_test(every_row_is_whole),
		cmocka_unit_test(
			only_health_help_and_logging_in_are_open_to_all),
		cmocka_unit_test(reading_never_needs_a_right_to_write),
		cmocka_unit_test(every_path_names_what_it_allows),
		cmocka_unit_test(a_row_is_found_with_its_id),
		cmocka_unit_test(an_id_too_long_for_any_of_ours_is_not_found),
		cmocka_unit_test(
			a_path_at_the_end_of_a_row_is_one_segment_or_more),
		cmocka_unit_test(methods_are_known_by_their_exact_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
