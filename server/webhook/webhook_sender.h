/*
 * webhook_sender.h - sends what waits in the outbox (db/webhook_queue.h).
 *
 * One thread, "webhook": libcurl's multi interface, and one job in the store
 * after the other, each of which notes what became of messages, tells of moves
 * that begin and end, and takes the next messages. It waits for the store, the
 * network, and the next time that something is due; nothing waits for it.
 */
#ifndef SIPMOVED_WEBHOOK_SENDER_H
#define SIPMOVED_WEBHOOK_SENDER_H

#include "base/webhook_traffic.h"
#include "db/backups.h"
#include "db/move_boundaries.h"
#include "db/redirect_log.h"
#include "db/store.h"
#include "db/webhook_queue.h"
#include "webhook/webhook_policy.h"

struct webhook_sender;

struct webhook_sender_config {
	struct store *store;	  /* outlives the thread */
	struct redirect_log *log; /* the same */
	struct backups *backups;  /* the same; NULL: there are none */
	struct webhook_policy policy;
	struct webhook_rules rules;
	struct move_reminders reminders;
	int64_t timeout_ms;    /* of one attempt */
	int64_t call_batch_ms; /* between two looks at the log */
	const char *version;   /* static */
};

/* Before the store's start, which it asks to be woken by. ENOMEM. */
int webhook_sender_new(const struct webhook_sender_config *config,
		       struct webhook_sender **ret_sender)
	__attribute__((warn_unused_result));
/* After the store's and the log's. */
int webhook_sender_start(struct webhook_sender *sender)
	__attribute__((warn_unused_result));
/* Gives what is on its way a moment, notes what came of it, and joins; before
 * the store's stop. What is left is sent after the next start. Takes NULL. */
void webhook_sender_stop(struct webhook_sender *sender);
void webhook_sender_free(struct webhook_sender *sender); /* takes NULL */

/* A webhook_traffic_fn. */
void webhook_sender_traffic(void *arg, struct webhook_traffic *ret_traffic);
/* A webhook_check_fn: of a URL. */
const char *webhook_sender_check_url(const void *arg, struct text url);

#endif
