#include "api/json_reader.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct json_document *parsed(const char *json)
{
	struct json_document *document = NULL;
	char detail[FAULT_DETAIL_SIZE];

	assert_int_equal(0,
			 json_document_parse(text_of(json), &document, detail));
	return document;
}

static void what_is_not_strict_json_is_refused(void **state)
{
	static const struct text rows[] = {
		TEXT(""),
		TEXT("  "),
		TEXT("{"),
		TEXT("{} x"),
		TEXT("{}{}"),
		TEXT("{\"a\":1,}"),
		TEXT("[1,]"),
		TEXT("[,1]"),
		TEXT("{a:1}"),
		TEXT("{'a':1}"),
		TEXT("{\"a\" 1}"),
		TEXT("{\"a\":01}"),
		TEXT("{\"a\":+1}"),
		TEXT("{\"a\":.5}"),
		TEXT("{\"a\":1.}"),
		TEXT("{\"a\":1e}"),
		TEXT("{\"a\":-}"),
		TEXT("{\"a\":0x10}"),
		TEXT("{\"a\":NaN}"),
		TEXT("{\"a\":Infinity}"),
		TEXT("{\"a\":1e999}"),
		TEXT("{\"a\":9007199254740992}"),
		TEXT("{\"a\":-9007199254740992}"),
		TEXT("{\"a\":1.00000000000000000000000000000000000000}"),
		TEXT("{\"a\":TRUE}"),
		TEXT("{\"a\":nul}"),
		TEXT("{\"a\":\"\\u0000\"}"),
		TEXT("{\"a\":\"x\\u0000@evil\"}"),
		TEXT("{\"a\\u0000\":1}"),
		TEXT("{\"a\":\"\\ud800\"}"),
		TEXT("{\"a\":\"\\udc00\"}"),
		TEXT("{\"a\":\"\\ud800\\u0041\"}"),
		TEXT("{\"a\":\"\\uZZZZ\"}"),
		TEXT("{\"a\":\"\\x41\"}"),
		TEXT("{\"a\":\"\n\"}"),
		TEXT("{\"a\":\"\0\"}"),
		TEXT("{\"a\":\"\xff\"}"),
		TEXT("{\"a\":\"\xc0\x80\"}"),
		TEXT("{\"a\":\"\xed\xa0\x80\"}"),
		TEXT("\xef\xbb\xbf{}"),
		TEXT("{\"a\":1,\"a\":2}"),
		TEXT("{\"a\":1,\"\\u0061\":2}"),
		TEXT("{\"x\":{\"a\":1,\"a\":2}}"),
		TEXT("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]"),
		TEXT("// no\n{}"),
		TEXT("{}\0"),
		TEXT("{\"a\":\"b"),
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json_document *document = NULL;
		char detail[FAULT_DETAIL_SIZE] = "";

		if (json_document_parse(rows[i], &document, detail) != EBADMSG)
			fail_msg("accepted: %.*s", TEXT_ARG(rows[i]));
		assert_null(document);
		assert_string_not_equal("", detail);
	}
}

