/*
 * auth_events.h - what was refused, in the audit: log-ins that failed, access
 * that was denied. They change nothing: such a row takes no revision of its
 * own, but tells the one that was current. Inside a store job.
 */
#ifndef SIPMOVED_DB_AUTH_EVENTS_H
#define SIPMOVED_DB_AUTH_EVENTS_H

#include "db/changes.h"

struct auth_event {
	const char *action; /* "session.refuse", "access.deny" */
	const char *name;   /* that was to log in; or who asked */
	const char *detail; /* "POST /v1/users"; "" */
	/* How many like it were left out before, because there were too many.
	 */
	unsigned left_out;
};
int auth_event_write(struct changes *changes, const struct auth_event *event)
	__attribute__((warn_unused_result));

#endif
