#include "api/resources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/document_member.h"
#include "api/object_request.h"
#include "api/page.h"
#include "api/problem.h"
#include "api/query_address.h"

enum {
	LOCATION_SIZE = 64,
};

struct address_request {
	struct object_request common;
	struct address address;
};

static const char *const read_only[] = { "id",	       "domain",   "created_at",
					 "updated_at", "revision", NULL };

/* The domain an address belongs to; a canonical tel: address has none. */
static struct text domain_of(const struct address *address)
{
	const char *at = strrchr(address->uri, '@');

	return at ? text_of(at + 1) : (struct text){ 0 };
}

static void write_address(struct json_writer *writer,
			  const struct address *address)
{
	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(address->id));
	json_put_string(writer, "uri", text_of(address->uri));
	json_put_string_or_null(writer, "domain", domain_of(address));
	json_put_string(writer, "note", text_of(address->note));
	json_put_time_ms(writer, "created_at", address->created_at_ms);
	json_put_time_ms(writer, "updated_at", address->updated_at_ms);
	json_put_i64_string(writer, "revision", address->revision);
	json_close_object(writer);
}

static void answer_address(struct exchange *exchange, const char *location)
{
	struct address_request *request = exchange->state;
	struct json_writer writer = { 0 };

	write_address(&writer, &request->address);
	object_request_answer(exchange, &writer, request->address.revision,
			      location);
}

/* --- one address ---------------------------------------------------------- */

static int run_get(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct address_request *request = exchange->state;

	return address_get(changes, text_of(exchange->path_id),
			   &request->address);
}

static void get_done(struct exchange *exchange)
{
	struct address_request *request = exchange->state;

	if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else if (!exchange_not_modified(exchange, request->address.revision))
		answer_address(exchange, NULL);
}

void addresses_get(struct exchange *exchange)
{
	if (object_request_read(exchange, sizeof(struct address_request)))
		object_request_submit(exchange, STORE_READ, run_get, get_done);
}

/* --- changes ------------------------------------------------------------- */

static void create_done(struct exchange *exchange)
{
	struct address_request *request = exchange->state;
	char location[LOCATION_SIZE];

	if (!object_request_succeeded(exchange, ""))
		return;
	snprintf(location, sizeof(location), "/v1/addresses/%s",
		 request->address.id);
	answer_address(exchange, location);
}

/* Which one has the URI already; "" if that cannot be told. */
static void find_other(struct changes *changes, const char *uri,
		       char other_id[OBJECT_ID_SIZE])
{
	struct address other;
	size_t count;
	bool more;

	if (!address_list(changes, "", uri, "", 1, &other, &count, &more) &&
	    count == 1)
		text_copy(text_of(other.id), other_id, OBJECT_ID_SIZE);
}

static int run_create(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct address_request *request = exchange->state;
	bool may_create_domain =
		(exchange->principal.scopes & SCOPE_SYSTEM_ADMIN) != 0;
	int err = address_create(changes, &request->address, may_create_domain,
				 &request->common.found);

	if (err == EEXIST)
		find_other(changes, request->address.uri,
			   request->common.other_id);
	return object_request_settle(exchange, err);
}

void addresses_create(struct exchange *exchange)
{
	struct address_request *request = object_request_change(
		exchange, sizeof(struct address_request), true);
	struct json_object *body;

	if (!request)
		return;
	body = &request->common.body;
	member_required_text(body, "uri", true, request->address.uri,
			     sizeof(request->address.uri));
	member_text(body, "note", request->address.note,
		    sizeof(request->address.note));
	members_read_only(body, read_only);
	json_object_end(body);
	object_request_submit(exchange, STORE_CHANGE, run_create, create_done);
}

static void update_done(struct exchange *exchange)
{
	if (object_request_succeeded(exchange, ""))
		answer_address(exchange, NULL);
}

static int run_patch(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct address_request *request = exchange->state;
	struct object_request *common = &request->common;
	int err = address_get(changes, text_of(exchange->path_id),
			      &request->address);

	if (err)
		return err;
	member_text(&common->body, "note", request->address.note,
		    sizeof(request->address.note));
	json_read_only(&common->body, "uri");
	members_read_only(&common->body, read_only);
	json_object_end(&common->body);
	return object_request_settle(
		exchange, address_update(changes, &request->address,
					 common->if_revision, &common->found));
}

void addresses_patch(struct exchange *exchange)
{
	if (object_request_change(exchange, sizeof(struct address_request),
				  true))
		object_request_submit(exchange, STORE_CHANGE, run_patch,
				      update_done);
}

static int run_delete(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct address_request *request = exchange->state;

	return object_request_settle(
		exchange, address_delete(changes, text_of(exchange->path_id),
					 request->common.if_revision));
}

static void delete_done(struct exchange *exchange)
{
	if (object_request_succeeded(
		    exchange,
		    "The address still has moves to come or in force. "
		    "Cancel them first."))
		exchange_answer_empty(exchange, 204);
}

void addresses_delete(struct exchange *exchange)
{
	if (object_request_change(exchange, sizeof(struct address_request),
				  false))
		object_request_submit(exchange, STORE_CHANGE, run_delete,
				      delete_done);
}

/* --- the list ------------------------------------------------------------ */

struct address_page {
	struct page page;
	char domain[DOMAIN_NAME_MAX + 1]; /* filters, "": any */
	char uri[MOVE_ADDRESS_MAX + 1];
	struct address *addresses; /* page.limit of them, owned */
};

static void page_free(void *state)
{
	struct address_page *list = state;

	if (!list)
		return;
	free(list->addresses);
	free(list);
}

static int run_list(struct changes *changes, struct store_job *job)
{
	struct address_page *list = exchange_of_job(job)->state;

	return address_list(changes, list->domain, list->uri,
			    list->page.after.key, list->page.limit,
			    list->addresses, &list->page.count,
			    &list->page.more);
}

static void list_done(struct exchange *exchange)
{
	struct address_page *list = exchange->state;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	page_open(&writer);
	for (size_t i = 0; i < list->page.count; i++)
		write_address(&writer, &list->addresses[i]);
	if (list->page.count > 0)
		text_copy(text_of(list->addresses[list->page.count - 1].uri),
			  list->page.last.key, sizeof(list->page.last.key));
	page_answer(exchange, &writer, &list->page);
}

void addresses_list(struct exchange *exchange)
{
	struct address_page *list = calloc(1, sizeof(*list));

	exchange->state = list;
	exchange->state_free = page_free;
	if (!list) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	query_domain(exchange, "domain", list->domain, sizeof(list->domain));
	query_address(exchange, "uri", list->uri, sizeof(list->uri));
	if (!page_read(exchange, &list->page) ||
	    page_not_modified(exchange, &list->page))
		return;
	list->addresses = calloc(list->page.limit, sizeof(*list->addresses));
	if (!list->addresses)
		problem_answer_errno(exchange, ENOMEM);
	else
		exchange_run_job(exchange, STORE_READ, run_list, list_done);
}
