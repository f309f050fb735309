#include "call_fixture.h"

#include "sip/extension_decision.h"

struct rule_row {
	const char *domain, *tag, *method;
	enum extension_header header;
	enum extension_action action;
};

struct tag_case {
	const char *preset;
	const char *method, *domain;
	const char *headers;
	uint16_t status;
	const char *said; /* rejected tags "a, b" of a 420; reason of a 400 */
};

/* A preset's rules and some rows before them. */
static struct extension_policy *policy_of(const char *preset,
					  const struct rule_row *rows,
					  size_t count)
{
	struct extension_rule *rules = NULL, *all;
	struct extension_policy *policy = NULL;
	size_t preset_count = 0;

	assert_int_equal(
		0, extension_preset(text_of(preset), &rules, &preset_count));
	all = calloc(preset_count + count, sizeof(*all));
	assert_non_null(all);
	for (size_t i = 0; i < count; i++) {
		all[i].enabled = true;
		all[i].header = rows[i].header;
		all[i].action = rows[i].action;
		text_copy(text_of(rows[i].domain), all[i].domain,
			  sizeof(all[i].domain));
		text_copy(text_of(rows[i].tag), all[i].tag, sizeof(all[i].tag));
		text_copy(text_of(rows[i].method), all[i].method,
			  sizeof(all[i].method));
		snprintf(all[i].id, sizeof(all[i].id), "rul_%zu", i);
	}
	memcpy(all + count, rules, preset_count * sizeof(*all));
	assert_int_equal(0, extension_policy_compile(all, count + preset_count,
						     &policy));
	free(all);
	free(rules);
	return policy;
}

static void list_rejected(const struct extension_decision *decision,
			  char *buffer, size_t size)
{
	struct writer writer = writer_over(buffer, size);
	size_t rejected = 0;

	for (size_t i = 0; i < decision->tag_count; i++) {
		if (decision->tags[i].verdict.action != EXTENSION_REJECT)
			continue;
		if (rejected++ > 0)
			writer_put(&writer, TEXT(", "));
		writer_put(&writer, decision->tags[i].tag);
	}
	writer_byte(&writer, '\0');
	assert_true(writer_is_complete(&writer));
	assert_int_equal(rejected, decision->rejected_count);
}

static void check(const struct extension_policy *policy,
		  const struct tag_case *row)
{
	struct fixture_request message;
	struct extension_decision decision;
	char said[2048] = "";

	fixture_request(&message, row->method, "sip:user@example.com",
			row->headers);
	extension_decide(policy, &message.request, text_of(row->domain),
			 &decision);
	if (decision.status == 420)
		list_rejected(&decision, said, sizeof(said));
	else
		text_copy(decision.reason, said, sizeof(said));
	if (decision.status != row->status || strcmp(said, row->said) != 0)
		print_message("%s %s%d %s\n", row->preset, row->headers,
			      decision.status, said);
	assert_int_equal(row->status, decision.status);
	assert_string_equal(row->said, said);
	fixture_request_free(&message);
}

static void each_tag_gets_what_the_preset_says(void **state)
{
	static const struct tag_case rows[] = {
		{ "redirect-server", "INVITE", "a", "Require: foo\r\n", 0, "" },
		{ "standard", "INVITE", "a", "Require: foo\r\n", 420, "foo" },
		{ "standard", "INVITE", "a", "Require: 100rel\r\n", 0, "" },
		{ "standard", "INVITE", "a", "Require: 100REL, Timer\r\n", 0,
		  "" },
		{ "redirect-server", "INVITE", "a", "Proxy-Require: foo\r\n",
		  420, "foo" },
		{ "standard", "INVITE", "a", "Require: foo, 100rel, bar\r\n",
		  420, "foo, bar" },
		{ "refuse-all", "INVITE", "a", "Require: foo, 100rel\r\n", 420,
		  "foo, 100rel" },
		{ "transparent", "INVITE", "a",
		  "Require: foo\r\nProxy-Require: sec-agree\r\n", 0, "" },
		{ "standard", "INVITE", "a", "Proxy-Require: 199\r\n", 0, "" },
		{ "standard", "INVITE", "a", "Supported: foo\r\n", 0, "" },
		{ "redirect-server", "INVITE", "a",
		  "Require: sec-agree\r\nProxy-Require: sec-agree\r\n", 420,
		  "sec-agree" },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct extension_policy *policy =
			policy_of(rows[i].preset, NULL, 0);

		check(policy, &rows[i]);
		extension_policy_free(policy);
	}
}

