/*
 * calendar_reader.h - the events of an iCalendar file (RFC 5545), one by one,
 * out of bytes that come piece by piece. What a move needs of a VEVENT is kept;
 * all other components and properties are passed over.
 *
 * Bounded: CALENDAR_LINE_MAX bytes of an unfolded line (what is longer is cut,
 * and only matters to texts), CALENDAR_NESTING_MAX components in each other.
 * One thread.
 */
#ifndef SIPMOVED_API_CALENDAR_READER_H
#define SIPMOVED_API_CALENDAR_READER_H

#include "api/record_read.h"
#include "db/move.h"

enum {
	CALENDAR_LINE_MAX = 4096,
	CALENDAR_UID_MAX = 1000,
	CALENDAR_NESTING_MAX = 16,
	CALENDAR_VALUE_SIZE = 256, /* of a URI, with the NUL */
	CALENDAR_ZONE_SIZE = 64,
};

/* DTSTART or DTEND as it was written. */
struct calendar_time {
	bool is_there, is_bad;
	bool is_date, is_utc;
	int64_t local_ms;	       /* its reading, as if it were UTC */
	char zone[CALENDAR_ZONE_SIZE]; /* TZID; "": none */
};

struct calendar_event {
	char uid[CALENDAR_UID_MAX + 1];
	int64_t sequence;
	bool is_cancelled; /* STATUS:CANCELLED, or METHOD:CANCEL */
	bool is_recurring; /* RRULE, RDATE or RECURRENCE-ID */
	struct calendar_time start, end;
	bool has_duration;
	int64_t duration_ms; /* below 0: it is none */
	char summary[MOVE_NOTE_MAX + 1];
	char location[CALENDAR_VALUE_SIZE];
	char target[CALENDAR_VALUE_SIZE];  /* X-SIPMOVED-TARGET */
	char address[CALENDAR_VALUE_SIZE]; /* X-SIPMOVED-ADDRESS */
};

struct calendar_reader {
	/* The event that was read last, until more is fed. */
	struct calendar_event event;
	uint32_t record_line; /* where it begins; the first line is 1 */
	const char *why;      /* RECORD_BROKEN: a sentence, static */
	/* Of the calendar: X-WR-TIMEZONE, for times without a zone; "". */
	char zone[CALENDAR_ZONE_SIZE];

	char bytes[CALENDAR_LINE_MAX]; /* of the line so far */
	size_t len;
	uint32_t line, line_begins;
	bool was_end_of_line; /* the next byte tells whether it goes on */
	bool is_cancelling, was_begun, is_done;
	unsigned depth, event_depth; /* of BEGINs; of the event, 0: in none */
};

void calendar_reader_init(struct calendar_reader *reader);
/* Takes from the front of *part what it reads. */
enum record_read calendar_reader_feed(struct calendar_reader *reader,
				      struct text *part);
/* No more will come. PARTIAL: nothing is missing. */
enum record_read calendar_reader_end(struct calendar_reader *reader);

#endif
