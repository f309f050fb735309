#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "db/domain.h"

static void assert_one_fault(struct domain *domain, enum fault_code code,
			     const char *pointer)
{
	struct faults faults = { 0 };

	domain_validate(domain, &faults);
	assert_int_equal(1, faults.count);
	assert_int_equal(code, faults.list[0].code);
	assert_string_equal(pointer, faults.list[0].pointer);
	faults_clear(&faults);
}

static void a_domain_is_kept_in_its_canonical_form(void **state)
{
	static const char *const rows[][2] = {
		{ "Example.COM", "example.com" },
		{ "example.com.", "example.com" },
		{ "192.0.2.1", "192.0.2.1" },
		{ "[2001:DB8:0:0::1]", "[2001:db8::1]" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct domain domain = { 0 };
		struct faults faults = { 0 };

		text_copy(text_of(rows[i][0]), domain.name,
			  sizeof(domain.name));
		domain_validate(&domain, &faults);
		assert_false(faults_any(&faults));
		assert_string_equal(rows[i][1], domain.name);
	}
}

static void what_is_no_host_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"*",
		"exam ple.com",
		"a..b",
		"-a.example",
		"example.com:5",
		"a@b.com",
		"b\xc3\xbc.de",
		"a\r\nb",
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct domain domain = { 0 };

		text_copy(text_of(rows[i]), domain.name, sizeof(domain.name));
		assert_one_fault(&domain, FAULT_BAD_FORMAT, "/name");
	}
}

static void a_note_is_one_line_of_text(void **state)
{
	struct domain domain = { .name = "example.com", .note = "a\nb" };
	(void)state;

	assert_one_fault(&domain, FAULT_BAD_FORMAT, "/note");
	memset(domain.note, 'n', sizeof(domain.note));
	assert_one_fault(&domain, FAULT_TOO_LONG, "/note");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_domain_is_kept_in_its_canonical_form),
		cmocka_unit_test(what_is_no_host_is_refused),
		cmocka_unit_test(a_note_is_one_line_of_text),
	};

	return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
