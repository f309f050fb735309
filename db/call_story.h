/*
 * call_story.h - who made the tables what they were when a call was decided:
 * out of the audit trail, for one record of the redirect log. Store job.
 */
#ifndef SIPMOVED_DB_CALL_STORY_H
#define SIPMOVED_DB_CALL_STORY_H

#include "db/audit_events.h"
#include "db/redirect_log.h"

/* One thing that the decision rested on. */
struct call_story_part {
	char id[OBJECT_ID_SIZE];  /* ""; there is nothing to tell */
	bool has_event;		  /* false: as it always was */
	struct audit_event event; /* its last change before the call */
	bool changed_since;	  /* there is a later one */
};

struct call_story {
	/* The move that answered; for CALL_MOVE_NOT_STARTED, the next one. */
	struct call_story_part move;
	/* Without such a move: the last one of the address that had begun. */
	struct call_story_part previous_move;
	/* The domain of the called address, if it is still served. */
	struct call_story_part domain;
	/* The extension policy: any of its rules. Its id is never "". */
	struct call_story_part policy;
};

/* The story is zeroed; the caller clears it, also after an error. */
int call_story_read(struct changes *changes,
		    const struct redirect_log_entry *entry,
		    struct call_story *story)
	__attribute__((warn_unused_result));
void call_story_clear(struct call_story *story);

#endif
