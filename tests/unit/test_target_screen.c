#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "db/calling_code.h"
#include "db/target_screen.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define RULE(id_, action_, kind_, value_, role_)                    \
	{                                                           \
		.object.id = id_, .action = action_, .kind = kind_, \
		.value = value_, .role = role_, .enabled = true     \
	}
#define DENY(id, kind, value)  RULE(id, TARGET_DENY, kind, value, 0)
#define ALLOW(id, kind, value) RULE(id, TARGET_ALLOW, kind, value, 0)

static const struct hash_key key = { "0123456789abcdef" };
static const struct target_policy closed = {
	.default_domain_action = TARGET_DENY,
	.default_number_action = TARGET_DENY,
};

static struct target_screen *screen_of(const struct target_rule *rules,
				       size_t count,
				       const struct target_policy *policy)
{
	struct target_screen *screen = NULL;

	assert_int_equal(
		0, target_screen_new(&key, rules, count, policy, &screen));
	return screen;
}

/* "allowed" or "refused", a blank and the id of the rule that decided, or "-".
 */
struct screen_case {
	const char *uri;
	enum target_role role;
	const char *expected;
};

static void check(const struct target_screen *screen,
		  const struct screen_case *row)
{
	const struct target_check *decisive;
	struct target_verdict verdict;
	struct sip_uri uri;
	char said[64];

	assert_int_equal(0, sip_uri_parse(text_of(row->uri), &uri));
	target_screen_judge(screen, &uri, row->role, &verdict);
	decisive = target_verdict_decisive(&verdict);
	snprintf(said, sizeof(said), "%s %s",
		 verdict.is_allowed ? "allowed" : "refused",
		 decisive && decisive->term ? decisive->term->id : "-");
	if (strcmp(row->expected, said) != 0)
		print_message("%s by %d\n", row->uri, row->role);
	assert_string_equal(row->expected, said);
}

static void check_all(const struct target_screen *screen,
		      const struct screen_case *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(screen, &rows[i]);
}

static void the_longest_prefix_decides(void **state)
{
	static const struct target_rule rules[] = {
		DENY("us", TARGET_NUMBER_PREFIX, "+1"),
		ALLOW("212", TARGET_NUMBER_PREFIX, "+1212"),
		DENY("one", TARGET_NUMBER_PREFIX, "+12125550100"),
		DENY("sat", TARGET_NUMBER_PREFIX, "+881"),
	};
	static const struct screen_case rows[] = {
		{ "tel:+15550100", 0, "refused us" },
		{ "tel:+1", 0, "refused us" },
		{ "tel:+12125550199", 0, "allowed 212" },
		{ "tel:+1-212-555-0100", 0, "refused one" },
		{ "tel:+121255501009", 0, "refused one" },
		{ "tel:+1(212)555.01", 0, "allowed 212" },
		{ "tel:+88", 0, "allowed -" },
		{ "tel:+8816", 0, "refused sat" },
		{ "tel:+628161234", 0, "allowed -" },
		{ "sip:+8816@gw.example.net", 0, "refused sat" },
		{ "sip:+8816@gw.example.net;user=phone", 0, "refused sat" },
		{ "sips:+8816@gw.example.net", 0, "refused sat" },
		{ "sip:8816@gw.example.net", 0, "allowed -" },
		{ "sip:alice@gw.example.net", 0, "allowed -" },
	};
	struct target_screen *screen =
		screen_of(rules, COUNT(rules), &target_policy_default);
	(void)state;

	check_all(screen, rows, COUNT(rows));
	free(screen);
}

