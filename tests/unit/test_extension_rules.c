#include "store_fixture.h"

struct rule_call {
	struct extension_rule rule;
	int64_t if_revision;
	struct faults faults;
	char other_id[OBJECT_ID_SIZE];
};

static int run_create(struct changes *changes, void *arg)
{
	struct rule_call *call = arg;

	return extension_rule_create(changes, &call->rule, call->if_revision,
				     &call->faults, call->other_id);
}

static int run_update(struct changes *changes, void *arg)
{
	struct rule_call *call = arg;

	return extension_rule_update(changes, &call->rule, call->if_revision,
				     &call->faults, call->other_id);
}

static int run_delete(struct changes *changes, void *arg)
{
	struct rule_call *call = arg;

	return extension_rule_delete(changes, text_of(call->rule.id),
				     call->if_revision);
}

static int run_get(struct changes *changes, void *arg)
{
	struct rule_call *call = arg;
	char id[OBJECT_ID_SIZE];

	text_copy(text_of(call->rule.id), id, sizeof(id));
	return extension_rule_get(changes, text_of(id), &call->rule);
}

struct replace_call {
	const char *preset;
	struct extension_rule *rules;
	size_t count;
	int64_t if_revision;
	struct faults faults;
};

static int run_replace(struct changes *changes, void *arg)
{
	struct replace_call *call = arg;

	return extension_policy_replace(changes, call->preset, call->rules,
					call->count, call->if_revision,
					&call->faults);
}

static int run_state(struct changes *changes, void *arg)
{
	return extension_policy_state_get(changes, arg);
}

static struct extension_policy_state policy_of(struct fixture *fixture)
{
	struct extension_policy_state policy;

	assert_int_equal(0, fixture_run(fixture, run_state, &policy));
	return policy;
}

static struct rule_call a_rule(const char *domain, const char *tag,
			       enum extension_action action)
{
	struct rule_call call = { .rule = { .header = EXTENSION_BOTH,
					    .method = "*",
					    .action = action,
					    .enabled = true } };

	text_copy(text_of(domain), call.rule.domain, sizeof(call.rule.domain));
	text_copy(text_of(tag), call.rule.tag, sizeof(call.rule.tag));
	return call;
}

static enum extension_action action_for(struct fixture *fixture,
					const char *tag)
{
	const struct snapshot *snapshot =
		publisher_current(store_publisher(fixture->store));

	return extension_policy_resolve(snapshot_extension_policy(snapshot),
					EXTENSION_REQUIRE, text_of(tag),
					TEXT("INVITE"), TEXT("example.com"))
		.action;
}

static void the_standard_preset_is_in_force_at_the_first_start(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(EXTENSION_REJECT, action_for(fixture, "foo"));
	assert_int_equal(EXTENSION_ACCEPT, action_for(fixture, "100rel"));
	assert_string_equal("standard", policy_of(fixture).preset);
	assert_int_equal(1, policy_of(fixture).revision);
}

static void a_new_rule_is_in_force_and_makes_the_policy_ones_own(void **state)
{
	struct fixture *fixture = *state;
	struct rule_call call = a_rule("Example.com", "FOO", EXTENSION_IGNORE);

	assert_int_equal(0, fixture_run(fixture, run_create, &call));
	assert_string_equal("foo", call.rule.tag);
	assert_string_equal("example.com", call.rule.domain);
	assert_int_equal(2, call.rule.revision);
	assert_int_equal(EXTENSION_IGNORE, action_for(fixture, "foo"));
	assert_string_equal("", policy_of(fixture).preset);
	assert_int_equal(2, policy_of(fixture).revision);
	assert_int_equal(0, fixture_run(fixture, run_get, &call));
	assert_int_equal(EXTENSION_IGNORE, call.rule.action);
	assert_int_equal(1,
			 fixture_number(fixture,
					"SELECT count(*) FROM audit WHERE "
					"action = 'extension_rule.create' AND "
					"after ->> '$.action' = 'ignore'"));
}

static void a_place_has_one_rule(void **state)
{
	struct fixture *fixture = *state;
	struct rule_call first = a_rule("*", "foo", EXTENSION_IGNORE);
	struct rule_call second = a_rule("*", "Foo", EXTENSION_REJECT);

	assert_int_equal(0, fixture_run(fixture, run_create, &first));
	assert_int_equal(EEXIST, fixture_run(fixture, run_create, &second));
	assert_string_equal(first.rule.id, second.other_id);
	second.rule.header = EXTENSION_REQUIRE;
	assert_int_equal(0, fixture_run(fixture, run_create, &second));
	second.rule.header = EXTENSION_BOTH;
	assert_int_equal(EEXIST, fixture_run(fixture, run_update, &second));
	assert_string_equal(first.rule.id, second.other_id);
}

