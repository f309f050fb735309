/*
 * inbound_result.h - what an event was answered, as its list and a repetition
 * tell it: JSON that is kept with it.
 */
#ifndef SIPMOVED_API_INBOUND_RESULT_H
#define SIPMOVED_API_INBOUND_RESULT_H

#include "api/inbound_effect.h"
#include "api/problem.h"

/* result and status; the outcome is the caller's. */
void inbound_result_refuse(struct inbound_event *event,
			   enum problem_code refusal, const char *why);
/* outcome, status and result of an event whose effect was applied. ENOMEM */
int inbound_result_settle(struct inbound_event *event,
			  const struct inbound_effect *effect)
	__attribute__((warn_unused_result));

#endif
