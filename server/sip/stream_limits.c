#include "sip/stream_limits.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	PLACES = 65536,
};

struct stream_limits {
	unsigned total, per_source;
	atomic_uint taken;
	atomic_uint places[PLACES];
};

int stream_limits_new(unsigned total, unsigned per_source,
		      struct stream_limits **ret_limits)
{
	struct stream_limits *limits = calloc(1, sizeof(*limits));

	if (!limits)
		return ENOMEM;
	limits->total = total;
	limits->per_source = per_source;
	*ret_limits = limits;
	return 0;
}

void stream_limits_free(struct stream_limits *limits)
{
	free(limits);
}

static bool take(atomic_uint *count, unsigned most)
{
	if (atomic_fetch_add_explicit(count, 1, memory_order_relaxed) < most)
		return true;
	atomic_fetch_sub_explicit(count, 1, memory_order_relaxed);
	return false;
}

bool stream_limits_take(struct stream_limits *limits, uint64_t source)
{
	if (!take(&limits->places[source % PLACES], limits->per_source))
		return false;
	if (take(&limits->taken, limits->total))
		return true;
	atomic_fetch_sub_explicit(&limits->places[source % PLACES], 1,
				  memory_order_relaxed);
	return false;
}

void stream_limits_give_back(struct stream_limits *limits, uint64_t source)
{
	atomic_fetch_sub_explicit(&limits->places[source % PLACES], 1,
				  memory_order_relaxed);
	atomic_fetch_sub_explicit(&limits->taken, 1, memory_order_relaxed);
}
