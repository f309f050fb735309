/*
 * redirect_log_filter.h - a filter as the WHERE of a SELECT over a segment's
 * table "redirect". Inside db/, query threads.
 *
 * Address, Call-ID and one status have an index; a filter of several statuses
 * is asked once for each. Terms are compared record by record, by one table of
 * columns.
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_FILTER_H
#define SIPMOVED_DB_REDIRECT_LOG_FILTER_H

#include "base/hash.h"
#include "db/database.h"
#include "db/redirect_log.h"

/* The functions that the SQL calls, of an open connection. */
int log_filter_prepare(struct database *database)
	__attribute__((warn_unused_result));
/* " WHERE ... ORDER BY ... LIMIT ..."; status 0: any. Of statuses the filter's
 * own are not looked at. */
void log_filter_write(const struct redirect_log_filter *filter, uint16_t status,
		      struct writer *sql);

struct log_filter_range {
	int64_t first_id, end_id; /* half-open */
	size_t limit;
};
/* The values of what was written, in the same order. */
void log_filter_bind(sqlite3_stmt *select,
		     const struct redirect_log_filter *filter, uint16_t status,
		     const struct log_filter_range *range,
		     const struct hash_key *key);

#endif
