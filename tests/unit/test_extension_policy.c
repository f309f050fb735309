#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "db/extension_policy.h"

/* One row of a test's policy; NULL ends the table. */
struct row {
	const char *domain, *tag, *method;
	enum extension_header header;
	enum extension_action action;
};

struct question {
	enum extension_header header;
	const char *tag, *method, *domain;
	enum extension_action action;
	enum extension_level level;
	const char *rule; /* id: "rul_N", N the row; NULL: built in */
};

static struct extension_rule rule_of(const struct row *row, size_t number)
{
	struct extension_rule rule = { .header = row->header,
				       .action = row->action,
				       .enabled = true };

	snprintf(rule.id, sizeof(rule.id), "rul_%zu", number);
	text_copy(text_of(row->domain), rule.domain, sizeof(rule.domain));
	text_copy(text_of(row->tag), rule.tag, sizeof(rule.tag));
	text_copy(text_of(row->method), rule.method, sizeof(rule.method));
	return rule;
}

static struct extension_policy *policy_of(const struct row *rows, size_t count)
{
	struct extension_rule *rules = calloc(count + 1, sizeof(*rules));
	struct extension_policy *policy = NULL;

	assert_non_null(rules);
	/* Backwards: the order in which rules are written plays no part. */
	for (size_t i = 0; i < count; i++)
		rules[count - 1 - i] = rule_of(&rows[i], i);
	assert_int_equal(0, extension_policy_compile(rules, count, &policy));
	free(rules);
	return policy;
}

