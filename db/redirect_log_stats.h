/*
 * redirect_log_stats.h - calls over time, from the counts that segments keep by
 * minute. OPTIONS about the server itself are no calls. Inside db/, thread
 * "log-figures".
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_STATS_H
#define SIPMOVED_DB_REDIRECT_LOG_STATS_H

#include "db/redirect_log_walk.h"

/* base: its folder, writer and limits are set. */
int log_stats_run(const struct log_walk *base, struct redirect_log_stats *stats)
	__attribute__((warn_unused_result));

#endif
