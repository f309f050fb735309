/*
 * source_rows.h - reading and changing who is answered: rules, bans, scanner
 * patterns and the limit; in which words: peer profiles; and where calls may
 * be sent: target rules. Inside a store job, like all of changes.h, with the
 * same common errors.
 *
 * All but the limit are kept alike: values that begin with a struct
 * source_object, passed as the struct that their kind stands for.
 */
#ifndef SIPMOVED_DB_SOURCE_ROWS_H
#define SIPMOVED_DB_SOURCE_ROWS_H

#include "db/changes.h"
#include "db/source_policy.h"

enum source_kind {
	SOURCE_RULES,	  /* struct source_rule */
	SOURCE_BANS,	  /* struct source_ban */
	SCANNER_PATTERNS, /* struct scanner_pattern */
	PEER_PROFILES,	  /* struct peer_profile */
	TARGET_RULES,	  /* struct target_rule */
};

/* The kind's struct. */
size_t source_row_size(enum source_kind kind);

/* ENOENT; a ban that has ended is not there any more. */
int source_row_get(struct changes *changes, enum source_kind kind,
		   struct text id, void *ret_value)
	__attribute__((warn_unused_result));
/*
 * Fills value's object. Bans that have ended go on this occasion. EINVAL see
 * faults; EEXIST there is one for the same network and listener, the same
 * network, of the same header and text, or of the same kind, value and role:
 * *ret_other_id names it.
 */
int source_row_create(struct changes *changes, enum source_kind kind,
		      void *value, struct faults *faults,
		      char ret_other_id[OBJECT_ID_SIZE])
	__attribute__((warn_unused_result));
/* All members of the one with this id. ENOENT, ESTALE; EINVAL and EEXIST as
 * above. */
int source_row_update(struct changes *changes, enum source_kind kind,
		      void *value, int64_t if_revision, struct faults *faults,
		      char ret_other_id[OBJECT_ID_SIZE])
	__attribute__((warn_unused_result));
/* ENOENT, ESTALE. */
int source_row_delete(struct changes *changes, enum source_kind kind,
		      struct text id, int64_t if_revision)
	__attribute__((warn_unused_result));
/* By id, after an id; values: room for `limit` of the kind's struct. */
int source_row_list(struct changes *changes, enum source_kind kind,
		    const char *after_id, size_t limit, void *values,
		    size_t *ret_count, bool *ret_more)
	__attribute__((warn_unused_result));

int source_limit_get(struct changes *changes, struct source_limit *ret_limit)
	__attribute__((warn_unused_result));
/* EINVAL see faults; ESTALE. */
int source_limit_set(struct changes *changes, struct source_limit *limit,
		     int64_t if_revision, struct faults *faults)
	__attribute__((warn_unused_result));

#endif
