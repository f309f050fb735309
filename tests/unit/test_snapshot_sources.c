#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>

#include "source_fixture.h"

#define HERE "udp:192.0.2.1:5060"

#define RULE(network_, listener_, action_)                  \
	{                                                   \
		.network = network_, .listener = listener_, \
		.action = SOURCE_##action_, .enabled = true \
	}

static enum source_verdict verdict(const struct snapshot *snapshot,
				   const char *listener, const char *address,
				   int64_t now_ms)
{
	const struct snapshot_sources *sources = snapshot_sources(snapshot);
	struct ip_address parsed = source_address(address);

	return snapshot_sources_judge(
		sources, snapshot_sources_listener(sources, text_of(listener)),
		&parsed, now_ms);
}

static void the_longest_prefix_decides_and_a_listeners_own_rule_first(
	void **state)
{
	static const struct source_rule rules[] = {
		RULE("203.0.113.0/24", "", DENY),
		RULE("203.0.113.64/26", "", ALLOW),
		RULE("203.0.113.65/32", "", DENY),
		RULE("203.0.113.0/24", HERE, ALLOW),
		RULE("198.51.100.0/24", HERE, DENY),
		RULE("198.51.100.7/32", "", ALLOW),
		RULE("2001:db8::/32", "", DENY),
		RULE("2001:db8:1::/48", "", ALLOW),
		RULE("2001:db8:1::1/128", "", DENY),
		{ .network = "10.0.0.0/8", .action = SOURCE_DENY },
		RULE("no network", "", DENY),
	};
	static const struct {
		const char *listener, *address;
		enum source_verdict verdict;
	} rows[] = {
		{ "", "203.0.113.1", SOURCE_IS_DENIED },
		{ "", "203.0.113.64", SOURCE_IS_ALLOWED },
		{ "", "203.0.113.65", SOURCE_IS_DENIED },
		{ "", "203.0.112.255", SOURCE_IS_UNKNOWN },
		{ "", "::ffff:203.0.113.1", SOURCE_IS_DENIED },
		{ HERE, "203.0.113.65", SOURCE_IS_ALLOWED },
		{ "udp:192.0.2.2:5060", "203.0.113.65", SOURCE_IS_DENIED },
		{ HERE, "198.51.100.7", SOURCE_IS_DENIED },
		{ "", "198.51.100.7", SOURCE_IS_ALLOWED },
		{ "", "198.51.100.8", SOURCE_IS_UNKNOWN },
		{ "", "2001:db8:2::1", SOURCE_IS_DENIED },
		{ "", "2001:db8:1::2", SOURCE_IS_ALLOWED },
		{ "", "2001:db8:1::1", SOURCE_IS_DENIED },
		{ "", "2001:db9::1", SOURCE_IS_UNKNOWN },
		{ HERE, "2001:db8:2::1", SOURCE_IS_DENIED },
		{ "", "10.1.2.3", SOURCE_IS_UNKNOWN },
	};
	struct snapshot *snapshot = source_snapshot(
		&(struct snapshot_source_rows){ .rules = rules,
						.rule_count = COUNT_OF(rules) },
		1);
	(void)state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		enum source_verdict got =
			verdict(snapshot, rows[i].listener, rows[i].address, 0);

		if (got != rows[i].verdict)
			fail_msg("%s at %s: %d", rows[i].address,
				 rows[i].listener, (int)got);
	}
	snapshot_free_whole(snapshot);
}

