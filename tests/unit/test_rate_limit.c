#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include <sodium.h>

#include "api/rate_limit.h"

enum {
	SECOND_US = 1000000,
};

static struct rate_limit *limit_of(uint64_t writes, uint64_t reads)
{
	const struct rate_config config = {
		.per_minute = { [RATE_READ] = reads, [RATE_WRITE] = writes },
	};
	struct rate_limit *limit;

	assert_int_equal(0, rate_limit_new(&config, &limit));
	return limit;
}

static struct rate_verdict write_at(struct rate_limit *limit, int64_t now_us)
{
	return rate_limit_take(limit, RATE_WRITE, TEXT("token:a"), now_us);
}

static void a_full_bucket_gives_a_minutes_worth_at_once(void **state)
{
	struct rate_limit *limit = limit_of(60, 0);
	struct rate_verdict verdict;
	(void)state;

	for (uint64_t i = 0; i < 60; i++) {
		verdict = write_at(limit, 5000);
		assert_true(verdict.is_limited);
		assert_false(verdict.is_refused);
		assert_int_equal(59 - i, verdict.left);
		assert_int_equal(i + 1, verdict.full_s);
	}
	verdict = write_at(limit, 5000);
	assert_true(verdict.is_refused);
	assert_int_equal(0, verdict.left);
	assert_int_equal(1, verdict.wait_s);
	assert_int_equal(60, verdict.full_s);
	rate_limit_free(limit);
}

static void it_fills_again_with_time_and_no_further_than_full(void **state)
{
	struct rate_limit *limit = limit_of(60, 0);
	(void)state;

	for (int i = 0; i < 60; i++)
		(void)write_at(limit, 0);
	assert_true(write_at(limit, SECOND_US - 1).is_refused);
	assert_false(write_at(limit, SECOND_US).is_refused);
	assert_true(write_at(limit, SECOND_US).is_refused);
	/* An hour later it is full, and not fuller. */
	assert_int_equal(59, write_at(limit, 3600LL * SECOND_US).left);
	rate_limit_free(limit);
}

static void refusals_cost_nothing(void **state)
{
	struct rate_limit *limit = limit_of(1, 0);
	(void)state;

	assert_false(write_at(limit, 0).is_refused);
	for (int i = 0; i < 100; i++)
		assert_int_equal(60, write_at(limit, 0).wait_s);
	assert_false(write_at(limit, 60LL * SECOND_US).is_refused);
	rate_limit_free(limit);
}

static void classes_and_callers_have_buckets_of_their_own(void **state)
{
	struct rate_limit *limit = limit_of(1, 1);
	(void)state;

	assert_false(write_at(limit, 0).is_refused);
	assert_true(write_at(limit, 0).is_refused);
	assert_false(rate_limit_take(limit, RATE_READ, TEXT("token:a"), 0)
			     .is_refused);
	assert_false(rate_limit_take(limit, RATE_WRITE, TEXT("token:b"), 0)
			     .is_refused);
	assert_false(rate_limit_take(limit, RATE_EXPORT, TEXT("token:a"), 0)
			     .is_limited);
	rate_limit_free(limit);
}

static void a_quota_that_is_no_divisor_of_a_minute_is_exact(void **state)
{
	static const uint64_t quotas[] = { 7, 1199, 999983, 1048576 };
	(void)state;

	for (size_t q = 0; q < sizeof(quotas) / sizeof(*quotas); q++) {
		struct rate_limit *limit = limit_of(quotas[q], 0);

		for (uint64_t i = 0; i < quotas[q]; i++)
			assert_false(write_at(limit, 0).is_refused);
		assert_true(write_at(limit, 0).is_refused);
		rate_limit_free(limit);
	}
}

/* Strangers may push each other out, but not one who is at the limit. */
static void a_crowd_of_strangers_does_not_set_a_caller_free(void **state)
{
	struct rate_limit *limit = limit_of(60, 0);
	size_t freed = 0;
	(void)state;

	for (int i = 0; i < 60; i++)
		(void)write_at(limit, 0);
	for (int i = 0; i < 200000; i++) {
		char name[32];
		int len = snprintf(name, sizeof(name), "peer:%d", i);

		(void)rate_limit_take(limit, RATE_WRITE,
				      (struct text){ name, (size_t)len }, 0);
		freed += i % 1000 == 0 && !write_at(limit, 0).is_refused;
	}
	assert_int_equal(0, freed);
	rate_limit_free(limit);
}

static void the_worse_of_two_is_told(void **state)
{
	const struct rate_verdict none = { .left = 0 };
	const struct rate_verdict many = { .is_limited = true, .left = 9 };
	const struct rate_verdict few = { .is_limited = true, .left = 1 };
	const struct rate_verdict refused = { .is_limited = true,
					      .is_refused = true,
					      .left = 3 };
	(void)state;

	assert_true(rate_verdict_is_worse(&many, &none));
	assert_false(rate_verdict_is_worse(&none, &many));
	assert_true(rate_verdict_is_worse(&few, &many));
	assert_false(rate_verdict_is_worse(&many, &few));
	assert_true(rate_verdict_is_worse(&refused, &few));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_bucket_gives_a_minutes_worth_at_once),
		cmocka_unit_test(
			it_fills_again_with_time_and_no_further_than_full),
		cmocka_unit_test(refusals_cost_nothing),
		cmocka_unit_test(classes_and_callers_have_buckets_of_their_own),
		cmocka_unit_test(
			a_quota_that_is_no_divisor_of_a_minute_is_exact),
		cmocka_unit_test(
			a_crowd_of_strangers_does_not_set_a_caller_free),
		cmocka_unit_test(the_worse_of_two_is_told),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
