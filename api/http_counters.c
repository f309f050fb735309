#include "api/http_counters.h"

const unsigned http_counted_statuses[HTTP_COUNTED_STATUSES - 1] = {
	200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 406, 409, 410,
	412, 413, 415, 421, 422, 428, 429, 500, 501, 503, 507, 431,
};

const uint32_t http_time_bucket_us[HTTP_TIME_BUCKETS - 1] = {
	100, 500, 1000, 5000, 10000, 50000, 100000, 500000, 1000000,
};

void http_counters_add(struct http_counters *counters, size_t route,
		       unsigned status, int64_t duration_us)
{
	size_t at = 0, bucket = 0;

	while (at < HTTP_COUNTED_STATUSES - 1 &&
	       http_counted_statuses[at] != status)
		at++;
	while (bucket < HTTP_TIME_BUCKETS - 1 &&
	       duration_us > http_time_bucket_us[bucket])
		bucket++;
	counters->requests[route][at]++;
	counters->times[bucket]++;
	counters->time_us_sum += (uint64_t)duration_us;
}
