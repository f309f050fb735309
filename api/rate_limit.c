#include "api/rate_limit.h"
#include "base/hash.h"

#include <errno.h>
#include <stdlib.h>

enum {
	SETS = 1024, /* a power of two */
	WAYS = 8,
	MINUTE_US = 60000000,
	CALLER_SIZE = 160,
};

/* When it will be full: what is left follows from it and the time. */
struct bucket {
	uint64_t key; /* 0: nobody's */
	int64_t full_at_us;
};

struct rate_limit {
	struct rate_config config;
	struct hash_key hash_key;
	struct bucket sets[SETS][WAYS];
};

static const char *const names[] = {
	[RATE_READ] = "read",
	[RATE_WRITE] = "write",
	[RATE_EXPORT] = "export",
	[RATE_LOGIN] = "login",
};

const char *rate_class_name(enum rate_class class)
{
	return names[class];
}

int rate_limit_new(const struct rate_config *config,
		   struct rate_limit **ret_limit)
{
	struct rate_limit *limit = calloc(1, sizeof(*limit));

	if (!limit)
		return ENOMEM;
	limit->config = *config;
	hash_key_init(&limit->hash_key);
	*ret_limit = limit;
	return 0;
}

void rate_limit_free(struct rate_limit *limit)
{
	free(limit);
}

const struct rate_config *rate_limit_config(const struct rate_limit *limit)
{
	return &limit->config;
}

static struct bucket *find(struct rate_limit *limit, enum rate_class class,
			   struct text caller)
{
	char text[CALLER_SIZE];
	struct writer writer = writer_over(text, sizeof(text));
	struct bucket *set, *best;
	uint64_t key;

	writer_byte(&writer, (char)('0' + class));
	if (caller.len > sizeof(text) - 1)
		caller.len = sizeof(text) - 1;
	writer_put(&writer, caller);
	key = hash_text(&limit->hash_key, writer_text(&writer)) | 1;
	set = limit->sets[(key >> 8) % SETS];
	best = &set[0];
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		if (set[i].full_at_us < best->full_at_us)
			best = &set[i];
	}
	*best = (struct bucket){ .key = key };
	return best;
}

static uint64_t seconds_up(int64_t us)
{
	return us > 0 ? (uint64_t)(us + 999999) / 1000000 : 0;
}

struct rate_verdict rate_limit_take(struct rate_limit *limit,
				    enum rate_class class, struct text caller,
				    int64_t now_us)
{
	uint64_t quota = limit->config.per_minute[class];
	struct rate_verdict verdict = { .class = class, .quota = quota };
	struct bucket *bucket;
	int64_t one_us, empty_us;

	if (quota == 0)
		return verdict;
	verdict.is_limited = true;
	/* Rounded down, and a bucket that is empty that much sooner: the quota
	 * itself is exact. */
	one_us = MINUTE_US / (int64_t)quota;
	empty_us = one_us * (int64_t)quota;
	bucket = find(limit, class, caller);
	if (bucket->full_at_us < now_us)
		bucket->full_at_us = now_us;
	verdict.is_refused = bucket->full_at_us + one_us > now_us + empty_us;
	if (verdict.is_refused)
		verdict.wait_s = seconds_up(bucket->full_at_us + one_us -
					    now_us - empty_us);
	else
		bucket->full_at_us += one_us;
	verdict.left =
		(uint64_t)((now_us + empty_us - bucket->full_at_us) / one_us);
	verdict.full_s = seconds_up(bucket->full_at_us - now_us);
	return verdict;
}

bool rate_verdict_is_worse(const struct rate_verdict *verdict,
			   const struct rate_verdict *than)
{
	if (!verdict->is_limited || !than->is_limited)
		return verdict->is_limited;
	if (verdict->is_refused != than->is_refused)
		return verdict->is_refused;
	return verdict->left < than->left;
}