static void a_number_is_seen_however_it_is_written(void **state)
{
	static const struct target_rule rules[] = {
		DENY("premium", TARGET_NUMBER_PREFIX, "+1900"),
	};
	static const struct screen_case rows[] = {
		{ "sip:%2B1900555@gw.example.net", 0, "refused premium" },
		{ "sip:+%31900555@gw.example.net", 0, "refused premium" },
		{ "sip:+1.9-0(0)555@gw.example.net", 0, "refused premium" },
		{ "sip:+1900555;ext=7@gw.example.net", 0, "refused premium" },
		{ "sip:+1900555%3Bext=7@gw.example.net", 0, "refused premium" },
		{ "sip:+1900555x@gw.example.net", 0, "refused premium" },
		{ "sip:+1900555%00@gw.example.net", 0, "refused premium" },
		{ "tel:9005551234;phone-context=+1", 0, "refused premium" },
		{ "tel:5551234;phone-context=+1-900", 0, "refused premium" },
		{ "sip:555;phone-context=+1900@gw.example.net", 0,
		  "refused premium" },
		{ "sip:555;phone-context=+1900@gw.example.net;user=phone", 0,
		  "refused premium" },
		{ "sip:555%3Bphone-context%3D+1900@gw.example.net", 0,
		  "refused premium" },
		{ "tel:555;phone-context=example.net", 0, "allowed -" },
		{ "sip:+@gw.example.net", 0, "allowed -" },
		{ "sip:+abc@gw.example.net", 0, "allowed -" },
	};
	struct target_screen *screen =
		screen_of(rules, COUNT(rules), &target_policy_default);
	(void)state;

	check_all(screen, rows, COUNT(rows));
	free(screen);
}

static void the_host_with_most_labels_decides(void **state)
{
	static const struct target_rule rules[] = {
		DENY("all", TARGET_DOMAIN, "*"),
		ALLOW("below", TARGET_DOMAIN, "*.example.net"),
		DENY("deeper", TARGET_DOMAIN, "*.bad.example.net"),
		ALLOW("exact", TARGET_DOMAIN, "good.bad.example.net"),
		ALLOW("ip", TARGET_DOMAIN, "192.0.2.7"),
		ALLOW("ip6", TARGET_DOMAIN, "[2001:db8::7]"),
		DENY("net", TARGET_DOMAIN, "*.net"),
	};
	static const struct screen_case rows[] = {
		{ "sip:a@example.com", 0, "refused all" },
		{ "sip:a@example.net", 0, "refused net" },
		{ "sip:a@gw.example.net", 0, "allowed below" },
		{ "sip:a@GW.Example.NET.", 0, "allowed below" },
		{ "sip:a@gw1", 0, "refused all" },
		{ "sip:a@a.b.c.example.net:5070;transport=tcp", 0,
		  "allowed below" },
		{ "sip:a@notexample.net", 0, "refused net" },
		{ "sip:a@x.bad.example.net", 0, "refused deeper" },
		{ "sip:a@bad.example.net", 0, "allowed below" },
		{ "sip:a@good.bad.example.net", 0, "allowed exact" },
		{ "sip:a@192.0.2.7", 0, "allowed ip" },
		{ "sip:a@192.000.002.007", 0, "allowed ip" },
		{ "sip:a@[::ffff:192.0.2.7]", 0, "allowed ip" },
		{ "sip:a@192.0.2.8", 0, "refused all" },
		{ "sip:a@[2001:DB8:0::7]", 0, "allowed ip6" },
		{ "sip:a@[2001:db8::8]", 0, "refused all" },
		{ "tel:+15550100", 0, "allowed -" },
		{ "tel:100;phone-context=gw.example.net", 0, "allowed below" },
		{ "tel:100;phone-context=example.com", 0, "refused all" },
	};
	struct target_screen *screen =
		screen_of(rules, COUNT(rules), &target_policy_default);
	(void)state;

	check_all(screen, rows, COUNT(rows));
	free(screen);
}

