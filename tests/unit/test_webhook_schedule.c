#include "db/webhook_schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void the_published_schedule_is_read(void **state)
{
	static const int64_t expected_s[] = {
		0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400
	};
	struct webhook_schedule schedule;
	(void)state;

	assert_null(webhook_schedule_parse(
		TEXT("0 5s 5m 30m 2h 5h 10h 14h 20h 24h"), &schedule));
	assert_int_equal(10, schedule.count);
	for (size_t i = 0; i < schedule.count; i++)
		assert_int_equal(expected_s[i] * 1000, schedule.delays_ms[i]);
}

static void what_is_no_schedule_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"5",
		"s",
		"5 s",
		"-5s",
		"5x",
		"1d1h",
		"49h",
		"3d",
		"0x5s",
		"5S",
		"99999999999999999999s",
		"0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0",
	};
	struct webhook_schedule schedule = { .count = 7 };
	(void)state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_non_null(
			webhook_schedule_parse(text_of(wrong[i]), &schedule));
	assert_int_equal(7, schedule.count);
}

static void a_delay_is_moved_by_a_fifth_at_most(void **state)
{
	struct webhook_schedule schedule;
	int64_t least = INT64_MAX, most = 0;
	(void)state;

	assert_null(webhook_schedule_parse(TEXT("0, 10s"), &schedule));
	for (uint32_t i = 0; i < 100000; i++) {
		int64_t delay_ms =
			webhook_schedule_delay(&schedule, 1, i * 2654435761U);

		least = delay_ms < least ? delay_ms : least;
		most = delay_ms > most ? delay_ms : most;
	}
	assert_in_range(least, 8000, 8100);
	assert_in_range(most, 11900, 12000);
	assert_int_equal(0, webhook_schedule_delay(&schedule, 0, 4711));
	assert_int_equal(-1, webhook_schedule_delay(&schedule, 2, 4711));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_schedule_is_read),
		cmocka_unit_test(what_is_no_schedule_is_refused),
		cmocka_unit_test(a_delay_is_moved_by_a_fifth_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
