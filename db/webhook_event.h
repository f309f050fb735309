/*
 * webhook_event.h - the kinds of events that webhooks tell of, and the patterns
 * that endpoints choose them by: a name, "move.*", or "*". Any thread.
 *
 * "*" leaves the calls out: there may be very many of them, so they have to be
 * asked for by name or by "call.*".
 */
#ifndef SIPMOVED_DB_WEBHOOK_EVENT_H
#define SIPMOVED_DB_WEBHOOK_EVENT_H

#include "base/text.h"

enum {
	WEBHOOK_PATTERN_MAX = 31,  /* bytes of one */
	WEBHOOK_PATTERNS_MAX = 16, /* of one endpoint */
	WEBHOOK_PATTERNS_SIZE = WEBHOOK_PATTERNS_MAX * (WEBHOOK_PATTERN_MAX + 1)
};

enum webhook_event_type {
	WEBHOOK_MOVE_CREATED,
	WEBHOOK_MOVE_UPDATED,
	WEBHOOK_MOVE_CANCELLED,
	WEBHOOK_MOVE_STARTING_SOON,
	WEBHOOK_MOVE_STARTED,
	WEBHOOK_MOVE_ENDING_SOON,
	WEBHOOK_MOVE_ENDED,
	WEBHOOK_MOVE_EXPIRED_UNUSED,
	WEBHOOK_POLICY_UPDATED,
	WEBHOOK_IMPORT_COMPLETED,
	WEBHOOK_CALL_REDIRECTED,
	WEBHOOK_CALL_REFUSED,
	WEBHOOK_BACKUP_COMPLETED,
	WEBHOOK_BACKUP_FAILED,
	WEBHOOK_NODE_DEGRADED,
	WEBHOOK_NODE_RECOVERED,
	WEBHOOK_ENDPOINT_DISABLED,
	WEBHOOK_ENDPOINT_TEST,
	WEBHOOK_EVENT_TYPES,
};

/* "move.created" ... */
extern const char *const webhook_event_names[WEBHOOK_EVENT_TYPES];

bool webhook_pattern_fits(struct text pattern, enum webhook_event_type type);
/* Does it fit any type at all? */
bool webhook_pattern_is_known(struct text pattern);
/* One of a list with a blank between two. */
bool webhook_patterns_fit(struct text patterns, enum webhook_event_type type);
/* Takes the next word off such a list. False: there is none. */
bool webhook_patterns_next(struct text *patterns, struct text *ret_pattern);

#endif
