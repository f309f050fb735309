/*
 * connection_guard.h - where libcurl may connect to: the address that a
 * connection is really made to is judged by the policy, after names and
 * redirects, and whatever they were the second time. No proxies, no signals; of
 * TLS nothing below 1.2, and no certificate that nobody vouches for. The thread
 * of the transfer.
 */
#ifndef SIPMOVED_WEBHOOK_CONNECTION_GUARD_H
#define SIPMOVED_WEBHOOK_CONNECTION_GUARD_H

#include <curl/curl.h>

#include "webhook/webhook_policy.h"

struct connection_guard {
	const struct webhook_policy *policy;
	const char *refusal; /* by the policy; NULL: none */
};

/* The guard outlives the transfer. */
CURLcode connection_guard_set(struct connection_guard *guard, CURL *easy);

#endif
