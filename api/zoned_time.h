/*
 * zoned_time.h - a time as a person writes it: RFC 3339 with an offset, or a
 * local reading that a time zone beside it gives a meaning to (design 5).
 */
#ifndef SIPMOVED_API_ZONED_TIME_H
#define SIPMOVED_API_ZONED_TIME_H

#include "db/fault.h"
#include "db/time_zone.h"

/*
 * Where the clocks are put back a local time comes twice: a start is then the
 * earlier of the two and an end the later, so that cover is never shortened.
 */
enum zoned_time_edge {
	ZONED_TIME_START,
	ZONED_TIME_END,
};

/*
 * zone: NULL if none was given; then an offset must be written. False: what is
 * wrong was noted at `pointer`: FAULT_BAD_TIME, FAULT_OUT_OF_RANGE, or
 * FAULT_TIME_IN_GAP with the two nearest times in the detail.
 */
bool zoned_time_read(struct text text, const struct time_zone *zone,
		     enum zoned_time_edge edge, const char *pointer,
		     int64_t *ret_time_ms, struct faults *faults);

enum {
	ZONED_TIME_SIZE = TIMESTAMP_SIZE + 6, /* with the NUL */
};

/* Keeps the zone that was asked for last, as a list and an import ask for it
 * again and again. A zeroed one is empty and ready. */
struct zoned_clock {
	char name[64];
	struct time_zone *zone; /* owned; NULL: that name is unknown */
};
void zoned_clock_clear(struct zoned_clock *clock);
/* As time_zone_open(); the zone is the clock's, until it is asked for another.
 */
int zoned_clock_zone(struct zoned_clock *clock, struct text name,
		     const struct time_zone **ret_zone)
	__attribute__((warn_unused_result));

/* "2026-12-01T09:00:00.000+07:00". False: there is no such zone here. */
bool zoned_time_format(struct zoned_clock *clock, const char *zone_name,
		       int64_t time_ms, char text[ZONED_TIME_SIZE]);

#endif
