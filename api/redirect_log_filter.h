/*
 * redirect_log_filter.h - the query parameters that say which records are
 * meant, for lists and for streams. On the "http" thread.
 *
 * A value is exact; "text*" is its start and "*text*" a part of it. A comma
 * separates values of which any will do, where a row of the table says so.
 * What has no index is searched record by record, and needs a window of time.
 */
#ifndef SIPMOVED_API_REDIRECT_LOG_FILTER_H
#define SIPMOVED_API_REDIRECT_LOG_FILTER_H

#include "api/http_exchange.h"

/* What is wrong is noted in the exchange's faults. Views into the query. */
void redirect_log_filter_read(struct exchange *exchange,
			      struct redirect_log_filter *filter);
/* Those of a stream: address, status, source, call_id, without a window. */
void redirect_log_filter_read_live(struct exchange *exchange,
				   struct redirect_log_filter *filter);
/* `from` and `until`: what is missing becomes the last day, up to now. */
void redirect_log_window_read(struct exchange *exchange, int64_t *ret_from_ms,
			      int64_t *ret_until_ms);

#endif
