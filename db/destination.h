/*
 * destination.h - a place that people go to often, offered to them when they
 * move their calls. A plain value; no rule: whoever may, moves anywhere.
 */
#ifndef SIPMOVED_DB_DESTINATION_H
#define SIPMOVED_DB_DESTINATION_H

#include "db/changes.h"

enum {
	DESTINATION_LABEL_MAX = 60,
	DESTINATIONS_MAX = 1000,
};

struct destination {
	int64_t row_id;
	char id[OBJECT_ID_SIZE]; /* "dst_..." */
	char label[DESTINATION_LABEL_MAX + 1];
	char uri[MOVE_URI_MAX + 1]; /* as a target of a move may be */
	int64_t created_at_ms;
	int64_t updated_at_ms;
	int64_t revision;
};

/* Part of changes.h, with its rules and its errors. Store thread. */

/* EINVAL see faults; EEXIST another one has the URI: *ret_other_id. */
int destination_create(struct changes *changes, struct destination *destination,
		       struct faults *faults, char ret_other_id[OBJECT_ID_SIZE])
	__attribute__((warn_unused_result));
/* All members of the one with this id. ENOENT, ESTALE; EINVAL and EEXIST as
 * above. */
int destination_update(struct changes *changes, struct destination *destination,
		       int64_t if_revision, struct faults *faults,
		       char ret_other_id[OBJECT_ID_SIZE])
	__attribute__((warn_unused_result));
/* ENOENT, ESTALE */
int destination_delete(struct changes *changes, struct text id,
		       int64_t if_revision) __attribute__((warn_unused_result));
int destination_get(struct changes *changes, struct text id,
		    struct destination *ret_destination)
	__attribute__((warn_unused_result));
/* By id, after an id ("": from the start). */
int destination_list(struct changes *changes, const char *after_id,
		     size_t limit, struct destination *destinations,
		     size_t *ret_count, bool *ret_more)
	__attribute__((warn_unused_result));

#endif
