/*
 * source_buckets.h - token buckets of the networks that messages come from: a
 * fixed table, so that no flood makes it grow.
 *
 * Sets of four: a newcomer takes the place of the one that was quiet for
 * longest. Who is pushed out starts with a full bucket when it comes again:
 * sources without number are each let through, and each gets little.
 * One thread; time comes in.
 */
#ifndef SIPMOVED_SIP_SOURCE_BUCKETS_H
#define SIPMOVED_SIP_SOURCE_BUCKETS_H

#include "db/source_policy.h"

enum source_take {
	SOURCE_TAKE_TOKEN,
	SOURCE_TAKE_SLIP, /* the bucket is empty; it is answered all the same */
	SOURCE_TAKE_NONE,
};

struct source_bucket {
	uint64_t source; /* 0: unused */
	int64_t updated_us;
	int64_t micro_tokens;
	uint32_t refused; /* since the bucket ran dry; counts for slip */
};

struct source_buckets;

int source_buckets_new(struct source_buckets **ret_buckets)
	__attribute__((warn_unused_result));
void source_buckets_free(struct source_buckets *buckets); /* takes NULL */

/* One message of a source: a keyed hash of its network. now_us: monotonic. */
enum source_take source_buckets_take(struct source_buckets *buckets,
				     uint64_t source,
				     const struct source_limit *limit,
				     int64_t now_us);

/* The arithmetic alone, on one bucket. */
void source_bucket_fill(struct source_bucket *bucket, uint64_t source,
			const struct source_limit *limit, int64_t now_us);
enum source_take source_bucket_take(struct source_bucket *bucket,
				    const struct source_limit *limit,
				    int64_t now_us);

#endif
