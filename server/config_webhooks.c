/*
 * config_webhooks.c - what the settings about webhooks and calendars must be,
 * beyond what one value alone tells, and what they come to; declared in
 * config.h.
 */
#include "config_setting.h"
#include "version.h"

enum {
	MS_PER_SECOND = 1000,
	MS_PER_MINUTE = 60 * MS_PER_SECOND,
	MS_PER_HOUR = 60 * MS_PER_MINUTE,
	MS_PER_DAY = 24 * MS_PER_HOUR,
	CALENDAR_TIMEOUT_MS = 30 * MS_PER_SECOND,
};

void config_check_webhooks(const struct config *config,
			   struct config_errors *errors)
{
	struct webhook_policy policy;
	struct webhook_schedule schedule;
	const struct {
		const char *section, *key, *why;
	} texts[] = {
		{ "webhooks", "allow_networks",
		  webhook_policy_networks(
			  text_of(config->webhooks_allow_networks), &policy) },
		{ "webhooks", "ports",
		  webhook_policy_ports(text_of(config->webhooks_ports),
				       &policy) },
		{ "calendars", "allow_networks",
		  webhook_policy_networks(
			  text_of(config->calendars_allow_networks), &policy) },
		{ "calendars", "ports",
		  webhook_policy_ports(text_of(config->calendars_ports),
				       &policy) },
		{ "webhooks", "retry_schedule",
		  webhook_schedule_parse(
			  text_of(config->webhooks_retry_schedule),
			  &schedule) },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i].why)
			config_tell(errors, "[%s] %s: %s", texts[i].section,
				    texts[i].key, texts[i].why);
}

void config_webhooks(const struct config *config,
		     struct webhook_sender_config *ret_sender)
{
	struct webhook_policy *policy = &ret_sender->policy;

	*ret_sender = (struct webhook_sender_config){
		.policy = { .allow_http = config->webhooks_allow_http },
		.rules = {
			.disable_after_ms =
				(int64_t)config->webhooks_disable_after_hours *
				MS_PER_HOUR,
			.keep_ms = (int64_t)config->webhooks_retention_days *
				   MS_PER_DAY,
		},
		.reminders = {
			.before_start_ms =
				(int64_t)config
					->webhooks_remind_before_start_minutes *
				MS_PER_MINUTE,
			.before_end_ms =
				(int64_t)config
					->webhooks_remind_before_end_minutes *
				MS_PER_MINUTE,
		},
		.timeout_ms = (int64_t)config->webhooks_timeout_seconds *
			      MS_PER_SECOND,
		.call_batch_ms = (int64_t)config->webhooks_call_batch_seconds *
				 MS_PER_SECOND,
		.version = SIPMOVED_VERSION,
	};
	(void)webhook_policy_networks(text_of(config->webhooks_allow_networks),
				      policy);
	(void)webhook_policy_ports(text_of(config->webhooks_ports), policy);
	(void)webhook_schedule_parse(text_of(config->webhooks_retry_schedule),
				     &ret_sender->rules.schedule);
}

void config_calendars(const struct config *config,
		      struct calendar_poller_config *ret_poller)
{
	struct webhook_policy *policy = &ret_poller->policy;

	*ret_poller = (struct calendar_poller_config){
		.policy = { .allow_http = config->calendars_allow_http },
		.timeout_ms = CALENDAR_TIMEOUT_MS,
		.version = SIPMOVED_VERSION,
		.allow_local_targets = config->moves_allow_local_targets,
	};
	(void)webhook_policy_networks(text_of(config->calendars_allow_networks),
				      policy);
	(void)webhook_policy_ports(text_of(config->calendars_ports), policy);
}
