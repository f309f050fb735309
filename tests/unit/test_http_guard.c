#include "api/http_guard.h"
#include "api/media_type.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum {
	FIELDS = 4,
};

/* --- fields ----------------------------------------------------------------
 */

static void framing_that_is_ambiguous_is_refused(void **state)
{
	static const struct {
		const char *version;
		struct http_field fields[FIELDS];
		int code; /* -1: fine */
	} rows[] = {
		{ "HTTP/1.1", { { TEXT("Host"), TEXT("a") } }, -1 },
		{ "HTTP/1.1",
		  { { TEXT("Accept"), TEXT("a") },
		    { TEXT("Accept"), TEXT("b") } },
		  -1 },
		{ "HTTP/1.1",
		  { { TEXT("Transfer-Encoding"), TEXT(" Chunked ") } },
		  -1 },
		{ "HTTP/1.1", { { TEXT("X"), TEXT("caf\xc3\xa9\t!") } }, -1 },
		{ "HTTP/1.2",
		  { { TEXT("Host"), TEXT("a") } },
		  PROBLEM_BAD_REQUEST },
		{ "HTTP/1.1",
		  { { TEXT("Host"), TEXT("a") }, { TEXT("hOST"), TEXT("a") } },
		  PROBLEM_BAD_REQUEST },
		{ "HTTP/1.1",
		  { { TEXT("Authorization"), TEXT("a") },
		    { TEXT("authorization"), TEXT("b") } },
		  PROBLEM_BAD_REQUEST },
		{ "HTTP/1.1",
		  { { TEXT("Content-Type"), TEXT("a") },
		    { TEXT("Content-Type"), TEXT("b") } },
		  PROBLEM_BAD_REQUEST },
		{ "HTTP/1.1",
		  { { TEXT("Content-Length"), TEXT("2") },
		    { TEXT("Content-Length"), TEXT("2") } },
		  PROBLEM_BAD_REQUEST },
		{ "HTTP/1.1",
		  { { TEXT("Content-Length"), TEXT("2") },
		    { TEXT("Transfer-Encoding"), TEXT("chunked") } },
		  PROBLEM_BAD_REQUEST },
		{ "HTTP/1.1",
		  { { TEXT("Content-Length"), TEXT("+2") } },
		  PROBLEM_BAD_REQUEST },
		{ "HTTP/1.1",
		  { { TEXT("Content-Length"), TEXT("2, 2") } },
		  PROBLEM_BAD_REQUEST },
		{ "HTTP/1.1",
		  { { TEXT("Content-Length"), TEXT("") } },
		  PROBLEM_BAD_REQUEST },
		{ "HTTP/1.0",
		  { { TEXT("Transfer-Encoding"), TEXT("chunked") } },
		  PROBLEM_BAD_REQUEST },
		{ "HTTP/1.1",
		  { { TEXT("Transfer-Encoding"), TEXT("chunked, chunked") } },
		  PROBLEM_NOT_IMPLEMENTED },
		{ "HTTP/1.1",
		  { { TEXT("Transfer-Encoding"), TEXT("") } },
		  PROBLEM_NOT_IMPLEMENTED },
		{ "HTTP/1.1",
		  { { TEXT("Host "), TEXT("a") } },
		  PROBLEM_BAD_REQUEST },
		{ "HTTP/1.1",
		  { { TEXT("a(b"), TEXT("a") } },
		  PROBLEM_BAD_REQUEST },
		{ "HTTP/1.1",
		  { { TEXT("A"), TEXT("x\x7f") } },
		  PROBLEM_BAD_REQUEST },
		{ "HTTP/1.1",
		  { { TEXT("A"), TEXT("x\ny") } },
		  PROBLEM_BAD_REQUEST },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct http_head head = { .version = text_of(rows[i].version),
					  .fields = rows[i].fields };
		struct http_refusal refusal = { PROBLEM_CODES, NULL };

		while (head.field_count < FIELDS &&
		       rows[i].fields[head.field_count].name.ptr)
			head.field_count++;
		assert_int_equal(rows[i].code < 0,
				 http_guard_fields(&head, &refusal));
		if (rows[i].code >= 0)
			assert_int_equal(rows[i].code, refusal.code);
	}
}

/* --- layout ----------------------------------------------------------------
 */

/* The head as the library leaves it: NUL over each colon, CR and LF. Views
 * are found by looking for the texts. */
static bool layout_of(struct text buffer, const char *value,
		      struct http_refusal *refusal)
{
	const char *version = memmem(buffer.ptr, buffer.len, "HTTP/1.1", 8);
	const char *name = memmem(buffer.ptr, buffer.len, "Name", 4);
	const char *at = memmem(buffer.ptr, buffer.len, value, strlen(value));
	const struct http_field field = { { name, 4 }, text_of(at) };
	const struct http_head head = { .version = { version, 8 },
					.target_end = buffer.ptr + 1,
					.fields = &field,
					.field_count = 1 };

