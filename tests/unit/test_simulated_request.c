#include "api/simulated_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct reading {
	struct json_document *document;
	struct json_object object;
	struct faults faults;
	char *text;
	size_t len;
};

static void reading_about(struct reading *reading, const char *json,
			  const char *somebody)
{
	char detail[FAULT_DETAIL_SIZE];

	memset(reading, 0, sizeof(*reading));
	assert_int_equal(0, json_document_parse(text_of(json),
						&reading->document, detail));
	assert_true(json_document_object(reading->document, &reading->faults,
					 &reading->object));
	assert_int_equal(0,
			 simulated_request_read(&reading->object, somebody,
						&reading->text, &reading->len));
}

static void reading_of(struct reading *reading, const char *json)
{
	reading_about(reading, json, "");
}

static void reading_clear(struct reading *reading)
{
	json_document_free(reading->document);
	faults_clear(&reading->faults);
	free(reading->text);
}

static void a_request_is_put_together_from_its_parts(void **state)
{
	static const struct {
		const char *json;
		const char *holds;
	} rows[] = {
		{ "{\"domain\":\"Example.COM\"}",
		  "INVITE sip:simulation@example.com SIP/2.0\r\n" },
		{ "{\"method\":\"OPTIONS\",\"address\":\"sip:a@b.example\"}",
		  "OPTIONS sip:a@b.example SIP/2.0\r\n" },
		{ "{\"address\":\"sip:a@b.example\",\"domain\":\"B.example\"}",
		  "To: <sip:a@b.example>\r\n" },
		{ "{\"domain\":\"b.example\",\"require\":[\"100rel\",\"foo\"]}",
		  "\r\nRequire: 100rel, foo\r\n" },
		{ "{\"domain\":\"b.example\",\"proxy_require\":[\"bar\"]}",
		  "\r\nProxy-Require: bar\r\n" },
		{ "{\"request\":\"INVITE sip:a@b SIP/2.0\\r\\n\\r\\n\"}",
		  "INVITE sip:a@b SIP/2.0\r\n\r\n" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading reading;

		reading_of(&reading, rows[i].json);
		assert_false(faults_any(&reading.faults));
		assert_non_null(reading.text);
		assert_non_null(memmem(reading.text, reading.len, rows[i].holds,
				       strlen(rows[i].holds)));
		assert_memory_equal("\r\n\r\n", reading.text + reading.len - 4,
				    4);
		reading_clear(&reading);
	}
}

static void no_part_can_bring_a_header_of_its_own(void **state)
{
	static const struct {
		const char *json;
		const char *pointer;
	} rows[] = {
		{ "{\"domain\":\"b.example\",\"method\":\"A\\r\\nX: y\"}",
		  "/method" },
		{ "{\"domain\":\"b.example\",\"method\":\"\"}", "/method" },
		{ "{\"domain\":\"b.example\\r\\nX: y\"}", "/domain" },
		{ "{\"address\":\"sip:a@b.example\\r\\nX: y\"}", "/address" },
		{ "{\"address\":\"sip:a@b SIP/2.0\"}", "/address" },
		{ "{\"address\":\"urn:a>\\tb\"}", "/address" },
		{ "{\"domain\":\"b.example\",\"require\":[\"a\",\"b\\r\\nX:\"]"
		  "}",
		  "/require/1" },
		{ "{\"domain\":\"b.example\",\"require\":[\"a,b\"]}",
		  "/require/0" },
		{ "{\"domain\":\"b.example\",\"proxy_require\":[\"\"]}",
		  "/proxy_require/0" },
		{ "{\"domain\":\"b.example\",\"proxy_require\":[7]}",
		  "/proxy_require/0" },
		{ "{}", "/address" },
		{ "{\"address\":\"sip:a@b.example\",\"domain\":\"c.example\"}",
		  "/domain" },
		{ "{\"request\":\"x\",\"require\":[\"a\"]}", "/require" },
		{ "{\"request\":7}", "/request" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading reading;

		reading_of(&reading, rows[i].json);
		assert_null(reading.text);
		assert_int_equal(1, reading.faults.count);
		assert_string_equal(rows[i].pointer,
				    reading.faults.list[0].pointer);
		reading_clear(&reading);
	}
}

static void a_domain_alone_is_asked_for_somebody_in_it(void **state)
{
	static const struct {
		const char *json;
		const char *domain; /* NULL: nobody is asked for */
		const char *start;
	} rows[] = {
		{ "{\"domain\":\"B.Example.\"}", "b.example",
		  "INVITE sip:bob@b.example SIP/2.0\r\n" },
		{ "{\"domain\":\"b.example\",\"address\":\"sip:a@b.example\"}",
		  NULL, "INVITE sip:a@b.example SIP/2.0\r\n" },
		{ "{\"request\":\"INVITE sip:a@b SIP/2.0\"}", NULL,
		  "INVITE sip:a@b SIP/2.0" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char domain[SIP_CANONICAL_SIZE];
		struct reading reading;

		reading_about(&reading, rows[i].json, "sip:bob@b.example");
		assert_non_null(reading.text);
		assert_memory_equal(rows[i].start, reading.text,
				    strlen(rows[i].start));
		assert_int_equal(
			rows[i].domain != NULL,
			simulated_request_domain(&reading.object, domain));
		if (rows[i].domain)
			assert_string_equal(rows[i].domain, domain);
		reading_clear(&reading);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_put_together_from_its_parts),
		cmocka_unit_test(no_part_can_bring_a_header_of_its_own),
		cmocka_unit_test(a_domain_alone_is_asked_for_somebody_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
