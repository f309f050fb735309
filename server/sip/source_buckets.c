#include "sip/source_buckets.h"

#include <errno.h>
#include <stdlib.h>

enum {
	WAYS = 4,
	SETS = 8192, /* a power of two: 32,768 networks, 1 MiB */
	MICRO = 1000000,
};

struct source_buckets {
	struct source_bucket sets[SETS][WAYS];
};

int source_buckets_new(struct source_buckets **ret_buckets)
{
	struct source_buckets *buckets = calloc(1, sizeof(*buckets));

	if (!buckets)
		return ENOMEM;
	*ret_buckets = buckets;
	return 0;
}

void source_buckets_free(struct source_buckets *buckets)
{
	free(buckets);
}

void source_bucket_fill(struct source_bucket *bucket, uint64_t source,
			const struct source_limit *limit, int64_t now_us)
{
	*bucket = (struct source_bucket){
		.source = source,
		.updated_us = now_us,
		.micro_tokens = limit->burst * MICRO,
	};
}

/* `rate` tokens a second are `rate` millionths a microsecond. */
static void refill(struct source_bucket *bucket,
		   const struct source_limit *limit, int64_t now_us)
{
	int64_t full = limit->burst * MICRO;
	int64_t passed_us = now_us - bucket->updated_us;

	if (passed_us > full / limit->rate)
		bucket->micro_tokens = full;
	else if (passed_us > 0)
		bucket->micro_tokens += passed_us * limit->rate;
	if (bucket->micro_tokens > full)
		bucket->micro_tokens = full;
	bucket->updated_us = now_us;
}

enum source_take source_bucket_take(struct source_bucket *bucket,
				    const struct source_limit *limit,
				    int64_t now_us)
{
	refill(bucket, limit, now_us);
	if (bucket->micro_tokens >= MICRO) {
		bucket->micro_tokens -= MICRO;
		return SOURCE_TAKE_TOKEN;
	}
	bucket->refused++;
	if (limit->slip > 0 && bucket->refused >= limit->slip) {
		bucket->refused = 0;
		return SOURCE_TAKE_SLIP;
	}
	return SOURCE_TAKE_NONE;
}

enum source_take source_buckets_take(struct source_buckets *buckets,
				     uint64_t source,
				     const struct source_limit *limit,
				     int64_t now_us)
{
	struct source_bucket *set = buckets->sets[source % SETS];
	struct source_bucket *quietest = &set[0];

	source |= UINT64_C(1) << 63; /* never 0, which is for unused ones */
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].source == source)
			return source_bucket_take(&set[i], limit, now_us);
		if (quietest->source &&
		    (!set[i].source ||
		     set[i].updated_us < quietest->updated_us))
			quietest = &set[i];
	}
	source_bucket_fill(quietest, source, limit, now_us);
	return source_bucket_take(quietest, limit, now_us);
}