static void a_rule_changes_only_as_it_was_seen(void **state)
{
	struct fixture *fixture = *state;
	struct rule_call call = a_rule("*", "foo", EXTENSION_IGNORE);

	call.if_revision = 7;
	assert_int_equal(ESTALE, fixture_run(fixture, run_create, &call));
	call.if_revision = 1;
	assert_int_equal(0, fixture_run(fixture, run_create, &call));
	call.rule.action = EXTENSION_ACCEPT;
	assert_int_equal(ESTALE, fixture_run(fixture, run_update, &call));
	call.if_revision = 2;
	assert_int_equal(0, fixture_run(fixture, run_update, &call));
	assert_int_equal(EXTENSION_ACCEPT, action_for(fixture, "foo"));
	assert_int_equal(ESTALE, fixture_run(fixture, run_delete, &call));
	call.if_revision = 3;
	assert_int_equal(0, fixture_run(fixture, run_delete, &call));
	assert_int_equal(EXTENSION_REJECT, action_for(fixture, "foo"));
	assert_int_equal(ENOENT, fixture_run(fixture, run_get, &call));
	assert_int_equal(4, policy_of(fixture).revision);
}

static void a_preset_replaces_all_rules(void **state)
{
	struct fixture *fixture = *state;
	struct rule_call rule = a_rule("*", "foo", EXTENSION_REJECT);
	struct replace_call call = { .preset = "transparent" };

	assert_int_equal(0, fixture_run(fixture, run_create, &rule));
	call.if_revision = 1;
	assert_int_equal(ESTALE, fixture_run(fixture, run_replace, &call));
	call.if_revision = 2;
	assert_int_equal(0, fixture_run(fixture, run_replace, &call));
	assert_int_equal(EXTENSION_IGNORE, action_for(fixture, "foo"));
	assert_string_equal("transparent", policy_of(fixture).preset);
	call = (struct replace_call){ .preset = "no-such" };
	assert_int_equal(EINVAL, fixture_run(fixture, run_replace, &call));
	assert_int_equal(FAULT_UNKNOWN_PRESET, call.faults.list[0].code);
	assert_string_equal("/preset", call.faults.list[0].pointer);
	faults_clear(&call.faults);
	assert_int_equal(
		2, fixture_number(fixture,
				  "SELECT count(*) FROM audit WHERE action = "
				  "'extension_policy.replace'"));
}

static void faults_of_replacing_rules_tell_which_rule(void **state)
{
	struct fixture *fixture = *state;
	struct extension_rule rules[3] = {
		a_rule("*", "foo", EXTENSION_REJECT).rule,
		a_rule("*", "b a d", EXTENSION_REJECT).rule,
		a_rule("*", "FOO", EXTENSION_ACCEPT).rule,
	};
	struct replace_call call = { .preset = "", .rules = rules, .count = 3 };

	assert_int_equal(EINVAL, fixture_run(fixture, run_replace, &call));
	assert_int_equal(1, call.faults.count);
	assert_string_equal("/rules/1/tag", call.faults.list[0].pointer);
	faults_clear(&call.faults);
	text_copy(TEXT("bad"), rules[1].tag, EXTENSION_TAG_MAX);
	assert_int_equal(EINVAL, fixture_run(fixture, run_replace, &call));
	assert_int_equal(1, call.faults.count);
	assert_int_equal(FAULT_DUPLICATE, call.faults.list[0].code);
	assert_string_equal("/rules/2", call.faults.list[0].pointer);
	faults_clear(&call.faults);
	assert_string_equal("standard", policy_of(fixture).preset);

	call.count = 2;
	assert_int_equal(0, fixture_run(fixture, run_replace, &call));
	assert_int_equal(2, policy_of(fixture).rule_count);
	assert_string_equal("", policy_of(fixture).preset);
}

static int check_order(struct changes *changes, void *arg)
{
	static const struct {
		const char *domain, *tag, *method;
	} expected[] = {
		{ "example.com", "foo", "INVITE" },
		{ "example.com", "foo", "*" },
		{ "*", "foo", "*" },
		{ "example.com", "*", "*" },
		{ "*", "*", "*" },
	};
	struct extension_rule *rules;
	size_t count;

	(void)arg;
	assert_int_equal(0, extension_rule_list(changes, &rules, &count));
	assert_int_equal(5, count);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(expected[i].domain, rules[i].domain);
		assert_string_equal(expected[i].tag, rules[i].tag);
		assert_string_equal(expected[i].method, rules[i].method);
	}
	free(rules);
	return 0;
}

static void rules_are_listed_in_the_order_of_resolution(void **state)
{
	struct fixture *fixture = *state;
	struct extension_rule rules[5] = {
		a_rule("*", "*", EXTENSION_REJECT).rule,
		a_rule("*", "foo", EXTENSION_REJECT).rule,
		a_rule("example.com", "*", EXTENSION_REJECT).rule,
		a_rule("example.com", "foo", EXTENSION_REJECT).rule,
		a_rule("example.com", "foo", EXTENSION_REJECT).rule,
	};
	struct replace_call call = { .preset = "", .rules = rules, .count = 5 };

	text_copy(TEXT("INVITE"), rules[4].method, EXTENSION_METHOD_MAX);
	assert_int_equal(0, fixture_run(fixture, run_replace, &call));
	assert_int_equal(0, fixture_run(fixture, check_order, NULL));
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_standard_preset_is_in_force_at_the_first_start),
		TEST(a_new_rule_is_in_force_and_makes_the_policy_ones_own),
		TEST(a_place_has_one_rule),
		TEST(a_rule_changes_only_as_it_was_seen),
		TEST(a_preset_replaces_all_rules),
		TEST(faults_of_replacing_rules_tell_which_rule),
		TEST(rules_are_listed_in_the_order_of_resolution),
	};
#undef TEST

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
