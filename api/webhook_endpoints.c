/*
 * webhook_endpoints.c - /v1/webhook-endpoints, and what can be asked of one: a
 * new secret, a test, all that failed once more.
 */
#include "api/resources.h"

#include <errno.h>

#include "api/api.h"
#include "api/document_member.h"
#include "api/problem.h"
#include "api/resource.h"
#include "api/webhook_endpoint_document.h"
#include "db/webhook_deliveries.h"

/* A request's own: the endpoint, and what came of it. */
struct endpoint_request {
	struct webhook_endpoint endpoint;
	bool has_new_secret;
	int64_t since_ms, count;	  /* of retries */
	char delivery_id[OBJECT_ID_SIZE]; /* of a test */
};

static int read_endpoint(struct exchange *exchange, bool is_new, void *value)
{
	struct object_request *request = exchange->state;
	const struct api_config *config = exchange_config(exchange);
	const struct webhook_checks checks = {
		.url = config->check_webhook_url,
		.ca = config->check_webhook_ca,
		.arg = config->webhooks,
	};

	return webhook_endpoint_document_read(&request->body, is_new, &checks,
					      value);
}

static void write_endpoint(const struct exchange *exchange,
			   struct json_writer *writer, const void *value)
{
	const struct resource_request *request = exchange->state;
	const struct endpoint_request *own = value;
	bool has_new_secret = !request->is_list && own->has_new_secret &&
			      !request->common.dry_run;

	webhook_endpoint_document_write(writer, value, has_new_secret,
					exchange->now_ms);
}

static struct resource_head head(const void *value)
{
	const struct webhook_endpoint *endpoint = value;

	return (struct resource_head){ endpoint->id, endpoint->revision };
}

static void clear(void *value)
{
	webhook_endpoint_clear(value);
}

/* --- in the store ------------------------------------------------------------
 */

static int get(struct changes *changes, struct exchange *exchange, void *value)
{
	return webhook_endpoint_get(changes, text_of(exchange->path_id), value);
}

static int create(struct changes *changes, struct exchange *exchange,
		  void *value)
{
	struct object_request *request = exchange->state;
	struct endpoint_request *own = value;
	int err;

	/* With a fault it is not made, and not looked at. */
	if (faults_any(&exchange->faults))
		return EINVAL;
	err = webhook_endpoint_create(changes, &own->endpoint);
	own->has_new_secret = true;
	if (err != E2BIG)
		return err;
	faults_add(&request->found, FAULT_TOO_MANY, "/url",
		   "would be one endpoint too many: there are %d already",
		   WEBHOOK_ENDPOINTS_MAX);
	return EINVAL;
}

static int update(struct changes *changes, struct exchange *exchange,
		  void *value)
{
	const struct object_request *request = exchange->state;
	struct endpoint_request *own = value;

	if (faults_any(&exchange->faults))
		return EINVAL;
	return webhook_endpoint_update(changes, &own->endpoint,
				       request->if_revision);
}

static int delete_one(struct changes *changes, struct exchange *exchange,
		      void *value)
{
	const struct object_request *request = exchange->state;

	(void)value;
	return webhook_endpoint_delete(changes, text_of(exchange->path_id),
				       request->if_revision);
}

static int list(struct changes *changes, struct exchange *exchange, void *own)
{
	struct resource_request *request = exchange->state;
	struct page *page = &request->page;

	(void)own;
	return webhook_endpoint_list(changes, page->after.id, page->limit,
				     request->items, &page->count, &page->more);
}

/* Failures are counted without a revision: it may always have changed. */
static const struct resource webhook_endpoints = {
	.path = "/v1/webhook-endpoints",
	.value_size = sizeof(struct webhook_endpoint),
	.request_size = sizeof(struct endpoint_request),
	.one_is_always_new = true,
	.list_is_always_new = true,
	.read = read_endpoint,
	.write = write_endpoint,
	.head = head,
	.get = get,
	.create = create,
	.update = update,
	.remove = delete_one,
	.list = list,
	.clear = clear,
};

void webhook_endpoints_list(struct exchange *exchange)
{
	resource_list(exchange, &webhook_endpoints);
}

void webhook_endpoints_create(struct exchange *exchange)
{
	resource_create(exchange, &webhook_endpoints);
}

void webhook_endpoints_get(struct exchange *exchange)
{
	resource_get(exchange, &webhook_endpoints);
}

