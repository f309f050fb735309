/* test_csv.c - CSV in and out, and the pieces of a JSON list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "api/csv_reader.h"
#include "api/csv_writer.h"
#include "api/json_splitter.h"

/* All records as "a|b@1/" with the line, or how it broke. The bytes come in
 * parts of so many. */
static const char *csv_of(struct text body, size_t part_len)
{
	static char shown[4096];
	struct writer writer = writer_over(shown, sizeof(shown) - 1);
	struct csv_reader reader;
	enum record_read read = RECORD_PARTIAL;
	bool is_last = false;

	assert_int_equal(0, csv_reader_init(&reader));
	while (read != RECORD_BROKEN && !is_last) {
		struct text part = { body.ptr, body.len < part_len ? body.len
								   : part_len };

		is_last = part.len == 0;
		body.ptr += part.len;
		body.len -= part.len;
		while ((read = is_last ? csv_reader_end(&reader)
				       : csv_reader_feed(&reader, &part)) ==
		       RECORD_WHOLE) {
			for (size_t i = 0; i < reader.cell_count; i++) {
				writer_put(&writer, i ? TEXT("|") : TEXT(""));
				writer_put(&writer, reader.cells[i]);
			}
			writer_put(&writer, TEXT("@"));
			writer_u64(&writer, reader.record_line);
			writer_put(&writer, TEXT("/"));
		}
	}
	if (read == RECORD_BROKEN)
		writer_put(&writer, text_of(reader.why));
	csv_reader_clear(&reader);
	shown[writer.len] = '\0';
	return shown;
}

