/*
 * redirect_log_unfollowed.h - which sources probably do not follow a redirect:
 * no ACK came for it, or the same caller called the same address again within a
 * minute. Inside db/, thread "log-figures".
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_UNFOLLOWED_H
#define SIPMOVED_DB_REDIRECT_LOG_UNFOLLOWED_H

#include "db/redirect_log_walk.h"

/* base: its folder, writer and limits are set. */
int log_unfollowed_run(const struct log_walk *base,
		       struct redirect_log_unfollowed *unfollowed)
	__attribute__((warn_unused_result));

#endif
