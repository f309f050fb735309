/*
 * redirect_log_top.h - which addresses, sources, user agents or targets come
 * most often, of calls. Inside db/, thread "log-figures".
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_TOP_H
#define SIPMOVED_DB_REDIRECT_LOG_TOP_H

#include "db/redirect_log_walk.h"

/* base: its folder, writer and limits are set. */
int log_top_run(const struct log_walk *base, struct redirect_log_top *top)
	__attribute__((warn_unused_result));

#endif