static void a_ban_ends_on_the_millisecond_it_says(void **state)
{
	static const struct source_ban bans[] = {
		{ .network = "203.0.113.7/32", .expires_at_ms = 1000 },
		{ .network = "203.0.113.0/24", .expires_at_ms = 2000 },
		{ .network = "2001:db8::/32",
		  .expires_at_ms = SOURCE_BAN_FOREVER },
	};
	struct snapshot *snapshot = source_snapshot(
		&(struct snapshot_source_rows){ .bans = bans,
						.ban_count = COUNT_OF(bans) },
		1);
	(void)state;

	assert_int_equal(SOURCE_IS_BANNED,
			 verdict(snapshot, "", "203.0.113.7", 999));
	/* The wider one goes on. */
	assert_int_equal(SOURCE_IS_BANNED,
			 verdict(snapshot, "", "203.0.113.7", 1999));
	assert_int_equal(SOURCE_IS_UNKNOWN,
			 verdict(snapshot, "", "203.0.113.7", 2000));
	assert_int_equal(SOURCE_IS_BANNED,
			 verdict(snapshot, "", "2001:db8::1", INT64_MAX - 1));
	snapshot_free_whole(snapshot);
}

static void between_a_ban_and_an_allow_the_longer_prefix_decides(void **state)
{
	static const struct source_rule rules[] = {
		RULE("0.0.0.0/0", "", ALLOW),
		RULE("203.0.113.7/32", "", ALLOW),
		RULE("203.0.113.8/32", "", ALLOW),
	};
	static const struct source_ban bans[] = {
		{ .network = "203.0.113.0/24", .expires_at_ms = 1000 },
		{ .network = "203.0.113.8/32", .expires_at_ms = 1000 },
	};
	struct snapshot *snapshot = source_snapshot(
		&(struct snapshot_source_rows){ .rules = rules,
						.rule_count = COUNT_OF(rules),
						.bans = bans,
						.ban_count = COUNT_OF(bans) },
		1);
	(void)state;

	assert_int_equal(SOURCE_IS_BANNED,
			 verdict(snapshot, "", "203.0.113.1", 0));
	assert_int_equal(SOURCE_IS_ALLOWED,
			 verdict(snapshot, "", "203.0.113.7", 0));
	assert_int_equal(SOURCE_IS_BANNED,
			 verdict(snapshot, "", "203.0.113.8", 0));
	assert_int_equal(SOURCE_IS_ALLOWED,
			 verdict(snapshot, "", "203.0.113.1", 1000));
	assert_int_equal(SOURCE_IS_ALLOWED,
			 verdict(snapshot, "", "8.8.8.8", 0));
	snapshot_free_whole(snapshot);
}

/* Against a plain walk over all rules, for every prefix length. */
static void every_prefix_length_is_found_as_a_plain_walk_finds_it(void **state)
{
	enum {
		RULES = 400,
		TRIES = 4000
	};
	struct source_rule *rules = calloc(RULES, sizeof(*rules));
	struct snapshot *snapshot;
	(void)state;

	assert_non_null(rules);
	for (size_t i = 0; i < RULES; i++) {
		struct ip_address address = { .is_ipv4 = i % 2 == 0 };
		struct ip_network network;
		struct writer writer;

		/* Few different bytes, so that networks lie in one another. */
		for (size_t at = 0; at < (address.is_ipv4 ? 4U : 16U); at++)
			address.bytes[at] = randombytes_uniform(8) ? 0 : 0x81;
		address.bytes[0] |= 0x20;
		network = ip_address_prefix(&address, randombytes_uniform(129));
		writer = writer_over(rules[i].network,
				     sizeof(rules[i].network) - 1);
		ip_network_write(&network, &writer);
		rules[i].action = network.bits % 2 ? SOURCE_DENY : SOURCE_ALLOW;
		rules[i].enabled = true;
	}
	snapshot = source_snapshot(
		&(struct snapshot_source_rows){ .rules = rules,
						.rule_count = RULES },
		1);
	for (size_t i = 0; i < TRIES; i++) {
		struct ip_address address = { .is_ipv4 = i % 2 == 0 };
		enum source_verdict wanted = SOURCE_IS_UNKNOWN;
		int longest = -1;

		for (size_t at = 0; at < (address.is_ipv4 ? 4U : 16U); at++)
			address.bytes[at] = randombytes_uniform(8) ? 0 : 0x81;
		address.bytes[0] |= 0x20;
		for (size_t r = 0; r < RULES; r++) {
			struct ip_network network;

			assert_int_equal(
				0, ip_network_parse(text_of(rules[r].network),
						    &network));
			if (network.bits > longest &&
			    ip_network_has(&network, &address)) {
				longest = network.bits;
				wanted = rules[r].action == SOURCE_DENY
						 ? SOURCE_IS_DENIED
						 : SOURCE_IS_ALLOWED;
			}
		}
		assert_int_equal(wanted,
				 snapshot_sources_judge(
					 snapshot_sources(snapshot),
					 SOURCE_ANY_LISTENER, &address, 0));
	}
	snapshot_free_whole(snapshot);
	free(rules);
}

