/*
 * webhook_transfer.h - one message on its way, over libcurl: signed, to an
 * address that the policy lets through, without redirects or proxies. The
 * "webhook" thread's.
 */
#ifndef SIPMOVED_WEBHOOK_TRANSFER_H
#define SIPMOVED_WEBHOOK_TRANSFER_H

#include <curl/curl.h>

#include "db/webhook_queue.h"
#include "webhook/connection_guard.h"

struct webhook_transfer_config {
	const struct webhook_policy *policy;
	long timeout_ms; /* from the look-up of the name to the answer's end */
	const char *user_agent;
};

/* In zeroed memory. */
struct webhook_transfer {
	CURL *easy; /* kept from one message to the next */
	struct curl_slist *headers;
	struct webhook_message message; /* owned; delivery 0: free */
	struct webhook_result result;
	struct connection_guard guard;
	size_t received;
	size_t excerpt_len;
	int64_t started_us;
	char error[CURL_ERROR_SIZE];
};

/* Takes the message. ENOMEM: then it is the caller's still. */
int webhook_transfer_begin(struct webhook_transfer *transfer, CURLM *multi,
			   const struct webhook_transfer_config *config,
			   struct webhook_message *message)
	__attribute__((warn_unused_result));
/* libcurl is through with it: result tells. It is free again. */
void webhook_transfer_end(struct webhook_transfer *transfer, CURLM *multi,
			  CURLcode code);
/* Broken off, without a result. */
void webhook_transfer_abandon(struct webhook_transfer *transfer, CURLM *multi);
void webhook_transfer_clear(struct webhook_transfer *transfer);

#endif