static void refused_tags_come_once_in_order_as_they_were_spelled(void **state)
{
	static const struct tag_case rows[] = {
		{ "standard", "INVITE", "a",
		  "Proxy-Require: foo,bar\r\nProxy-Require: FOO\r\n", 420,
		  "foo, bar" },
		{ "standard", "INVITE", "a",
		  "Proxy-Require: FOO\r\nRequire: Bar,foo , baz\r\n", 420,
		  "FOO, Bar, baz" },
		{ "standard", "INVITE", "a",
		  "REQUIRE :\r\n foo\r\n\t,\r\n  bar\r\n", 420, "foo, bar" },
		/* Accepted in Require, refused in Proxy-Require. */
		{ "standard", "INVITE", "a",
		  "Require: 100rel\r\nProxy-Require: 100rel\r\n", 420,
		  "100rel" },
		{ "standard", "INVITE", "a",
		  "Proxy-Require: 199\r\nRequire: 199\r\n", 0, "" },
	};
	struct extension_policy *policy = policy_of("standard", NULL, 0);
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++)
		check(policy, &rows[i]);
	extension_policy_free(policy);
}

static void a_rule_speaks_for_its_domain_and_method_alone(void **state)
{
	static const struct rule_row rules[] = {
		{ "a.example", "100rel", "*", EXTENSION_REQUIRE,
		  EXTENSION_REJECT },
		{ "*", "foo", "*", EXTENSION_REQUIRE, EXTENSION_REJECT },
		{ "b.example", "foo", "*", EXTENSION_REQUIRE,
		  EXTENSION_ACCEPT },
		{ "*", "timer", "MESSAGE", EXTENSION_REQUIRE,
		  EXTENSION_REJECT },
		{ "c.example", "*", "*", EXTENSION_BOTH, EXTENSION_REJECT },
	};
	static const struct tag_case rows[] = {
		{ "", "INVITE", "a.example", "Require: 100rel\r\n", 420,
		  "100rel" },
		{ "", "INVITE", "b.example", "Require: 100rel\r\n", 0, "" },
		{ "", "INVITE", "b.example", "Require: foo\r\n", 0, "" },
		{ "", "INVITE", "a.example", "Require: foo\r\n", 420, "foo" },
		{ "", "INVITE", "", "Require: foo\r\n", 420, "foo" },
		{ "", "INVITE", "b.example", "Require: timer\r\n", 0, "" },
		{ "", "MESSAGE", "b.example", "Require: timer\r\n", 420,
		  "timer" },
		/* An exact word beats a strict domain. */
		{ "", "INVITE", "c.example", "Require: 100rel, x\r\n", 420,
		  "x" },
	};
	struct extension_policy *policy =
		policy_of("redirect-server", rules, COUNT(rules));
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++)
		check(policy, &rows[i]);
	extension_policy_free(policy);
}

static void cancel_is_never_refused_for_its_tags(void **state)
{
	static const struct tag_case row = {
		"refuse-all",
		"CANCEL",
		"a",
		"Require: foo\r\nProxy-Require: bar\r\n",
		0,
		""
	};
	struct extension_policy *policy = policy_of(row.preset, NULL, 0);
	(void)state;

	check(policy, &row);
	extension_policy_free(policy);
}

