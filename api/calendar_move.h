/*
 * calendar_move.h - a calendar's event as a move: what POST /v1/moves would be
 * sent for it. Its UID is the external_id; the target is X-SIPMOVED-TARGET, a
 * LOCATION that is a URI or a number, or a target given for all.
 */
#ifndef SIPMOVED_API_CALENDAR_MOVE_H
#define SIPMOVED_API_CALENDAR_MOVE_H

#include "api/calendar_reader.h"
#include "api/json_writer.h"
#include "db/move_batch.h"

/* What holds for all events of a file. */
struct calendar_defaults {
	char address[MOVE_ADDRESS_MAX + 1];	/* "": the events say it */
	char target[MOVE_URI_MAX + 1];		/* "": likewise */
	char time_zone[MOVE_TIME_ZONE_MAX + 1]; /* of times without one */
	int64_t now_ms;
};

/* Pointers of faults are names of properties: "DTSTART". Whoever finds none
 * reads the document. ENOMEM is the writer's. */
void calendar_move_write(const struct calendar_event *event,
			 const struct calendar_defaults *defaults,
			 const char *calendar_zone, struct json_writer *writer,
			 struct faults *faults);
/* Does it say, or do the defaults, where calls go? */
bool calendar_move_leads_somewhere(const struct calendar_event *event,
				   const struct calendar_defaults *defaults);
/* Over, or cancelled: only the external_id counts. */
void calendar_move_cancel(const struct calendar_event *event,
			  struct move *ret_move, struct faults *faults);
/* "/targets/0/uri" is LOCATION, "/starts_at" is DTSTART. */
void calendar_name_property(const char *pointer, char name[FAULT_POINTER_SIZE]);

#endif
