#include "store_fixture.h"

#include "base/embedded.h"
#include "db/policy_versions.h"

#define STILL "9223372036854775807"

static int use(struct changes *changes, const char *preset)
{
	struct faults faults = { 0 };
	int err =
		extension_policy_replace(changes, preset, NULL, 0, 0, &faults);

	faults_clear(&faults);
	return err;
}

static int use_preset(struct changes *changes, void *arg)
{
	return use(changes, arg);
}

static void change_to(struct fixture *fixture, const char *preset)
{
	char name[32];

	text_copy(text_of(preset), name, sizeof(name));
	assert_int_equal(0, fixture_run(fixture, use_preset, name));
}

struct version_call {
	int64_t number;
	int64_t if_revision;
	struct policy_version version;
	struct extension_rules rules;
};

static int run_get(struct changes *changes, void *arg)
{
	struct version_call *call = arg;
	int err = policy_version_get(changes, call->number, &call->version);

	return err ? err
		   : policy_version_rules(changes, call->version.number,
					  &call->rules);
}

static int run_restore(struct changes *changes, void *arg)
{
	struct version_call *call = arg;

	return policy_version_restore(changes, call->number, call->if_revision);
}

static struct policy_version newest(struct fixture *fixture)
{
	struct version_call call = { 0 };

	assert_int_equal(0, fixture_run(fixture, run_get, &call));
	free(call.rules.rules);
	return call.version;
}

static void a_version_has_the_rules_that_were_in_force(void **state)
{
	struct fixture *fixture = *state;
	struct version_call first = { .number = 1 }, second = { .number = 2 };

	change_to(fixture, "transparent");
	assert_int_equal(0, fixture_run(fixture, run_get, &first));
	assert_int_equal(0, fixture_run(fixture, run_get, &second));
	assert_string_equal("standard", first.version.preset);
	assert_int_equal(first.version.rule_count, first.rules.count);
	assert_string_equal("transparent", second.version.preset);
	assert_int_equal(2, second.rules.count);
	assert_int_equal(EXTENSION_IGNORE, second.rules.rules[0].action);
	free(first.rules.rules);
	free(second.rules.rules);
}

static void what_stays_is_not_stored_again(void **state)
{
	struct fixture *fixture = *state;

	change_to(fixture, "standard");
	change_to(fixture, "standard");
	assert_int_equal(3, newest(fixture).number);
	assert_int_equal(0, newest(fixture).added + newest(fixture).changed +
				    newest(fixture).removed);
	assert_int_equal(newest(fixture).rule_count,
			 fixture_number(fixture, "SELECT count(*) FROM "
						 "policy_version_rule"));
}

static void a_restore_is_a_change_like_any_other(void **state)
{
	struct fixture *fixture = *state;
	struct version_call call = { .number = 1, .if_revision = 1 };

	change_to(fixture, "transparent");
	assert_int_equal(ESTALE, fixture_run(fixture, run_restore, &call));
	call.if_revision = 0;
	assert_int_equal(0, fixture_run(fixture, run_restore, &call));
	assert_int_equal(3, newest(fixture).number);
	assert_int_equal(1, newest(fixture).restored_from);
	assert_string_equal("standard", newest(fixture).preset);
	assert_int_equal(1,
			 fixture_number(fixture,
					"SELECT count(*) FROM audit WHERE "
					"action = 'extension_policy.restore' "
					"AND before ->> '$.preset' = "
					"'transparent' AND after ->> "
					"'$.preset' = 'standard'"));
	call.number = 9;
	assert_int_equal(ENOENT, fixture_run(fixture, run_restore, &call));
}

static int many_changes(struct changes *changes, void *arg)
{
	int err = 0;
	(void)arg;

	for (int i = 0; i < POLICY_VERSIONS_MAX + 5 && !err; i++)
		err = use(changes, i % 2 ? "refuse-all" : "transparent");
	return err;
}

