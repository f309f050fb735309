#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>

#include "base/clock.h"
#include "sip/source_buckets.h"
#include "sip/source_guard.h"
#include "sip/source_log.h"
#include "sip/source_marks.h"
#include "source_fixture.h"

enum {
	SECOND_US = 1000000,
};

static const struct source_limit limit = {
	.enabled = true,
	.rate = 10,
	.burst = 20,
	.slip = 5,
	.ipv4_prefix_bits = 24,
	.ipv6_prefix_bits = 56,
};

/* --- buckets --- */

static void a_bucket_gives_its_burst_and_then_its_rate(void **state)
{
	static const struct {
		int64_t at_us;
		int tokens;
	} rows[] = {
		{ 0, 20 },
		{ 0, 0 },
		{ SECOND_US / 10 - 1, 0 },
		{ SECOND_US / 10, 1 },
		{ SECOND_US, 9 },
		{ 2 * SECOND_US, 10 },
		{ SECOND_US, 0 }, /* a clock that goes back gives none */
		{ 3600 * (int64_t)SECOND_US, 20 },
		{ INT64_MAX / 2, 20 },
	};
	struct source_limit no_slip = limit;
	struct source_bucket bucket;
	(void)state;

	no_slip.slip = 0;
	source_bucket_fill(&bucket, 1, &no_slip, 0);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		int tokens = 0;

		while (source_bucket_take(&bucket, &no_slip, rows[i].at_us) ==
		       SOURCE_TAKE_TOKEN)
			tokens++;
		if (tokens != rows[i].tokens)
			fail_msg("row %zu: %d tokens", i, tokens);
	}
}

static void one_in_slip_is_answered_beyond_the_limit(void **state)
{
	struct source_bucket bucket;
	int taken[3] = { 0 };
	(void)state;

	source_bucket_fill(&bucket, 1, &limit, 0);
	for (int i = 0; i < 1020; i++)
		taken[source_bucket_take(&bucket, &limit, 0)]++;
	assert_int_equal(20, taken[SOURCE_TAKE_TOKEN]);
	assert_int_equal(200, taken[SOURCE_TAKE_SLIP]);
	assert_int_equal(800, taken[SOURCE_TAKE_NONE]);
}

static void a_smaller_burst_holds_at_once(void **state)
{
	struct source_limit smaller = limit;
	struct source_bucket bucket;
	(void)state;

	smaller.burst = 1;
	source_bucket_fill(&bucket, 1, &limit, 0);
	assert_int_equal(SOURCE_TAKE_TOKEN,
			 source_bucket_take(&bucket, &smaller, 0));
	assert_int_equal(SOURCE_TAKE_NONE,
			 source_bucket_take(&bucket, &smaller, 0));
}

static uint64_t numbered(uint64_t number)
{
	return number * UINT64_C(0x9e3779b97f4a7c15);
}

static void a_million_sources_cost_no_more_memory_and_the_busy_one_stays(
	void **state)
{
	struct source_buckets *buckets = NULL;
	struct source_limit no_slip = limit;
	int64_t now_us = SECOND_US;
	size_t busy = 0;
	(void)state;

	no_slip.slip = 0;
	no_slip.rate = 1;
	assert_int_equal(0, source_buckets_new(&buckets));
	for (uint64_t i = 1; i <= 1000000; i++) {
		now_us++;
		if (source_buckets_take(buckets, numbered(i), &no_slip,
					now_us) != SOURCE_TAKE_TOKEN)
			fail_msg("source %llu", (unsigned long long)i);
		/* It floods all the while, and is never the quietest. */
		busy += source_buckets_take(buckets, 7, &no_slip, now_us) ==
			SOURCE_TAKE_TOKEN;
	}
	assert_in_range(busy, 20, 22);
	source_buckets_free(buckets);
}

static void a_mark_ends_on_time_and_gives_way_to_longer_ones(void **state)
{
	struct source_marks *marks = calloc(1, sizeof(*marks));
	(void)state;

	assert_non_null(marks);
	assert_true(source_marks_put(marks, 5, 100, 0));
	assert_false(source_marks_put(marks, 5, 50, 0));
	assert_true(source_marks_has(marks, 5, 99));
	assert_false(source_marks_has(marks, 5, 100));
	assert_true(source_marks_put(marks, 5, 200, 100));
	/* Four others of the same set push out the one that ends first. */
	for (uint64_t i = 1; i <= 4; i++)
		assert_true(source_marks_put(marks, 5 + i * SOURCE_MARKS_SETS,
					     200 + (int64_t)i, 100));
	assert_false(source_marks_has(marks, 5, 101));
	assert_true(source_marks_has(marks, 5 + SOURCE_MARKS_SETS, 101));
	free(marks);
}

