/*
 * What settings and endpoints say of webhooks, on any bytes: a schedule, a list
 * of patterns, ports and networks, a URL, a CA. What is taken is within its
 * bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "db/webhook_event.h"
#include "db/webhook_schedule.h"
#include "webhook/webhook_ca.h"
#include "webhook/webhook_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void try_schedule(struct text text)
{
	struct webhook_schedule schedule;

	if (webhook_schedule_parse(text, &schedule))
		return;
	require(schedule.count > 0 && schedule.count <= WEBHOOK_TRIES_MAX);
	for (size_t i = 0; i < schedule.count; i++) {
		int64_t delay_ms = webhook_schedule_delay(
			&schedule, i, (uint32_t)(i * 2654435761U));

		require(schedule.delays_ms[i] >= 0);
		require(delay_ms >= schedule.delays_ms[i] * 4 / 5);
		require(delay_ms <= schedule.delays_ms[i] * 6 / 5 + 1);
	}
	require(webhook_schedule_delay(&schedule, schedule.count, 0) == -1);
}

static void try_patterns(struct text text)
{
	struct text rest = text, pattern;
	bool any = false;

	while (webhook_patterns_next(&rest, &pattern)) {
		require(pattern.len > 0);
		require(pattern.ptr >= text.ptr);
		require(pattern.ptr + pattern.len <= text.ptr + text.len);
		any |= webhook_pattern_fits(pattern, WEBHOOK_MOVE_STARTED);
	}
	require(any == webhook_patterns_fit(text, WEBHOOK_MOVE_STARTED));
}

static void try_policy(struct text text)
{
	struct webhook_policy policy;

	if (!webhook_policy_networks(text, &policy))
		require(policy.network_count <= WEBHOOK_NETWORKS_MAX);
	if (!webhook_policy_ports(text, &policy))
		require(policy.port_count > 0 &&
			policy.port_count <= WEBHOOK_PORTS_MAX);
}

static void try_url(struct text text)
{
	const struct webhook_policy policy = { .ports = { 443, 80 },
					       .port_count = 2,
					       .allow_http = true };

	if (webhook_policy_check_url(&policy, text))
		return;
	require(text_starts_with_nocase(text, TEXT("http")));
	for (size_t i = 0; i < text.len; i++)
		require(text.ptr[i] > ' ' && text.ptr[i] <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text;
	char *copy;

	if (size < 1)
		return 0;
	/* Its end is where the memory ends. */
	copy = malloc(size > 1 ? size - 1 : 1);
	require(copy != NULL);
	memcpy(copy, data + 1, size - 1);
	text = (struct text){ copy, size - 1 };
	switch (data[0] % 5) {
	case 0:
		try_schedule(text);
		break;
	case 1:
		try_patterns(text);
		break;
	case 2:
		try_policy(text);
		break;
	case 3:
		try_url(text);
		break;
	default:
		(void)webhook_ca_check(NULL, text);
	}
	free(copy);
	return 0;
}
