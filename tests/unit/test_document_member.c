#include "api/document_member.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void a_fault_at_a_faulty_place_is_no_news(void **state)
{
	static const struct {
		const char *pointer;
		bool is_news;
	} rows[] = {
		{ "/targets/0/uri", false }, { "/targets", false },
		{ "/target", true },	     { "/targetsx", true },
		{ "/address", true },	     { "/note", true },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct faults known = { 0 }, found = { 0 };

		faults_add(&known, FAULT_WRONG_TYPE, "", "the top level");
		faults_add(&known, FAULT_WRONG_TYPE, "/targets", "not a list");
		faults_add_parameter(&known, FAULT_BAD_FORMAT, "/note", "odd");
		faults_add(&found, FAULT_BAD_TARGET, rows[i].pointer, "bad");
		faults_add(&found, FAULT_TOO_LONG, rows[i].pointer, "long");

		faults_join(&known, &found);

		assert_int_equal(rows[i].is_news ? 5 : 3, known.count);
		assert_int_equal(0, found.count);
		faults_clear(&known);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fault_at_a_faulty_place_is_no_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
