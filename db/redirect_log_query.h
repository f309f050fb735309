/*
 * redirect_log_query.h - a thread that answers queries one after the other,
 * over the segments that can hold an answer. There are two: "log-query" for
 * records, "log-figures" for what reads many. Inside db/.
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_QUERY_H
#define SIPMOVED_DB_REDIRECT_LOG_QUERY_H

#include "db/redirect_log.h"
#include "db/redirect_log_folder.h"
#include "db/redirect_log_writer.h"

struct log_querier;

/* Both outlive the querier. */
int log_querier_new(struct log_folder *folder, struct log_writer *writer,
		    struct log_querier **ret_querier)
	__attribute__((warn_unused_result));
void log_querier_free(struct log_querier *querier); /* takes NULL */
int log_querier_start(struct log_querier *querier, const char *thread_name)
	__attribute__((warn_unused_result));
/* Every query is answered, most of them with ECANCELED. Also if it was never
 * started. */
void log_querier_stop(struct log_querier *querier);
/* Any thread. */
void log_querier_submit(struct log_querier *querier,
			struct redirect_log_query *query);

#endif
