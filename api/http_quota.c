#include "api/http_quota.h"
#include "api/api_state.h"
#include "api/problem.h"
#include "api/resources.h"
#include "base/clock.h"

#include <stdio.h>

enum {
	CALLER_SIZE = 160,
	FIELD_SIZE = 80,
};

static bool mentions(struct text text, struct text part)
{
	for (size_t i = 0; i + part.len <= text.len; i++)
		if (text_starts_with_nocase(
			    (struct text){ text.ptr + i, text.len - i }, part))
			return true;
	return false;
}

/* A list as a file: every row there is, and not a page of them. */
static bool is_export(const struct exchange *exchange,
		      const struct http_head *head)
{
	struct text accept, target = text_of(exchange->wire->target);

	if (mentions(target, TEXT("format=")))
		return true;
	return http_head_field(head, TEXT("Accept"), &accept) &&
	       (mentions(accept, TEXT("text/csv")) ||
		mentions(accept, TEXT("ndjson")));
}

static enum rate_class class_of(const struct exchange *exchange,
				const struct http_head *head)
{
	const uint32_t reading = SCOPE_MOVES_READ | SCOPE_POLICY_READ |
				 SCOPE_LOGS_READ | SCOPE_SYSTEM_READ;
	const struct endpoint *endpoint = exchange->wire->endpoint;

	if (endpoint->method == HTTP_GET)
		return is_export(exchange, head) ? RATE_EXPORT : RATE_READ;
	if (endpoint->scope == 0 && endpoint->handle != hooks_receive)
		return RATE_LOGIN;
	return endpoint->scope & reading ? RATE_READ : RATE_WRITE;
}

static bool is_loopback(struct text peer)
{
	return text_starts_with_nocase(peer, TEXT("127.")) ||
	       text_equals(peer, TEXT("::1"));
}

/* Those that were offered last. */
static struct rate_limit *limit_of(struct api *api)
{
	struct rate_limit *offered =
		atomic_exchange(&api->offered_rate_limit, NULL);

	if (offered) {
		rate_limit_free(api->rate_limit);
		api->rate_limit = offered;
	}
	return api->rate_limit;
}

static bool counts(const struct endpoint *endpoint)
{
	return text_starts_with_nocase(text_of(endpoint->path), TEXT("/v1/")) ||
	       endpoint->handle == hooks_receive;
}

static bool is_free(const struct exchange *exchange)
{
	const struct http_wire *wire = exchange->wire;
	const struct rate_limit *limit = limit_of(exchange->api);

	return !limit || (wire->connection && wire->connection->is_local) ||
	       !counts(wire->endpoint) ||
	       (is_loopback(text_of(exchange->principal.peer)) &&
		!rate_limit_config(limit)->limits_loopback);
}

static bool take(struct exchange *exchange, const struct http_head *head,
		 const char *kind, const char *name)
{
	struct rate_verdict *told = &exchange->wire->rate;
	struct rate_verdict verdict;
	char caller[CALLER_SIZE], wait[24];
	int len;

	if (is_free(exchange))
		return true;
	len = snprintf(caller, sizeof(caller), "%s:%s:%s", kind, name,
		       exchange->principal.owner_id);
	verdict = rate_limit_take(
		exchange->api->rate_limit, class_of(exchange, head),
		(struct text){ caller, (size_t)len }, clock_monotonic_us());
	if (rate_verdict_is_worse(&verdict, told))
		*told = verdict;
	if (!verdict.is_refused)
		return true;
	snprintf(wait, sizeof(wait), "%llu",
		 (unsigned long long)verdict.wait_s);
	exchange_set_header(exchange, "Retry-After", wait);
	problem_answer_quota(exchange, rate_class_name(verdict.class),
			     verdict.quota);
	return false;
}

bool http_quota_take_peer(struct exchange *exchange,
			  const struct http_head *head)
{
	return take(exchange, head, "peer", exchange->principal.peer);
}

bool http_quota_take_principal(struct exchange *exchange,
			       const struct http_head *head)
{
	const struct principal *principal = &exchange->principal;

	return !principal->kind ||
	       take(exchange, head, principal->kind, principal->name);
}

void http_quota_finish(struct exchange *exchange)
{
	const struct rate_verdict *rate = &exchange->wire->rate;
	char field[FIELD_SIZE];

	if (!rate->is_limited)
		return;
	snprintf(field, sizeof(field), "\"%s\";q=%llu;w=60",
		 rate_class_name(rate->class), (unsigned long long)rate->quota);
	exchange_set_header(exchange, "RateLimit-Policy", field);
	snprintf(field, sizeof(field), "\"%s\";r=%llu;t=%llu",
		 rate_class_name(rate->class), (unsigned long long)rate->left,
		 (unsigned long long)rate->full_s);
	exchange_set_header(exchange, "RateLimit", field);
}
