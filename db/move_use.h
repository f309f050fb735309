/*
 * move_use.h - tells, once each, of moves that came to their end and that no
 * call met: somebody was told a wrong time, or number. The redirect log knows;
 * it is asked of one move after the other, some seconds behind its end, and how
 * far that came is kept with the events. Inside a store job.
 *
 * A move that was ended by hand, or that began before the oldest records that
 * the log keeps, is not asked about.
 */
#ifndef SIPMOVED_DB_MOVE_USE_H
#define SIPMOVED_DB_MOVE_USE_H

#include "db/changes.h"

enum {
	MOVE_USE_SETTLE_MS = 2500, /* until the log has all records */
};

struct move_use {
	char id[MOVE_ID_SIZE]; /* "": there is none to ask about */
	char address[MOVE_ADDRESS_MAX + 1];
	int64_t starts_at_ms, ends_at_ms;
};

/* The next one. *ret_next_ms: when there may be more; INT64_MAX: never. */
int move_use_next(struct changes *changes, int64_t log_begins_ms,
		  struct move_use *ret_use, int64_t *ret_next_ms)
	__attribute__((warn_unused_result));
/* What the log said. */
int move_use_note(struct changes *changes, const struct move_use *use,
		  bool was_used) __attribute__((warn_unused_result));

#endif
