/*
 * stream_limits.h - how many connections there may be, in all and from one
 * source (IPv4 /32, IPv6 /64), over all workers.
 *
 * Sources are counted by a keyed hash in a fixed table: two that share a place
 * share their cap, and nobody outside can look for such a pair. Any thread,
 * without a lock.
 */
#ifndef SIPMOVED_SIP_STREAM_LIMITS_H
#define SIPMOVED_SIP_STREAM_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

struct stream_limits;

int stream_limits_new(unsigned total, unsigned per_source,
		      struct stream_limits **ret_limits)
	__attribute__((warn_unused_result));
void stream_limits_free(struct stream_limits *limits); /* takes NULL */

/* source: transaction_key_source(). False: one more would be too many. */
bool stream_limits_take(struct stream_limits *limits, uint64_t source);
/* What was taken before. */
void stream_limits_give_back(struct stream_limits *limits, uint64_t source);

#endif
