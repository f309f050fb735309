/*
 * audit_events.h - who changed what, read back: rows of the table "audit". All
 * functions run inside a store job, on the store's thread.
 */
#ifndef SIPMOVED_DB_AUDIT_EVENTS_H
#define SIPMOVED_DB_AUDIT_EVENTS_H

#include "db/changes.h"

enum {
	AUDIT_WORD_SIZE = 80, /* longer texts are cut */
};

struct audit_event {
	int64_t number; /* above 0, in order of time */
	int64_t revision;
	int64_t at_ms;
	char actor_kind[16];
	char actor_name[AUDIT_WORD_SIZE];
	char actor_role[16]; /* "": not told */
	char peer[AUDIT_WORD_SIZE];
	char request_id[AUDIT_WORD_SIZE];
	char action[48];
	char object_id[AUDIT_WORD_SIZE];
	/* The user whose address somebody else changed; "": none. */
	char foreign_owner[OBJECT_ID_SIZE];
	char *before; /* JSON, owned; NULL for a creation */
	char *after;  /* JSON, owned; NULL for a removal */
};

/* What an event owns. A zeroed one is fine. */
void audit_event_clear(struct audit_event *event);

enum audit_author {
	AUDIT_BY_ANYONE,
	AUDIT_BY_OWNER,
	AUDIT_BY_OTHERS,
};

/* Newest first. Empty texts and zeros do not filter. Views. */
struct audit_filter {
	struct text object_id;
	struct text owner_id; /* of the address it is about */
	enum audit_author author;
	struct text action; /* exact, or with action_is_start its start */
	bool action_is_start;
	struct text actor; /* its name */
	struct text request_id;
	int64_t from_ms, until_ms;
	int64_t before_number; /* keyset: what follows this event */
	size_t limit;	       /* 1..PAGE_LIMIT_MAX */
};

/* Adds at most filter->limit, fewer if they are very large: as many as there is
 * time for in one job. Moves the keyset on. The caller clears them, also after
 * an error. */
int audit_event_list(struct changes *changes, struct audit_filter *filter,
		     struct audit_event *events, struct list_part *part)
	__attribute__((warn_unused_result));
/* ENOENT */
int audit_event_get(struct changes *changes, int64_t number,
		    struct audit_event *ret_event)
	__attribute__((warn_unused_result));

/*
 * The last event about that object, or of one of these actions (NULL ends
 * them), at that revision or before; ENOENT: none. *ret_changed_since: there
 * is a later one.
 */
int audit_event_last_of(struct changes *changes, struct text object_id,
			int64_t revision, struct audit_event *ret_event,
			bool *ret_changed_since)
	__attribute__((warn_unused_result));
int audit_event_last_action(struct changes *changes, const char *const *actions,
			    int64_t revision, struct audit_event *ret_event,
			    bool *ret_changed_since)
	__attribute__((warn_unused_result));

#endif
