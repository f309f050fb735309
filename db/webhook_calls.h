/*
 * webhook_calls.h - calls as events, many in one: read from the redirect log
 * behind the last one that was told, so that none is left out, whatever stops
 * meanwhile, and the call path knows nothing of it. Inside a store job.
 */
#ifndef SIPMOVED_DB_WEBHOOK_CALLS_H
#define SIPMOVED_DB_WEBHOOK_CALLS_H

#include "db/changes.h"
#include "db/redirect_log.h"

enum {
	/* Messages about calls that wait; then calls wait in the log. */
	WEBHOOK_CALLS_PENDING_MAX = 1000,
};

/* *ret_after_id: the last record that was told. 0: nobody wants to know, or
 * too much waits already. */
int webhook_calls_position(struct changes *changes, int64_t *ret_after_id)
	__attribute__((warn_unused_result));
/* Oldest first; until_id: the next ones lie behind it. */
int webhook_calls_write(struct changes *changes,
			const struct redirect_log_entry *entries, size_t count,
			int64_t until_id) __attribute__((warn_unused_result));

#endif
