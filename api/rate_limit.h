/*
 * rate_limit.h - how many requests a caller may make: a token bucket for each
 * (class, caller), full at first, filled again in a minute. "http" thread.
 *
 * Callers are strangers, and there may be any number of them: the table has a
 * fixed size, and a new caller takes the place of the one whose bucket is
 * nearest to full, which forgets the least.
 */
#ifndef SIPMOVED_API_RATE_LIMIT_H
#define SIPMOVED_API_RATE_LIMIT_H

#include "base/text.h"

enum rate_class {
	RATE_READ,
	RATE_WRITE,
	RATE_EXPORT,
	RATE_LOGIN,
	RATE_CLASSES,
};

struct rate_config {
	uint64_t per_minute[RATE_CLASSES]; /* 0: no limit */
	bool limits_loopback;
};

struct rate_limit;

/* What a request found. Of two of them the one with less left is told. */
struct rate_verdict {
	bool is_limited; /* there is a limit at all; else the rest is 0 */
	bool is_refused;
	enum rate_class class;
	uint64_t quota;	 /* a minute */
	uint64_t left;	 /* now */
	uint64_t full_s; /* until all of it is there again */
	uint64_t wait_s; /* when refused: until one more is */
};

int rate_limit_new(const struct rate_config *config,
		   struct rate_limit **ret_limit)
	__attribute__((warn_unused_result));
void rate_limit_free(struct rate_limit *limit); /* takes NULL */

/* caller: "token:calendar", "peer:192.0.2.1". */
struct rate_verdict rate_limit_take(struct rate_limit *limit,
				    enum rate_class class, struct text caller,
				    int64_t now_us);
/* What it was made with. */
const struct rate_config *rate_limit_config(const struct rate_limit *limit);
const char *rate_class_name(enum rate_class class);
bool rate_verdict_is_worse(const struct rate_verdict *verdict,
			   const struct rate_verdict *than);

#endif
