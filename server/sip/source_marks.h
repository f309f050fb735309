/*
 * source_marks.h - sources that something holds of for a while: those that a
 * scanner pattern has banned, those that were told of already. A fixed table in
 * sets of four; a newcomer takes the place of the one that ends first.
 * One thread; time comes in.
 */
#ifndef SIPMOVED_SIP_SOURCE_MARKS_H
#define SIPMOVED_SIP_SOURCE_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SOURCE_MARKS_WAYS = 4,
	SOURCE_MARKS_SETS = 1024, /* a power of two */
};

struct source_mark {
	uint64_t source;
	int64_t until_us; /* monotonic; 0: unused */
};

/* Zeroed: empty. */
struct source_marks {
	struct source_mark sets[SOURCE_MARKS_SETS][SOURCE_MARKS_WAYS];
};

/* source: a keyed hash. True if it was not marked before. */
bool source_marks_put(struct source_marks *marks, uint64_t source,
		      int64_t until_us, int64_t now_us);
bool source_marks_has(const struct source_marks *marks, uint64_t source,
		      int64_t now_us);

#endif
