#include "store_fixture.h"

#include "db/auth_events.h"

static int write_refusal(struct changes *changes, void *arg)
{
	const struct actor actor = { "anonymous", "", "192.0.2.7", "r1",
				     "",	  "", "" };

	changes_set_actor(changes, &actor);
	return auth_event_write(changes, arg);
}

static int fail_behind_it(struct changes *changes, void *arg)
{
	int err = write_refusal(changes, arg);

	return err ? err : EACCES;
}

static void a_refusal_is_told_and_changes_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct auth_event event = { "session.refuse", "al\"ice", "", 3 };
	int64_t revision = fixture_number(fixture, "SELECT revision FROM meta");

	assert_int_equal(0, fixture_run(fixture, write_refusal, &event));
	fixture_reopen(fixture);
	assert_int_equal(revision, fixture_number(fixture, "SELECT revision "
							   "FROM meta"));
	assert_int_equal(
		1,
		fixture_number(fixture,
			       "SELECT count(*) FROM audit WHERE action = "
			       "'session.refuse' AND peer = '192.0.2.7' AND "
			       "json_extract(after, '$.name') = 'al\"ice' AND "
			       "json_extract(after, '$.left_out') = 3"));
}

static void a_job_that_fails_leaves_no_refusal(void **state)
{
	struct fixture *fixture = *state;
	struct auth_event event = { "access.deny", "", "", 0 };

	assert_int_equal(EACCES, fixture_run(fixture, fail_behind_it, &event));
	assert_int_equal(0, fixture_number(fixture,
					   "SELECT count(*) FROM audit "
					   "WHERE action = 'access.deny'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_refusal_is_told_and_changes_nothing, fixture_set_up,
			fixture_tear_down),
		cmocka_unit_test_setup_teardown(
			a_job_that_fails_leaves_no_refusal, fixture_set_up,
			fixture_tear_down),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