static void the_oldest_versions_are_forgotten(void **state)
{
	struct fixture *fixture = *state;
	struct version_call gone = { .number = 6 }, oldest = { .number = 7 };

	assert_int_equal(0, fixture_run(fixture, many_changes, NULL));
	assert_int_equal(POLICY_VERSIONS_MAX + 6, newest(fixture).number);
	assert_int_equal(POLICY_VERSIONS_MAX,
			 fixture_number(fixture, "SELECT count(*) FROM "
						 "policy_version"));
	assert_int_equal(ENOENT, fixture_run(fixture, run_get, &gone));
	assert_int_equal(0, fixture_run(fixture, run_get, &oldest));
	assert_int_equal(2, oldest.rules.count);
	assert_int_equal(0, fixture_number(fixture, "SELECT count(*) FROM "
						    "policy_version_rule WHERE "
						    "until_version <= 7"));
	free(oldest.rules.rules);
}

static int put_old_rules(struct changes *changes, void *arg)
{
	(void)arg;
	changes_revision(changes); /* or nothing would be committed */
	return database_execute(
		changes->database,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM "
		"n WHERE i <= 200000) INSERT INTO policy_version_rule "
		"(from_version, until_version, rule_id, domain, header, tag, "
		"method, action, enabled, note, created_at, updated_at, "
		"revision) SELECT 2, 3, 'rul_' || i, '*', 2, 't' || i, '*', 0, "
		"1, '', 0, 0, 0 FROM n");
}

static void old_rules_do_not_grow_without_bound(void **state)
{
	struct fixture *fixture = *state;
	struct version_call second = { .number = 2 }, third = { .number = 3 };

	change_to(fixture, "transparent");
	change_to(fixture, "standard");
	assert_int_equal(0, fixture_run(fixture, put_old_rules, NULL));
	change_to(fixture, "transparent");
	assert_int_equal(ENOENT, fixture_run(fixture, run_get, &second));
	assert_int_equal(0, fixture_run(fixture, run_get, &third));
	assert_int_equal(third.version.rule_count, third.rules.count);
	assert_true(fixture_number(fixture, "SELECT count(*) FROM "
					    "policy_version_rule") <=
		    POLICY_OLD_RULES_MAX);
	free(third.rules.rules);
}

/* As the database was before there were versions; then as it was migrated. */
static int migrate_again(struct changes *changes, void *arg)
{
	int err = database_execute(changes->database,
				   "DROP TABLE policy_version;"
				   "DROP TABLE policy_version_rule");
	(void)arg;

	changes_revision(changes);
	for (size_t i = 0; i < migrations_count && !err; i++)
		if (strstr(migrations[i].name, "_policy_versions.sql"))
			err = database_execute(
				changes->database,
				(const char *)migrations[i].bytes);
	return err;
}

static void an_older_database_begins_with_what_is_in_force(void **state)
{
	struct fixture *fixture = *state;
	struct version_call first = { .number = 1 };

	change_to(fixture, "redirect-server");
	assert_int_equal(0, fixture_run(fixture, migrate_again, NULL));
	assert_int_equal(0, fixture_run(fixture, run_get, &first));
	assert_string_equal("redirect-server", first.version.preset);
	assert_int_equal(first.version.rule_count, first.rules.count);
	assert_true(first.rules.count > 10);
	assert_int_equal(2, first.version.revision);
	assert_true(first.version.at_ms > AT(-10 * 365 * 24 * 60));
	free(first.rules.rules);
	change_to(fixture, "transparent");
	assert_int_equal(2, newest(fixture).number);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_version_has_the_rules_that_were_in_force),
		TEST(what_stays_is_not_stored_again),
		TEST(a_restore_is_a_change_like_any_other),
		TEST(the_oldest_versions_are_forgotten),
		TEST(old_rules_do_not_grow_without_bound),
		TEST(an_older_database_begins_with_what_is_in_force),
	};
#undef TEST

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
