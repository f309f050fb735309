/*
 * redirect_log_reader.h - a query's look into one segment, over a read-only
 * connection that never checkpoints. Inside db/, the query threads (and the
 * thread that opens the log, before there are others).
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_READER_H
#define SIPMOVED_DB_REDIRECT_LOG_READER_H

#include <stdatomic.h>

#include "db/redirect_log_filter.h"

struct log_reader;

/* When a query has to give up. */
struct log_reader_limits {
	int64_t deadline_us; /* monotonic */
	const atomic_bool *is_stopping;
};

/* EBADMSG: corrupt, or no segment. ENOENT: it is gone. */
int log_reader_open(const char *path, const struct log_reader_limits *limits,
		    struct log_reader **ret_reader)
	__attribute__((warn_unused_result));
void log_reader_close(struct log_reader *reader); /* takes NULL */

int log_reader_range(struct log_reader *reader, int64_t *ret_first_id,
		     int64_t *ret_last_id) __attribute__((warn_unused_result));

/* The records of the range that match, in the filter's order. status 0: any;
 * the filter's own are the caller's to go through. */
int log_reader_select(struct log_reader *reader,
		      const struct redirect_log_filter *filter, uint16_t status,
		      const struct log_filter_range *range)
	__attribute__((warn_unused_result));
/* After a select. *ret_id is 0 at the end. */
int log_reader_next(struct log_reader *reader, int64_t *ret_id)
	__attribute__((warn_unused_result));
/* The record that next stopped at. */
void log_reader_entry(struct log_reader *reader,
		      struct redirect_log_entry *ret_entry);

/* Questions of other kinds: a literal, prepared once; a step maps errors as all
 * of these functions do. */
unsigned log_reader_version(const struct log_reader *reader);
int log_reader_ask(struct log_reader *reader, const char *sql,
		   sqlite3_stmt **ret_statement)
	__attribute__((warn_unused_result));
int log_reader_step(struct log_reader *reader, sqlite3_stmt *statement,
		    bool *ret_row) __attribute__((warn_unused_result));

#endif
