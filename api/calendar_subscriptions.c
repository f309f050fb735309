/*
 * /v1/calendar-subscriptions, of all users, and /v1/me/calendar-subscriptions,
 * of the one who asks: the same rows, held by the owner filter.
 */
#include "api/resources.h"

#include <errno.h>
#include <sodium.h>

#include "api/api.h"
#include "api/calendar_subscription_document.h"
#include "api/own_request.h"
#include "api/problem.h"
#include "api/resource.h"

/* A list's own. */
struct calendar_choice {
	char user_id[OBJECT_ID_SIZE]; /* "": any */
};

static int read_subscription(struct exchange *exchange, bool is_new,
			     void *value)
{
	struct object_request *request = exchange->state;
	const struct api_config *config = exchange_config(exchange);
	const struct calendar_checks checks = {
		.names_user = exchange->principal.owner_id[0] == '\0',
		.url = config->check_calendar_url,
		.arg = config->calendars,
	};

	calendar_subscription_document_read(&request->body, is_new, &checks,
					    value);
	return 0;
}

static void write_subscription(const struct exchange *exchange,
			       struct json_writer *writer, const void *value)
{
	(void)exchange;
	calendar_subscription_document_write(writer, value);
}

static struct resource_head head(const void *value)
{
	const struct calendar_subscription *subscription = value;

	return (struct resource_head){ subscription->id,
				       subscription->revision };
}

static void clear(void *value)
{
	struct calendar_subscription *subscription = value;

	sodium_memzero(subscription->url, sizeof(subscription->url));
}

/* --- in the store
 * -------------------------------------------------------------
 */

static int get(struct changes *changes, struct exchange *exchange, void *value)
{
	return calendar_subscription_get(changes, text_of(exchange->path_id),
					 value);
}

static int create(struct changes *changes, struct exchange *exchange,
		  void *value)
{
	struct object_request *request = exchange->state;

	return calendar_subscription_create(changes, value, &request->found);
}

static int update(struct changes *changes, struct exchange *exchange,
		  void *value)
{
	struct object_request *request = exchange->state;

	return calendar_subscription_update(
		changes, value, request->if_revision, &request->found);
}

static int delete_one(struct changes *changes, struct exchange *exchange,
		      void *value)
{
	const struct object_request *request = exchange->state;

	(void)value;
	return calendar_subscription_delete(changes, text_of(exchange->path_id),
					    request->if_revision);
}

static void read_filter(struct exchange *exchange, void *own)
{
	struct calendar_choice *choice = own;
	struct text value;

	if (!exchange->principal.owner_id[0] &&
	    query_text(exchange, "user_id", &value) &&
	    !text_copy(value, choice->user_id, sizeof(choice->user_id)))
		faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT,
				     "user_id", "must be the id of a user");
}

static int list(struct changes *changes, struct exchange *exchange, void *own)
{
	struct resource_request *request = exchange->state;
	const struct calendar_choice *choice = own;
	struct page *page = &request->page;

	return calendar_subscription_list(
		changes, choice->user_id, page->after.id, page->limit,
		request->items, &page->count, &page->more);
}

/* What came of the last look is written without a revision. */
#define CALENDAR_SUBSCRIPTIONS(at)                                            \
	{                                                                     \
		.path = at,                                                   \
		.value_size = sizeof(struct calendar_subscription),           \
		.filter_size = sizeof(struct calendar_choice),                \
		.one_is_always_new = true, .list_is_always_new = true,        \
		.read = read_subscription, .write = write_subscription,       \
		.head = head, .get = get, .create = create, .update = update, \
		.remove = delete_one, .read_filter = read_filter,             \
		.list = list, .clear = clear,                                 \
	}

static const struct resource all =
	CALENDAR_SUBSCRIPTIONS("/v1/calendar-subscriptions");
static const struct resource own =
	CALENDAR_SUBSCRIPTIONS("/v1/me/calendar-subscriptions");

void calendar_subscriptions_list(struct exchange *exchange)
{
	resource_list(exchange, &all);
}

void calendar_subscriptions_create(struct exchange *exchange)
{
	resource_create(exchange, &all);
}

void calendar_subscriptions_get(struct exchange *exchange)
{
	resource_get(exchange, &all);
}

void calendar_subscriptions_patch(struct exchange *exchange)
{
	resource_patch(exchange, &all);
}

void calendar_subscriptions_delete(struct exchange *exchange)
{
	resource_delete(exchange, &all);
}

/* --- now
 * ----------------------------------------------------------------------
 */

static int run_refresh(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct resource_request *request = exchange->state;
	int err = calendar_subscription_refresh(
		changes, text_of(exchange->path_id), (void *)request->own);

	/* ECANCELED is what undoes a dry run. */
	return object_request_settle(exchange, err == ECANCELED ? EPERM : err);
}

static void refreshed(struct exchange *exchange)
{
	struct resource_request *request = exchange->state;
	struct json_writer writer = { 0 };

	if (exchange->err == EPERM) {
		problem_answer(exchange, PROBLEM_CALENDAR_DISABLED,
			       "Nothing was asked of it. PATCH `enabled` to "
			       "true, and it is read at once.");
		return;
	}
	if (!resource_changed(exchange))
		return;
	write_subscription(exchange, &writer, request->own);
	object_request_answer(exchange, &writer, head(request->own).revision,
			      NULL);
}

void calendar_subscriptions_refresh(struct exchange *exchange)
{
	struct object_request *request;

	if (!resource_change(exchange, &all, true))
		return;
	request = exchange->state;
	json_object_end(&request->body);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else
		object_request_submit(exchange, STORE_CHANGE, run_refresh,
				      refreshed);
}

/* --- the user's own
 * -----------------------------------------------------------
 */

void me_calendar_subscriptions_list(struct exchange *exchange)
{
	if (own_request_begin(exchange))
		resource_list(exchange, &own);
}

void me_calendar_subscriptions_create(struct exchange *exchange)
{
	if (own_request_begin(exchange))
		resource_create(exchange, &own);
}

void me_calendar_subscriptions_get(struct exchange *exchange)
{
	if (own_request_begin(exchange))
		calendar_subscriptions_get(exchange);
}

void me_calendar_subscriptions_patch(struct exchange *exchange)
{
	if (own_request_begin(exchange))
		calendar_subscriptions_patch(exchange);
}

void me_calendar_subscriptions_delete(struct exchange *exchange)
{
	if (own_request_begin(exchange))
		calendar_subscriptions_delete(exchange);
}

void me_calendar_subscriptions_refresh(struct exchange *exchange)
{
	if (own_request_begin(exchange))
		calendar_subscriptions_refresh(exchange);
}
