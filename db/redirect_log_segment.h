/*
 * redirect_log_segment.h - one segment of the redirect log: an SQLite file that
 * records are appended to through one connection, which alone commits to it and
 * checkpoints it. SQLite 3.40 may lose a WAL's contents if one connection
 * commits while another checkpoints; so the indexer opens the file only after
 * this connection was closed.
 *
 * While it is open it has no secondary index. One thread at a time. Inside db/.
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_SEGMENT_H
#define SIPMOVED_DB_REDIRECT_LOG_SEGMENT_H

#include <stdatomic.h>

#include "base/hash.h"
#include "db/database.h"
#include "db/redirect_log_record.h"

enum {
	/* user_version of the file; those of old are read, not written:
	 * 3 names the peer profile, counts reasons in a minute, and keeps what
	 * was repeated */
	LOG_SEGMENT_VERSION_OLDEST = 2,
	LOG_SEGMENT_VERSION = 3,
};

struct log_segment;

/* The file must not be there. Errors: EEXIST, ENOSPC, EIO. */
int log_segment_create(const char *path, struct log_segment **ret_segment)
	__attribute__((warn_unused_result));
/* A file that was left unfinished. EBADMSG: not a sound segment, or not of this
 * version. */
int log_segment_reopen(const char *path, struct log_segment **ret_segment)
	__attribute__((warn_unused_result));
/* What was not committed is gone. Takes NULL. */
void log_segment_close(struct log_segment *segment);

/*
 * All begin a transaction if none is open. EEXIST: a record with that id is
 * there, and nothing changed. After any other error: roll back.
 */
int log_segment_insert(struct log_segment *segment,
		       const struct redirect_log_record *record, bool ack_seen)
	__attribute__((warn_unused_result));
int log_segment_mark_acked(struct log_segment *segment, int64_t id,
			   bool *ret_found) __attribute__((warn_unused_result));
int log_segment_note_repeats(struct log_segment *segment, int64_t id,
			     struct redirect_log_repeats repeats,
			     bool *ret_found)
	__attribute__((warn_unused_result));
/*
 * With the minutes' counts, and a checkpoint when the WAL has grown. After an
 * error: roll back, which says how many records were lost; none, if they were
 * committed and only the checkpoint failed.
 */
int log_segment_commit(struct log_segment *segment)
	__attribute__((warn_unused_result));
size_t log_segment_rollback(struct log_segment *segment);

size_t log_segment_records(const struct log_segment *segment);
size_t log_segment_uncommitted(const struct log_segment *segment);
/* first > last: none. */
void log_segment_range(const struct log_segment *segment, int64_t *ret_first_id,
		       int64_t *ret_last_id);

/*
 * Builds the indexes of a segment that nobody writes any more, leaves WAL mode
 * and makes the file read-only. May be repeated. Errors: ECANCELED is_stopping
 * became true; EBUSY somebody reads it just now; EBADMSG corrupt; ENOSPC, EIO.
 */
int log_segment_finish(const char *path, const atomic_bool *is_stopping)
	__attribute__((warn_unused_result));

/* Of an open connection: EBADMSG if the file is no segment of ours. */
int log_segment_identify(struct database *database, struct hash_key *ret_key,
			 unsigned *ret_version)
	__attribute__((warn_unused_result));

#endif
