/*
 * redirect_log_visit.h - every record of a time shown to a function, for what
 * has to look at each one. Inside db/, the query threads.
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_VISIT_H
#define SIPMOVED_DB_REDIRECT_LOG_VISIT_H

#include "db/redirect_log_walk.h"

/*
 * The records of query->filter's time, newest segment first, and newest first
 * in each, to query->visit until it says false. What else the filter holds is
 * not looked at. Errors: those of log_walk_run(), ENOMEM.
 */
int log_visit_run(const struct log_walk *base, struct redirect_log_query *query)
	__attribute__((warn_unused_result));

#endif
