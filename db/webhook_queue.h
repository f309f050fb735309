/*
 * webhook_queue.h - what the sender of webhooks asks of the store: messages
 * that are due, and what became of those that were sent. Inside a store job.
 *
 * A delivery waits (pending), was taken (delivered), or is given up (dead), to
 * be seen and sent again. Which ones are under way only the sender knows: after
 * a crash they are sent once more, with the same id.
 */
#ifndef SIPMOVED_DB_WEBHOOK_QUEUE_H
#define SIPMOVED_DB_WEBHOOK_QUEUE_H

#include "db/webhook_endpoint.h"
#include "db/webhook_schedule.h"

enum {
	WEBHOOK_IN_FLIGHT_MAX = 32,
	WEBHOOK_IN_FLIGHT_EACH = 4, /* to one endpoint */
	WEBHOOK_EXCERPT_MAX = 1024, /* bytes kept of an answer */
	WEBHOOK_ERROR_MAX = 255,
};

/* On disk. */
enum webhook_status {
	WEBHOOK_STATUS_PENDING,
	WEBHOOK_STATUS_DELIVERED,
	WEBHOOK_STATUS_DEAD,
	WEBHOOK_STATUSES,
};

/* One to send. */
struct webhook_message {
	int64_t delivery;		  /* row number */
	struct webhook_endpoint endpoint; /* as it was when it was taken */
	char id[OBJECT_ID_SIZE];	  /* of the event: the same each time */
	char *body;			  /* owned */
};
void webhook_message_clear(struct webhook_message *message);

/* Those under way. */
struct webhook_flight {
	int64_t delivery, endpoint; /* row numbers */
};

struct webhook_flights {
	struct webhook_flight list[WEBHOOK_IN_FLIGHT_MAX];
	size_t count;
};

/*
 * Fills messages, as many as may be beside those under way, endpoint by
 * endpoint in turn. *ret_next_ms: when there may be more, if nothing happens
 * before; INT64_MAX: never. On an error there are none.
 */
int webhook_queue_take(struct changes *changes,
		       const struct webhook_flights *flights,
		       struct webhook_message *messages, size_t *ret_count,
		       int64_t *ret_next_ms)
	__attribute__((warn_unused_result));

struct webhook_result {
	int64_t delivery, endpoint; /* row numbers */
	char endpoint_id[OBJECT_ID_SIZE], event_id[OBJECT_ID_SIZE];
	int64_t at_ms;
	int status; /* of HTTP; 0: there was no answer */
	int64_t duration_ms;
	int64_t retry_after_ms;		   /* that it asked for; 0: none */
	char error[WEBHOOK_ERROR_MAX + 1]; /* "": it was answered */
	char excerpt[WEBHOOK_EXCERPT_MAX + 1];
};

struct webhook_rules {
	struct webhook_schedule schedule;
	int64_t disable_after_ms; /* of nothing but failures */
	int64_t keep_ms;	  /* deliveries that are over */
};

enum webhook_outcome {
	WEBHOOK_DELIVERED,
	WEBHOOK_FAILED, /* to be tried again */
	WEBHOOK_DEAD,
	WEBHOOK_OUTCOMES,
};

/* What it comes to: of a delivery that is gone, WEBHOOK_FAILED. */
int webhook_queue_note(struct changes *changes,
		       const struct webhook_result *result,
		       const struct webhook_rules *rules,
		       enum webhook_outcome *ret_outcome)
	__attribute__((warn_unused_result));

/* Removes what is older than it is kept, some at a time; *ret_more. */
int webhook_queue_sweep(struct changes *changes,
			const struct webhook_rules *rules, bool *ret_more)
	__attribute__((warn_unused_result));

struct webhook_backlog {
	uint64_t pending, dead;
	int64_t oldest_ms; /* of the pending; 0: there is none */
};
int webhook_queue_measure(struct changes *changes,
			  struct webhook_backlog *ret_backlog)
	__attribute__((warn_unused_result));

#endif