static void check(const struct extension_policy *policy,
		  const struct question *question)
{
	struct extension_verdict verdict = extension_policy_resolve(
		policy, question->header, text_of(question->tag),
		text_of(question->method), text_of(question->domain));

	if (verdict.action != question->action ||
	    verdict.level != question->level)
		print_message("%s %s in %s: %d at %d\n", question->tag,
			      question->method, question->domain,
			      (int)verdict.action, (int)verdict.level);
	assert_int_equal(question->action, verdict.action);
	assert_int_equal(question->level, verdict.level);
	if (question->rule)
		assert_string_equal(question->rule, verdict.rule->id);
	else
		assert_null(verdict.rule);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void the_first_level_that_says_something_decides(void **state)
{
	static const struct row rows[] = {
		{ "a.example", "foo", "*", EXTENSION_REQUIRE,
		  EXTENSION_ACCEPT },
		{ "*", "foo", "*", EXTENSION_REQUIRE, EXTENSION_REJECT },
		{ "a.example", "*", "*", EXTENSION_REQUIRE, EXTENSION_REJECT },
		{ "*", "*", "*", EXTENSION_REQUIRE, EXTENSION_IGNORE },
		{ "*", "100rel", "*", EXTENSION_REQUIRE, EXTENSION_ACCEPT },
	};
	static const struct question questions[] = {
		{ EXTENSION_REQUIRE, "foo", "INVITE", "a.example",
		  EXTENSION_ACCEPT, EXTENSION_TAG_IN_DOMAIN, "rul_0" },
		{ EXTENSION_REQUIRE, "foo", "INVITE", "b.example",
		  EXTENSION_REJECT, EXTENSION_TAG_GLOBAL, "rul_1" },
		{ EXTENSION_REQUIRE, "bar", "INVITE", "a.example",
		  EXTENSION_REJECT, EXTENSION_ANY_IN_DOMAIN, "rul_2" },
		{ EXTENSION_REQUIRE, "bar", "INVITE", "b.example",
		  EXTENSION_IGNORE, EXTENSION_ANY_GLOBAL, "rul_3" },
		/* E15: an exact word beats a strict domain. */
		{ EXTENSION_REQUIRE, "100rel", "INVITE", "a.example",
		  EXTENSION_ACCEPT, EXTENSION_TAG_GLOBAL, "rul_4" },
		/* A tel: URI has no domain. */
		{ EXTENSION_REQUIRE, "bar", "INVITE", "", EXTENSION_IGNORE,
		  EXTENSION_ANY_GLOBAL, "rul_3" },
		{ EXTENSION_PROXY_REQUIRE, "foo", "INVITE", "a.example",
		  EXTENSION_REJECT, EXTENSION_BUILT_IN, NULL },
	};
	struct extension_policy *policy = policy_of(rows, COUNT(rows));
	(void)state;

	for (size_t i = 0; i < COUNT(questions); i++)
		check(policy, &questions[i]);
	extension_policy_free(policy);
}

static void a_named_method_beats_any_and_a_named_header_beats_both(void **state)
{
	static const struct row rows[] = {
		{ "*", "foo", "*", EXTENSION_BOTH, EXTENSION_IGNORE },
		{ "*", "foo", "*", EXTENSION_REQUIRE, EXTENSION_REJECT },
		{ "*", "foo", "MESSAGE", EXTENSION_BOTH, EXTENSION_ACCEPT },
		{ "*", "foo", "MESSAGE", EXTENSION_PROXY_REQUIRE,
		  EXTENSION_REJECT },
		{ "*", "foo", "PUBLISH", EXTENSION_REQUIRE, EXTENSION_IGNORE },
		{ "*", "foo", "INFO", EXTENSION_REQUIRE, EXTENSION_ACCEPT },
	};
	static const struct question questions[] = {
		{ EXTENSION_REQUIRE, "foo", "INVITE", "", EXTENSION_REJECT,
		  EXTENSION_TAG_GLOBAL, "rul_1" },
		{ EXTENSION_PROXY_REQUIRE, "foo", "INVITE", "",
		  EXTENSION_IGNORE, EXTENSION_TAG_GLOBAL, "rul_0" },
		/* The method counts before the header. */
		{ EXTENSION_REQUIRE, "foo", "MESSAGE", "", EXTENSION_ACCEPT,
		  EXTENSION_TAG_GLOBAL, "rul_2" },
		{ EXTENSION_PROXY_REQUIRE, "foo", "MESSAGE", "",
		  EXTENSION_REJECT, EXTENSION_TAG_GLOBAL, "rul_3" },
		{ EXTENSION_REQUIRE, "foo", "PUBLISH", "", EXTENSION_IGNORE,
		  EXTENSION_TAG_GLOBAL, "rul_4" },
		{ EXTENSION_PROXY_REQUIRE, "foo", "PUBLISH", "",
		  EXTENSION_IGNORE, EXTENSION_TAG_GLOBAL, "rul_0" },
		{ EXTENSION_REQUIRE, "foo", "INFO", "", EXTENSION_ACCEPT,
		  EXTENSION_TAG_GLOBAL, "rul_5" },
		/* Methods are compared with case, RFC 3261 7.1. */
		{ EXTENSION_REQUIRE, "foo", "message", "", EXTENSION_REJECT,
		  EXTENSION_TAG_GLOBAL, "rul_1" },
	};
	struct extension_policy *policy = policy_of(rows, COUNT(rows));
	(void)state;

	for (size_t i = 0; i < COUNT(questions); i++)
		check(policy, &questions[i]);
	extension_policy_free(policy);
}

static void a_rule_for_one_method_leaves_other_methods_to_the_next_level(
	void **state)
{
	static const struct row rows[] = {
		{ "*", "foo", "MESSAGE", EXTENSION_REQUIRE, EXTENSION_REJECT },
		{ "*", "*", "*", EXTENSION_BOTH, EXTENSION_IGNORE },
	};
	static const struct question questions[] = {
		{ EXTENSION_REQUIRE, "foo", "MESSAGE", "", EXTENSION_REJECT,
		  EXTENSION_TAG_GLOBAL, "rul_0" },
		{ EXTENSION_REQUIRE, "foo", "INVITE", "", EXTENSION_IGNORE,
		  EXTENSION_ANY_GLOBAL, "rul_1" },
	};
	struct extension_policy *policy = policy_of(rows, COUNT(rows));
	(void)state;

	for (size_t i = 0; i < COUNT(questions); i++)
		check(policy, &questions[i]);
	extension_policy_free(policy);
}

static void tags_compare_without_case(void **state)
{
	static const struct row rows[] = {
		{ "*", "x-cisco", "*", EXTENSION_REQUIRE, EXTENSION_ACCEPT },
		{ "*", "UPPER", "*", EXTENSION_REQUIRE, EXTENSION_IGNORE },
	};
	static const struct question questions[] = {
		{ EXTENSION_REQUIRE, "X-Cisco", "INVITE", "", EXTENSION_ACCEPT,
		  EXTENSION_TAG_GLOBAL, "rul_0" },
		{ EXTENSION_REQUIRE, "upper", "INVITE", "", EXTENSION_IGNORE,
		  EXTENSION_TAG_GLOBAL, "rul_1" },
	};
	struct extension_policy *policy = policy_of(rows, COUNT(rows));
	(void)state;

	for (size_t i = 0; i < COUNT(questions); i++)
		check(policy, &questions[i]);
	extension_policy_free(policy);
}

static void a_star_from_the_wire_is_no_wildcard(void **state)
{
	static const struct row rows[] = {
		{ "*", "*", "*", EXTENSION_REQUIRE, EXTENSION_ACCEPT },
		{ "a.example", "*", "*", EXTENSION_REQUIRE, EXTENSION_REJECT },
		{ "*", "foo", "*", EXTENSION_REQUIRE, EXTENSION_IGNORE },
	};
	static const struct question questions[] = {
		{ EXTENSION_REQUIRE, "*", "INVITE", "a.example",
		  EXTENSION_REJECT, EXTENSION_ANY_IN_DOMAIN, "rul_1" },
		{ EXTENSION_REQUIRE, "*", "*", "b.example", EXTENSION_ACCEPT,
		  EXTENSION_ANY_GLOBAL, "rul_0" },
		{ EXTENSION_REQUIRE, "foo", "*", "*", EXTENSION_IGNORE,
		  EXTENSION_TAG_GLOBAL, "rul_2" },
	};
	struct extension_policy *policy = policy_of(rows, COUNT(rows));
	(void)state;

	for (size_t i = 0; i < COUNT(questions); i++)
		check(policy, &questions[i]);
	extension_policy_free(policy);
}

static void a_tag_longer_than_any_rule_falls_to_the_wildcards(void **state)
{
	static const struct row rows[] = {
		{ "*", "*", "*", EXTENSION_REQUIRE, EXTENSION_IGNORE },
	};
	struct extension_policy *policy = policy_of(rows, COUNT(rows));
	char tag[1000];
	struct question question = { EXTENSION_REQUIRE,
				     tag,
				     "INVITE",
				     "a.example",
				     EXTENSION_IGNORE,
				     EXTENSION_ANY_GLOBAL,
				     "rul_0" };
	(void)state;

	memset(tag, 'x', sizeof(tag));
	tag[sizeof(tag) - 1] = '\0';
	check(policy, &question);
	tag[EXTENSION_TAG_MAX] = '\0';
	check(policy, &question);
	extension_policy_free(policy);
}

static void an_empty_policy_rejects(void **state)
{
	struct extension_policy *policy = policy_of(NULL, 0);
	struct question question = {
		EXTENSION_REQUIRE,  "foo", "INVITE", "", EXTENSION_REJECT,
		EXTENSION_BUILT_IN, NULL
	};
	(void)state;

	check(policy, &question);
	extension_policy_free(policy);
}

static void a_disabled_rule_takes_no_part(void **state)
{
	static const struct row row = { "*", "foo", "*", EXTENSION_BOTH,
					EXTENSION_ACCEPT };
	struct extension_rule rule = rule_of(&row, 0);
	struct extension_policy *policy = NULL;
	struct question question = {
		EXTENSION_REQUIRE,  "foo", "INVITE", "", EXTENSION_REJECT,
		EXTENSION_BUILT_IN, NULL
	};
	(void)state;

	rule.enabled = false;
	assert_int_equal(0, extension_policy_compile(&rule, 1, &policy));
	check(policy, &question);
	extension_policy_free(policy);
}

static void twenty_thousand_rules_are_each_found(void **state)
{
	struct extension_rule *rules =
		calloc(EXTENSION_RULES_MAX, sizeof(*rules));
	struct extension_policy *policy = NULL;
	(void)state;

	assert_non_null(rules);
	for (size_t i = 0; i < EXTENSION_RULES_MAX; i++) {
		static const struct row any = { "*", "*", "*",
						EXTENSION_REQUIRE,
						EXTENSION_IGNORE };

		rules[i] = rule_of(&any, i);
		/* Half of them many tags, half of them many methods of one. */
		if (i % 2)
			snprintf(rules[i].tag, sizeof(rules[i].tag), "tag%zu",
				 i);
		else
			snprintf(rules[i].method, sizeof(rules[i].method),
				 "M%zu", i);
	}
	assert_int_equal(0, extension_policy_compile(rules, EXTENSION_RULES_MAX,
						     &policy));
	for (size_t i = 0; i < EXTENSION_RULES_MAX; i++) {
		struct extension_verdict verdict = extension_policy_resolve(
			policy, EXTENSION_REQUIRE,
			i % 2 ? text_of(rules[i].tag) : TEXT("other"),
			i % 2 ? TEXT("INVITE") : text_of(rules[i].method),
			TEXT("example.com"));

		assert_non_null(verdict.rule);
		assert_string_equal(rules[i].id, verdict.rule->id);
	}
	extension_policy_free(policy);
	free(rules);
}

struct preset_question {
	const char *preset, *tag;
	enum extension_header header;
	enum extension_action action;
};

static void the_presets_say_what_their_table_says(void **state)
{
	static const struct preset_question questions[] = {
		{ "standard", "foo", EXTENSION_REQUIRE, EXTENSION_REJECT },
		{ "standard", "100rel", EXTENSION_REQUIRE, EXTENSION_ACCEPT },
		{ "standard", "timer", EXTENSION_REQUIRE, EXTENSION_ACCEPT },
		{ "standard", "sec-agree", EXTENSION_REQUIRE,
		  EXTENSION_REJECT },
		{ "standard", "mediasec", EXTENSION_REQUIRE, EXTENSION_REJECT },
		{ "standard", "199", EXTENSION_REQUIRE, EXTENSION_ACCEPT },
		{ "standard", "gruu-10", EXTENSION_REQUIRE, EXTENSION_REJECT },
		{ "standard", "foo", EXTENSION_PROXY_REQUIRE,
		  EXTENSION_REJECT },
		{ "standard", "100rel", EXTENSION_PROXY_REQUIRE,
		  EXTENSION_REJECT },
		{ "standard", "199", EXTENSION_PROXY_REQUIRE,
		  EXTENSION_ACCEPT },
		{ "standard", "sec-agree", EXTENSION_PROXY_REQUIRE,
		  EXTENSION_REJECT },
		{ "redirect-server", "foo", EXTENSION_REQUIRE,
		  EXTENSION_IGNORE },
		{ "redirect-server", "100rel", EXTENSION_REQUIRE,
		  EXTENSION_IGNORE },
		{ "redirect-server", "sec-agree", EXTENSION_REQUIRE,
		  EXTENSION_REJECT },
		{ "redirect-server", "mediasec", EXTENSION_REQUIRE,
		  EXTENSION_REJECT },
		{ "redirect-server", "foo", EXTENSION_PROXY_REQUIRE,
		  EXTENSION_REJECT },
		{ "redirect-server", "privacy", EXTENSION_PROXY_REQUIRE,
		  EXTENSION_REJECT },
		{ "redirect-server", "199", EXTENSION_PROXY_REQUIRE,
		  EXTENSION_ACCEPT },
		{ "redirect-server", "mediasec", EXTENSION_PROXY_REQUIRE,
		  EXTENSION_REJECT },
		{ "transparent", "foo", EXTENSION_REQUIRE, EXTENSION_IGNORE },
		{ "transparent", "sec-agree", EXTENSION_REQUIRE,
		  EXTENSION_IGNORE },
		{ "transparent", "foo", EXTENSION_PROXY_REQUIRE,
		  EXTENSION_IGNORE },
		{ "refuse-all", "100rel", EXTENSION_REQUIRE, EXTENSION_REJECT },
		{ "refuse-all", "199", EXTENSION_PROXY_REQUIRE,
		  EXTENSION_REJECT },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(questions); i++) {
		const struct preset_question *question = &questions[i];
		struct extension_rule *rules = NULL;
		struct extension_policy *policy = NULL;
		struct extension_verdict verdict;
		size_t count = 0;

		assert_int_equal(0, extension_preset(text_of(question->preset),
						     &rules, &count));
		assert_int_equal(
			0, extension_policy_compile(rules, count, &policy));
		verdict = extension_policy_resolve(
			policy, question->header, text_of(question->tag),
			TEXT("INVITE"), TEXT("example.com"));
		if (verdict.action != question->action)
			print_message("%s: %s\n", question->preset,
				      question->tag);
		assert_int_equal(question->action, verdict.action);
		assert_non_null(verdict.rule);
		extension_policy_free(policy);
		free(rules);
	}
}

static bool same_place(const struct extension_rule *a,
		       const struct extension_rule *b)
{
	return a->header == b->header && !strcmp(a->domain, b->domain) &&
	       !strcmp(a->tag, b->tag) && !strcmp(a->method, b->method);
}

static void every_preset_is_a_list_of_complete_rules_each_in_its_own_place(
	void **state)
{
	(void)state;

	for (size_t p = 0; extension_preset_names[p]; p++) {
		struct extension_rule *rules = NULL;
		size_t count = 0;

		assert_int_equal(
			0, extension_preset(text_of(extension_preset_names[p]),
					    &rules, &count));
		for (size_t i = 0; i < count; i++) {
			size_t note_len = strlen(rules[i].note);

			assert_string_equal("*", rules[i].domain);
			assert_string_equal("*", rules[i].method);
			assert_true(rules[i].enabled);
			assert_true(note_len > 0);
			assert_int_equal('.', rules[i].note[note_len - 1]);
			for (size_t j = 0; j < i; j++)
				assert_false(same_place(&rules[i], &rules[j]));
		}
		free(rules);
	}
}

static void the_registry_holds_its_36_tags_and_what_is_seen_beside_them(
	void **state)
{
	size_t registered = 0;
	(void)state;

	for (size_t i = 0; i < option_tag_count; i++) {
		registered += option_tags[i].registered;
		assert_true(strlen(option_tags[i].name) <= EXTENSION_TAG_MAX);
	}
	assert_int_equal(36, registered);
	assert_int_equal(42, option_tag_count);
}

static void an_unknown_preset_is_refused(void **state)
{
	struct extension_rule *rules = NULL;
	size_t count = 0;
	(void)state;

	assert_int_equal(ENOENT,
			 extension_preset(TEXT("Standard"), &rules, &count));
	assert_null(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_level_that_says_something_decides),
		cmocka_unit_test(
			a_named_method_beats_any_and_a_named_header_beats_both),
		cmocka_unit_test(
			a_rule_for_one_method_leaves_other_methods_to_the_next_level),
		cmocka_unit_test(tags_compare_without_case),
		cmocka_unit_test(a_star_from_the_wire_is_no_wildcard),
		cmocka_unit_test(
			a_tag_longer_than_any_rule_falls_to_the_wildcards),
		cmocka_unit_test(an_empty_policy_rejects),
		cmocka_unit_test(a_disabled_rule_takes_no_part),
		cmocka_unit_test(twenty_thousand_rules_are_each_found),
		cmocka_unit_test(the_presets_say_what_their_table_says),
		cmocka_unit_test(
			every_preset_is_a_list_of_complete_rules_each_in_its_own_place),
		cmocka_unit_test(
			the_registry_holds_its_36_tags_and_what_is_seen_beside_them),
		cmocka_unit_test(an_unknown_preset_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