void webhook_endpoints_patch(struct exchange *exchange)
{
	resource_patch(exchange, &webhook_endpoints);
}

void webhook_endpoints_delete(struct exchange *exchange)
{
	resource_delete(exchange, &webhook_endpoints);
}

/* --- what is asked of one ----------------------------------------------------
 */

static void submit(struct exchange *exchange,
		   int (*run)(struct changes *changes, struct store_job *job),
		   void (*resumed)(struct exchange *exchange))
{
	struct object_request *request = exchange->state;

	json_object_end(&request->body);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else
		object_request_submit(exchange, STORE_CHANGE, run, resumed);
}

static struct endpoint_request *own_of(struct store_job *job)
{
	struct resource_request *request = exchange_of_job(job)->state;

	return (struct endpoint_request *)request->own;
}

static int run_rotate(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	const struct object_request *request = exchange->state;
	struct endpoint_request *own = own_of(job);
	int err = get(changes, exchange, own);

	if (!err && request->if_revision &&
	    request->if_revision != own->endpoint.revision)
		err = ESTALE;
	if (!err)
		err = webhook_endpoint_rotate(changes, &own->endpoint);
	own->has_new_secret = true;
	return object_request_settle(exchange, err);
}

static void rotated(struct exchange *exchange)
{
	struct resource_request *request = exchange->state;
	struct json_writer writer = { 0 };

	if (!resource_changed(exchange))
		return;
	write_endpoint(exchange, &writer, request->own);
	object_request_answer(exchange, &writer, head(request->own).revision,
			      NULL);
}

void webhook_endpoints_rotate(struct exchange *exchange)
{
	if (resource_change(exchange, &webhook_endpoints, true))
		submit(exchange, run_rotate, rotated);
}

/* EINVAL from the store: it is disabled. */
static int settle_disabled(struct exchange *exchange, int err)
{
	struct object_request *request = exchange->state;

	if (err == EINVAL)
		faults_add(&request->found, FAULT_CONFLICTS_WITH_OTHER_MEMBER,
			   "/enabled",
			   "is false: nothing is sent to an endpoint that is "
			   "disabled");
	return object_request_settle(exchange, err);
}

static int run_test(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct endpoint_request *own = own_of(job);

	return settle_disabled(exchange,
			       webhook_delivery_test(changes,
						     text_of(exchange->path_id),
						     own->delivery_id));
}

/* Something is on its way. */
static void answer_accepted(struct exchange *exchange,
			    struct json_writer *writer)
{
	const struct resource_request *request = exchange->state;

	json_close_object(writer);
	exchange_answer_json(exchange, request->common.dry_run ? 200 : 202,
			     writer, 0, NULL);
}

static void tested(struct exchange *exchange)
{
	const struct resource_request *request = exchange->state;
	const struct endpoint_request *own = (const void *)request->own;
	struct json_writer writer = { 0 };

	if (!resource_changed(exchange))
		return;
	json_open_object(&writer, NULL);
	json_put_string(&writer, "delivery_id", text_of(own->delivery_id));
	answer_accepted(exchange, &writer);
}

void webhook_endpoints_test(struct exchange *exchange)
{
	if (resource_change(exchange, &webhook_endpoints, true))
		submit(exchange, run_test, tested);
}

static int run_retries(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct endpoint_request *own = own_of(job);

	return settle_disabled(
		exchange,
		webhook_deliveries_retry(changes, text_of(exchange->path_id),
					 own->since_ms, &own->count));
}

static void retried(struct exchange *exchange)
{
	const struct resource_request *request = exchange->state;
	const struct endpoint_request *own = (const void *)request->own;
	struct json_writer writer = { 0 };

	if (!resource_changed(exchange))
		return;
	json_open_object(&writer, NULL);
	json_put_integer(&writer, "count", own->count);
	answer_accepted(exchange, &writer);
}

void webhook_endpoints_retry(struct exchange *exchange)
{
	struct endpoint_request *own =
		resource_change(exchange, &webhook_endpoints, true);
	struct object_request *request = exchange->state;

	if (!own)
		return;
	if (!json_has(&request->body, "since"))
		json_missing(&request->body, "since");
	member_instant(&request->body, "since", &own->since_ms);
	submit(exchange, run_retries, retried);
}
