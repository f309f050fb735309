/*
 * webhook_deliveries.c - /v1/webhook-deliveries: what was sent to whom, and
 * what came of it.
 */
#include "api/resources.h"

#include <errno.h>

#include "api/problem.h"
#include "api/resource.h"
#include "db/webhook_deliveries.h"

static void put_attempts(struct json_writer *writer,
			 const struct webhook_delivery *delivery)
{
	json_open_array(writer, "attempts");
	for (size_t i = 0; i < delivery->attempts_held; i++) {
		const struct webhook_attempt *attempt = &delivery->attempts[i];

		json_open_object(writer, NULL);
		json_put_time_ms(writer, "at", attempt->at_ms);
		if (attempt->status)
			json_put_integer(writer, "status", attempt->status);
		else
			json_put_null(writer, "status");
		json_put_integer(writer, "duration_ms", attempt->duration_ms);
		json_put_string_or_null(writer, "error",
					text_of(attempt->error));
		json_put_string(writer, "excerpt", text_of(attempt->excerpt));
		json_close_object(writer);
	}
	json_close_array(writer);
}

/* A list leaves out what was sent, and the attempts. */
static void write_delivery(const struct exchange *exchange,
			   struct json_writer *writer, const void *value)
{
	const struct webhook_delivery *delivery = value;

	(void)exchange;
	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(delivery->id));
	json_put_string(writer, "endpoint_id", text_of(delivery->endpoint_id));
	json_put_string(writer, "event_id", text_of(delivery->event_id));
	json_put_string(writer, "type", text_of(delivery->type));
	json_put_string(writer, "status",
			text_of(webhook_status_names[delivery->status]));
	json_put_integer(writer, "attempt_count", delivery->attempt_count);
	if (delivery->last_status)
		json_put_integer(writer, "last_status", delivery->last_status);
	else
		json_put_null(writer, "last_status");
	json_put_string_or_null(writer, "last_error",
				text_of(delivery->last_error));
	if (delivery->status == WEBHOOK_STATUS_PENDING)
		json_put_time_ms(writer, "next_attempt_at",
				 delivery->next_attempt_at_ms);
	else
		json_put_null(writer, "next_attempt_at");
	json_put_time_ms(writer, "created_at", delivery->created_at_ms);
	json_put_time_ms(writer, "updated_at", delivery->updated_at_ms);
	if (delivery->body) {
		json_put_json(writer, "event", text_of(delivery->body));
		put_attempts(writer, delivery);
	}
	json_close_object(writer);
}

static struct resource_head head(const void *value)
{
	const struct webhook_delivery *delivery = value;

	return (struct resource_head){ delivery->id, 0 };
}

static void clear(void *value)
{
	webhook_delivery_clear(value);
}

/* --- in the store ------------------------------------------------------------
 */

static int get(struct changes *changes, struct exchange *exchange, void *value)
{
	return webhook_delivery_get(changes, text_of(exchange->path_id), value);
}

static void read_text_filter(struct exchange *exchange, const char *name,
			     char *buffer, size_t size)
{
	struct text value;

	if (query_text(exchange, name, &value) &&
	    (value.len == 0 || !text_copy(value, buffer, size)))
		faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT, name,
				     "is none that there is");
}

static bool add_status(struct text word, unsigned *statuses)
{
	for (unsigned i = 0; i < WEBHOOK_STATUSES; i++)
		if (text_equals(word, text_of(webhook_status_names[i]))) {
			*statuses |= 1U << i;
			return true;
		}
	return false;
}

static void read_statuses(struct exchange *exchange, unsigned *statuses)
{
	struct text rest, word;

	if (!query_text(exchange, "status", &rest))
		return;
	for (;;) {
		size_t len = 0;

		while (len < rest.len && rest.ptr[len] != ',')
			len++;
		word = (struct text){ rest.ptr, len };
		if (!add_status(word, statuses)) {
			faults_add_parameter(
				&exchange->faults, FAULT_BAD_FORMAT, "status",
				"must be pending, delivered or dead, with "
				"commas between");
			return;
		}
		if (len == rest.len)
			return;
		rest.ptr += len + 1;
		rest.len -= len + 1;
	}
}

static void read_filter(struct exchange *exchange, void *own)
{
	struct webhook_delivery_filter *filter = own;

	read_text_filter(exchange, "endpoint_id", filter->endpoint_id,
			 sizeof(filter->endpoint_id));
	read_text_filter(exchange, "type", filter->type, sizeof(filter->type));
	read_statuses(exchange, &filter->statuses);
}

static int list(struct changes *changes, struct exchange *exchange, void *own)
{
	struct resource_request *request = exchange->state;
	struct webhook_delivery_filter *filter = own;
	struct page *page = &request->page;

	text_copy(text_of(page->after.id), filter->before_id,
		  sizeof(filter->before_id));
	filter->limit = page->limit;
	return webhook_delivery_list(changes, filter, request->items,
				     &page->count, &page->more);
}

static const struct resource webhook_deliveries = {
	.path = "/v1/webhook-deliveries",
	.value_size = sizeof(struct webhook_delivery),
	.filter_size = sizeof(struct webhook_delivery_filter),
	.one_is_always_new = true,
	.list_is_always_new = true,
	.write = write_delivery,
	.head = head,
	.get = get,
	.read_filter = read_filter,
	.list = list,
	.clear = clear,
};

void webhook_deliveries_list(struct exchange *exchange)
{
	resource_list(exchange, &webhook_deliveries);
}

void webhook_deliveries_get(struct exchange *exchange)
{
	resource_get(exchange, &webhook_deliveries);
}

/* --- once more ---------------------------------------------------------------
 */

static int run_retry(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct resource_request *request = exchange->state;
	int err = webhook_delivery_retry(changes, text_of(exchange->path_id));

	if (err == EINVAL)
		faults_add(&request->common.found,
			   FAULT_CONFLICTS_WITH_OTHER_MEMBER, "/endpoint_id",
			   "is of an endpoint that is disabled: nothing is "
			   "sent there");
	if (!err)
		err = get(changes, exchange, request->own);
	return object_request_settle(exchange, err);
}

static void retried(struct exchange *exchange)
{
	const struct resource_request *request = exchange->state;
	struct json_writer writer = { 0 };

	if (!resource_changed(exchange))
		return;
	write_delivery(exchange, &writer, request->own);
	exchange_answer_json(exchange, request->common.dry_run ? 200 : 202,
			     &writer, 0, NULL);
}

void webhook_deliveries_retry_one(struct exchange *exchange)
{
	struct object_request *request;

	if (!resource_change(exchange, &webhook_deliveries, true))
		return;
	request = exchange->state;
	json_object_end(&request->body);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else
		object_request_submit(exchange, STORE_CHANGE, run_retry,
				      retried);
}
