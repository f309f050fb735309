/*
 * sip_counters.h - what a worker counts instead of logging. One set a worker:
 * written by its thread with relaxed atomics, read by any.
 */
#ifndef SIPMOVED_SIP_COUNTERS_H
#define SIPMOVED_SIP_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/sip_traffic.h"

struct sip_counters {
	_Atomic uint64_t requests[SIP_TRAFFIC_METHODS];
	_Atomic uint64_t responses[SIP_TRAFFIC_STATUSES];
	_Atomic uint64_t events[SIP_TRAFFIC_EVENTS];
	_Atomic uint64_t handling[SIP_TRAFFIC_BUCKETS]; /* per answer */
	_Atomic uint64_t handling_us_sum;
	_Atomic uint64_t transactions; /* live */
	_Atomic uint64_t connections;  /* live */
	_Atomic uint64_t
		stream_requests[SIP_TRAFFIC_STREAMS][SIP_TRAFFIC_METHODS];
};

static inline void sip_counter_add(_Atomic uint64_t *counter, uint64_t count)
{
	/* One writer: a plain add, without a bus lock, that readers see whole.
	 */
	atomic_store_explicit(
		counter,
		atomic_load_explicit(counter, memory_order_relaxed) + count,
		memory_order_relaxed);
}

/* One request; stream: 0 for UDP, else 1 + what it came over. */
void sip_counters_request(struct sip_counters *counters, unsigned method,
			  unsigned stream);
/* One answer: its status, and how long it took. */
void sip_counters_answer(struct sip_counters *counters, unsigned status,
			 uint32_t handling_us);
/* Requests of all methods. Any thread. */
uint64_t sip_counters_requests(const struct sip_counters *counters);
/* Adds all of them to what is there. Any thread. */
void sip_counters_add_to(const struct sip_counters *counters,
			 struct sip_traffic *traffic);

#endif
