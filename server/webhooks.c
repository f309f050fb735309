#include "webhooks.h"

#include <string.h>

#include "api/calendar_feed_reader.h"
#include "webhook/webhook_ca.h"

static int open_sender(const struct config *config, struct store *store,
		       struct redirect_log *log, struct backups *backups,
		       struct webhook_sender **ret_sender)
{
	struct webhook_sender_config sender_config;

	config_webhooks(config, &sender_config);
	sender_config.store = store;
	sender_config.log = log;
	sender_config.backups = backups;
	return webhook_sender_new(&sender_config, ret_sender);
}

static int open_calendars(const struct config *config, struct store *store,
			  struct calendar_poller **ret_poller)
{
	struct calendar_poller_config poller_config;

	config_calendars(config, &poller_config);
	poller_config.store = store;
	poller_config.read = calendar_feed_read;
	return calendar_poller_new(&poller_config, ret_poller);
}

int webhooks_open(const struct config *config, struct store *store,
		  struct redirect_log *log, struct backups *backups,
		  struct webhooks *ret_webhooks)
{
	int err =
		open_sender(config, store, log, backups, &ret_webhooks->sender);

	if (!err)
		err = open_calendars(config, store, &ret_webhooks->calendars);
	if (err)
		log_error("webhooks_failed", "error=%s",
			  log_quoted(text_of(strerror(err))));
	return err;
}

void webhooks_offer(const struct webhooks *webhooks, struct api_config *api)
{
	api->webhooks = webhooks->sender;
	api->webhook_traffic = webhook_sender_traffic;
	api->check_webhook_url = webhook_sender_check_url;
	api->check_webhook_ca = webhook_ca_check;
	api->calendars = webhooks->calendars;
	api->check_calendar_url = calendar_poller_check_url;
}

int webhooks_start(const struct webhooks *webhooks)
{
	int err = webhook_sender_start(webhooks->sender);

	return err ? err : calendar_poller_start(webhooks->calendars);
}

void webhooks_stop(const struct webhooks *webhooks)
{
	calendar_poller_stop(webhooks->calendars);
	webhook_sender_stop(webhooks->sender);
}

void webhooks_close(struct webhooks *webhooks)
{
	calendar_poller_free(webhooks->calendars);
	webhook_sender_free(webhooks->sender);
	*webhooks = (struct webhooks){ NULL, NULL };
}