static void what_is_no_list_of_tags_is_400(void **state)
{
	static const struct tag_case rows[] = {
		{ "", "INVITE", "a", "Require: foo bar\r\n", 400,
		  "Malformed Require" },
		{ "", "INVITE", "a", "Require: \"foo\"\r\n", 400,
		  "Malformed Require" },
		{ "", "INVITE", "a", "Require: a\r\nProxy-Require: b;c\r\n",
		  400, "Malformed Proxy-Require" },
		{ "", "INVITE", "a", "Require:\r\n", 0, "" },
		{ "", "INVITE", "a", "Require: \r\n \r\n", 0, "" },
	};
	struct extension_policy *policy = policy_of("redirect-server", NULL, 0);
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++)
		check(policy, &rows[i]);
	extension_policy_free(policy);
}

/* "Require: t0,t1,..." */
static const char *many_tags(size_t count, const char *stem)
{
	static char header[16384];
	struct writer writer = writer_over(header, sizeof(header));

	writer_put(&writer, TEXT("Require: "));
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			writer_byte(&writer, ',');
		writer_put(&writer, text_of(stem));
		writer_u64(&writer, i + 10);
	}
	writer_put(&writer, (struct text){ "\r\n", 3 });
	assert_true(writer_is_complete(&writer));
	return header;
}

/* "Require: t,T,t,T,..." */
static const char *one_tag_again(size_t count)
{
	static char header[4096];
	struct writer writer = writer_over(header, sizeof(header));

	writer_put(&writer, TEXT("Require: t"));
	for (size_t i = 1; i < count; i++)
		writer_put(&writer, i % 2 ? TEXT(",T") : TEXT(",t"));
	writer_put(&writer, (struct text){ "\r\n", 3 });
	assert_true(writer_is_complete(&writer));
	return header;
}

static void more_than_32_tags_or_1024_octets_are_400(void **state)
{
	/* 16 tags of 64 octets are 1,024. */
	static const char stem[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				   "aaaaaaaaaaaaaaaaaaa";
	struct extension_policy *policy = policy_of("redirect-server", NULL, 0);
	struct tag_case row = { "", "INVITE", "a", NULL, 0, "" };
	(void)state;

	row.headers = many_tags(32, "t");
	check(policy, &row);
	row.headers = many_tags(16, stem);
	check(policy, &row);
	row.headers = one_tag_again(256);
	check(policy, &row);

	row.status = 400;
	row.said = "Too Many Option Tags";
	row.headers = many_tags(33, "t");
	check(policy, &row);
	row.headers = many_tags(17, stem);
	check(policy, &row);
	row.headers = one_tag_again(257);
	check(policy, &row);
	extension_policy_free(policy);
}

static void a_refused_tag_names_its_rule(void **state)
{
	static const struct rule_row rules[] = {
		{ "*", "foo", "*", EXTENSION_PROXY_REQUIRE, EXTENSION_REJECT },
	};
	struct extension_policy *policy =
		policy_of("redirect-server", rules, COUNT(rules));
	struct fixture_request message;
	struct extension_decision decision;
	(void)state;

	fixture_request(&message, "INVITE", "sip:user@example.com",
			"Require: foo\r\nProxy-Require: foo\r\n");
	extension_decide(policy, &message.request, TEXT("example.com"),
			 &decision);

	assert_int_equal(420, decision.status);
	assert_int_equal(1, decision.tag_count);
	assert_int_equal(EXTENSION_REQUIRE, decision.tags[0].header);
	assert_true(decision.tags[0].in_require &&
		    decision.tags[0].in_proxy_require);
	assert_string_equal("rul_0", decision.tags[0].verdict.rule->id);
	fixture_request_free(&message);
	extension_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_tag_gets_what_the_preset_says),
		cmocka_unit_test(
			refused_tags_come_once_in_order_as_they_were_spelled),
		cmocka_unit_test(a_rule_speaks_for_its_domain_and_method_alone),
		cmocka_unit_test(cancel_is_never_refused_for_its_tags),
		cmocka_unit_test(what_is_no_list_of_tags_is_400),
		cmocka_unit_test(more_than_32_tags_or_1024_octets_are_400),
		cmocka_unit_test(a_refused_tag_names_its_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
