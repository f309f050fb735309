/*
 * calendar_poller.h - reads the calendars that users subscribed to
 * (db/calendar_poll.h).
 *
 * One thread, "calendars": libcurl's multi interface, and jobs in the store
 * that take what is due and make true what was read. It waits for the store,
 * the network, and the next time that something is due; nothing waits for it.
 */
#ifndef SIPMOVED_WEBHOOK_CALENDAR_POLLER_H
#define SIPMOVED_WEBHOOK_CALENDAR_POLLER_H

#include "db/calendar_poll.h"
#include "db/store.h"
#include "webhook/webhook_policy.h"

struct calendar_poller;

struct calendar_poller_config {
	struct store *store;   /* outlives the thread */
	calendar_read_fn read; /* on this thread */
	struct webhook_policy policy;
	int64_t timeout_ms;  /* of one calendar */
	const char *version; /* static */
	bool allow_local_targets;
};

/* Before the store's start, which it asks to be woken by. ENOMEM. */
int calendar_poller_new(const struct calendar_poller_config *config,
			struct calendar_poller **ret_poller)
	__attribute__((warn_unused_result));
/* After the store's. */
int calendar_poller_start(struct calendar_poller *poller)
	__attribute__((warn_unused_result));
/* Breaks off what is under way, and joins; before the store's stop. Takes NULL.
 */
void calendar_poller_stop(struct calendar_poller *poller);
void calendar_poller_free(struct calendar_poller *poller); /* takes NULL */

/* A webhook_check_fn: of a URL. */
const char *calendar_poller_check_url(const void *arg, struct text url);

#endif
