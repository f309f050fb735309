/*
 * http_counters.h - what the HTTP side counts for /metrics. Written and read on
 * the "http" thread alone.
 */
#ifndef SIPMOVED_API_HTTP_COUNTERS_H
#define SIPMOVED_API_HTTP_COUNTERS_H

#include "base/text.h"

enum {
	HTTP_COUNTED_ROUTES = 256, /* rows of the route table; the last: none */
	HTTP_COUNTED_STATUSES = 26,
	HTTP_TIME_BUCKETS = 10,
};

extern const unsigned http_counted_statuses[HTTP_COUNTED_STATUSES - 1];
extern const uint32_t http_time_bucket_us[HTTP_TIME_BUCKETS - 1];

struct http_counters {
	/* The last status counts all others. */
	uint64_t requests[HTTP_COUNTED_ROUTES][HTTP_COUNTED_STATUSES];
	uint64_t times[HTTP_TIME_BUCKETS];
	uint64_t time_us_sum;
	uint64_t missing_tokens, bad_tokens, small_scopes;
};

/* route: the row's index, or HTTP_COUNTED_ROUTES - 1. */
void http_counters_add(struct http_counters *counters, size_t route,
		       unsigned status, int64_t duration_us);

#endif
