#include "api/json_writer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void assert_written(struct json_writer *writer, const char *expected)
{
	char *text;
	size_t len;

	assert_int_equal(0, json_writer_finish(writer, &text, &len));
	assert_string_equal(expected, text);
	assert_int_equal(strlen(expected), len);
	free(text);
}

static void members_and_elements_are_parted_by_commas(void **state)
{
	struct json_writer writer = { 0 };
	(void)state;

	json_open_object(&writer, NULL);
	json_open_array(&writer, "items");
	json_open_object(&writer, NULL);
	json_close_object(&writer);
	json_put_integer(&writer, NULL, -7);
	json_put_bool(&writer, NULL, true);
	json_close_array(&writer);
	json_put_null(&writer, "next_cursor");
	json_put_i64_string(&writer, "id", INT64_MIN);
	json_put_string_or_null(&writer, "note", TEXT(""));
	json_close_object(&writer);

	assert_written(&writer, "{\"items\":[{},-7,true],\"next_cursor\":null,"
				"\"id\":\"-9223372036854775808\","
				"\"note\":null}");
}

static void strings_hold_any_byte_and_stay_json(void **state)
{
	static const struct {
		struct text value;
		const char *expected;
	} rows[] = {
		{ TEXT("plain"), "\"plain\"" },
		{ TEXT("a\"b\\c"), "\"a\\\"b\\\\c\"" },
		{ TEXT("\r\n\t\b\f"), "\"\\r\\n\\t\\b\\f\"" },
		{ TEXT("\0\x1b\x7f"), "\"\\u0000\\u001b\\u007f\"" },
		{ TEXT("caf\xc3\xa9 \xf0\x9f\x93\x9e"),
		  "\"caf\xc3\xa9 \xf0\x9f\x93\x9e\"" },
		{ TEXT("\xff\xc3"), "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ TEXT("\xed\xa0\x80"),
		  "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json_writer writer = { 0 };

		json_put_string(&writer, NULL, rows[i].value);
		assert_written(&writer, rows[i].expected);
	}
}

static void q_is_written_without_idle_digits(void **state)
{
	static const struct {
		unsigned permille;
		const char *expected;
	} rows[] = { { 1000, "1.0" }, { 500, "0.5" },  { 1, "0.001" },
		     { 0, "0.0" },    { 250, "0.25" }, { 999, "0.999" } };
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json_writer writer = { 0 };

		json_put_permille(&writer, NULL, rows[i].permille);
		assert_written(&writer, rows[i].expected);
	}
}

static void times_are_utc_with_milliseconds(void **state)
{
	struct json_writer writer = { 0 };
	(void)state;

	json_put_time_ms(&writer, NULL, INT64_C(1796090400123));
	assert_written(&writer, "\"2026-12-01T02:00:00.123Z\"");
}

static void a_long_text_grows_the_buffer(void **state)
{
	char big[5000], expected[sizeof(big) + 2];
	struct json_writer writer = { 0 };
	(void)state;

	memset(big, 'x', sizeof(big));
	json_put_string(&writer, NULL, (struct text){ big, sizeof(big) - 1 });
	memset(expected, 'x', sizeof(expected));
	expected[0] = expected[sizeof(big)] = '"';
	expected[sizeof(big) + 1] = '\0';
	assert_written(&writer, expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_and_elements_are_parted_by_commas),
		cmocka_unit_test(strings_hold_any_byte_and_stay_json),
		cmocka_unit_test(q_is_written_without_idle_digits),
		cmocka_unit_test(times_are_utc_with_milliseconds),
		cmocka_unit_test(a_long_text_grows_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
