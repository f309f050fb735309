/*
 * redirect_log_search.h - a page of records, or one by its id. Inside db/,
 * thread "log-query".
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_SEARCH_H
#define SIPMOVED_DB_REDIRECT_LOG_SEARCH_H

#include "db/redirect_log_walk.h"

/* base: its folder, writer and limits are set. Fills the query's entries. */
int log_search_run(const struct log_walk *base,
		   struct redirect_log_query *query)
	__attribute__((warn_unused_result));

#endif
