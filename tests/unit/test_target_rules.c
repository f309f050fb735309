#include "store_fixture.h"

#include "db/source_rows.h"
#include "db/target_policy_rows.h"

#define CAROL "sip:carol@example.com"
#define SPAIN "sip:+34911234567@gw.example.net"

/* What a test does in one job: a rule, a policy, a move; the one after the
 * other. */
struct rule_call {
	struct target_rule rule;
	struct faults faults;
	char other_id[OBJECT_ID_SIZE];
};

static int run_rule_create(struct changes *changes, void *arg)
{
	struct rule_call *call = arg;

	return source_row_create(changes, TARGET_RULES, &call->rule,
				 &call->faults, call->other_id);
}

static int run_rule_delete(struct changes *changes, void *arg)
{
	struct rule_call *call = arg;

	return source_row_delete(changes, TARGET_RULES,
				 text_of(call->rule.object.id), 0);
}

static struct rule_call made_rule(struct fixture *fixture,
				  enum target_action action, const char *value)
{
	struct rule_call call = { .rule = { .action = action,
					    .kind = TARGET_NUMBER_PREFIX,
					    .enabled = true } };

	text_copy(text_of(value), call.rule.value, sizeof(call.rule.value));
	assert_int_equal(0, fixture_run(fixture, run_rule_create, &call));
	return call;
}

static int set_policy(struct changes *changes, void *arg)
{
	struct faults faults = { 0 };

	return target_policy_set(changes, arg, 0, &faults);
}

/* --- */

struct role_call {
	struct move_call move;
	const char *role;
	const char *name;
	bool is_update;
};

static int run_as(struct changes *changes, void *arg)
{
	struct role_call *call = arg;
	const struct actor actor = { .kind = "token",
				     .name = call->name ? call->name : "tester",
				     .role = call->role };

	changes_set_actor(changes, &actor);
	return call->is_update ? run_move_update(changes, &call->move)
			       : run_move_create(changes, &call->move);
}

/* The first fault's code; FAULT_CODES: there was none. */
static enum fault_code fault_as(struct fixture *fixture, struct role_call *call)
{
	enum fault_code code = FAULT_CODES;
	int err = fixture_run(fixture, run_as, call);

	if (call->move.faults.count > 0)
		code = call->move.faults.list[0].code;
	assert_int_equal(code == FAULT_CODES ? 0 : EINVAL, err);
	faults_clear(&call->move.faults);
	return code;
}

struct both {
	struct rule_call rule;
	struct move_call move;
	int move_err;
};

static int run_rule_then_move(struct changes *changes, void *arg)
{
	struct both *both = arg;
	int err = run_rule_create(changes, &both->rule);

	if (err)
		return err;
	both->move_err = run_move_create(changes, &both->move);
	err = source_row_delete(changes, TARGET_RULES,
				text_of(both->rule.rule.object.id), 0);
	if (err)
		return err;
	faults_clear(&both->move.faults);
	return run_move_create(changes, &both->move);
}

static void a_rule_made_in_the_same_job_holds_at_once(void **state)
{
	struct both both = {
		.rule.rule = { .action = TARGET_DENY,
			       .kind = TARGET_COUNTRY,
			       .value = "ES",
			       .enabled = true },
		.move = a_move(CAROL, SPAIN, AT(0), AT(60)),
	};

	assert_int_equal(0, fixture_run(*state, run_rule_then_move, &both));
	assert_int_equal(EINVAL, both.move_err);
	faults_clear(&both.move.faults);
}

static void what_was_undone_holds_nobody_back(void **state)
{
	struct rule_call call = { .rule = { .action = TARGET_DENY,
					    .kind = TARGET_DOMAIN,
					    .value = "bad host" } };

	assert_int_equal(EINVAL, fixture_run(*state, run_rule_create, &call));
	assert_string_equal("/value", call.faults.list[0].pointer);
	faults_clear(&call.faults);
	(void)made_move(*state, CAROL, SPAIN, AT(0), AT(60));
	assert_int_equal(0, fixture_number(*state, "SELECT count(*) FROM "
						   "target_rule"));
}

static void rules_and_roles_outlive_a_restart(void **state)
{
	struct fixture *fixture = *state;
	struct rule_call deny = made_rule(fixture, TARGET_DENY, "34");
	struct move_call move = a_move(CAROL, SPAIN, AT(0), AT(60));

	assert_string_equal("+34", deny.rule.value);
	assert_int_equal(EINVAL, create_move(fixture, &move));
	fixture_reopen(fixture);
	assert_int_equal(EINVAL, create_move(fixture, &move));
	assert_int_equal(0, fixture_run(fixture, run_rule_delete, &deny));
	assert_int_equal(0, create_move(fixture, &move));
	assert_int_equal(2, fixture_number(fixture,
					   "SELECT count(*) FROM audit WHERE "
					   "action LIKE 'target_rule.%'"));
	assert_int_equal(1, fixture_number(fixture,
					   "SELECT count(*) FROM move WHERE "
					   "set_by_role = 'admin'"));
}

static void who_changes_the_targets_is_whose_they_are(void **state)
{
	struct role_call call = {
		.move = a_move(CAROL, SPAIN, AT(0), AT(60)),
		.role = "helpdesk",
	};

	assert_int_equal(FAULT_CODES, fault_as(*state, &call));
	assert_int_equal(TARGET_HELPDESK, call.move.move.set_by_role);
	call.is_update = true;
	call.role = "service";
	text_copy(TEXT("later"), call.move.move.note, 6);
	assert_int_equal(FAULT_CODES, fault_as(*state, &call));
	assert_int_equal(TARGET_HELPDESK, call.move.move.set_by_role);
	text_copy(TEXT("sip:carol@else.example.net"),
		  call.move.move.targets[0].uri, MOVE_URI_MAX);
	assert_int_equal(FAULT_CODES, fault_as(*state, &call));
	assert_int_equal(TARGET_SERVICE, call.move.move.set_by_role);
	call.role = "";
	text_copy(TEXT(SPAIN), call.move.move.targets[0].uri, MOVE_URI_MAX);
	assert_int_equal(FAULT_CODES, fault_as(*state, &call));
	assert_int_equal(TARGET_ANY_ROLE, call.move.move.set_by_role);
}

