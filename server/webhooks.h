/*
 * webhooks.h - the sender of webhooks as serve.c starts it: from the settings,
 * and with what the API may ask of it.
 */
#ifndef SIPMOVED_WEBHOOKS_H
#define SIPMOVED_WEBHOOKS_H

#include "config.h"

/* Before the store's start. The error was logged. */
int webhooks_open(const struct config *config, struct store *store,
		  struct redirect_log *log, struct webhook_sender **ret_sender)
	__attribute__((warn_unused_result));
void webhooks_offer(struct webhook_sender *sender, struct api_config *api);

#endif
