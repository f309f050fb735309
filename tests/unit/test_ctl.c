/* test_ctl.c - what sipmovedctl shows: tables, CSV, JSON, and text that came
 * from others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <locale.h>

#include "ctl_json.h"
#include "ctl_metrics.h"
#include "ctl_table.h"
#include "ctl_text.h"

static const char *const headings[] = { "name", "starts_at", "note" };

/* What these cells look like. free() it. */
static char *shown(bool is_csv, const char *const *cells, size_t count)
{
	struct ctl_table table = { .columns = 3,
				   .headings = headings,
				   .is_csv = is_csv };
	char *text = NULL;
	size_t len;
	FILE *stream = open_memstream(&text, &len);

	for (size_t i = 0; i < count; i++)
		ctl_table_put(&table, text_of(cells[i]));
	ctl_table_flush(&table, stream);
	ctl_table_clear(&table);
	fclose(stream);
	return text;
}

static void assert_shown(bool is_csv, const char *const *cells, size_t count,
			 const char *expected)
{
	char *text = shown(is_csv, cells, count);

	assert_string_equal(text, expected);
	free(text);
}

static void columns_are_aligned_and_what_is_empty_is_a_dash(void **state)
{
	static const char *const cells[] = { "a", "2026", "x", "bb", "", "" };
	(void)state;

	assert_shown(false, cells, 6,
		     "NAME  STARTS AT  NOTE\n"
		     "a     2026       x\n"
		     "bb    -          -\n");
}

static void a_table_without_rows_has_its_headings(void **state)
{
	(void)state;

	assert_shown(false, NULL, 0, "NAME  STARTS AT  NOTE\n");
	assert_shown(true, NULL, 0, "name,starts_at,note\r\n");
}

static void wide_characters_take_two_columns(void **state)
{
	static const char *const cells[] = {
		"\xe6\x9d\xb1\xe4\xba\xac", "1", "x", "abcd", "2", "y"
	};
	(void)state;

	assert_shown(false, cells, 6,
		     "NAME  STARTS AT  NOTE\n"
		     "\xe6\x9d\xb1\xe4\xba\xac  1          x\n"
		     "abcd  2          y\n");
}

static void what_a_terminal_would_obey_is_shown_in_a_table(void **state)
{
	static const char *const cells[] = { "\x1b]0;pwned\x07", "a\nb",
					     "\xe2\x80\xaetxt \xc2\x9b"
					     "2J \xff" };
	(void)state;

	assert_shown(false, cells, 3,
		     "NAME              STARTS AT  NOTE\n"
		     "\\x1b]0;pwned\\x07  a\\x0ab     \\u202etxt "
		     "\\u009b2J \\xff\n");
}

static void formulas_are_guarded_in_csv_and_bytes_kept_in_a_file(void **state)
{
	static const char *const cells[] = { "=1+1", "a,\"b\"", "l1\nl2" };
	(void)state;

	assert_shown(true, cells, 3,
		     "name,starts_at,note\r\n"
		     "'=1+1,\"a,\"\"b\"\"\",\"l1\nl2\"\r\n");
}

static struct ctl_json json(const char *text)
{
	struct ctl_json root = { { 0 } };

	assert_true(ctl_json_root(text_of(text), &root));
	return root;
}

static void assert_member(const char *document, const char *path,
			  const char *expected)
{
	char buffer[256];
	struct text text = ctl_json_text(ctl_json_member(json(document), path),
					 buffer, sizeof(buffer));

	assert_int_equal(text.len, strlen(expected));
	assert_memory_equal(text.ptr, expected, text.len);
}

static void members_are_found_and_strings_are_unescaped(void **state)
{
	static const char document[] =
		" {\"x\": {\"a\": \"}\\\"]\", \"b\": [1, \"two\", null]}, "
		"\"a\" : \"\\u00e9\\n\\ud83d\\ude00\\\\\" ,\"n\":-12.50,"
		"\"t\":true, \"z\":null} ";
	(void)state;

	assert_member(document, "x.a", "}\"]");
	assert_member(document, "x.b", "1, two, null");
	assert_member(document, "a", "\xc3\xa9\n\xf0\x9f\x98\x80\\");
	assert_member(document, "n", "-12.50");
	assert_member(document, "t", "true");
	assert_member(document, "z", "");
	assert_member(document, "x.b.c", "");
	assert_member(document, "none", "");
	assert_int_equal(
		3, ctl_json_count(ctl_json_member(json(document), "x.b")));
	assert_int_equal(5, ctl_json_count(json(document)));
	assert_int_equal(-42, ctl_json_integer(json("\"-42\"")));
}

static void what_is_no_json_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "{", "[1,]", "{\"a\":1}x", "<html>", "\"\\ud800\""
	};
	struct ctl_json root;
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(ctl_json_root(text_of(bad[i]), &root));
}

static void json_is_laid_out_and_harmless(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *stream = open_memstream(&text, &len);
	(void)state;

	ctl_json_print(json("{\"a\":[1,{}],\"b\":\"\xc2\x9b\x7f\\u001b\"}"), 0,
		       stream);
	fclose(stream);
	assert_string_equal(text, "{\n  \"a\": [\n    1,\n    {}\n  ],\n"
				  "  \"b\": \"\\u009b\\u007f\\u001b\"\n}");
	free(text);
}

static void line_ends_may_stay_where_lines_are_shown(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *stream = open_memstream(&text, &len);
	(void)state;

	ctl_text_print_lines(TEXT("a\r\nb\rc\x1b\n"), stream);
	fclose(stream);
	assert_string_equal(text, "a\nb\\x0dc\\x1b\n");
	free(text);
}

static void figures_are_summed_over_their_labels(void **state)
{
	static const char metrics[] =
		"# HELP calls_total Calls.\n"
		"calls_total{method=\"INVITE\",t=\"udp\"} 2\n"
		"calls_total{method=\"INVITE\",t=\"tcp\"} 3\n"
		"calls_total{method=\"OPTIONS\",t=\"udp\"} 4\n"
		"calls_total_more 9\n"
		"info{version=\"1.2\"} 1\n";
	struct text text = text_of(metrics), version;
	(void)state;

	assert_true(ctl_metric(text, "calls_total", NULL) == 9);
	assert_true(ctl_metric(text, "calls_total", "method=\"INVITE\"") == 5);
	assert_true(ctl_metric(text, "none", NULL) == 0);
	version = ctl_metric_label(text, "info", "version");
	assert_true(text_equals(version, TEXT("1.2")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			columns_are_aligned_and_what_is_empty_is_a_dash),
		cmocka_unit_test(a_table_without_rows_has_its_headings),
		cmocka_unit_test(wide_characters_take_two_columns),
		cmocka_unit_test(
			what_a_terminal_would_obey_is_shown_in_a_table),
		cmocka_unit_test(
			formulas_are_guarded_in_csv_and_bytes_kept_in_a_file),
		cmocka_unit_test(members_are_found_and_strings_are_unescaped),
		cmocka_unit_test(what_is_no_json_is_refused),
		cmocka_unit_test(json_is_laid_out_and_harmless),
		cmocka_unit_test(line_ends_may_stay_where_lines_are_shown),
		cmocka_unit_test(figures_are_summed_over_their_labels),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
