/*
 * redirect_log_minutes.h - how many calls got which status, and for what
 * reason, in each minute, kept in a segment's table "minute", so that charts
 * never scan records. Counts are gathered here and added to the table once a
 * transaction. Thread "log". Inside db/.
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_MINUTES_H
#define SIPMOVED_DB_REDIRECT_LOG_MINUTES_H

#include "db/database.h"
#include "db/redirect_log_record.h"

enum {
	LOG_MINUTES_KEPT = 32, /* counts, before they go to the table */
};

struct log_minute {
	int64_t minute; /* since 1970, of the record's receipt */
	uint16_t status;
	uint8_t reason; /* enum call_reason */
	uint32_t calls;
};

/* A zeroed one is empty and ready. */
struct log_minutes {
	struct log_minute list[LOG_MINUTES_KEPT];
	size_t count;
};

/* Within a transaction: it may have to store. */
int log_minutes_add(struct log_minutes *minutes, struct database *database,
		    const struct redirect_log_record *record)
	__attribute__((warn_unused_result));
/* Adds them to the table, and is empty after that, also on an error. */
int log_minutes_store(struct log_minutes *minutes, struct database *database)
	__attribute__((warn_unused_result));

#endif
