/*
 * calendar_sync.h - makes what a calendar says true: each event that is another
 * than it was is written as the move that it is, by the rules of a row of an
 * import; what is cancelled, now over in the calendar, or gone from it ends its
 * move. An event that is as it was changes nothing, also when it is over, so
 * that what people do to its move stands. Moves are ended first and written
 * then, so that none is refused for the sake of one that is not in the
 * calendar. Inside a store job, by an actor who is the user.
 */
#ifndef SIPMOVED_DB_CALENDAR_SYNC_H
#define SIPMOVED_DB_CALENDAR_SYNC_H

#include "db/calendar_feed.h"

/* Counts in the feed what was done, and adds what is wrong. */
int calendar_sync(struct changes *changes,
		  const struct calendar_subscription *subscription,
		  struct calendar_feed *feed)
	__attribute__((warn_unused_result));

#endif
