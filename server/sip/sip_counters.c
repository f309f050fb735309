#include "sip/sip_counters.h"

#include <stddef.h>

static enum sip_traffic_status status_label(unsigned status)
{
	static const struct {
		uint16_t status;
		uint8_t label;
	} labels[] = {
		{ 302, SIP_TRAFFIC_302 }, { 480, SIP_TRAFFIC_480 },
		{ 404, SIP_TRAFFIC_404 }, { 420, SIP_TRAFFIC_420 },
		{ 200, SIP_TRAFFIC_200 }, { 301, SIP_TRAFFIC_301 },
		{ 400, SIP_TRAFFIC_400 }, { 401, SIP_TRAFFIC_401 },
		{ 405, SIP_TRAFFIC_405 }, { 414, SIP_TRAFFIC_414 },
		{ 416, SIP_TRAFFIC_416 }, { 481, SIP_TRAFFIC_481 },
		{ 482, SIP_TRAFFIC_482 }, { 501, SIP_TRAFFIC_501 },
		{ 503, SIP_TRAFFIC_503 }, { 505, SIP_TRAFFIC_505 },
		{ 513, SIP_TRAFFIC_513 },
	};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (labels[i].status == status)
			return labels[i].label;
	return SIP_TRAFFIC_OTHER_STATUS;
}

void sip_counters_request(struct sip_counters *counters, unsigned method,
			  unsigned stream)
{
	sip_counter_add(&counters->requests[method], 1);
	if (stream > 0)
		sip_counter_add(&counters->stream_requests[stream - 1][method],
				1);
}

void sip_counters_answer(struct sip_counters *counters, unsigned status,
			 uint32_t handling_us)
{
	size_t bucket = 0;

	while (bucket < SIP_TRAFFIC_BUCKETS - 1 &&
	       handling_us > sip_traffic_bucket_us[bucket])
		bucket++;
	sip_counter_add(&counters->responses[status_label(status)], 1);
	sip_counter_add(&counters->handling[bucket], 1);
	sip_counter_add(&counters->handling_us_sum, handling_us);
}

static void add_all(uint64_t *sums, const _Atomic uint64_t *counters,
		    size_t count)
{
	for (size_t i = 0; i < count; i++)
		sums[i] += atomic_load_explicit(&counters[i],
						memory_order_relaxed);
}

uint64_t sip_counters_requests(const struct sip_counters *counters)
{
	uint64_t count = 0;

	for (size_t i = 0; i < SIP_TRAFFIC_METHODS; i++)
		count += atomic_load_explicit(&counters->requests[i],
					      memory_order_relaxed);
	return count;
}

void sip_counters_add_to(const struct sip_counters *counters,
			 struct sip_traffic *traffic)
{
	add_all(traffic->requests, counters->requests, SIP_TRAFFIC_METHODS);
	add_all(traffic->responses, counters->responses, SIP_TRAFFIC_STATUSES);
	add_all(traffic->events, counters->events, SIP_TRAFFIC_EVENTS);
	add_all(traffic->handling, counters->handling, SIP_TRAFFIC_BUCKETS);
	add_all(&traffic->handling_us_sum, &counters->handling_us_sum, 1);
	add_all(&traffic->transactions, &counters->transactions, 1);
	add_all(&traffic->connections, &counters->connections, 1);
	for (size_t i = 0; i < SIP_TRAFFIC_STREAMS; i++)
		add_all(traffic->stream_requests[i],
			counters->stream_requests[i], SIP_TRAFFIC_METHODS);
}
