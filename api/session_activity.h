/*
 * session_activity.h - when each session was last used: to tell which has been
 * left, and when the database should hear of it. "http" thread; time comes in.
 */
#ifndef SIPMOVED_API_SESSION_ACTIVITY_H
#define SIPMOVED_API_SESSION_ACTIVITY_H

#include "base/text.h"
#include "db/object_id.h"

struct session_use;

/* Zeroed, it is empty and ready. */
struct session_activity {
	struct session_use *uses; /* owned */
	size_t count, size;	  /* size: 0, or a power of two */
};

enum {
	SESSION_SAVE_MS = 60000, /* the database hears once a minute */
	/* What was not used for so long is not kept: no session lives on. */
	SESSION_FORGET_MS = 13 * 3600 * 1000,
};

void session_activity_clear(struct session_activity *activity);
/* When it was last used; `stored_ms` if nothing later is known. */
int64_t session_activity_last_ms(const struct session_activity *activity,
				 const char *session_id, int64_t stored_ms);
/* It is used now. True: the database should hear of it. For want of memory it
 * hears every time. */
bool session_activity_note(struct session_activity *activity,
			   const char *session_id, int64_t stored_ms,
			   int64_t now_ms);

#endif
