/*
 * http_quota.h - which requests count against which limit (rate_limit.h), and
 * how a caller is told: RateLimit-Policy, RateLimit, and 429 with Retry-After.
 * "http" thread.
 *
 * The local socket and what is not under /v1/ or /hooks/ is free; loopback is,
 * unless the configuration says otherwise.
 */
#ifndef SIPMOVED_API_HTTP_QUOTA_H
#define SIPMOVED_API_HTTP_QUOTA_H

#include "api/http_guard.h"
#include "api/http_wire.h"

/* Once the route is known: by the address it comes from. False: 429. */
bool http_quota_take_peer(struct exchange *exchange,
			  const struct http_head *head);
/* Once the principal is known. False: 429. */
bool http_quota_take_principal(struct exchange *exchange,
			       const struct http_head *head);
/* The fields of every answer to a request that counted. The draft they follow
 * (draft-ietf-httpapi-ratelimit-headers) may yet change: this is the one place
 * that knows it. */
void http_quota_finish(struct exchange *exchange);

#endif
