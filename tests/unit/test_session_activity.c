#include "api/session_activity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static const char id[] = "ses_01M81RKPEY5WC0P7TZD3H1VVMQ";

static void a_session_was_last_used_when_it_was_noted(void **state)
{
	struct session_activity activity = { 0 };
	(void)state;

	assert_int_equal(5, session_activity_last_ms(&activity, id, 5));
	assert_false(session_activity_note(&activity, id, 5, 1000));
	assert_int_equal(1000, session_activity_last_ms(&activity, id, 5));
	assert_int_equal(2000, session_activity_last_ms(&activity, id, 2000));
	session_activity_clear(&activity);
}

static void the_database_hears_once_a_minute(void **state)
{
	struct session_activity activity = { 0 };
	int heard = 0;
	(void)state;

	for (int64_t now = 0; now < 10 * SESSION_SAVE_MS; now += 1000)
		heard += session_activity_note(&activity, id, 0, now);
	assert_int_equal(9, heard);
	session_activity_clear(&activity);
}

static void a_thousand_sessions_are_told_apart(void **state)
{
	struct session_activity activity = { 0 };
	char one[OBJECT_ID_SIZE];
	(void)state;

	for (int i = 0; i < 1000; i++) {
		snprintf(one, sizeof(one), "ses_%026d", i);
		(void)session_activity_note(&activity, one, 0, 1 + i);
	}
	for (int i = 0; i < 1000; i++) {
		snprintf(one, sizeof(one), "ses_%026d", i);
		assert_int_equal(1 + i,
				 session_activity_last_ms(&activity, one, 0));
	}
	session_activity_clear(&activity);
}

static void what_was_left_long_ago_takes_no_room(void **state)
{
	struct session_activity activity = { 0 };
	char one[OBJECT_ID_SIZE];
	(void)state;

	for (int i = 0; i < 100000; i++) {
		snprintf(one, sizeof(one), "ses_%026d", i);
		(void)session_activity_note(&activity, one, 0,
					    (int64_t)i * SESSION_FORGET_MS);
	}
	assert_true(activity.size <= 256);
	session_activity_clear(&activity);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_was_last_used_when_it_was_noted),
		cmocka_unit_test(the_database_hears_once_a_minute),
		cmocka_unit_test(a_thousand_sessions_are_told_apart),
		cmocka_unit_test(what_was_left_long_ago_takes_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
