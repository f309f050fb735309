#include "api/cors.h"
#include "api/api_state.h"

#include <string.h>

void cors_take(struct exchange *exchange, const struct http_head *head)
{
	const struct api_config *config = &exchange->api->config;
	struct text origin;

	if (!http_head_field(head, TEXT("Origin"), &origin))
		return;
	/* Byte by byte: a browser writes an origin in one way only. */
	for (size_t i = 0; i < config->cors_origin_count; i++)
		if (text_equals(origin, text_of(config->cors_origins[i])))
			exchange->wire->origin = config->cors_origins[i];
}

bool cors_guard(struct exchange *exchange, const struct http_head *head)
{
	static const struct text harmless[] = { { "empty", 5 },
						{ "document", 8 } };
	struct text path = text_of(exchange->wire->endpoint->path), dest;

	if (!text_starts_with_nocase(path, TEXT("/v1/")) ||
	    !http_head_field(head, TEXT("Sec-Fetch-Dest"), &dest))
		return true;
	for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
		if (text_equals(dest, harmless[i]))
			return true;
	exchange_answer_empty(exchange, 403);
	return false;
}

void cors_preflight(struct exchange *exchange, const struct http_head *head,
		    const char *methods)
{
	struct text method;

	if (!exchange->wire->origin ||
	    !http_head_field(head, TEXT("Access-Control-Request-Method"),
			     &method))
		return;
	exchange_set_header(exchange, "Access-Control-Allow-Methods", methods);
	exchange_set_header(exchange, "Access-Control-Allow-Headers",
			    "Authorization, Content-Type, If-Match, "
			    "If-None-Match, Idempotency-Key, Last-Event-ID, "
			    "Prefer, X-Request-Id, traceparent");
	exchange_set_header(exchange, "Access-Control-Max-Age", "600");
}

void cors_finish(struct exchange *exchange)
{
	if (!exchange->wire->origin)
		return;
	exchange_set_header(exchange, "Access-Control-Allow-Origin",
			    exchange->wire->origin);
	exchange_set_header(exchange, "Access-Control-Expose-Headers",
			    "ETag, Link, Location, Retry-After, RateLimit, "
			    "RateLimit-Policy, X-Request-Id, "
			    "Idempotent-Replayed, Preference-Applied");
}