static void records_are_read_as_the_rfc_says_however_they_are_cut(void **state)
{
	static const struct {
		const char *body, *shown;
	} rows[] = {
		{ "", "" },
		{ "\r\n\r\n", "" },
		{ "a,b\r\nc,d\r\n", "a|b@1/c|d@2/" },
		{ "a,b\nc,d", "a|b@1/c|d@2/" },
		{ "a,b\rc,d\r", "a|b@1/c|d@2/" },
		{ "a\n\nb\n", "a@1/b@3/" },
		{ "\xef\xbb\xbf"
		  "a;b\nc,d;e\n",
		  "a|b@1/c,d|e@2/" },
		{ "a\tb\nc,d\te\n", "a|b@1/c,d|e@2/" },
		{ "a\nb,c\n", "a@1/b|c@2/" },
		{ "a,b\n\"x,\"\"y\"\"\nz\",\nlast,",
		  "a|b@1/x,\"y\"\nz|@2/last|@4/" },
		{ "a,b\n\"\",\"\"\n,\n", "a|b@1/|@2/|@3/" },
		{ "a, b \n", "a| b @1/" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (size_t part = 1; part < 12; part++)
			assert_string_equal(
				rows[i].shown,
				csv_of(text_of(rows[i].body), part));
}

static void what_is_no_csv_breaks_and_says_why(void **state)
{
	static char cells[130], bytes[70000];
	(void)state;

	assert_non_null(strstr(csv_of(TEXT("a\"b\n"), 3), "a quote stands"));
	assert_non_null(strstr(csv_of(TEXT("\"a\"b\n"), 3), "closing quote"));
	assert_non_null(strstr(csv_of(TEXT("a\n\"b\n"), 3), "not closed"));
	memset(cells, ',', sizeof(cells) - 1);
	assert_non_null(strstr(csv_of(text_of(cells), 7), "64 cells"));
	memset(bytes, 'x', sizeof(bytes) - 1);
	assert_non_null(strstr(csv_of(text_of(bytes), 999), "65536 bytes"));
}

static void what_is_written_is_read_back_whatever_it_is(void **state)
{
	static const char *const cells[] = {
		"",	"plain",   "a,b",  "\"",     "line\r\nbreak",
		"=1+1", "'=1+1",   "''-x", "'quote", "@",
		"\tx",	" blank ", "+62",  "-",	     "a;b",
	};
	enum {
		CELLS = sizeof(cells) / sizeof(*cells)
	};
	struct csv_writer writer = { .is_guarded = true };
	struct csv_reader reader;
	struct text part;
	(void)state;

	csv_put(&writer, TEXT("first"));
	csv_put(&writer, TEXT("line"));
	csv_end_record(&writer);
	for (size_t i = 0; i < CELLS; i++)
		csv_put(&writer, text_of(cells[i]));
	csv_end_record(&writer);
	assert_int_equal(0, csv_reader_init(&reader));
	part = (struct text){ writer.bytes, writer.len };
	assert_int_equal(RECORD_WHOLE, csv_reader_feed(&reader, &part));
	assert_int_equal(RECORD_WHOLE, csv_reader_feed(&reader, &part));
	assert_int_equal(CELLS, reader.cell_count);
	for (size_t i = 0; i < CELLS; i++) {
		assert_true(text_equals(text_of(cells[i]),
					csv_unguarded(reader.cells[i])));
		/* No spreadsheet sees a formula. */
		assert_false(reader.cells[i].len > 0 &&
			     strchr("=+-@\t\r", reader.cells[i].ptr[0]));
	}
	csv_reader_clear(&reader);
	csv_writer_clear(&writer);
}

static const char *split(bool is_lines, struct text body, size_t part_len)
{
	static char shown[4096];
	struct writer writer = writer_over(shown, sizeof(shown) - 1);
	struct json_splitter splitter;
	enum record_read read = RECORD_PARTIAL;
	bool is_last = false;

	assert_int_equal(0, json_splitter_init(&splitter, is_lines));
	while (read != RECORD_BROKEN && !is_last) {
		struct text part = { body.ptr, body.len < part_len ? body.len
								   : part_len };

		is_last = part.len == 0;
		body.ptr += part.len;
		body.len -= part.len;
		while ((read = is_last ? json_splitter_end(&splitter)
				       : json_splitter_feed(&splitter,
							    &part)) ==
		       RECORD_WHOLE) {
			writer_put(&writer, splitter.element);
			writer_put(&writer, TEXT("@"));
			writer_u64(&writer, splitter.record_line);
			writer_put(&writer, TEXT("/"));
		}
	}
	if (read == RECORD_BROKEN)
		writer_put(&writer, TEXT("broken"));
	json_splitter_clear(&splitter);
	shown[writer.len] = '\0';
	return shown;
}

static void elements_of_a_list_are_found_however_it_is_cut(void **state)
{
	static const struct {
		bool is_lines;
		const char *body, *shown;
	} rows[] = {
		{ false, "[]", "" },
		{ false, " [ ] ", "" },
		{ false, "[{}]", "{}@1/" },
		{ false, "[{\"a\":[1,{\"b\":\"]}\\\"\"}]}\n,\n{ }]",
		  "{\"a\":[1,{\"b\":\"]}\\\"\"}]}@1/{ }@3/" },
		{ false, "{ \"items\" :[{\"a\":\"\\\\\"}]}",
		  "{\"a\":\"\\\\\"}@1/" },
		{ false, "", "broken" },
		{ false, "{\"items\":[]", "broken" },
		{ false, "[]}", "broken" },
		{ false, "[{},]", "{}@1/broken" },
		{ false, "[{} {}]", "{}@1/broken" },
		{ false, "[{}", "{}@1/broken" },
		{ false, "[1]", "broken" },
		{ false, "{\"other\":[]}", "broken" },
		{ true, "", "" },
		{ true, "{}\r\n\n {\"a\":1}", "{}\r@1/ {\"a\":1}@3/" },
		{ true, "x\ny\n", "x@1/y@2/" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (size_t part = 1; part < 12; part++)
			assert_string_equal(rows[i].shown,
					    split(rows[i].is_lines,
						  text_of(rows[i].body), part));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			records_are_read_as_the_rfc_says_however_they_are_cut),
		cmocka_unit_test(what_is_no_csv_breaks_and_says_why),
		cmocka_unit_test(what_is_written_is_read_back_whatever_it_is),
		cmocka_unit_test(
			elements_of_a_list_are_found_however_it_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
