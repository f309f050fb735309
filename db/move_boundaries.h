/*
 * move_boundaries.h - tells, once each, that moves are about to begin or end,
 * and that they did. How far it came is kept with the events themselves, so
 * that what passed while the server was down is told at its next start. Inside
 * a store job.
 *
 * The time of the next one comes from the indexes of moves: nobody looks at the
 * table again and again.
 */
#ifndef SIPMOVED_DB_MOVE_BOUNDARIES_H
#define SIPMOVED_DB_MOVE_BOUNDARIES_H

#include "db/changes.h"

struct move_reminders {
	int64_t before_start_ms, before_end_ms; /* 0: no such events */
};

/* Tells of some of what has passed; more may be left: then *ret_next_ms is in
 * the past. INT64_MAX: nothing is to come. */
int move_boundaries_pass(struct changes *changes,
			 const struct move_reminders *reminders,
			 int64_t *ret_next_ms)
	__attribute__((warn_unused_result));
/* For a move that was written with an edge that lies behind what was told
 * already. was: NULL for a new one. */
int move_boundaries_changed(struct changes *changes, const struct move *was,
			    const struct move *move)
	__attribute__((warn_unused_result));

#endif
