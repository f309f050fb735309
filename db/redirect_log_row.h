/*
 * redirect_log_row.h - a record as a row of a segment's table "redirect": the
 * table, and how an INSERT is given a record. Thread "log". Inside db/.
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_ROW_H
#define SIPMOVED_DB_REDIRECT_LOG_ROW_H

#include "base/hash.h"
#include "db/database.h"
#include "db/redirect_log_record.h"

enum {
	LOG_ROW_SCRATCH_SIZE = 8192, /* above all texts of a record together */
};

extern const char *const log_row_table_sql;
extern const char *const log_row_insert_sql;

/* Clean copies of one record's texts; few records ever need it. */
struct log_row_scratch {
	char bytes[LOG_ROW_SCRATCH_SIZE];
	size_t used;
};

/*
 * Texts are bound where they are, in the ring or in the scratch: both stay as
 * they are until the statement was run.
 */
void log_row_bind(sqlite3_stmt *insert, struct log_row_scratch *scratch,
		  const struct hash_key *key,
		  const struct redirect_log_record *record, bool ack_seen);

#endif