static void what_one_may_have_is_not_lent_to_another_address(void **state)
{
	struct fixture *fixture = *state;
	struct rule_call rule = { .rule = { .action = TARGET_DENY,
					    .kind = TARGET_COUNTRY,
					    .value = "ES",
					    .role = TARGET_SERVICE,
					    .enabled = true } };
	struct move_call over =
		ended_move(fixture, "sip:dave@example.com", SPAIN, 1, 1000);
	struct role_call call = {
		.move = a_move(CAROL, SPAIN, AT(0), AT(60)),
		.role = "admin",
	};

	assert_int_equal(0, fixture_run(fixture, run_rule_create, &rule));
	assert_int_equal(FAULT_CODES, fault_as(fixture, &call));
	call.is_update = true;
	call.role = "service";
	call.move.move.ends_at_ms = AT(30);
	assert_int_equal(FAULT_CODES, fault_as(fixture, &call));
	text_copy(TEXT("sip:erin@example.com"), call.move.move.address,
		  MOVE_ADDRESS_MAX);
	assert_int_equal(FAULT_TARGET_NOT_ALLOWED, fault_as(fixture, &call));

	call.move.move = over.move;
	call.move.move.ends_at_ms = MOVE_OPEN_END;
	assert_int_equal(FAULT_TARGET_NOT_ALLOWED, fault_as(fixture, &call));
	call.role = "admin";
	assert_int_equal(FAULT_CODES, fault_as(fixture, &call));
}

static void a_month_with_a_clock_change_is_a_month(void **state)
{
	struct target_policy policy = { .longest_move_days = 30 };
	struct move_call fits = a_move(CAROL, SPAIN, AT(0), AT(30 * 1440 + 60));
	struct move_call longer = a_move("sip:dave@example.com", SPAIN, AT(0),
					 AT(30 * 1440 + 61));
	struct move_call open =
		a_move("sip:erin@example.com", SPAIN, AT(0), MOVE_OPEN_END);

	assert_int_equal(0, fixture_run(*state, set_policy, &policy));
	assert_int_equal(0, create_move(*state, &fits));
	assert_int_equal(EINVAL, create_move(*state, &longer));
	assert_int_equal(EINVAL, create_move(*state, &open));
}

static void each_has_a_count_of_ones_own(void **state)
{
	static const struct {
		const char *address, *name, *role;
		enum fault_code code;
	} rows[] = {
		{ "sip:a@example.com", "one", "service", FAULT_CODES },
		{ "sip:b@example.com", "one", "service", FAULT_TOO_MANY_MOVES },
		{ "sip:b@example.com", "two", "service", FAULT_CODES },
		{ "sip:c@example.com", "three", "operator", FAULT_CODES },
		{ "sip:d@example.com", "three", "admin", FAULT_CODES },
		{ "sip:e@example.com", "four", "", FAULT_CODES },
		{ "sip:f@example.com", "four", "", FAULT_TOO_MANY_MOVES },
	};
	struct target_policy policy = { .moves_per_user_max = 1 };

	assert_int_equal(0, fixture_run(*state, set_policy, &policy));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct role_call call = {
			.move = a_move(rows[i].address, SPAIN, AT(0),
				       MOVE_OPEN_END),
			.role = rows[i].role,
			.name = rows[i].name,
		};

		assert_int_equal(rows[i].code, fault_as(*state, &call));
	}
}

static void a_policy_beyond_its_bounds_is_refused(void **state)
{
	static const struct target_policy rows[] = {
		{ .longest_move_days = -1 },
		{ .longest_move_days = TARGET_MOVE_DAYS_MAX + 1 },
		{ .moves_per_user_max = -1 },
		{ .moves_per_user_max = TARGET_MOVES_MAX + 1 },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct faults faults = { 0 };

		target_policy_validate(&rows[i], &faults);
		assert_true(faults_any(&faults));
		faults_clear(&faults);
	}
}

static int damage_policy(struct changes *changes, void *arg)
{
	(void)arg;
	(void)changes_revision(changes);
	return database_execute(changes->database, "UPDATE target_policy SET "
						   "default_domain_action = 7");
}

/* What was written into the file by hand is not trusted. */
static void an_action_that_means_nothing_denies(void **state)
{
	struct fixture *fixture = *state;
	struct move_call move = a_move(CAROL, SPAIN, AT(0), AT(60));

	assert_int_equal(0, fixture_run(fixture, damage_policy, NULL));
	fixture_reopen(fixture);
	assert_int_equal(EINVAL, create_move(fixture, &move));
}

int main(void)
{
#define STORE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_rule_made_in_the_same_job_holds_at_once),
		STORE_TEST(what_was_undone_holds_nobody_back),
		STORE_TEST(rules_and_roles_outlive_a_restart),
		STORE_TEST(who_changes_the_targets_is_whose_they_are),
		STORE_TEST(what_one_may_have_is_not_lent_to_another_address),
		STORE_TEST(a_month_with_a_clock_change_is_a_month),
		STORE_TEST(each_has_a_count_of_ones_own),
		cmocka_unit_test(a_policy_beyond_its_bounds_is_refused),
		STORE_TEST(an_action_that_means_nothing_denies),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
