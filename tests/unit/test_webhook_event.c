#include "db/webhook_event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void a_name_fits_itself_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < WEBHOOK_EVENT_TYPES; i++)
		for (size_t j = 0; j < WEBHOOK_EVENT_TYPES; j++)
			assert_int_equal(
				i == j, webhook_pattern_fits(
						text_of(webhook_event_names[i]),
						(enum webhook_event_type)j));
}

static void a_family_fits_its_members(void **state)
{
	(void)state;
	for (size_t i = 0; i < WEBHOOK_EVENT_TYPES; i++)
		assert_int_equal(
			!strncmp(webhook_event_names[i], "move.", 5),
			webhook_pattern_fits(TEXT("move.*"),
					     (enum webhook_event_type)i));
}

static void a_star_fits_all_but_calls(void **state)
{
	(void)state;
	for (size_t i = 0; i < WEBHOOK_EVENT_TYPES; i++)
		assert_int_equal(
			strncmp(webhook_event_names[i], "call.", 5) != 0,
			webhook_pattern_fits(TEXT("*"),
					     (enum webhook_event_type)i));
	assert_true(
		webhook_pattern_fits(TEXT("call.*"), WEBHOOK_CALL_REDIRECTED));
}

static void what_fits_nothing_is_not_known(void **state)
{
	static const char *const unknown[] = {
		"",	      ".*",    "move",	  "move.",
		"move.begun", "mov.*", "MOVE.*",  "move.**",
		"*.created",  "m*",    "move.* ",
	};
	(void)state;

	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		assert_false(webhook_pattern_is_known(text_of(unknown[i])));
}

static void one_pattern_of_a_list_is_enough(void **state)
{
	struct text patterns = TEXT("policy.updated  move.*");
	(void)state;

	assert_true(webhook_patterns_fit(patterns, WEBHOOK_MOVE_ENDED));
	assert_true(webhook_patterns_fit(patterns, WEBHOOK_POLICY_UPDATED));
	assert_false(webhook_patterns_fit(patterns, WEBHOOK_BACKUP_FAILED));
	assert_false(webhook_patterns_fit(TEXT(""), WEBHOOK_MOVE_ENDED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_fits_itself_alone),
		cmocka_unit_test(a_family_fits_its_members),
		cmocka_unit_test(a_star_fits_all_but_calls),
		cmocka_unit_test(what_fits_nothing_is_not_known),
		cmocka_unit_test(one_pattern_of_a_list_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
