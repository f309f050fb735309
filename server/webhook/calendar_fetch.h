/*
 * calendar_fetch.h - one calendar on its way to us, over libcurl: from where
 * the policy lets us, unless it is the same as before. At most three redirects
 * are followed, each judged as the first address is. The "calendars" thread's.
 */
#ifndef SIPMOVED_WEBHOOK_CALENDAR_FETCH_H
#define SIPMOVED_WEBHOOK_CALENDAR_FETCH_H

#include "db/calendar_poll.h"
#include "webhook/connection_guard.h"

struct calendar_fetch_config {
	const struct webhook_policy *policy;
	long timeout_ms; /* from the look-up of the name to the answer's end */
	const char *user_agent;
};

/* In zeroed memory. */
struct calendar_fetch {
	CURL *easy; /* kept from one to the next */
	struct curl_slist *headers;
	struct calendar_subscription subscription; /* row_id 0: free */
	struct connection_guard guard;
	char *body; /* owned */
	size_t len, size;
	bool is_too_large, lacks_memory;
	int64_t started_us, duration_ms;
	char error[CURL_ERROR_SIZE];
};

/* ENOMEM: it is due still. */
int calendar_fetch_begin(struct calendar_fetch *fetch, CURLM *multi,
			 const struct calendar_fetch_config *config,
			 const struct calendar_subscription *subscription)
	__attribute__((warn_unused_result));
/* libcurl is through with it: what it came to, but for the calendar, whose text
 * stays in body until _clear or _reset. True: there is one to be read. */
bool calendar_fetch_end(struct calendar_fetch *fetch, CURLM *multi,
			CURLcode code, struct calendar_result *ret_result);
/* Free for another one; also what is under way still. */
void calendar_fetch_reset(struct calendar_fetch *fetch, CURLM *multi);
void calendar_fetch_clear(struct calendar_fetch *fetch);

#endif