	return http_guard_layout(&head, refusal);
}

static void only_lines_that_end_in_cr_lf_are_lines(void **state)
{
	static const struct {
		struct text buffer;
		bool fine;
	} rows[] = {
		{ TEXT("/\0HTTP/1.1\0\0Name\0value\0\0\0\0"), true },
		{ TEXT("/\0HTTP/1.1\0\0Name\0 \tvalue\0\0\0\0"), true },
		{ TEXT("/\0HTTP/1.1\0Name\0value\0\0\0\0"), false },
		{ TEXT("/\0HTTP/1.1\0\0Name\0value\0\0\0{"), false },
		{ TEXT("/\0HTTP/1.1\0\0Name\0value\0\0x\0"), false },
		{ TEXT("/\0HTTP/1.1\0\0Name\0value\0rest\0\0\0\0"), false },
		{ TEXT("/\0HTTP/1.1\0\0Name\0\0value\0\0\0\0"), false },
		{ TEXT("/\0\0HTTP/1.1\0\0Name\0value\0\0\0\0"), false },
		{ TEXT("/\0HTTP/1.1\0\0fold\0\0Name\0value\0\0\0\0"), false },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct http_refusal refusal;

		assert_int_equal(rows[i].fine,
				 layout_of(rows[i].buffer, "value", &refusal));
	}
}

/* --- target ----------------------------------------------------------------
 */

static void a_path_is_split_and_decoded_once(void **state)
{
	struct http_target target;
	struct http_refusal refusal;
	(void)state;

	assert_true(http_guard_target(TEXT("/v1/m%6Fves/a%20b%25?x=%2F/.."),
				      &target, &refusal));
	assert_int_equal(3, target.segment_count);
	assert_true(text_equals(target.segments[0], TEXT("v1")));
	assert_true(text_equals(target.segments[1], TEXT("moves")));
	assert_true(text_equals(target.segments[2], TEXT("a b%")));
	assert_true(text_equals(target.query, TEXT("x=%2F/..")));
}

static void an_absolute_target_gives_its_authority(void **state)
{
	struct http_target target;
	struct http_refusal refusal;
	(void)state;

	assert_true(http_guard_target(TEXT("HTTP://a.example:80/livez?v"),
				      &target, &refusal));
	assert_true(text_equals(target.authority, TEXT("a.example:80")));
	assert_true(text_equals(target.segments[0], TEXT("livez")));
	assert_true(text_equals(target.query, TEXT("v")));
	assert_true(http_guard_target(TEXT("*"), &target, &refusal));
	assert_true(target.is_asterisk);
}

static void a_target_that_could_mislead_is_refused(void **state)
{
	static const struct text rows[] = {
		TEXT(""),	   TEXT("livez"),      TEXT("//a"),
		TEXT("/a//b"),	   TEXT("/."),	       TEXT("/.."),
		TEXT("/a/../b"),   TEXT("/%2e"),       TEXT("/.%2E/x"),
		TEXT("/%00"),	   TEXT("/a%2fb"),     TEXT("/a%5Cb"),
		TEXT("/a\\b"),	   TEXT("/%"),	       TEXT("/%4"),
		TEXT("/%zz"),	   TEXT("/%0a"),       TEXT("/%7f"),
		TEXT("/a b"),	   TEXT("/a\tb"),      TEXT("/a#b"),
		TEXT("/caf\xc3"),  TEXT("http://"),    TEXT("http:///a"),
		TEXT("ftp://a/b"), TEXT("http://a?b"), TEXT("/a\0b"),
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct http_target target;
		struct http_refusal refusal;

		if (http_guard_target(rows[i], &target, &refusal))
			fail_msg("accepted: %.*s", TEXT_ARG(rows[i]));
		assert_int_equal(PROBLEM_BAD_REQUEST, refusal.code);
	}
}

static void a_path_beyond_any_of_ours_is_not_found(void **state)
{
	char long_path[400];
	struct http_target target;
	struct http_refusal refusal;
	(void)state;

	memset(long_path, 'a', sizeof(long_path));
	long_path[0] = '/';
	assert_false(
		http_guard_target((struct text){ long_path, sizeof(long_path) },
				  &target, &refusal));
	assert_int_equal(PROBLEM_NOT_FOUND, refusal.code);
	assert_true(http_guard_target((struct text){ long_path, HTTP_PATH_MAX },
				      &target, &refusal));
	assert_false(
		http_guard_target((struct text){ long_path, HTTP_PATH_MAX + 2 },
				  &target, &refusal));
	assert_false(http_guard_target(TEXT("/1/2/3/4/5/6/7/8/9"), &target,
				       &refusal));
	assert_int_equal(PROBLEM_NOT_FOUND, refusal.code);
}