/* --- the guard --- */

struct watch {
	struct hash_key secret;
	struct sip_counters counters;
	struct source_notices notices;
	struct source_guard *guard;
	struct snapshot *snapshot;
	int64_t revision;
};

static void watch_open(struct watch *watch)
{
	struct source_guard_config config = { &watch->secret, &watch->counters,
					      &watch->notices };

	memset(watch, 0, sizeof(*watch));
	hash_key_init(&watch->secret);
	assert_int_equal(0, source_guard_new(&config, &watch->guard));
}

static void watch_close(struct watch *watch)
{
	source_guard_free(watch->guard);
	snapshot_free_whole(watch->snapshot);
}

static void watch_begin(struct watch *watch, int64_t now_us)
{
	source_guard_begin(watch->guard, watch->snapshot, now_us,
			   now_us / 1000);
}

static void watch_set(struct watch *watch,
		      const struct snapshot_source_rows *rows, int64_t now_us)
{
	struct snapshot *older = watch->snapshot;

	watch->snapshot = source_snapshot(rows, ++watch->revision);
	watch_begin(watch, now_us);
	snapshot_free_whole(older);
}

union peer {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static union peer peer_of(const char *string)
{
	union peer peer = { .in6 = { .sin6_family = AF_INET6 } };

	if (strchr(string, ':')) {
		assert_int_equal(
			1, inet_pton(AF_INET6, string, &peer.in6.sin6_addr));
		return peer;
	}
	peer.in.sin_family = AF_INET;
	assert_int_equal(1, inet_pton(AF_INET, string, &peer.in.sin_addr));
	return peer;
}

static bool admits(struct watch *watch, const char *address, uint32_t listener)
{
	union peer peer = peer_of(address);

	return source_guard_admits(watch->guard, &peer.any, listener);
}

static bool is_scanner(struct watch *watch, const char *address,
		       const char *user_agent)
{
	struct sip_request *request = calloc(1, sizeof(*request));
	union peer peer = peer_of(address);
	bool scans;

	assert_non_null(request);
	request->user_agent = text_of(user_agent);
	scans = source_guard_is_scanner(watch->guard, request, &peer.any, 0);
	free(request);
	return scans;
}

static uint64_t events(const struct watch *watch, enum sip_traffic_event event)
{
	return atomic_load(&watch->counters.events[event]);
}

static void networks_have_buckets_of_their_own(void **state)
{
	struct watch watch;
	int answered = 0;
	(void)state;

	watch_open(&watch);
	watch_set(&watch, &(struct snapshot_source_rows){ .limit = limit },
		  SECOND_US);
	for (int i = 0; i < 120; i++) {
		char address[32];

		snprintf(address, sizeof(address), "203.0.113.%d", i);
		answered += admits(&watch, address, 0);
	}
	assert_int_equal(20 + 20, answered); /* burst, and 1 in 5 of 100 */
	assert_int_equal(80, events(&watch, SIP_TRAFFIC_LIMITED));
	assert_int_equal(20, events(&watch, SIP_TRAFFIC_SLIPPED));
	for (int i = 0; i < 20; i++)
		assert_true(admits(&watch, "203.0.114.1", 0));

	/* A /56 of IPv6 is one network, the next one is another. */
	answered = 0;
	for (int i = 0; i < 20; i++)
		answered += admits(&watch, "2001:db8:0:1::1", 0);
	assert_int_equal(20, answered);
	assert_false(admits(&watch, "2001:db8:0:ff::1", 0));
	assert_true(admits(&watch, "2001:db8:0:100::1", 0));
	watch_close(&watch);
}

static void a_new_connection_costs_no_token_and_a_denied_one_is_none(
	void **state)
{
	static const struct source_rule rules[] = {
		{ .network = "198.51.100.0/24",
		  .action = SOURCE_DENY,
		  .enabled = true },
	};
	union peer peer = peer_of("203.0.113.1");
	union peer denied = peer_of("198.51.100.1");
	struct watch watch;
	int answered = 0;
	(void)state;

	watch_open(&watch);
	watch_set(&watch,
		  &(struct snapshot_source_rows){ .rules = rules,
						  .rule_count = COUNT_OF(rules),
						  .limit = limit },
		  SECOND_US);
	for (int i = 0; i < 100; i++)
		assert_true(source_guard_welcomes(watch.guard, &peer.any, 0));
	for (int i = 0; i < 20; i++)
		answered += admits(&watch, "203.0.113.1", 0);
	assert_int_equal(20, answered);
	assert_false(source_guard_welcomes(watch.guard, &denied.any, 0));
	assert_int_equal(1, events(&watch, SIP_TRAFFIC_DENIED));
	watch_close(&watch);
}

static void private_networks_are_limited_only_if_so_set(void **state)
{
	struct snapshot_source_rows rows = { .limit = limit };
	struct watch watch;
	int answered = 0;
	(void)state;

	watch_open(&watch);
	watch_set(&watch, &rows, SECOND_US);
	for (int i = 0; i < 1000; i++)
		assert_true(admits(&watch, "127.0.0.1", 0));
	rows.limit.limit_private = true;
	rows.limit.slip = 0;
	watch_set(&watch, &rows, SECOND_US);
	for (int i = 0; i < 1000; i++)
		answered += admits(&watch, "127.0.0.1", 0);
	assert_int_equal(20, answered);
	watch_close(&watch);
}

static void an_allowed_source_has_no_limit_and_no_pattern(void **state)
{
	static const struct source_rule rules[] = {
		{ .network = "203.0.113.7/32",
		  .action = SOURCE_ALLOW,
		  .enabled = true },
	};
	static const struct scanner_pattern patterns[] = {
		{ .text = "scan", .enabled = true },
	};
	struct watch watch;
	(void)state;

	watch_open(&watch);
	watch_set(&watch,
		  &(struct snapshot_source_rows){ .rules = rules,
						  .rule_count = COUNT_OF(rules),
						  .patterns = patterns,
						  .pattern_count =
							  COUNT_OF(patterns),
						  .limit = limit },
		  SECOND_US);
	for (int i = 0; i < 1000; i++)
		assert_true(admits(&watch, "203.0.113.7", 0));
	assert_false(is_scanner(&watch, "203.0.113.7", "scanner"));
	assert_true(is_scanner(&watch, "203.0.113.8", "scanner"));
	watch_close(&watch);
}

static void a_rule_for_a_listener_holds_there_alone(void **state)
{
	static const struct source_rule rules[] = {
		{ .network = "203.0.113.0/24",
		  .listener = "udp:192.0.2.1:5060",
		  .action = SOURCE_DENY,
		  .enabled = true },
	};
	struct watch watch;
	(void)state;

	watch_open(&watch);
	source_guard_name_listener(watch.guard, 0, TEXT("udp:192.0.2.2:5060"));
	source_guard_name_listener(watch.guard, 1, TEXT("udp:192.0.2.1:5060"));
	source_guard_name_listener(watch.guard, 1000, TEXT("ignored"));
	watch_set(&watch,
		  &(struct snapshot_source_rows){
			  .rules = rules, .rule_count = COUNT_OF(rules) },
		  SECOND_US);
	assert_true(admits(&watch, "203.0.113.1", 0));
	assert_false(admits(&watch, "203.0.113.1", 1));
	assert_true(admits(&watch, "203.0.113.1", 2));
	assert_true(admits(&watch, "203.0.113.1", 1000));
	assert_int_equal(1, events(&watch, SIP_TRAFFIC_DENIED));
	watch_close(&watch);
}

static void a_pattern_bans_the_host_until_its_time_is_over(void **state)
{
	static const struct scanner_pattern patterns[] = {
		{ .text = "friendly-scanner",
		  .action = SCANNER_BAN,
		  .ban_seconds = 60,
		  .enabled = true },
	};
	struct watch watch;
	(void)state;

	watch_open(&watch);
	watch_set(&watch,
		  &(struct snapshot_source_rows){ .patterns = patterns,
						  .pattern_count =
							  COUNT_OF(patterns) },
		  SECOND_US);
	assert_true(admits(&watch, "2001:db8::1", 0));
	assert_false(is_scanner(&watch, "2001:db8::1", "Asterisk"));
	assert_true(is_scanner(&watch, "2001:db8::1", "friendly-scanner"));
	assert_int_equal(1, events(&watch, SIP_TRAFFIC_PATTERN_BANS));
	/* Its /64 is one host. */
	assert_false(admits(&watch, "2001:db8::2", 0));
	assert_true(admits(&watch, "2001:db8:0:1::1", 0));
	watch_begin(&watch, 61 * (int64_t)SECOND_US - 1);
	assert_false(admits(&watch, "2001:db8::1", 0));
	watch_begin(&watch, 61 * (int64_t)SECOND_US);
	assert_true(admits(&watch, "2001:db8::1", 0));
	assert_int_equal(2, events(&watch, SIP_TRAFFIC_BANNED));
	watch_close(&watch);
}

static void a_source_is_told_of_once(void **state)
{
	static const struct source_rule rules[] = {
		{ .network = "0.0.0.0/0",
		  .action = SOURCE_DENY,
		  .enabled = true },
	};
	struct source_notice notice;
	struct watch watch;
	(void)state;

	watch_open(&watch);
	watch_set(&watch,
		  &(struct snapshot_source_rows){
			  .rules = rules, .rule_count = COUNT_OF(rules) },
		  SECOND_US);
	for (int i = 0; i < 100; i++)
		assert_false(admits(&watch, "203.0.113.1", 0));
	assert_true(source_notices_take(&watch.notices, &notice));
	assert_int_equal(SOURCE_NOTICE_DENIED, notice.kind);
	assert_false(source_notices_take(&watch.notices, &notice));
	watch_begin(&watch, 602 * (int64_t)SECOND_US);
	assert_false(admits(&watch, "203.0.113.1", 0));
	assert_true(source_notices_take(&watch.notices, &notice));

	/* More sources than the ring holds are counted. */
	for (int i = 0; i < SOURCE_NOTICES_MAX + 6; i++) {
		char address[32];

		snprintf(address, sizeof(address), "198.51.100.%d", i);
		assert_false(admits(&watch, address, 0));
	}
	assert_int_equal(6, atomic_load(&watch.notices.dropped));
	watch_close(&watch);
}

static void lines_are_bounded_per_minute_and_the_rest_is_counted(void **state)
{
	struct source_log log = { 0 };
	uint64_t left_out;
	int written = 0;
	(void)state;

	for (int i = 0; i < 100; i++)
		written += source_log_may_write(&log, 60000, &left_out);
	assert_int_equal(SOURCE_LOG_LINES_PER_MINUTE, written);
	assert_true(source_log_may_write(&log, 120000, &left_out));
	assert_int_equal(40, left_out);
	assert_true(source_log_may_write(&log, 120001, &left_out));
	assert_int_equal(0, left_out);
}

/* No hash and no table is on that way. The time is printed, not judged. */
static void where_nothing_is_set_a_message_costs_next_to_nothing(void **state)
{
	enum {
		MESSAGES = 10000000
	};
	union peer peer = peer_of("203.0.113.1");
	struct watch watch;
	int64_t began_us;
	(void)state;

	watch_open(&watch);
	assert_true(admits(&watch, "203.0.113.1", 0)); /* no snapshot yet */
	watch_set(&watch, &(struct snapshot_source_rows){ 0 }, SECOND_US);
	began_us = clock_monotonic_us();
	for (int i = 0; i < MESSAGES; i++)
		if (!source_guard_admits(watch.guard, &peer.any, 0))
			fail();
	began_us = clock_monotonic_us() - began_us;
	print_message("%d messages in %lld us\n", (int)MESSAGES,
		      (long long)began_us);
	for (size_t i = 0; i < SIP_TRAFFIC_EVENTS; i++)
		assert_int_equal(0, events(&watch, (enum sip_traffic_event)i));
	watch_close(&watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bucket_gives_its_burst_and_then_its_rate),
		cmocka_unit_test(one_in_slip_is_answered_beyond_the_limit),
		cmocka_unit_test(a_smaller_burst_holds_at_once),
		cmocka_unit_test(
			a_million_sources_cost_no_more_memory_and_the_busy_one_stays),
		cmocka_unit_test(
			a_mark_ends_on_time_and_gives_way_to_longer_ones),
		cmocka_unit_test(networks_have_buckets_of_their_own),
		cmocka_unit_test(
			a_new_connection_costs_no_token_and_a_denied_one_is_none),
		cmocka_unit_test(private_networks_are_limited_only_if_so_set),
		cmocka_unit_test(an_allowed_source_has_no_limit_and_no_pattern),
		cmocka_unit_test(a_rule_for_a_listener_holds_there_alone),
		cmocka_unit_test(
			a_pattern_bans_the_host_until_its_time_is_over),
		cmocka_unit_test(a_source_is_told_of_once),
		cmocka_unit_test(
			lines_are_bounded_per_minute_and_the_rest_is_counted),
		cmocka_unit_test(
			where_nothing_is_set_a_message_costs_next_to_nothing),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
