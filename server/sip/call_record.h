/*
 * call_record.h - turns one decided request into its redirect log record:
 * names the record and composes the texts that are in no one place of the
 * request. The texts live in the caller's buffers. No allocation.
 */
#ifndef SIPMOVED_SIP_CALL_RECORD_H
#define SIPMOVED_SIP_CALL_RECORD_H

#include "db/redirect_log_record.h"
#include "sip/call.h"

/* Room for the composed texts of one record; need not be cleared. */
struct call_record_texts {
	char tags_asked[LOG_TEXT_MAX];
	char tags_refused[LOG_TAGS_REFUSED_MAX];
	char targets[LOG_TARGETS_TEXT_MAX];
	char request_uri[LOG_TEXT_MAX];
};

/* Fills all that request and decision say; id, times, transport and source are
 * the caller's. The record lives as long as all three and texts. */
void call_record_fill(struct redirect_log_record *record,
		      const struct sip_request *request,
		      const struct call_decision *decision,
		      struct call_record_texts *texts);

/* Ids of one worker: unique, and in order of time even if the clock steps back.
 */
struct call_record_ids {
	int64_t last;
	unsigned worker; /* 0..63 */
};
int64_t call_record_next_id(struct call_record_ids *ids, int64_t wall_ms);

#endif
