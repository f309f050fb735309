/*
 * redirect_log_walk.h - a query's way through the segments that can hold what
 * it looks for. Inside db/, the query threads.
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_WALK_H
#define SIPMOVED_DB_REDIRECT_LOG_WALK_H

#include "db/redirect_log_folder.h"
#include "db/redirect_log_reader.h"
#include "db/redirect_log_writer.h"

enum {
	LOG_ID_MS_SHIFT = 20, /* an id starts with its time, see the record */
};

struct log_walk {
	struct log_folder *folder;
	struct log_writer *writer;
	struct log_reader_limits limits;
	int64_t first_id, end_id; /* half-open */
	bool oldest_first;
	/* False: that segment is left out. NULL: all are looked at. */
	bool (*wants)(void *arg, const struct log_segment_info *segment);
	int (*visit)(void *arg, struct log_reader *reader);
	void *arg;
};

/*
 * Visits one segment after the other, once what is in the rings was written if
 * the range is that recent. A corrupt one is marked, and skipped; one that is
 * gone is skipped. Errors: what visit says, ETIMEDOUT, ECANCELED.
 */
int log_walk_run(const struct log_walk *walk)
	__attribute__((warn_unused_result));

/* The first id of that millisecond, or the last there can be. */
int64_t log_id_at(int64_t time_ms);

#endif
