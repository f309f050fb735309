#include "db/calendar_feed.h"

void calendar_feed_clear(struct calendar_feed *feed)
{
	move_batch_clear(&feed->events);
	move_batch_clear(&feed->over);
	move_batch_clear(&feed->unreadable);
}

void calendar_feed_add_error(struct calendar_feed *feed,
			     const struct calendar_error *error)
{
	if (feed->error_count < CALENDAR_ERRORS_MAX)
		feed->errors[feed->error_count++] = *error;
}
