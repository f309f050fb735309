#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "db/extension_policy_diff.h"

static struct extension_rule a_rule(const char *id, const char *tag,
				    enum extension_action action)
{
	struct extension_rule rule = { .domain = "*",
				       .header = EXTENSION_BOTH,
				       .method = "*",
				       .action = action,
				       .enabled = true };

	text_copy(text_of(id), rule.id, sizeof(rule.id));
	text_copy(text_of(tag), rule.tag, sizeof(rule.tag));
	return rule;
}

static struct extension_policy_diff diff_of(struct extension_rule *before,
					    size_t before_count,
					    struct extension_rule *after,
					    size_t after_count)
{
	struct extension_policy_diff diff;

	assert_int_equal(
		0, extension_policy_diff(
			   &(struct extension_rules){ before, before_count },
			   &(struct extension_rules){ after, after_count },
			   &diff));
	assert_int_equal(diff.count, diff.added + diff.changed + diff.removed);
	return diff;
}

static void the_same_rules_differ_in_nothing_whatever_their_order(void **state)
{
	struct extension_rule before[] = { a_rule("1", "a", EXTENSION_ACCEPT),
					   a_rule("2", "b", EXTENSION_REJECT) };
	struct extension_rule after[] = { before[1], before[0] };
	struct extension_policy_diff diff = diff_of(before, 2, after, 2);
	(void)state;

	assert_int_equal(0, diff.count);
	extension_policy_diff_clear(&diff);
	diff = diff_of(NULL, 0, NULL, 0);
	assert_int_equal(0, diff.count);
	extension_policy_diff_clear(&diff);
}

static void a_rule_is_known_again_by_its_place(void **state)
{
	struct extension_rule before = a_rule("1", "a", EXTENSION_ACCEPT);
	struct extension_rule same = a_rule("2", "a", EXTENSION_ACCEPT);
	struct extension_rule other = a_rule("2", "a", EXTENSION_REJECT);
	struct extension_policy_diff diff = diff_of(&before, 1, &same, 1);
	(void)state;

	assert_int_equal(0, diff.count);
	extension_policy_diff_clear(&diff);
	diff = diff_of(&before, 1, &other, 1);
	assert_int_equal(1, diff.changed);
	assert_ptr_equal(&before, diff.changes[0].before);
	assert_ptr_equal(&other, diff.changes[0].after);
	extension_policy_diff_clear(&diff);
}

static void a_rule_that_went_to_another_place_is_known_by_its_id(void **state)
{
	struct extension_rule before[] = { a_rule("1", "a", EXTENSION_ACCEPT),
					   a_rule("2", "b", EXTENSION_ACCEPT) };
	struct extension_rule after[] = { a_rule("1", "c", EXTENSION_ACCEPT),
					  a_rule("3", "d", EXTENSION_ACCEPT) };
	struct extension_policy_diff diff = diff_of(before, 2, after, 2);
	(void)state;

	assert_int_equal(1, diff.changed);
	assert_int_equal(1, diff.added);
	assert_int_equal(1, diff.removed);
	/* By tag: b gone, c was a, d new. */
	assert_ptr_equal(&before[1], diff.changes[0].before);
	assert_ptr_equal(&before[0], diff.changes[1].before);
	assert_ptr_equal(&after[0], diff.changes[1].after);
	assert_ptr_equal(&after[1], diff.changes[2].after);
	extension_policy_diff_clear(&diff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_same_rules_differ_in_nothing_whatever_their_order),
		cmocka_unit_test(a_rule_is_known_again_by_its_place),
		cmocka_unit_test(
			a_rule_that_went_to_another_place_is_known_by_its_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
