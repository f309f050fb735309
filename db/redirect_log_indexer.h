/*
 * redirect_log_indexer.h - thread "log-index", of low priority: finishes the
 * segments that wait for it, and removes those that are too old. Inside db/.
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_INDEXER_H
#define SIPMOVED_DB_REDIRECT_LOG_INDEXER_H

#include "db/redirect_log_folder.h"

struct log_indexer;

/* The folder outlives the indexer. */
int log_indexer_new(struct log_folder *folder, unsigned retention_days,
		    struct log_indexer **ret_indexer)
	__attribute__((warn_unused_result));
void log_indexer_free(struct log_indexer *indexer); /* takes NULL */
int log_indexer_start(struct log_indexer *indexer)
	__attribute__((warn_unused_result));
/* Breaks off what it does; a later start does that again. Not started: does
 * nothing. */
void log_indexer_stop(struct log_indexer *indexer);

/* Any thread: there is something waiting. */
void log_indexer_wake(struct log_indexer *indexer);
/* Removes what is older than the retention; the indexer does so by itself. */
void log_indexer_expire(struct log_indexer *indexer);

#endif
