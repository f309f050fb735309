/*
 * redirect_log_writer.h - thread "log": takes what is in the rings every 200 ms
 * (or when they fill up, or when a query asks), and writes it. Inside db/.
 *
 * The segment before the open one stays open for a while, for the ACKs of its
 * last calls; then it is the indexer's.
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_WRITER_H
#define SIPMOVED_DB_REDIRECT_LOG_WRITER_H

#include "db/redirect_log_folder.h"
#include "db/redirect_log_indexer.h"
#include "db/redirect_log_tail.h"

enum {
	LOG_RINGS_MAX = 64, /* workers have 6 bits of a record's id */
};

struct log_writer_config {
	struct log_folder *folder;   /* outlive the writer */
	struct log_indexer *indexer; /* the same */
	struct log_tails *tails;     /* the same */
	size_t segment_records;
	size_t ring_size_bytes;
	uint64_t min_free_bytes;
};

struct log_writer;

struct log_writer_counts {
	bool is_up; /* the last write came through */
	uint64_t written, dropped, acks;
	uint64_t used_bytes; /* waiting in the rings */
};

int log_writer_new(const struct log_writer_config *config,
		   struct log_writer **ret_writer)
	__attribute__((warn_unused_result));
void log_writer_free(struct log_writer *writer); /* takes NULL */
/* Before the start. ENOSPC: LOG_RINGS_MAX are there. */
int log_writer_add_ring(struct log_writer *writer,
			struct redirect_log_ring **ret_ring)
	__attribute__((warn_unused_result));
int log_writer_start(struct log_writer *writer)
	__attribute__((warn_unused_result));
/* Writes what is in the rings, and joins. Not started: does nothing. */
void log_writer_stop(struct log_writer *writer);

/* Any thread: what is in the rings by now is on disk after this, or 300 ms
 * have passed. */
void log_writer_flush(struct log_writer *writer);
/* Any thread. */
struct log_writer_counts log_writer_counts(const struct log_writer *writer);

#endif
