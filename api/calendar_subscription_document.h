/*
 * calendar_subscription_document.h - a subscription of a calendar as JSON. Its
 * URL goes in and never comes out: of it the scheme and the host are shown.
 */
#ifndef SIPMOVED_API_CALENDAR_SUBSCRIPTION_DOCUMENT_H
#define SIPMOVED_API_CALENDAR_SUBSCRIPTION_DOCUMENT_H

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "base/webhook_traffic.h"
#include "db/calendar_subscription.h"

struct calendar_checks {
	bool names_user; /* user_id is a member; else it is the caller's own */
	webhook_check_fn url;
	const void *arg;
};

void calendar_subscription_document_read(
	struct json_object *body, bool is_new,
	const struct calendar_checks *checks,
	struct calendar_subscription *subscription);
void calendar_subscription_document_write(
	struct json_writer *writer,
	const struct calendar_subscription *subscription);

#endif
