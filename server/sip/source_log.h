/*
 * source_log.h - one stable line for each source that gets silence, for
 * fail2ban and its kin:
 *
 *   event=source_refused reason=scanner source=192.0.2.1
 *
 * reason: denied, banned, limited or scanner. A source is told of at most once
 * in ten minutes for each reason, and all of them at most
 * SOURCE_LOG_LINES_PER_MINUTE times; what is beyond is counted in a line of its
 * own. The main thread writes; never a worker.
 */
#ifndef SIPMOVED_SIP_SOURCE_LOG_H
#define SIPMOVED_SIP_SOURCE_LOG_H

#include "sip/source_notices.h"

enum {
	SOURCE_LOG_LINES_PER_MINUTE = 60,
};

/* Zeroed: nothing was written. */
struct source_log {
	int64_t minute;
	unsigned lines;
	uint64_t left_out; /* of this minute */
};

/* Counts one line: may it be written? *ret_left_out: how many were left out of
 * the minute before, said once when a new one begins. */
bool source_log_may_write(struct source_log *log, int64_t now_ms,
			  uint64_t *ret_left_out);
/* Takes all that waits, and writes what it may. */
void source_log_write(struct source_log *log, struct source_notices *notices,
		      int64_t now_ms);

#endif
