#include "api/resource.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/problem.h"

enum {
	LOCATION_SIZE = 96,
};

static void clear_items(const struct resource_request *request)
{
	const struct resource *resource = request->resource;
	char *item = request->items;

	for (size_t i = 0; resource->clear && item && i < request->items_size;
	     i++)
		resource->clear(item + i * resource->value_size);
}

static void request_free(void *state)
{
	struct resource_request *request = state;
	const struct resource *resource = request->resource;

	if (resource->clear && !request->is_list)
		resource->clear(request->own);
	clear_items(request);
	free(request->items);
	object_request_clear(&request->common);
	free(request);
}

static size_t request_size(const struct resource *resource)
{
	return sizeof(struct resource_request) +
	       (resource->request_size ? resource->request_size
				       : resource->value_size);
}

/* What was allocated becomes a request on this kind. */
static struct resource_request *request_of_kind(struct exchange *exchange,
						const struct resource *resource)
{
	struct resource_request *request = exchange->state;

	request->resource = resource;
	exchange->state_free = request_free;
	return request;
}

static void answer_one(struct exchange *exchange, const char *location)
{
	struct resource_request *request = exchange->state;
	const struct resource *resource = request->resource;
	struct json_writer writer = { 0 };

	resource->write(exchange, &writer, request->own);
	object_request_answer(exchange, &writer,
			      resource->head(request->own).revision, location);
}

/* --- one of them --------------------------------------------------------- */

static int run_get(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct resource_request *request = exchange->state;

	return request->resource->get(changes, exchange, request->own);
}

static void get_done(struct exchange *exchange)
{
	struct resource_request *request = exchange->state;
	const struct resource *resource = request->resource;

	if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else if (resource->one_is_always_new ||
		 !exchange_not_modified(exchange,
					resource->head(request->own).revision))
		answer_one(exchange, NULL);
}

void resource_get(struct exchange *exchange, const struct resource *resource)
{
	if (!object_request_read(exchange, request_size(resource)))
		return;
	request_of_kind(exchange, resource);
	object_request_submit(exchange, STORE_READ, run_get, get_done);
}

/* --- changes ------------------------------------------------------------- */

void *resource_change(struct exchange *exchange,
		      const struct resource *resource, bool has_body)
{
	if (!object_request_change(exchange, request_size(resource), has_body))
		return NULL;
	return request_of_kind(exchange, resource)->own;
}

bool resource_changed(struct exchange *exchange)
{
	const struct resource_request *request = exchange->state;
	const struct resource *resource = request->resource;

	if (resource->refused && resource->refused(exchange))
		return false;
	return object_request_succeeded(
		exchange,
		resource->not_empty_detail ? resource->not_empty_detail : "");
}

void resource_answer_deleted(struct exchange *exchange)
{
	if (resource_changed(exchange))
		exchange_answer_empty(exchange, 204);
}

static int check(const struct exchange *exchange)
{
	const struct resource_request *request = exchange->state;
	const struct resource *resource = request->resource;

	return resource->check ? resource->check(exchange, request->own) : 0;
}

static int run_create(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct resource_request *request = exchange->state;
	int err = check(exchange);

	if (!err)
		err = request->resource->create(changes, exchange,
						request->own);
	return object_request_settle(exchange, err);
}

static void create_done(struct exchange *exchange)
{
	const struct resource_request *request = exchange->state;
	const struct resource *resource = request->resource;
	char location[LOCATION_SIZE];

	if (!resource_changed(exchange))
		return;
	snprintf(location, sizeof(location), "%s/%s", resource->path,
		 resource->head(request->own).id);
	answer_one(exchange, location);
}

void resource_create(struct exchange *exchange, const struct resource *resource)
{
	void *value = resource_change(exchange, resource, true);
	int err;

	if (!value)
		return;
	err = resource->read(exchange, true, value);
	if (err)
		problem_answer_errno(exchange, err);
	else
		object_request_submit(exchange, STORE_CHANGE, run_create,
				      create_done);
}

/* The body is read over what is stored: it tells only what becomes other. */
static int run_patch(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct resource_request *request = exchange->state;
	const struct resource *resource = request->resource;
	int err = resource->get(changes, exchange, request->own);

	if (!err)
		err = check(exchange);
	if (!err)
		err = resource->read(exchange, false, request->own);
	if (!err)
		err = check(exchange);
	if (!err)
		err = resource->update(changes, exchange, request->own);
	return object_request_settle(exchange, err);
}

