#include "api/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char memory[4096];

static struct exchange exchange_with(const char *raw)
{
	struct exchange exchange = { .query_count = 0 };

	assert_null(query_parse(text_of(raw), memory, exchange.query,
				&exchange.query_count));
	return exchange;
}

static void assert_value(struct exchange *exchange, const char *name,
			 const char *expected)
{
	struct text value;

	assert_true(query_text(exchange, name, &value));
	assert_true(text_equals(value, text_of(expected)));
}

static void names_and_values_are_decoded(void **state)
{
	struct exchange exchange = exchange_with(
		"a=1&b=x+y%2Bz&%63=%C3%A9&empty=&flag&eq=a=b&&sip="
		"sip:a%40b");
	(void)state;

	assert_int_equal(7, exchange.query_count);
	assert_value(&exchange, "a", "1");
	assert_value(&exchange, "b", "x y+z");
	assert_value(&exchange, "c", "\xc3\xa9");
	assert_value(&exchange, "empty", "");
	assert_value(&exchange, "flag", "");
	assert_value(&exchange, "eq", "a=b");
	assert_value(&exchange, "sip", "sip:a@b");
}

static void what_is_no_query_is_refused(void **state)
{
	static const char *const rows[] = {
		"a=%",	 "a=%4", "a=%zz",   "a=%00", "a=%0a",	  "a=%ff",
		"a=%7f", "=1",	 "a=1&a=2", "a&a",   "a=1&%61=2",
	};
	struct query_parameter parameters[QUERY_PARAMETERS_MAX];
	size_t count = 99;
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_non_null(query_parse(text_of(rows[i]), memory,
					    parameters, &count));
	assert_int_equal(99, count);
}

static void more_than_50_parameters_are_refused(void **state)
{
	struct query_parameter parameters[QUERY_PARAMETERS_MAX];
	char raw[512] = "";
	size_t len = 0, count = 0;
	(void)state;

	for (int i = 0; i < 50; i++)
		len += (size_t)snprintf(raw + len, sizeof(raw) - len, "&p%d",
					i);
	assert_null(query_parse(text_of(raw), memory, parameters, &count));
	assert_int_equal(50, count);
	snprintf(raw + len, sizeof(raw) - len, "&more");
	assert_non_null(query_parse(text_of(raw), memory, parameters, &count));
}

static void values_of_the_wrong_kind_are_faults(void **state)
{
	struct exchange exchange = exchange_with(
		"i=12x&far=11&huge=99999999999999999999&t=2026-12-01T09:00:00&"
		"b=yes&other=1");
	int64_t number;
	bool flag;
	(void)state;

	assert_false(query_integer(&exchange, "i", 0, 10, &number));
	assert_false(query_integer(&exchange, "far", 0, 10, &number));
	assert_false(query_integer(&exchange, "huge", 0, INT64_MAX, &number));
	assert_false(query_time(&exchange, "t", &number));
	assert_false(query_bool(&exchange, "b", &flag));
	assert_false(query_bool(&exchange, "absent", &flag));
	query_end(&exchange);
	assert_int_equal(6, exchange.faults.count);
	for (size_t i = 0; i < 6; i++)
		assert_true(exchange.faults.list[i].is_parameter);
	assert_int_equal(FAULT_UNKNOWN_PARAMETER, exchange.faults.list[5].code);
	assert_string_equal("other", exchange.faults.list[5].pointer);
	faults_clear(&exchange.faults);
}

static void values_of_the_right_kind_are_read(void **state)
{
	struct exchange exchange = exchange_with(
		"i=-3&t=2026-12-01T09:00:00%2B07:00&b=true&f=false");
	int64_t number;
	bool flag;
	(void)state;

	assert_true(query_integer(&exchange, "i", -5, 5, &number));
	assert_int_equal(-3, number);
	assert_true(query_time(&exchange, "t", &number));
	assert_true(number == INT64_C(1796090400000));
	assert_true(query_bool(&exchange, "b", &flag) && flag);
	assert_true(query_bool(&exchange, "f", &flag) && !flag);
	query_end(&exchange);
	assert_false(faults_any(&exchange.faults));
}

static void a_limit_is_cut_to_1000_but_not_raised_to_1(void **state)
{
	static const struct {
		const char *query;
		size_t limit;
		bool fault;
	} rows[] = {
		{ "", 50, false },
		{ "limit=7", 7, false },
		{ "limit=1000", 1000, false },
		{ "limit=5000", 1000, false },
		{ "limit=0", 50, true },
		{ "limit=-1", 50, true },
		{ "limit=x", 50, true },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct exchange exchange = exchange_with(rows[i].query);

		assert_int_equal(rows[i].limit, query_limit(&exchange));
		assert_int_equal(rows[i].fault, faults_any(&exchange.faults));
		faults_clear(&exchange.faults);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_values_are_decoded),
		cmocka_unit_test(what_is_no_query_is_refused),
		cmocka_unit_test(more_than_50_parameters_are_refused),
		cmocka_unit_test(values_of_the_wrong_kind_are_faults),
		cmocka_unit_test(values_of_the_right_kind_are_read),
		cmocka_unit_test(a_limit_is_cut_to_1000_but_not_raised_to_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
