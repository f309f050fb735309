/*
 * redirect_log_answer.h - what went wrong with a question to the redirect log,
 * said alike for all of its routes.
 */
#ifndef SIPMOVED_API_REDIRECT_LOG_ANSWER_H
#define SIPMOVED_API_REDIRECT_LOG_ANSWER_H

#include "api/http_exchange.h"

/* exchange->err of a log query. */
void redirect_log_answer_error(struct exchange *exchange);

#endif
