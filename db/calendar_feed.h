/*
 * calendar_feed.h - what a calendar that was read says, as moves: the events
 * that lead somewhere, with the external_ids that they have here, and what is
 * wrong with others. Its text is read by api/; calendar_sync.h makes it true.
 * One thread at a time.
 */
#ifndef SIPMOVED_DB_CALENDAR_FEED_H
#define SIPMOVED_DB_CALENDAR_FEED_H

#include "db/calendar_subscription.h"
#include "db/move_batch.h"

enum {
	CALENDAR_BODY_MAX = 4 * 1024 * 1024, /* bytes of text/calendar */
	CALENDAR_COMING_MAX = 500, /* events that are not over, and lead to
				    * somewhere */
	CALENDAR_ERRORS_MAX = 10,  /* kept */
};

struct calendar_error {
	char summary[MOVE_NOTE_MAX + 1]; /* "": it has none */
	char member[FAULT_POINTER_SIZE]; /* "LOCATION" */
	char code[40];
	char detail[FAULT_DETAIL_SIZE];
};

/* A zeroed one is empty and ready. */
struct calendar_feed {
	/* All owned. */
	struct move_batch events;     /* to come, each once */
	struct move_batch over;	      /* or cancelled: then the id alone */
	struct move_batch unreadable; /* external_ids of others */
	struct calendar_counts counts;
	struct calendar_error errors[CALENDAR_ERRORS_MAX];
	size_t error_count;
	/* The name of a property from a fault's pointer. */
	void (*name_member)(const char *pointer, char name[FAULT_POINTER_SIZE]);
	char why[CALENDAR_ERROR_MAX + 1]; /* "": it is a calendar */
};
void calendar_feed_clear(struct calendar_feed *feed);
/* The first ones are kept. */
void calendar_feed_add_error(struct calendar_feed *feed,
			     const struct calendar_error *error);

/* Reads the text of a calendar; ENOMEM. What is no calendar has a `why`. */
struct calendar_reading {
	struct text body;
	/* `address` and `time_zone` are what holds, "" only if nothing does. */
	const struct calendar_subscription *subscription;
	int64_t now_ms;
	bool allow_local_targets;
};
typedef int (*calendar_read_fn)(const struct calendar_reading *reading,
				struct calendar_feed *ret_feed);

#endif
