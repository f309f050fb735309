/*
 * redirect_log_tail.h - records as they are written, for whoever looks on. Each
 * onlooker has a ring of its own: the log thread puts what its filter lets
 * through, its own thread takes it out, and what does not fit is dropped and
 * counted, so that a slow onlooker costs the log nothing.
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_TAIL_H
#define SIPMOVED_DB_REDIRECT_LOG_TAIL_H

#include "db/redirect_log.h"

enum {
	LOG_TAILS_MAX = 64,
	LOG_TAIL_RING_BYTES = 256 * 1024,
	LOG_TAIL_SOURCES_MAX = 16,
};

struct redirect_log_tail;

struct redirect_log_tail_config {
	/* Address, Call-ID, statuses, and terms of exact sources. Copied. */
	const struct redirect_log_filter *filter;
	/* Log thread: something new is in the ring. Never after the close. */
	void (*wake)(void *arg);
	void *arg;
};

/* From now on. ENOSPC: LOG_TAILS_MAX look on already; EINVAL: another term. */
int redirect_log_tail_open(struct redirect_log *log,
			   const struct redirect_log_tail_config *config,
			   struct redirect_log_tail **ret_tail)
	__attribute__((warn_unused_result));
void redirect_log_tail_close(struct redirect_log_tail *tail); /* takes NULL */

/* The next record, if there is one: whether its ACK came is told as far as it
 * was known when it was written. One thread. */
bool redirect_log_tail_next(struct redirect_log_tail *tail,
			    struct redirect_log_entry *ret_entry);
/* Records that found no room, ever. */
uint64_t redirect_log_tail_dropped(const struct redirect_log_tail *tail);

/* --- the log's own -------------------------------------------------------- */

struct log_tails;
struct log_batch_call;

int log_tails_new(struct log_tails **ret_tails)
	__attribute__((warn_unused_result));
/* Tails that are still open keep it. Takes NULL. */
void log_tails_unref(struct log_tails *tails);
int log_tails_add(struct log_tails *tails,
		  const struct redirect_log_tail_config *config,
		  struct redirect_log_tail **ret_tail)
	__attribute__((warn_unused_result));
/* Log thread: these were written. */
void log_tails_publish(struct log_tails *tails,
		       const struct log_batch_call *const *calls, size_t count);
/* Open ones. Any thread. */
size_t log_tails_count(const struct log_tails *tails);

#endif