static void a_rule_for_the_role_beats_one_for_any_and_then_deny_wins(
	void **state)
{
	static const struct target_rule rules[] = {
		DENY("any", TARGET_NUMBER_PREFIX, "+62"),
		RULE("desk", TARGET_ALLOW, TARGET_NUMBER_PREFIX, "+62",
		     TARGET_HELPDESK),
		/* Of the same length as the prefix. */
		ALLOW("country", TARGET_COUNTRY, "ID"),
		RULE("deskc", TARGET_DENY, TARGET_COUNTRY, "ID",
		     TARGET_SERVICE),
		/* A longer one for any beats a shorter one for the role. */
		RULE("admin", TARGET_ALLOW, TARGET_NUMBER_PREFIX, "+1",
		     TARGET_ADMIN),
		DENY("900", TARGET_NUMBER_PREFIX, "+1900"),
		DENY("dom", TARGET_DOMAIN, "example.net"),
		RULE("domu", TARGET_ALLOW, TARGET_DOMAIN, "example.net",
		     TARGET_USER),
		RULE("none", TARGET_DENY, TARGET_NUMBER_PREFIX, "+",
		     TARGET_USER),
	};
	static const struct screen_case rows[] = {
		{ "tel:+628123", TARGET_ADMIN, "refused any" },
		{ "tel:+628123", TARGET_ANY_ROLE, "refused any" },
		{ "tel:+628123", TARGET_HELPDESK, "allowed desk" },
		{ "tel:+628123", TARGET_SERVICE, "refused deskc" },
		{ "tel:+1900555", TARGET_ADMIN, "refused 900" },
		{ "tel:+1800555", TARGET_ADMIN, "allowed admin" },
		{ "tel:+1800555", TARGET_USER, "refused none" },
		{ "tel:100;phone-context=a.example", TARGET_USER,
		  "refused none" },
		{ "sip:a@example.net", TARGET_USER, "allowed domu" },
		{ "sip:a@example.net", TARGET_ADMIN, "refused dom" },
		/* Both are asked: the host lets it through. */
		{ "sip:+1800@example.net", TARGET_USER, "refused none" },
		{ "sip:+1800@example.net", TARGET_ADMIN, "refused dom" },
	};
	struct target_screen *screen =
		screen_of(rules, COUNT(rules), &target_policy_default);
	(void)state;

	check_all(screen, rows, COUNT(rows));
	free(screen);
}

static void what_no_rule_matches_follows_the_default(void **state)
{
	static const struct target_rule rules[] = {
		ALLOW("id", TARGET_COUNTRY, "ID"),
		ALLOW("gw", TARGET_DOMAIN, "gw.example.net"),
	};
	static const struct screen_case rows[] = {
		{ "tel:+628123", 0, "allowed id" },
		{ "tel:+15550100", 0, "refused -" },
		{ "sip:a@gw.example.net", 0, "allowed gw" },
		{ "sip:a@example.org", 0, "refused -" },
		{ "sip:+628123@gw.example.net", 0, "allowed gw" },
		{ "sip:+628123@example.org", 0, "refused -" },
		{ "sip:+1555@gw.example.net", 0, "refused -" },
		{ "sip:555@gw.example.net;user=phone", 0, "refused -" },
		{ "tel:555;phone-context=gw.example.net", 0, "refused -" },
	};
	struct target_screen *screen = screen_of(rules, COUNT(rules), &closed);
	(void)state;

	check_all(screen, rows, COUNT(rows));
	free(screen);
	screen = screen_of(NULL, 0, &closed);
	check(screen, &(struct screen_case){ "tel:+628123", 0, "refused -" });
	free(screen);
	check(NULL, &(struct screen_case){ "tel:+628123", 0, "allowed -" });
}

static void a_country_is_told_apart_from_those_that_share_its_code(void **state)
{
	static const struct target_rule rules[] = {
		DENY("US", TARGET_COUNTRY, "US"),
		DENY("GB", TARGET_COUNTRY, "GB"),
		DENY("KZ", TARGET_COUNTRY, "KZ"),
		DENY("VA", TARGET_COUNTRY, "VA"),
		DENY("MF", TARGET_COUNTRY, "MF"),
	};
	static const struct screen_case rows[] = {
		{ "tel:+12125550100", 0, "refused US" },
		{ "tel:+14165550100", 0, "allowed -" }, /* Toronto */
		{ "tel:+18765550100", 0, "allowed -" }, /* Jamaica */
		{ "tel:+19005550100", 0, "refused US" },
		{ "tel:+442071234567", 0, "refused GB" },
		{ "tel:+441534123456", 0, "allowed -" }, /* Jersey */
		{ "tel:+74951234567", 0, "allowed -" },
		{ "tel:+77271234567", 0, "refused KZ" },
		{ "tel:+390612345", 0, "allowed -" },
		{ "tel:+390669812345", 0, "refused VA" },
		{ "tel:+590690123456", 0, "refused MF" },
	};
	struct target_screen *screen =
		screen_of(rules, COUNT(rules), &target_policy_default);
	(void)state;

	check_all(screen, rows, COUNT(rows));
	free(screen);
}

