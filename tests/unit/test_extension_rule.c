#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "db/extension_policy.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct extension_rule rule_of(const char *domain, const char *tag,
				     const char *method)
{
	struct extension_rule rule = { .header = EXTENSION_BOTH,
				       .action = EXTENSION_IGNORE,
				       .enabled = true };

	text_copy(text_of(domain), rule.domain, sizeof(rule.domain));
	text_copy(text_of(tag), rule.tag, sizeof(rule.tag));
	text_copy(text_of(method), rule.method, sizeof(rule.method));
	return rule;
}

static void a_rule_is_kept_in_its_canonical_form(void **state)
{
	static const struct {
		const char *domain, *tag, *kept_domain, *kept_tag;
	} rows[] = {
		{ "*", "*", "*", "*" },
		{ "Example.COM.", "100Rel", "example.com", "100rel" },
		{ "2001:DB8:0::1", "x-y", "[2001:db8::1]", "x-y" },
		{ "[2001:db8::1]", "X.Y", "[2001:db8::1]", "x.y" },
		{ "192.0.2.1", "a", "192.0.2.1", "a" },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct extension_rule rule =
			rule_of(rows[i].domain, rows[i].tag, "INVITE");
		struct faults faults = { 0 };

		extension_rule_validate(&rule, &faults);

		assert_false(faults_any(&faults));
		assert_string_equal(rows[i].kept_domain, rule.domain);
		assert_string_equal(rows[i].kept_tag, rule.tag);
	}
}

static void each_fault_of_a_rule_is_named_where_it_is(void **state)
{
	static const struct {
		const char *domain, *tag, *method, *pointer;
	} rows[] = {
		{ "", "foo", "*", "/domain" },
		{ "exa mple.com", "foo", "*", "/domain" },
		{ "*.example.com", "foo", "*", "/domain" },
		{ "example.com:5060", "foo", "*", "/domain" },
		{ "*", "", "*", "/tag" },
		{ "*", "a,b", "*", "/tag" },
		{ "*", "a b", "*", "/tag" },
		{ "*", "a\r\nb", "*", "/tag" },
		{ "*", "foo", "", "/method" },
		{ "*", "foo", "IN VITE", "/method" },
		{ "*", "foo", "ACK", "/method" },
		{ "*", "foo", "CANCEL", "/method" },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct extension_rule rule =
			rule_of(rows[i].domain, rows[i].tag, rows[i].method);
		struct faults faults = { 0 };

		extension_rule_validate(&rule, &faults);

		if (faults.count != 1)
			print_message("row %zu: %zu faults\n", i, faults.count);
		assert_int_equal(1, faults.count);
		assert_string_equal(rows[i].pointer, faults.list[0].pointer);
		faults_clear(&faults);
	}
}

static void every_fault_is_reported_at_once(void **state)
{
	struct extension_rule rule = rule_of("a b", "c d", "e f");
	struct faults faults = { 0 };
	(void)state;

	rule.header = (enum extension_header)7;
	rule.action = (enum extension_action)7;
	rule.note[0] = (char)0xff;
	extension_rule_validate(&rule, &faults);

	assert_int_equal(6, faults.count);
	faults_clear(&faults);
}

static void names_on_the_wire_go_both_ways(void **state)
{
	enum extension_header header;
	enum extension_action action;
	(void)state;

	for (int i = EXTENSION_REQUIRE; i <= EXTENSION_BOTH; i++) {
		const char *name =
			extension_header_name((enum extension_header)i);

		assert_int_equal(
			0, extension_header_from_text(text_of(name), &header));
		assert_int_equal(i, header);
	}
	for (int i = EXTENSION_ACCEPT; i <= EXTENSION_REJECT; i++) {
		const char *name =
			extension_action_name((enum extension_action)i);

		assert_int_equal(
			0, extension_action_from_text(text_of(name), &action));
		assert_int_equal(i, action);
	}
	assert_int_equal(EINVAL,
			 extension_header_from_text(TEXT("Require"), &header));
	assert_int_equal(EINVAL, extension_action_from_text(TEXT(""), &action));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_is_kept_in_its_canonical_form),
		cmocka_unit_test(each_fault_of_a_rule_is_named_where_it_is),
		cmocka_unit_test(every_fault_is_reported_at_once),
		cmocka_unit_test(names_on_the_wire_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
