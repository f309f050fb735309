/*
 * webhook_deliveries.h - what was, is or will be sent, as people see it. Inside
 * a store job.
 */
#ifndef SIPMOVED_DB_WEBHOOK_DELIVERIES_H
#define SIPMOVED_DB_WEBHOOK_DELIVERIES_H

#include "db/webhook_queue.h"

extern const char *const webhook_status_names[WEBHOOK_STATUSES];

struct webhook_attempt {
	int64_t at_ms;
	int64_t duration_ms;
	int status; /* of HTTP; 0: there was no answer */
	char error[WEBHOOK_ERROR_MAX + 1];
	char excerpt[WEBHOOK_EXCERPT_MAX + 1];
};

struct webhook_delivery {
	int64_t row_id;
	char id[OBJECT_ID_SIZE];
	char endpoint_id[OBJECT_ID_SIZE];
	char event_id[OBJECT_ID_SIZE];
	char type[WEBHOOK_PATTERN_MAX + 1];
	enum webhook_status status;
	int64_t attempt_count;
	int64_t next_attempt_at_ms; /* while it is pending */
	int64_t created_at_ms, updated_at_ms;
	/* Of the last attempt; zeros: there was none. */
	int last_status;
	char last_error[WEBHOOK_ERROR_MAX + 1];
	/* Of one alone, owned: what is sent, and the attempts, oldest first. */
	char *body;
	struct webhook_attempt *attempts;
	size_t attempts_held;
};
void webhook_delivery_clear(struct webhook_delivery *delivery);

struct webhook_delivery_filter {
	char endpoint_id[OBJECT_ID_SIZE];   /* "": any */
	char type[WEBHOOK_PATTERN_MAX + 1]; /* "": any */
	unsigned statuses;		    /* bits; 0: any */
	char before_id[OBJECT_ID_SIZE];	    /* keyset; "": from the newest */
	size_t limit;
};
/* Newest first. */
int webhook_delivery_list(struct changes *changes,
			  const struct webhook_delivery_filter *filter,
			  struct webhook_delivery *deliveries,
			  size_t *ret_count, bool *ret_more)
	__attribute__((warn_unused_result));
/* ENOENT. The caller clears it. */
int webhook_delivery_get(struct changes *changes, struct text id,
			 struct webhook_delivery *ret_delivery)
	__attribute__((warn_unused_result));

/* From the start of the schedule, at once. ENOENT; EINVAL: its endpoint is
 * disabled. */
int webhook_delivery_retry(struct changes *changes, struct text id)
	__attribute__((warn_unused_result));
/* All of an endpoint's that are dead and were made since. ENOENT, EINVAL. */
int webhook_deliveries_retry(struct changes *changes, struct text endpoint_id,
			     int64_t since_ms, int64_t *ret_count)
	__attribute__((warn_unused_result));
/* An event for this endpoint alone; its delivery's id. ENOENT, EINVAL. */
int webhook_delivery_test(struct changes *changes, struct text endpoint_id,
			  char ret_id[OBJECT_ID_SIZE])
	__attribute__((warn_unused_result));

#endif
