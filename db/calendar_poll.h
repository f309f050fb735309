/*
 * calendar_poll.h - what the reader of calendars asks of the store: which are
 * due, and what came of those that were fetched. Inside a store job.
 *
 * Which ones are under way only the reader knows: after a crash they are due
 * still.
 */
#ifndef SIPMOVED_DB_CALENDAR_POLL_H
#define SIPMOVED_DB_CALENDAR_POLL_H

#include "db/calendar_feed.h"

enum {
	CALENDAR_IN_FLIGHT_MAX = 8,
};

struct calendar_flights {
	int64_t row_ids[CALENDAR_IN_FLIGHT_MAX]; /* of those under way */
	size_t count;
};

/*
 * Fills subscriptions, with the address and the zone that hold, as many as may
 * be beside those under way. *ret_next_ms: when there may be more, if nothing
 * happens before; INT64_MAX: never.
 */
int calendar_poll_take(struct changes *changes,
		       const struct calendar_flights *flights,
		       struct calendar_subscription *subscriptions,
		       size_t *ret_count, int64_t *ret_next_ms)
	__attribute__((warn_unused_result));

struct calendar_result {
	int status; /* of HTTP; 0: there was no answer */
	/* The calendar; NULL: there is none, as it is the same as before (304)
	 * or something is wrong: error. */
	struct calendar_feed *feed;
	char error[CALENDAR_ERROR_MAX + 1];
	char etag[CALENDAR_ETAG_MAX + 1];
	char last_modified[CALENDAR_DATE_MAX + 1];
};
/* Makes it so, as the user; what the subscription looked like when it was taken
 * tells whether it is still the same. */
int calendar_poll_note(struct changes *changes,
		       const struct calendar_subscription *taken,
		       const struct calendar_result *result)
	__attribute__((warn_unused_result));

#endif
