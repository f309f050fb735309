#include "sip/proven_sources.h"

#include <errno.h>
#include <stdlib.h>

enum {
	SLOTS = 65536,
};

static const int64_t proven_for_us = INT64_C(3600) * 1000000;
/* A slot is written again at most this often, however many ACKs come. */
static const int64_t refresh_after_us = INT64_C(60) * 1000000;

struct slot {
	uint64_t source;
	int64_t proven_at_us;
};

struct proven_sources {
	struct slot slots[SLOTS];
};

int proven_sources_new(struct proven_sources **ret_sources)
{
	struct proven_sources *sources = calloc(1, sizeof(*sources));

	if (!sources)
		return ENOMEM;
	*ret_sources = sources;
	return 0;
}

void proven_sources_free(struct proven_sources *sources)
{
	free(sources);
}

void proven_sources_put(struct proven_sources *sources, uint64_t source,
			int64_t now_us)
{
	struct slot *slot = &sources->slots[source % SLOTS];

	if (slot->source == source &&
	    now_us - slot->proven_at_us < refresh_after_us)
		return;
	*slot = (struct slot){ source, now_us };
}

bool proven_sources_has(const struct proven_sources *sources, uint64_t source,
			int64_t now_us)
{
	const struct slot *slot = &sources->slots[source % SLOTS];

	return slot->source == source &&
	       now_us - slot->proven_at_us < proven_for_us;
}