static void what_is_strict_json_is_read(void **state)
{
	static const char *const rows[] = {
		"{}",
		" \t\r\n{ } \n",
		"[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
		"{\"a\":-0.5e-3,\"A\":1E+2,\"b\":9007199254740991}",
		"{\"a\":\"\\ud83d\\udcde \\\" \\\\ \\/ \\b\\f\\n\\r\\t\"}",
		"\"text\"",
		"null",
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		json_document_free(parsed(rows[i]));
}

static void an_object_of_more_than_64_members_is_refused(void **state)
{
	char json[2048] = "{";
	struct json_document *document = NULL;
	char detail[FAULT_DETAIL_SIZE];
	size_t len = 1;
	(void)state;

	for (int i = 0; i < 65; i++)
		len += (size_t)snprintf(json + len, sizeof(json) - len,
					"%s\"m%d\":0", i ? "," : "", i);
	snprintf(json + len, sizeof(json) - len, "}");
	assert_int_equal(EBADMSG,
			 json_document_parse(text_of(json), &document, detail));
}

static void the_refusal_says_at_which_byte(void **state)
{
	struct json_document *document = NULL;
	char detail[FAULT_DETAIL_SIZE];
	(void)state;

	assert_int_equal(EBADMSG, json_document_parse(TEXT("{\"a\":01}"),
						      &document, detail));
	assert_string_equal("number with a leading zero, at byte 6", detail);
}

static void members_are_read_by_their_type(void **state)
{
	struct json_document *document =
		parsed("{\"s\":\"x\\u00e9\",\"b\":true,\"n\":0.25,\"i\":-3,"
		       "\"z\":null,\"o\":{\"in\":1},\"a\":[{\"k\":1},\"t\"]}");
	struct faults faults = { 0 };
	struct json_object top, inner;
	struct json_array array;
	struct text text;
	double number;
	int64_t integer;
	bool flag;
	(void)state;

	assert_true(json_document_object(document, &faults, &top));
	assert_int_equal(JSON_PRESENT, json_string(&top, "s", 10, &text));
	assert_true(text_equals(text, TEXT("x\xc3\xa9")));
	assert_int_equal(JSON_PRESENT, json_bool(&top, "b", &flag));
	assert_true(flag);
	assert_int_equal(JSON_PRESENT, json_number(&top, "n", 0, 1, &number));
	assert_true(number > 0.249 && number < 0.251);
	assert_int_equal(JSON_PRESENT,
			 json_integer(&top, "i", -5, 5, &integer));
	assert_int_equal(-3, integer);
	assert_int_equal(JSON_NULL, json_string(&top, "z", 10, &text));
	assert_int_equal(JSON_ABSENT, json_string(&top, "S", 10, &text));
	assert_int_equal(JSON_PRESENT, json_member_object(&top, "o", &inner));
	assert_string_equal("/o", inner.pointer);
	assert_int_equal(JSON_PRESENT, json_array(&top, "a", 2, &array));
	assert_int_equal(2, array.count);
	assert_true(json_array_object(&array, 0, &inner));
	assert_string_equal("/a/0", inner.pointer);
	assert_true(json_array_string(&array, 1, 5, &text));
	json_object_end(&top);
	assert_false(faults_any(&faults));
	json_document_free(document);
}

static void assert_fault(const struct faults *faults, size_t index,
			 enum fault_code code, const char *pointer)
{
	assert_true(index < faults->count);
	assert_string_equal(fault_code_name(code),
			    fault_code_name(faults->list[index].code));
	assert_string_equal(pointer, faults->list[index].pointer);
	assert_false(faults->list[index].is_parameter);
}

static void every_fault_is_noted_with_its_pointer(void **state)
{
	struct json_document *document =
		parsed("{\"s\":1,\"long\":\"12345\",\"i\":1.5,\"far\":11,\"a\":"
		       "[1,2,3],"
		       "\"list\":[1],\"id\":null,\"x/~y\":0,\"b\":\"yes\"}");
	struct faults faults = { 0 };
	struct json_object top, inner;
	struct json_array array;
	struct text text;
	int64_t integer;
	bool flag;
	(void)state;

	assert_true(json_document_object(document, &faults, &top));
	assert_int_equal(JSON_WRONG, json_string(&top, "s", 9, &text));
	assert_int_equal(JSON_WRONG, json_string(&top, "long", 4, &text));
	assert_int_equal(JSON_WRONG, json_integer(&top, "i", 0, 9, &integer));
	assert_int_equal(JSON_WRONG, json_integer(&top, "far", 0, 9, &integer));
	assert_int_equal(JSON_WRONG, json_array(&top, "a", 2, &array));
	assert_int_equal(JSON_PRESENT, json_array(&top, "list", 2, &array));
	assert_false(json_array_object(&array, 0, &inner));
	assert_false(json_array_string(&array, 0, 9, &text));
	json_read_only(&top, "id");
	json_read_only(&top, "revision");
	assert_int_equal(JSON_WRONG, json_bool(&top, "b", &flag));
	json_missing(&top, "address");
	json_object_end(&top);

	assert_fault(&faults, 0, FAULT_WRONG_TYPE, "/s");
	assert_fault(&faults, 1, FAULT_TOO_LONG, "/long");
	assert_fault(&faults, 2, FAULT_WRONG_TYPE, "/i");
	assert_fault(&faults, 3, FAULT_OUT_OF_RANGE, "/far");
	assert_fault(&faults, 4, FAULT_TOO_MANY, "/a");
	assert_fault(&faults, 5, FAULT_WRONG_TYPE, "/list/0");
	assert_fault(&faults, 6, FAULT_WRONG_TYPE, "/list/0");
	assert_fault(&faults, 7, FAULT_READ_ONLY_MEMBER, "/id");
	assert_fault(&faults, 8, FAULT_WRONG_TYPE, "/b");
	assert_fault(&faults, 9, FAULT_MISSING_MEMBER, "/address");
	assert_fault(&faults, 10, FAULT_UNKNOWN_MEMBER, "/x~1~0y");
	assert_int_equal(11, faults.count);
	faults_clear(&faults);
	json_document_free(document);
}

static void the_top_level_must_be_an_object(void **state)
{
	struct json_document *document = parsed("[1]");
	struct faults faults = { 0 };
	struct json_object top;
	(void)state;

	assert_false(json_document_object(document, &faults, &top));
	assert_fault(&faults, 0, FAULT_WRONG_TYPE, "");
	faults_clear(&faults);
	json_document_free(document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_strict_json_is_refused),
		cmocka_unit_test(what_is_strict_json_is_read),
		cmocka_unit_test(an_object_of_more_than_64_members_is_refused),
		cmocka_unit_test(the_refusal_says_at_which_byte),
		cmocka_unit_test(members_are_read_by_their_type),
		cmocka_unit_test(every_fault_is_noted_with_its_pointer),
		cmocka_unit_test(the_top_level_must_be_an_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
