/*
 * redirect_log_batch.h - what the writer takes from the rings at once: calls,
 * each with its ACK if that is there already, and notes about others: the ACKs
 * of earlier calls, and what was repeated. Most ACKs follow their call within a
 * batch, so that the record is written once. Thread "log". Inside db/.
 *
 * A batch's texts are in the rings until log_batch_release().
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_BATCH_H
#define SIPMOVED_DB_REDIRECT_LOG_BATCH_H

#include "db/redirect_log_record.h"

enum {
	LOG_BATCH_CALLS_MAX = 1000,
	LOG_BATCH_NOTES_MAX = 2000,
	LOG_BATCH_SLOTS = 2048, /* a power of two, above twice the calls */
};

struct log_batch_call {
	struct redirect_log_record record;
	bool ack_seen;
};

struct log_batch_note {
	int64_t id;
	enum redirect_log_entry_kind kind; /* an ACK, or repeats */
	struct redirect_log_repeats repeats;
};

struct log_batch {
	struct log_batch_call calls[LOG_BATCH_CALLS_MAX];
	size_t call_count;
	const struct log_batch_call *by_id[LOG_BATCH_CALLS_MAX]; /* ascending */
	struct log_batch_note notes[LOG_BATCH_NOTES_MAX];
	size_t note_count;
	uint16_t slots[LOG_BATCH_SLOTS]; /* call + 1, by a hash of its id */
};

/* Replaces what the batch held. False: there may be more in the rings. */
bool log_batch_read(struct log_batch *batch,
		    struct redirect_log_ring *const *rings, size_t ring_count);
void log_batch_release(struct redirect_log_ring *const *rings,
		       size_t ring_count);

#endif