/* --- host ------------------------------------------------------------------
 */

static void only_our_own_names_are_answered_for(void **state)
{
	static const struct {
		const char *host;
		int code; /* -1: fine */
	} rows[] = {
		{ "localhost", -1 },
		{ "LocalHost:8080", -1 },
		{ "localhost.", -1 },
		{ "192.0.2.1:80", -1 },
		{ "[2001:db8::1]", -1 },
		{ "[2001:db8::1]:80", -1 },
		{ "", PROBLEM_BAD_REQUEST },
		{ "localhost:", PROBLEM_BAD_REQUEST },
		{ "localhost:80:80", PROBLEM_BAD_REQUEST },
		{ "localhost:70000", PROBLEM_BAD_REQUEST },
		{ "evil.example", PROBLEM_MISDIRECTED },
		{ "localhost.evil.example", PROBLEM_MISDIRECTED },
		{ "xlocalhost", PROBLEM_MISDIRECTED },
		{ "192.0.2.2", PROBLEM_MISDIRECTED },
		{ "user@localhost", PROBLEM_MISDIRECTED },
	};
	static struct http_host_names names;
	(void)state;

	http_host_names_add(&names, "localhost");
	http_host_names_add(&names, "192.0.2.1");
	http_host_names_add(&names, "[2001:DB8::1]");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct http_refusal refusal = { PROBLEM_CODES, NULL };

		if (http_guard_host(&names, text_of(rows[i].host), &refusal) !=
		    (rows[i].code < 0))
			fail_msg("%s", rows[i].host);
		if (rows[i].code >= 0)
			assert_int_equal(rows[i].code, refusal.code);
	}
}

static void listening_on_all_any_address_is_ours_but_no_name(void **state)
{
	static struct http_host_names names = { .any_address = true };
	struct http_refusal refusal;
	(void)state;

	assert_true(http_guard_host(&names, TEXT("198.51.100.7:80"), &refusal));
	assert_true(http_guard_host(&names, TEXT("[fe80::1]"), &refusal));
	assert_false(http_guard_host(&names, TEXT("evil.example"), &refusal));
}

/* --- media types ------------------------------------------------------------
 */

static void accept_is_weighed_by_q_and_closeness(void **state)
{
	static const struct {
		const char *accept;
		bool fine;
	} rows[] = {
		{ "", true },
		{ "*/*", true },
		{ "application/*", true },
		{ "Application/JSON", true },
		{ "text/html, application/json;q=0.001", true },
		{ "text/html;q=1, */*;q=0.1", true },
		{ "application/json;profile=\"a,b\";q=0.5", true },
		{ "text/html", false },
		{ "text/*", false },
		{ "application/json;q=0", false },
		{ "application/json;q=0.000, */*", false },
		{ "application/*;q=0, */*", false },
		{ "application/jsonx", false },
		{ "application/json;q=2", false },
		{ "application/json;q=abc", false },
		{ ",,,", false },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (media_type_is_accepted(text_of(rows[i].accept),
					   TEXT("application/json")) !=
		    rows[i].fine)
			fail_msg("%s", rows[i].accept);
}

static void a_body_type_matches_exactly(void **state)
{
	static const struct {
		const char *type;
		bool fine;
	} rows[] = {
		{ "application/json", true },
		{ "application/json; charset=utf-8", true },
		{ "application/json;charset=\"UTF-8\"", true },
		{ "application/json; charset=latin1", false },
		{ "application/json, text/plain", false },
		{ "application/jsonp", false },
		{ "text/json", false },
		{ "", false },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (media_type_is(text_of(rows[i].type),
				  TEXT("application/json")) != rows[i].fine)
			fail_msg("%s", rows[i].type);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(framing_that_is_ambiguous_is_refused),
		cmocka_unit_test(only_lines_that_end_in_cr_lf_are_lines),
		cmocka_unit_test(a_path_is_split_and_decoded_once),
		cmocka_unit_test(an_absolute_target_gives_its_authority),
		cmocka_unit_test(a_target_that_could_mislead_is_refused),
		cmocka_unit_test(a_path_beyond_any_of_ours_is_not_found),
		cmocka_unit_test(only_our_own_names_are_answered_for),
		cmocka_unit_test(
			listening_on_all_any_address_is_ours_but_no_name),
		cmocka_unit_test(accept_is_weighed_by_q_and_closeness),
		cmocka_unit_test(a_body_type_matches_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
