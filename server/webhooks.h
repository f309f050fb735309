/*
 * webhooks.h - the threads that ask other servers, the sender of webhooks and
 * the reader of calendars, as serve.c starts them: from the settings, and with
 * what the API may ask of them.
 */
#ifndef SIPMOVED_WEBHOOKS_H
#define SIPMOVED_WEBHOOKS_H

#include "config.h"

/* Zeroed: none was opened. */
struct webhooks {
	struct webhook_sender *sender;
	struct calendar_poller *calendars;
};

/* Before the store's start. The error was logged. */
int webhooks_open(const struct config *config, struct store *store,
		  struct redirect_log *log, struct backups *backups,
		  struct webhooks *ret_webhooks)
	__attribute__((warn_unused_result));
void webhooks_offer(const struct webhooks *webhooks, struct api_config *api);
/* After the store's and the log's. */
int webhooks_start(const struct webhooks *webhooks)
	__attribute__((warn_unused_result));
/* Before the store's stop. */
void webhooks_stop(const struct webhooks *webhooks);
/* After it. */
void webhooks_close(struct webhooks *webhooks);

#endif