static void patch_done(struct exchange *exchange)
{
	if (resource_changed(exchange))
		answer_one(exchange, NULL);
}

void resource_patch(struct exchange *exchange, const struct resource *resource)
{
	if (resource_change(exchange, resource, true))
		object_request_submit(exchange, STORE_CHANGE, run_patch,
				      patch_done);
}

static int run_delete(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct resource_request *request = exchange->state;
	const struct resource *resource = request->resource;
	int err = 0;

	if (resource->check)
		err = resource->get(changes, exchange, request->own);
	if (!err)
		err = check(exchange);
	if (!err)
		err = resource->remove(changes, exchange, request->own);
	return object_request_settle(exchange, err);
}

void resource_delete(struct exchange *exchange, const struct resource *resource)
{
	if (resource_change(exchange, resource, false))
		object_request_submit(exchange, STORE_CHANGE, run_delete,
				      resource_answer_deleted);
}

/* --- the list ------------------------------------------------------------ */

static int run_list(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct resource_request *request = exchange->state;

	return request->resource->list(changes, exchange, request->own);
}

static void find_place(const struct resource *resource, const void *last_item,
		       struct cursor *ret_place)
{
	if (resource->place)
		resource->place(last_item, ret_place);
	else
		text_copy(text_of(resource->head(last_item).id), ret_place->id,
			  sizeof(ret_place->id));
}

static void list_done(struct exchange *exchange)
{
	struct resource_request *request = exchange->state;
	const struct resource *resource = request->resource;
	struct page *page = &request->page;
	struct json_writer writer = { 0 };
	const char *item = request->items;

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	page_open(&writer);
	for (size_t i = 0; i < page->count; i++, item += resource->value_size)
		resource->write(exchange, &writer, item);
	if (page->count > 0)
		find_place(resource, item - resource->value_size, &page->last);
	page_answer(exchange, &writer, page);
}

/* Of the page that is asked for, when all are counted. */
static void read_page(struct exchange *exchange)
{
	struct resource_request *request = exchange->state;

	request->page.after = request->asked.after;
	request->page.limit = request->asked.limit;
	exchange_run_job(exchange, STORE_READ, run_list, list_done);
}

/* A page at a time: other jobs have their turn in between. */
static void count_page(struct exchange *exchange)
{
	struct resource_request *request = exchange->state;
	const struct resource *resource = request->resource;
	struct page *page = &request->page;
	bool is_full = page->total + page->count >= PAGE_TOTAL_MAX;

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	page->total_more = page->total + page->count > PAGE_TOTAL_MAX ||
			   (is_full && page->more);
	page->total = is_full ? PAGE_TOTAL_MAX : page->total + page->count;
	if (page->count > 0)
		find_place(resource,
			   (char *)request->items +
				   (page->count - 1) * resource->value_size,
			   &page->after);
	clear_items(request);
	memset(request->items, 0, request->items_size * resource->value_size);
	if (page->more && !is_full)
		exchange_run_job(exchange, STORE_READ, run_list, count_page);
	else
		read_page(exchange);
}

static void begin_list(struct exchange *exchange)
{
	struct resource_request *request = exchange->state;
	struct page *page = &request->page;

	request->asked = *page;
	if (page->wants_total) {
		page->after = (struct cursor){ .id = "" };
		page->limit = PAGE_LIMIT_MAX;
	}
	request->items_size = page->limit;
	request->items =
		calloc(request->items_size, request->resource->value_size);
	if (!request->items)
		problem_answer_errno(exchange, ENOMEM);
	else
		exchange_run_job(exchange, STORE_READ, run_list,
				 page->wants_total ? count_page : list_done);
}

void resource_list(struct exchange *exchange, const struct resource *resource)
{
	struct resource_request *request;

	if (!object_request_read(exchange,
				 sizeof(*request) + resource->filter_size))
		return;
	request = request_of_kind(exchange, resource);
	request->is_list = true;
	if (resource->read_filter)
		resource->read_filter(exchange, request->own);
	page_read_count(exchange, &request->page);
	if (!page_read(exchange, &request->page) ||
	    (!resource->list_is_always_new &&
	     page_not_modified(exchange, &request->page)))
		return;
	begin_list(exchange);
}
