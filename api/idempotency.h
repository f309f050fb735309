/*
 * idempotency.h - a POST with an Idempotency-Key may be sent again: its answer
 * is kept with the change it tells of, in one transaction, for a day.
 *
 * "http" thread: take, begin, settle. Store thread: run. In between the
 * exchange belongs to the job. What `resumed` answers has to be known before
 * the commit, so for such a request it runs on the store's thread, over a copy
 * of the exchange, when the change was made and not yet committed.
 */
#ifndef SIPMOVED_API_IDEMPOTENCY_H
#define SIPMOVED_API_IDEMPOTENCY_H

#include "api/http_wire.h"

/* key: the field's value; authorization: so that a secret in an answer cannot
 * be read by whoever reads the database. False: 400 was answered. */
bool idempotency_take(struct exchange *exchange, struct text key,
		      struct text authorization);
/* Before the job is handed over; jobs_lock is not held. False: 409 was
 * answered, as a request with this key is under way. */
bool idempotency_begin(struct exchange *exchange);
/* In the job: the kept answer, or the change and its answer. */
int idempotency_run(struct exchange *exchange, struct changes *changes,
		    struct store_job *job);
/* The job is done. With jobs_lock held. */
void idempotency_end(struct exchange *exchange);
/* True: the answer was made, and `resumed` is not to run. */
bool idempotency_settle(struct exchange *exchange);

#endif
