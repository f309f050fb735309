#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/extension_replay.h"

static struct extension_policy *policy_of(const char *preset)
{
	struct extension_policy *policy = NULL;
	struct extension_rule *rules;
	size_t count;

	assert_int_equal(0, extension_preset(text_of(preset), &rules, &count));
	assert_int_equal(0, extension_policy_compile(rules, count, &policy));
	free(rules);
	return policy;
}

struct trial {
	struct extension_policy *policy;
	struct extension_replay *replay;
	int64_t next_id;
};

static struct trial trial_of(const char *preset)
{
	struct trial trial = { .policy = policy_of(preset), .next_id = 1 };

	assert_int_equal(0, extension_replay_new(trial.policy, &trial.replay));
	return trial;
}

static void trial_end(struct trial *trial)
{
	extension_replay_free(trial->replay);
	extension_policy_free(trial->policy);
}

static struct redirect_log_entry *an_entry(uint16_t status, const char *asked,
					   const char *refused)
{
	struct redirect_log_entry *entry = calloc(1, sizeof(*entry));

	assert_non_null(entry);
	entry->status = status;
	text_copy(TEXT("INVITE"), entry->method, sizeof(entry->method));
	text_copy(TEXT("sip:a@Example.COM:5070"), entry->request_uri,
		  sizeof(entry->request_uri));
	text_copy(TEXT("[2001:db8:1:2::3]:5060"), entry->source,
		  sizeof(entry->source));
	text_copy(text_of(asked), entry->tags_asked, sizeof(entry->tags_asked));
	text_copy(text_of(refused), entry->tags_refused,
		  sizeof(entry->tags_refused));
	return entry;
}

static void add(struct trial *trial, uint16_t status, const char *asked,
		const char *refused)
{
	struct redirect_log_entry *entry = an_entry(status, asked, refused);

	entry->id = trial->next_id++;
	entry->received_at_us = 1000 * entry->id;
	extension_replay_add(trial->replay, entry);
	free(entry);
}

static void only_what_would_be_answered_otherwise_is_told_apart(void **state)
{
	struct trial trial = trial_of("standard");
	const struct replay_counts *counts =
		extension_replay_counts(trial.replay);
	const struct replay_group *group;
	size_t count;
	uint64_t others;
	(void)state;

	add(&trial, 302, "", "");
	add(&trial, 302, "require:100rel", "");
	add(&trial, 302, "require:Foo proxy-require:foo", "");
	add(&trial, 420, "require:foo", "foo=-");
	add(&trial, 420, "require:100rel require:TIMER", "TIMER=rul_1");
	assert_int_equal(5, counts->looked_at);
	assert_int_equal(4, counts->with_tags);
	assert_int_equal(1, counts->changes[REPLAY_WOULD_REFUSE]);
	assert_int_equal(1, counts->changes[REPLAY_WOULD_PASS]);
	assert_int_equal(3, counts->examples[REPLAY_WOULD_REFUSE][0]);
	assert_int_equal(5, counts->examples[REPLAY_WOULD_PASS][0]);
	assert_int_equal(1, counts->oldest_ms);

	group = extension_replay_top(trial.replay, REPLAY_TAG, 10, &count,
				     &others);
	assert_int_equal(2, count);
	assert_string_equal("foo", group[0].name);
	assert_int_equal(1, group[0].counts[REPLAY_WOULD_REFUSE]);
	assert_string_equal("timer", group[1].name);
	group = extension_replay_top(trial.replay, REPLAY_NETWORK, 10, &count,
				     &others);
	assert_int_equal(1, count);
	assert_string_equal("2001:db8:1::/56", group[0].name);
	assert_int_equal(0, others);
	trial_end(&trial);
}

static void what_the_log_may_hold_is_survived(void **state)
{
	static const char *const odd[] = {
		"require:",    ":",
		" ",	       "nonsense:foo",
		"both:foo",    "require",
		"require:a:b", "\xef\xbf\xbd require:\xef\xbf\xbd",
	};
	struct trial trial = trial_of("refuse-all");
	char long_tags[LOG_TEXT_MAX + 1] = "require:";
	(void)state;

	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		add(&trial, 302, odd[i], odd[i]);
		add(&trial, 420, odd[i], odd[i]);
	}
	memset(long_tags + 8, 'a', sizeof(long_tags) - 9);
	add(&trial, 302, long_tags, "");
	for (size_t i = 0; i + 2 < sizeof(long_tags); i += 2)
		memcpy(long_tags + i, "a ", 2);
	add(&trial, 420, long_tags, long_tags);
	assert_int_equal(extension_replay_counts(trial.replay)->looked_at,
			 2 * sizeof(odd) / sizeof(*odd) + 2);
	trial_end(&trial);
}

static void more_agents_than_are_told_apart_are_counted_as_others(void **state)
{
	struct trial trial = trial_of("refuse-all");
	struct redirect_log_entry *entry = an_entry(302, "require:100rel", "");
	const struct replay_group *group;
	size_t count;
	uint64_t others;
	(void)state;

	for (int i = 0; i < REPLAY_GROUPS_MAX + 100; i++) {
		snprintf(entry->user_agent, sizeof(entry->user_agent),
			 "agent %d", i);
		entry->id = i + 1;
		extension_replay_add(trial.replay, entry);
	}
	text_copy(TEXT("agent 7"), entry->user_agent,
		  sizeof(entry->user_agent));
	extension_replay_add(trial.replay, entry);
	group = extension_replay_top(trial.replay, REPLAY_USER_AGENT, 3, &count,
				     &others);
	assert_int_equal(3, count);
	assert_string_equal("agent 7", group[0].name);
	assert_int_equal(8, group[0].example_id);
	assert_int_equal(2, group[0].counts[REPLAY_WOULD_REFUSE]);
	assert_int_equal(REPLAY_GROUPS_MAX + 100 + 1 - 4, others);
	free(entry);
	trial_end(&trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			only_what_would_be_answered_otherwise_is_told_apart),
		cmocka_unit_test(what_the_log_may_hold_is_survived),
		cmocka_unit_test(
			more_agents_than_are_told_apart_are_counted_as_others),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
