/*
 * webhook_turn.h - one job of the sender in the store: all that it has to say
 * and to ask, in one transaction. The "webhook" thread's, which waits for it.
 */
#ifndef SIPMOVED_WEBHOOK_TURN_H
#define SIPMOVED_WEBHOOK_TURN_H

#include "db/move_boundaries.h"
#include "db/move_use.h"
#include "db/redirect_log.h"
#include "db/store.h"
#include "db/webhook_queue.h"

struct webhook_turn {
	struct store *store;
	const struct webhook_rules *rules;
	struct move_reminders reminders;

	/* What there is to say. */
	struct webhook_result results[WEBHOOK_IN_FLIGHT_MAX];
	size_t result_count;
	struct webhook_flights flights;
	const struct redirect_log_entry *calls; /* NULL: none were read */
	size_t call_count;
	int64_t calls_until_id;
	bool takes, sweeps, measures;
	unsigned failing;	      /* of node_health.h */
	const struct move_use *asked; /* NULL: of none the log has told */
	bool was_used;		      /* that one */
	int64_t log_begins_ms;

	/* What is told. */
	enum webhook_outcome outcomes[WEBHOOK_IN_FLIGHT_MAX];
	struct webhook_message messages[WEBHOOK_IN_FLIGHT_MAX];
	size_t message_count;
	int64_t next_ms;	/* when there is more; INT64_MAX: never */
	int64_t calls_after_id; /* 0: nobody wants to know of calls */
	struct move_use use;	/* to ask the log about; its id may be "" */
	bool has_more_to_sweep;
	struct webhook_backlog backlog;
};

void webhook_turn_init(struct webhook_turn *turn, struct store *store,
		       const struct webhook_rules *rules,
		       const struct move_reminders *reminders);
/* On an error nothing was told, and nothing is; it can be run again. */
int webhook_turn_run(struct webhook_turn *turn)
	__attribute__((warn_unused_result));
void webhook_turn_clear(struct webhook_turn *turn);

#endif
