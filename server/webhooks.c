#include "webhooks.h"

#include <string.h>

#include "webhook/webhook_ca.h"

int webhooks_open(const struct config *config, struct store *store,
		  struct redirect_log *log, struct webhook_sender **ret_sender)
{
	struct webhook_sender_config sender_config;
	int err;

	config_webhooks(config, &sender_config);
	sender_config.store = store;
	sender_config.log = log;
	err = webhook_sender_new(&sender_config, ret_sender);
	if (err)
		log_error("webhooks_failed", "error=%s",
			  log_quoted(text_of(strerror(err))));
	return err;
}

void webhooks_offer(struct webhook_sender *sender, struct api_config *api)
{
	api->webhooks = sender;
	api->webhook_traffic = webhook_sender_traffic;
	api->check_webhook_url = webhook_sender_check_url;
	api->check_webhook_ca = webhook_ca_check;
}
