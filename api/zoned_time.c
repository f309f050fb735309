#include "api/zoned_time.h"
#include <string.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	LOCAL_TEXT_SIZE = TIMESTAMP_SIZE + 8,
	DATE_TIME_LEN = 23, /* "2026-12-01T02:00:00.000" */
};

/* "2026-03-29T03:00:00.000+02:00": what a clock on the wall there shows. */
static void local_text(const struct time_zone *zone, int64_t time_ms,
		       char text[LOCAL_TEXT_SIZE])
{
	int offset_s = time_zone_offset_s(zone, time_ms);
	int offset_minutes = abs(offset_s) / 60;
	char reading[TIMESTAMP_SIZE];

	timestamp_format(time_ms + offset_s * INT64_C(1000), reading);
	snprintf(text, LOCAL_TEXT_SIZE, "%.*s%c%02u:%02u", DATE_TIME_LEN,
		 reading, offset_s < 0 ? '-' : '+',
		 (unsigned)offset_minutes / 60 % 100,
		 (unsigned)offset_minutes % 60);
}

static bool from_local(const struct time_zone *zone, enum zoned_time_edge edge,
		       const char *pointer, int64_t *time_ms,
		       struct faults *faults)
{
	char before[LOCAL_TEXT_SIZE], after[LOCAL_TEXT_SIZE];
	int64_t first_ms, second_ms;

	if (time_zone_from_local(zone, *time_ms, &first_ms, &second_ms) !=
	    LOCAL_TIME_GAP) {
		*time_ms = edge == ZONED_TIME_START ? first_ms : second_ms;
		return true;
	}
	local_text(zone, first_ms, before);
	local_text(zone, second_ms, after);
	faults_add(faults, FAULT_TIME_IN_GAP, pointer,
		   "The clocks skip this local time. The nearest ones that "
		   "exist are %s and %s.",
		   before, after);
	return false;
}

bool zoned_time_read(struct text text, const struct time_zone *zone,
		     enum zoned_time_edge edge, const char *pointer,
		     int64_t *ret_time_ms, struct faults *faults)
{
	int64_t time_ms;
	bool has_offset;
	int err = timestamp_parse(text, &time_ms, &has_offset);

	if (err == ERANGE) {
		faults_add(faults, FAULT_OUT_OF_RANGE, pointer,
			   "must lie in the years 2000 to 2100");
		return false;
	}
	if (err) {
		faults_add(faults, FAULT_BAD_TIME, pointer,
			   "must be a date and time as in RFC 3339: "
			   "\"2026-12-01T09:00:00+07:00\"");
		return false;
	}
	if (!has_offset && !zone) {
		faults_add(faults, FAULT_BAD_TIME, pointer,
			   "needs an offset (\"Z\", \"+07:00\"), or a "
			   "`time_zone` beside it");
		return false;
	}
	if (!has_offset && !from_local(zone, edge, pointer, &time_ms, faults))
		return false;
	*ret_time_ms = time_ms;
	return true;
}

void zoned_clock_clear(struct zoned_clock *clock)
{
	time_zone_close(clock->zone);
	*clock = (struct zoned_clock){ 0 };
}

int zoned_clock_zone(struct zoned_clock *clock, struct text name,
		     const struct time_zone **ret_zone)
{
	int err = 0;

	if (!text_equals(text_of(clock->name), name)) {
		zoned_clock_clear(clock);
		err = time_zone_open(name, &clock->zone);
		if (err)
			clock->zone = NULL;
		/* What is not known once is not looked for again. */
		if (err != ENOMEM)
			text_copy(name, clock->name, sizeof(clock->name));
	}
	if (!err && !clock->zone)
		err = ENOENT;
	if (!err)
		*ret_zone = clock->zone;
	return err;
}

bool zoned_time_format(struct zoned_clock *clock, const char *zone_name,
		       int64_t time_ms, char text[ZONED_TIME_SIZE])
{
	const struct time_zone *zone;
	char utc_reading[TIMESTAMP_SIZE];
	int minutes;

	if (zoned_clock_zone(clock, text_of(zone_name), &zone))
		return false;
	/* RFC 3339 writes no seconds of an offset; the instant stays right. */
	minutes = time_zone_offset_s(zone, time_ms) / 60;
	timestamp_format(time_ms + (int64_t)minutes * 60000, utc_reading);
	snprintf(text, ZONED_TIME_SIZE, "%.*s%c%02d:%02d",
		 (int)strcspn(utc_reading, "Z"), utc_reading,
		 minutes < 0 ? '-' : '+', abs(minutes) / 60 % 100,
		 abs(minutes) % 60);
	return true;
}
