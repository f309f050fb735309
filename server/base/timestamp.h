/*
 * timestamp.h - RFC 3339 times to and from Unix milliseconds. Any thread; does
 * not read the process's TZ.
 */
#ifndef SIPMOVED_BASE_TIMESTAMP_H
#define SIPMOVED_BASE_TIMESTAMP_H

#include "base/text.h"

enum {
	TIMESTAMP_SIZE = 32, /* bytes of a formatted time, with the NUL */
};

/* A wall-clock reading as written, before an offset is known. */
struct civil_time {
	int year, month, day, hour, minute, second, millisecond;
};

/* Days since 1970-01-01 of a proleptic Gregorian date. */
int64_t civil_days(int year, int month, int day);
/* As if the reading were UTC. */
int64_t civil_to_ms(const struct civil_time *time);
struct civil_time civil_from_ms(int64_t time_ms);

/* "2026-12-01T02:00:00.000Z"; any time of the years 0 to 9999. */
void timestamp_format(int64_t time_ms, char buffer[TIMESTAMP_SIZE]);

/*
 * Parses an RFC 3339 date-time; with ret_has_offset the offset may lack, and
 * then *ret_ms is the reading as if it were UTC. Fractions beyond a
 * millisecond are cut; second 60 is read as 59.
 * Errors: EBADMSG not a date-time, ERANGE outside the years 2000 to 2100.
 */
int timestamp_parse(struct text text, int64_t *ret_ms, bool *ret_has_offset)
	__attribute__((warn_unused_result));

#endif
