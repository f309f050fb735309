#include "store_fixture.h"

#include "db/sessions.h"
#include "db/users.h"

enum {
	MINUTE_MS = 60000,
	HOUR_MS = 60 * MINUTE_MS,
};

static struct session a_session(const char *role)
{
	struct session session = { .enabled = true,
				   .expires_at_ms = session_life_ms(role) };

	text_copy(text_of(role), session.role, sizeof(session.role));
	return session;
}

static void a_session_ends_when_it_is_left(void **state)
{
	struct session admin = a_session("admin"), user = a_session("user");
	(void)state;

	assert_true(session_is_alive(&admin, 0, 30 * MINUTE_MS - 1));
	assert_false(session_is_alive(&admin, 0, 30 * MINUTE_MS));
	assert_true(session_is_alive(&user, 0, 12 * HOUR_MS - 1));
	assert_false(session_is_alive(&user, 0, 12 * HOUR_MS));
}

static void a_session_ends_however_it_is_used(void **state)
{
	struct session admin = a_session("operator"), user = a_session("user");
	int64_t days_30 = INT64_C(30) * 24 * HOUR_MS;
	(void)state;

	assert_true(
		session_is_alive(&admin, 12 * HOUR_MS - 2, 12 * HOUR_MS - 1));
	assert_false(session_is_alive(&admin, 12 * HOUR_MS - 1, 12 * HOUR_MS));
	assert_true(session_is_alive(&user, days_30 - 2, days_30 - 1));
	assert_false(session_is_alive(&user, days_30 - 1, days_30));
}

static void a_user_who_is_not_enabled_has_no_session(void **state)
{
	struct session session = a_session("user");
	(void)state;

	session.enabled = false;
	assert_false(session_is_alive(&session, 0, 1));
}

/* --- rows ------------------------------------------------------------------
 */

struct login {
	struct user user;
	struct session session;
	unsigned char secret;
};

static int make_user(struct changes *changes, void *arg)
{
	struct login *login = arg;
	struct faults faults = { 0 };
	char other_id[OBJECT_ID_SIZE];

	login->user.enabled = true;
	text_copy(TEXT("alice"), login->user.name, sizeof(login->user.name));
	text_copy(TEXT("user"), login->user.role, sizeof(login->user.role));
	return user_create(changes, &login->user, &faults, other_id);
}

static int log_in(struct changes *changes, void *arg)
{
	struct login *login = arg;

	memset(login->session.secret_sha256, ++login->secret,
	       sizeof(login->session.secret_sha256));
	return session_create(changes, &login->user, &login->session);
}

static int note_use(struct changes *changes, void *arg)
{
	const struct login *login = arg;

	return session_note_use(changes, login->session.id, 4711);
}

static const struct session *seen(const struct fixture *fixture,
				  unsigned char secret)
{
	unsigned char sha256[32];

	memset(sha256, secret, sizeof(sha256));
	return snapshot_session(
		publisher_current(store_publisher(fixture->store)), sha256);
}

static void a_session_is_seen_with_its_user(void **state)
{
	struct fixture *fixture = *state;
	struct login login = { .secret = 0 };

	assert_int_equal(0, fixture_run(fixture, make_user, &login));
	assert_int_equal(0, fixture_run(fixture, log_in, &login));
	assert_non_null(seen(fixture, 1));
	assert_string_equal(login.user.id, seen(fixture, 1)->user_id);
	assert_string_equal("user", seen(fixture, 1)->role);
	assert_null(seen(fixture, 2));
	fixture_reopen(fixture);
	assert_string_equal("alice", seen(fixture, 1)->user_name);
}

static int end_all(struct changes *changes, void *arg)
{
	const struct login *login = arg;

	return user_delete(changes, text_of(login->user.id), 0);
}

static void a_log_in_leaves_the_other_sessions_where_they_are(void **state)
{
	struct fixture *fixture = *state;
	struct login login = { .secret = 0 };
	const struct session *first;

	assert_int_equal(0, fixture_run(fixture, make_user, &login));
	assert_int_equal(0, fixture_run(fixture, log_in, &login));
	first = seen(fixture, 1);
	login.secret = 0xfe;
	assert_int_equal(0, fixture_run(fixture, log_in, &login));
	assert_non_null(seen(fixture, 0xff));
	assert_ptr_equal(first, seen(fixture, 1));
	assert_int_equal(0, fixture_run(fixture, end_all, &login));
	assert_null(seen(fixture, 1));
	assert_null(seen(fixture, 0xff));
}

static void when_a_session_was_used_is_kept_without_a_revision(void **state)
{
	struct fixture *fixture = *state;
	struct login login = { .secret = 0 };
	int64_t revision;

	assert_int_equal(0, fixture_run(fixture, make_user, &login));
	assert_int_equal(0, fixture_run(fixture, log_in, &login));
	revision = fixture_number(fixture, "SELECT revision FROM meta");
	assert_int_equal(0, fixture_run(fixture, note_use, &login));
	fixture_reopen(fixture);
	assert_int_equal(4711, seen(fixture, 1)->used_at_ms);
	assert_int_equal(revision,
			 fixture_number(fixture, "SELECT revision FROM meta"));
}

static void a_user_has_so_many_sessions_and_no_more(void **state)
{
	struct fixture *fixture = *state;
	struct login login = { .secret = 0 };

	assert_int_equal(0, fixture_run(fixture, make_user, &login));
	for (int i = 0; i < 40; i++)
		assert_int_equal(0, fixture_run(fixture, log_in, &login));
	assert_int_equal(
		32, fixture_number(fixture, "SELECT count(*) FROM session"));
	assert_non_null(seen(fixture, login.secret));
}

#define WITH_STORE(function)                                      \
	cmocka_unit_test_setup_teardown(function, fixture_set_up, \
					fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_ends_when_it_is_left),
		cmocka_unit_test(a_session_ends_however_it_is_used),
		cmocka_unit_test(a_user_who_is_not_enabled_has_no_session),
		WITH_STORE(a_session_is_seen_with_its_user),
		WITH_STORE(a_log_in_leaves_the_other_sessions_where_they_are),
		WITH_STORE(when_a_session_was_used_is_kept_without_a_revision),
		WITH_STORE(a_user_has_so_many_sessions_and_no_more),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
