#include "api/login_throttle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <sodium.h>

enum {
	NOW = 1000000,
};

static struct login_throttle throttle;

static int begin_anew(void **state)
{
	(void)state;
	login_throttle_init(&throttle);
	return 0;
}

static int64_t try_at(const char *name, const char *peer, int64_t now_ms)
{
	return login_throttle_take(&throttle, text_of(name), text_of(peer),
				   now_ms);
}

static void five_tries_are_fast_and_the_sixth_waits(void **state)
{
	(void)state;
	for (int i = 0; i < LOGIN_FAST_TRIES; i++)
		assert_int_equal(0, try_at("alice", "192.0.2.1", NOW));
	assert_int_equal(1000, try_at("alice", "192.0.2.1", NOW));
	assert_int_equal(1, try_at("alice", "192.0.2.1", NOW + 999));
	assert_int_equal(0, try_at("alice", "192.0.2.1", NOW + 1000));
	assert_int_equal(2000, try_at("alice", "192.0.2.1", NOW + 1000));
}

static void the_delay_grows_to_five_minutes_and_no_further(void **state)
{
	int64_t now = NOW, wait = 0;
	(void)state;

	for (int i = 0; i < 40; i++) {
		now += wait;
		assert_int_equal(0, try_at("alice", "192.0.2.1", now));
		wait = try_at("alice", "192.0.2.1", now);
		assert_true(wait <= LOGIN_DELAY_MAX_MS);
	}
	assert_int_equal(LOGIN_DELAY_MAX_MS, wait);
}

static void another_network_and_another_account_are_free(void **state)
{
	(void)state;
	for (int i = 0; i < LOGIN_FAST_TRIES; i++)
		assert_int_equal(0, try_at("alice", "192.0.2.1", NOW));
	assert_true(try_at("alice", "192.0.2.200", NOW) > 0);
	assert_true(try_at("ALICE", "192.0.2.1", NOW) > 0);
	assert_int_equal(0, try_at("bob", "192.0.2.1", NOW));
	assert_int_equal(0, try_at("alice", "192.0.3.1", NOW));
	assert_int_equal(0, try_at("alice", "2001:db8::1", NOW));
}

static void an_ipv6_network_is_a_64(void **state)
{
	(void)state;
	for (int i = 0; i < LOGIN_FAST_TRIES; i++)
		assert_int_equal(0, try_at("alice", "2001:db8::1", NOW));
	assert_true(try_at("alice", "2001:db8::ffff:1:2:3", NOW) > 0);
	assert_int_equal(0, try_at("alice", "2001:db8:0:1::1", NOW));
}

static void a_log_in_lets_the_account_begin_anew(void **state)
{
	(void)state;
	for (int i = 0; i < LOGIN_FAST_TRIES; i++)
		assert_int_equal(0, try_at("alice", "192.0.2.1", NOW));
	login_throttle_succeed(&throttle, TEXT("Alice"), TEXT("192.0.2.9"),
			       NOW);
	for (int i = 0; i < LOGIN_FAST_TRIES; i++)
		assert_int_equal(0, try_at("alice", "192.0.2.1", NOW));
	assert_true(try_at("alice", "192.0.2.1", NOW) > 0);
}

static void many_accounts_from_one_network_are_slowed_down_together(
	void **state)
{
	char name[32];
	(void)state;

	for (int i = 0; i < LOGIN_NETWORK_FAST_TRIES; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		assert_int_equal(0, try_at(name, "192.0.2.1", NOW));
	}
	assert_true(try_at("somebody", "192.0.2.1", NOW) > 0);
	assert_int_equal(0, try_at("somebody", "192.0.9.1", NOW));
}

static void tries_that_wait_cost_the_network_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 10 * LOGIN_NETWORK_FAST_TRIES; i++)
		(void)try_at("alice", "192.0.2.1", NOW);
	assert_int_equal(0, try_at("bob", "192.0.2.1", NOW));
}

static void an_hour_without_a_try_forgets_them(void **state)
{
	(void)state;
	for (int i = 0; i < LOGIN_FAST_TRIES; i++)
		assert_int_equal(0, try_at("alice", "192.0.2.1", NOW));
	assert_int_equal(
		0, try_at("alice", "192.0.2.1", NOW + LOGIN_FORGET_MS + 1));
	assert_int_equal(
		0, try_at("alice", "192.0.2.1", NOW + LOGIN_FORGET_MS + 1));
}

/* Whoever fills the table forgets the tries that were fewest. */
static void a_flood_of_names_does_not_free_one_that_is_held(void **state)
{
	char name[32], peer[32];
	int64_t now = NOW;
	(void)state;

	for (int i = 0; i < 12; i++) {
		assert_int_equal(0, try_at("alice", "192.0.2.1", now));
		now += LOGIN_DELAY_MAX_MS;
	}
	now -= LOGIN_DELAY_MAX_MS;
	assert_true(try_at("alice", "192.0.2.1", now) > 0);
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		snprintf(peer, sizeof(peer), "10.%d.%d.1", i / 250, i % 250);
		(void)try_at(name, peer, now);
	}
	assert_true(try_at("alice", "192.0.2.1", now) > 0);
}

#define TEST(function) cmocka_unit_test_setup(function, begin_anew)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(five_tries_are_fast_and_the_sixth_waits),
		TEST(the_delay_grows_to_five_minutes_and_no_further),
		TEST(another_network_and_another_account_are_free),
		TEST(an_ipv6_network_is_a_64),
		TEST(a_log_in_lets_the_account_begin_anew),
		TEST(many_accounts_from_one_network_are_slowed_down_together),
		TEST(tries_that_wait_cost_the_network_nothing),
		TEST(an_hour_without_a_try_forgets_them),
		TEST(a_flood_of_names_does_not_free_one_that_is_held),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