static void the_table_of_countries_is_in_order_and_well_formed(void **state)
{
	(void)state;
	for (size_t i = 0; i < calling_code_count; i++) {
		const struct calling_code *code = &calling_codes[i];

		assert_int_equal(strlen(code->prefix),
				 strspn(code->prefix, "0123456789"));
		assert_true(code->prefix[0] > '0');
		assert_int_equal(2, strlen(code->country));
		assert_non_null(calling_code_country(text_of(code->country)));
		if (i > 0)
			assert_true(strcmp(calling_codes[i - 1].prefix,
					   code->prefix) < 0);
	}
	assert_string_equal("GP", calling_code_country(TEXT("BL")));
	assert_null(calling_code_country(TEXT("UK")));
	assert_null(calling_code_country(TEXT("")));
	assert_null(calling_code_country(TEXT("id")));
}

static void rules_that_are_off_or_mean_nothing_are_left_out(void **state)
{
	struct target_rule rules[] = {
		DENY("off", TARGET_NUMBER_PREFIX, "+1"),
		DENY("bad1", TARGET_NUMBER_PREFIX, "1"),
		DENY("bad2", TARGET_NUMBER_PREFIX, "+1x"),
		DENY("bad3", TARGET_COUNTRY, "QQ"),
		DENY("bad4", TARGET_NUMBER_PREFIX, ""),
		DENY("bad5", TARGET_DOMAIN, ""),
	};
	struct target_screen *screen;
	(void)state;

	rules[0].enabled = false;
	assert_null(screen_of(rules, 1, &target_policy_default));
	screen = screen_of(rules, COUNT(rules), &target_policy_default);
	check(screen, &(struct screen_case){ "tel:+1555", 0, "allowed -" });
	check(screen, &(struct screen_case){ "sip:+1555@a", 0, "allowed -" });
	free(screen);
}

static void as_many_rules_as_there_may_be_are_all_found(void **state)
{
	struct target_rule *rules = calloc(TARGET_RULES_MAX, sizeof(*rules));
	struct target_screen *screen;
	(void)state;

	assert_non_null(rules);
	for (unsigned i = 0; i < TARGET_RULES_MAX; i++) {
		rules[i] = (struct target_rule)DENY("x", TARGET_DOMAIN, "");
		rules[i].kind = i % 2 ? TARGET_DOMAIN : TARGET_NUMBER_PREFIX;
		snprintf(rules[i].object.id, sizeof(rules[i].object.id), "r%u",
			 i);
		snprintf(rules[i].value, sizeof(rules[i].value),
			 i % 2 ? "h%u.example.net" : "+1%014u", i);
	}
	screen = screen_of(rules, TARGET_RULES_MAX, &target_policy_default);
	for (unsigned i = 0; i < TARGET_RULES_MAX; i += 97) {
		char uri[64], expected[64];

		snprintf(uri, sizeof(uri),
			 i % 2 ? "sip:a@h%u.example.net" : "tel:+1%014u", i);
		snprintf(expected, sizeof(expected), "refused r%u", i);
		check(screen, &(struct screen_case){ uri, 0, expected });
	}
	check(screen, &(struct screen_case){ "tel:+162", 0, "allowed -" });
	free(screen);
	free(rules);
}

