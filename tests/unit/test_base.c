#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sodium.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "db/object_id.h"

static void a_writer_that_ran_out_of_room_stays_overflowed(void **state)
{
	char buffer[4];
	struct writer writer = writer_over(buffer, sizeof(buffer));
	(void)state;

	writer_put(&writer, TEXT("abc"));
	writer_put(&writer, TEXT("de"));
	writer_byte(&writer, 'f');
	assert_false(writer_is_complete(&writer));
	assert_true(text_equals(TEXT("abc"), writer_text(&writer)));
}

static void numbers_are_written_and_read_back(void **state)
{
	static const uint64_t numbers[] = { 0, 9, 10, 4294967296,
					    9999999999999999999U };
	char buffer[32];
	(void)state;

	for (size_t i = 0; i < 4; i++) {
		struct writer writer = writer_over(buffer, sizeof(buffer));
		uint64_t back;

		writer_u64(&writer, numbers[i]);
		assert_int_equal(0, text_to_u64(writer_text(&writer), &back));
		assert_true(back == numbers[i]);
	}
	assert_int_equal(EBADMSG, text_to_u64(TEXT(""), &(uint64_t){ 0 }));
	assert_int_equal(EBADMSG, text_to_u64(TEXT("-1"), &(uint64_t){ 0 }));
	assert_int_equal(EBADMSG, text_to_u64(TEXT("1 "), &(uint64_t){ 0 }));
	assert_int_equal(ERANGE, text_to_u64(TEXT("99999999999999999999"),
					     &(uint64_t){ 0 }));
}

static void times_are_read_as_rfc_3339_has_them(void **state)
{
	static const struct {
		const char *text;
		int err;
		bool has_offset;
		const char *utc;
	} cases[] = {
		{ "2026-12-01T09:00:00+07:00", 0, true,
		  "2026-12-01T02:00:00.000Z" },
		{ "2026-12-01t09:00:00.1239z", 0, true,
		  "2026-12-01T09:00:00.123Z" },
		{ "2024-02-29T23:59:60Z", 0, true, "2024-02-29T23:59:59.000Z" },
		{ "2026-12-01T09:00:00", 0, false, "2026-12-01T09:00:00.000Z" },
		{ "2026-01-01T00:30:00-02:30", 0, true,
		  "2026-01-01T03:00:00.000Z" },
		{ "2023-02-29T00:00:00Z", EBADMSG, false, NULL },
		{ "2026-12-01", EBADMSG, false, NULL },
		{ "2026-12-01T09:00Z", EBADMSG, false, NULL },
		{ "2026-12-01T09:00:00Z ", EBADMSG, false, NULL },
		{ "2026-12-01T24:00:00Z", EBADMSG, false, NULL },
		{ "1999-12-31T00:00:00Z", ERANGE, false, NULL },
		{ "2101-01-01T00:00:00Z", ERANGE, false, NULL },
		{ "", EBADMSG, false, NULL },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char utc[TIMESTAMP_SIZE];
		bool has_offset;
		int64_t ms;
		int err = timestamp_parse(text_of(cases[i].text), &ms,
					  &has_offset);

		assert_int_equal(cases[i].err, err);
		if (err)
			continue;
		timestamp_format(ms, utc);
		assert_string_equal(cases[i].utc, utc);
		assert_int_equal(cases[i].has_offset, has_offset);
	}
	assert_int_equal(EBADMSG, timestamp_parse(TEXT("2026-12-01T09:00:00"),
						  &(int64_t){ 0 }, NULL));
}

static void dates_go_to_days_and_back(void **state)
{
	(void)state;

	for (int64_t day = -800000; day < 200000; day += 37) {
		struct civil_time time = civil_from_ms(day * 86400000);

		assert_int_equal(day,
				 civil_days(time.year, time.month, time.day));
	}
}

static void utf8_is_what_rfc_3629_says(void **state)
{
	static const struct {
		const char *bytes;
		bool is_valid;
	} cases[] = {
		{ "caf\xc3\xa9", true },
		{ "\xf0\x9f\x93\x9e", true },
		{ "\xed\x9f\xbf", true },
		{ "\xc0\x80", false },	       /* overlong NUL */
		{ "\xe0\x80\x80", false },     /* overlong */
		{ "\xed\xa0\x80", false },     /* a surrogate */
		{ "\xf4\x90\x80\x80", false }, /* above U+10FFFF */
		{ "\xe2\x82", false },	       /* cut */
		{ "\xff", false },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(cases[i].is_valid,
				 utf8_is_valid(text_of(cases[i].bytes)));
	assert_false(utf8_is_printable(TEXT("a\x1b[31m")));
	assert_false(utf8_is_printable(TEXT("\xc2\x9b"
					    "31m")));
	assert_true(utf8_is_printable(TEXT("caf\xc3\xa9")));
}

static void a_log_line_cannot_be_forged_by_what_it_quotes(void **state)
{
	static const char hostile[] = "a\"b\\c\r\nlevel=error \x1b[31m\xff";
	struct text text = { hostile, sizeof(hostile) - 1 };
	char huge[2000];
	(void)state;

	assert_string_equal(
		"\"a\\\"b\\\\c\\x0d\\x0alevel=error \\x1b[31m\\xff\"",
		log_quoted(text));
	memset(huge, '\n', sizeof(huge));
	text = (struct text){ huge, sizeof(huge) };
	assert_true(strlen(log_quoted(text)) < LOG_QUOTED_MAX);
	assert_null(strchr(log_quoted(text), '\n'));
}

static void object_ids_sort_by_their_time(void **state)
{
	char first[OBJECT_ID_SIZE], second[OBJECT_ID_SIZE];
	(void)state;

	object_id_new("mov", 1000, first);
	object_id_new("mov", 1001, second);
	assert_true(strcmp(first, second) < 0);
	for (int i = 0; i < 1000; i++) {
		memcpy(first, second, sizeof(first));
		object_id_new("mov", 1001, second);
		assert_true(strcmp(first, second) < 0);
	}
	assert_true(object_id_is_valid(text_of(first), "mov"));
	assert_false(object_id_is_valid(text_of(first), "dom"));
	first[10] = 'I'; /* not in the alphabet */
	assert_false(object_id_is_valid(text_of(first), "mov"));
}

static void keyed_hashes_differ_by_key(void **state)
{
	struct hash_key a, b;
	(void)state;

	hash_key_init(&a);
	hash_key_init(&b);
	assert_true(hash_text(&a, TEXT("x")) == hash_text(&a, TEXT("x")));
	assert_true(hash_text(&a, TEXT("x")) != hash_text(&b, TEXT("x")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_writer_that_ran_out_of_room_stays_overflowed),
		cmocka_unit_test(numbers_are_written_and_read_back),
		cmocka_unit_test(times_are_read_as_rfc_3339_has_them),
		cmocka_unit_test(dates_go_to_days_and_back),
		cmocka_unit_test(utf8_is_what_rfc_3629_says),
		cmocka_unit_test(a_log_line_cannot_be_forged_by_what_it_quotes),
		cmocka_unit_test(object_ids_sort_by_their_time),
		cmocka_unit_test(keyed_hashes_differ_by_key),
	};

	return sodium_init() < 0 ? 1
				 : cmocka_run_group_tests(tests, NULL, NULL);
}