static void patterns_match_without_case_at_their_place(void **state)
{
	static const struct scanner_pattern patterns[] = {
		{ .header = SCANNER_USER_AGENT,
		  .match = SCANNER_CONTAINS,
		  .text = "Friendly-Scanner",
		  .enabled = true },
		{ .header = SCANNER_FROM,
		  .match = SCANNER_PREFIX,
		  .text = "\"sipvicious\"",
		  .action = SCANNER_BAN,
		  .ban_seconds = 60,
		  .enabled = true },
		{ .header = SCANNER_USER_AGENT, .text = "switched off" },
	};
	struct snapshot *snapshot = source_snapshot(
		&(struct snapshot_source_rows){ .patterns = patterns,
						.pattern_count =
							COUNT_OF(patterns) },
		1);
	const struct snapshot_sources *sources = snapshot_sources(snapshot);
	char late[SOURCE_HEADER_LOOKED_AT + 32];
	(void)state;

	assert_true(snapshot_sources_have_patterns(sources));
	assert_non_null(snapshot_sources_match(sources, SCANNER_USER_AGENT,
					       TEXT("xFRIENDLY-scannery")));
	assert_null(snapshot_sources_match(sources, SCANNER_FROM,
					   TEXT("friendly-scanner")));
	assert_null(snapshot_sources_match(sources, SCANNER_USER_AGENT,
					   TEXT("friendly-scanne")));
	assert_null(snapshot_sources_match(sources, SCANNER_USER_AGENT,
					   TEXT("switched off")));
	assert_null(
		snapshot_sources_match(sources, SCANNER_USER_AGENT, TEXT("")));
	assert_int_equal(60, snapshot_sources_match(
				     sources, SCANNER_FROM,
				     TEXT("\"SIPVicious\"<sip:1@1.1.1.1>"))
				     ->ban_seconds);
	assert_null(snapshot_sources_match(sources, SCANNER_FROM,
					   TEXT("x\"sipvicious\"")));
	/* What is far behind is not looked for. */
	memset(late, 'x', sizeof(late));
	memcpy(late + SOURCE_HEADER_LOOKED_AT, "friendly-scanner", 16);
	assert_null(
		snapshot_sources_match(sources, SCANNER_USER_AGENT,
				       (struct text){ late, sizeof(late) }));
	snapshot_free_whole(snapshot);
}

static void nothing_set_is_open(void **state)
{
	struct snapshot_source_rows rows = { .limit = source_limit_default };
	struct snapshot *limited = source_snapshot(&rows, 1);
	struct snapshot *open;
	(void)state;

	rows.limit.enabled = false;
	open = source_snapshot(&rows, 2);
	assert_false(snapshot_sources_are_open(snapshot_sources(limited)));
	assert_true(snapshot_sources_are_open(snapshot_sources(open)));
	snapshot_free_whole(limited);
	snapshot_free_whole(open);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_longest_prefix_decides_and_a_listeners_own_rule_first),
		cmocka_unit_test(a_ban_ends_on_the_millisecond_it_says),
		cmocka_unit_test(
			between_a_ban_and_an_allow_the_longer_prefix_decides),
		cmocka_unit_test(
			every_prefix_length_is_found_as_a_plain_walk_finds_it),
		cmocka_unit_test(patterns_match_without_case_at_their_place),
		cmocka_unit_test(nothing_set_is_open),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