static void every_level_has_its_name(void **state)
{
	static const struct {
		struct target_term term;
		const char *level;
	} rows[] = {
		{ { .kind = TARGET_DOMAIN, .value = "a.example" },
		  "exact_domain" },
		{ { .kind = TARGET_DOMAIN, .value = "*.example" },
		  "subdomains" },
		{ { .kind = TARGET_DOMAIN, .value = "*" }, "any_domain" },
		{ { .kind = TARGET_NUMBER_PREFIX, .value = "+1" },
		  "number_prefix" },
		{ { .kind = TARGET_NUMBER_PREFIX, .value = "+" },
		  "any_number" },
		{ { .kind = TARGET_COUNTRY, .value = "ID" }, "country" },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(rows[i].level,
				    target_term_level(&rows[i].term));
	assert_string_equal("default", target_term_level(NULL));
}

/* kind, what is written, what is kept; NULL: refused. */
static void a_value_is_made_canonical_or_refused(void **state)
{
	static const struct {
		enum target_kind kind;
		const char *value, *kept;
	} rows[] = {
		{ TARGET_DOMAIN, "GW.Example.NET.", "gw.example.net" },
		{ TARGET_DOMAIN, "*.Example.NET", "*.example.net" },
		{ TARGET_DOMAIN, "*", "*" },
		{ TARGET_DOMAIN, "192.0.2.7", "192.0.2.7" },
		{ TARGET_DOMAIN, "2001:DB8::7", "[2001:db8::7]" },
		{ TARGET_DOMAIN, "[::ffff:192.0.2.7]", "192.0.2.7" },
		{ TARGET_DOMAIN, "*.192.0.2.7", NULL },
		{ TARGET_DOMAIN, "*.", NULL },
		{ TARGET_DOMAIN, "*example.net", NULL },
		{ TARGET_DOMAIN, "a.*.example.net", NULL },
		{ TARGET_DOMAIN, "**", NULL },
		{ TARGET_DOMAIN, "", NULL },
		{ TARGET_DOMAIN, "a b", NULL },
		{ TARGET_DOMAIN, "sip:a@b", NULL },
		{ TARGET_DOMAIN, "gw.example.net:5060", NULL },
		{ TARGET_DOMAIN, "a\r\nb", NULL },
		{ TARGET_NUMBER_PREFIX, "+1900", "+1900" },
		{ TARGET_NUMBER_PREFIX, "881", "+881" },
		{ TARGET_NUMBER_PREFIX, "+", "+" },
		{ TARGET_NUMBER_PREFIX, "123456789012345", "+123456789012345" },
		{ TARGET_NUMBER_PREFIX, "1234567890123456", NULL },
		{ TARGET_NUMBER_PREFIX, "", NULL },
		{ TARGET_NUMBER_PREFIX, "00881", NULL },
		{ TARGET_NUMBER_PREFIX, "+0", NULL },
		{ TARGET_NUMBER_PREFIX, "++1", NULL },
		{ TARGET_NUMBER_PREFIX, "+1-900", NULL },
		{ TARGET_NUMBER_PREFIX, "+1 900", NULL },
		{ TARGET_NUMBER_PREFIX, "*", NULL },
		{ TARGET_COUNTRY, "ID", "ID" },
		{ TARGET_COUNTRY, "id", "ID" },
		{ TARGET_COUNTRY, "UK", NULL },
		{ TARGET_COUNTRY, "IDN", NULL },
		{ TARGET_COUNTRY, "", NULL },
		{ TARGET_COUNTRY, "AQ", "AQ" },
		{ TARGET_COUNTRY, "BV", NULL },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct target_rule rule = { .kind = rows[i].kind };
		struct faults faults = { 0 };

		text_copy(text_of(rows[i].value), rule.value,
			  sizeof(rule.value));
		target_rule_validate(&rule, &faults);
		if (faults_any(&faults) == (rows[i].kept != NULL))
			print_message("%s\n", rows[i].value);
		assert_int_equal(rows[i].kept == NULL, faults_any(&faults));
		if (rows[i].kept)
			assert_string_equal(rows[i].kept, rule.value);
		else
			assert_string_equal("/value", faults.list[0].pointer);
		faults_clear(&faults);
	}
}

/* Its longest form is cut nowhere, and no label is looked up in vain. */
static void a_host_of_many_labels_is_judged(void **state)
{
	static const struct target_rule rules[] = {
		DENY("a", TARGET_DOMAIN, "*.a.a.a"),
	};
	struct target_screen *screen =
		screen_of(rules, COUNT(rules), &target_policy_default);
	char uri[256] = "sip:x@b";
	(void)state;

	while (strlen(uri) < 250)
		strncat(uri, ".a", 3);
	check(screen, &(struct screen_case){ uri, 0, "refused a" });
	free(screen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_prefix_decides),
		cmocka_unit_test(a_number_is_seen_however_it_is_written),
		cmocka_unit_test(the_host_with_most_labels_decides),
		cmocka_unit_test(
			a_rule_for_the_role_beats_one_for_any_and_then_deny_wins),
		cmocka_unit_test(what_no_rule_matches_follows_the_default),
		cmocka_unit_test(
			a_country_is_told_apart_from_those_that_share_its_code),
		cmocka_unit_test(
			the_table_of_countries_is_in_order_and_well_formed),
		cmocka_unit_test(
			rules_that_are_off_or_mean_nothing_are_left_out),
		cmocka_unit_test(as_many_rules_as_there_may_be_are_all_found),
		cmocka_unit_test(every_level_has_its_name),
		cmocka_unit_test(a_value_is_made_canonical_or_refused),
		cmocka_unit_test(a_host_of_many_labels_is_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
