/*
 * calendar_feed_reader.h - the text of a calendar as what it says of moves
 * (db/calendar_feed.h), by the reader of imports. Events that lead nowhere are
 * passed over: most of what is in a calendar is no trip. Any thread.
 */
#ifndef SIPMOVED_API_CALENDAR_FEED_READER_H
#define SIPMOVED_API_CALENDAR_FEED_READER_H

#include "db/calendar_feed.h"

/* A calendar_read_fn. */
int calendar_feed_read(const struct calendar_reading *reading,
		       struct calendar_feed *ret_feed);

#endif
