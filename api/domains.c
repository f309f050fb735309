#include "api/resources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/document_member.h"
#include "api/domain_settings_document.h"
#include "api/object_request.h"
#include "api/page.h"
#include "api/problem.h"
#include "api/query_address.h"

enum {
	LOCATION_SIZE = 64,
};

struct domain_request {
	struct object_request common;
	struct domain domain;
	struct domain_conflict conflict;
};

static const char *const read_only[] = { "id", "created_at", "updated_at",
					 "revision", NULL };

static void write_domain(struct json_writer *writer,
			 const struct domain *domain)
{
	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(domain->id));
	json_put_string(writer, "name", text_of(domain->name));
	json_put_string(writer, "note", text_of(domain->note));
	domain_settings_document_write(writer, &domain->settings);
	json_put_time_ms(writer, "created_at", domain->created_at_ms);
	json_put_time_ms(writer, "updated_at", domain->updated_at_ms);
	json_put_i64_string(writer, "revision", domain->revision);
	json_close_object(writer);
}

static void answer_domain(struct exchange *exchange, const char *location)
{
	struct domain_request *request = exchange->state;
	struct json_writer writer = { 0 };

	write_domain(&writer, &request->domain);
	object_request_answer(exchange, &writer, request->domain.revision,
			      location);
}

/* --- one domain ---------------------------------------------------------- */

static int run_get(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct domain_request *request = exchange->state;

	return domain_get(changes, text_of(exchange->path_id),
			  &request->domain);
}

static void get_done(struct exchange *exchange)
{
	struct domain_request *request = exchange->state;

	if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else if (!exchange_not_modified(exchange, request->domain.revision))
		answer_domain(exchange, NULL);
}

void domains_get(struct exchange *exchange)
{
	if (object_request_read(exchange, sizeof(struct domain_request)))
		object_request_submit(exchange, STORE_READ, run_get, get_done);
}

/* --- changes ------------------------------------------------------------- */

static void create_done(struct exchange *exchange)
{
	struct domain_request *request = exchange->state;
	char location[LOCATION_SIZE];

	if (!object_request_succeeded(exchange, ""))
		return;
	snprintf(location, sizeof(location), "/v1/domains/%s",
		 request->domain.id);
	answer_domain(exchange, location);
}

/*
 * The one of that name. Names are found by what follows a name: DEL sorts
 * behind every byte that a name may hold, so nothing lies between "example.cn"
 * DEL and "example.co".
 */
static int find_named(struct changes *changes, const char *name,
		      struct domain *domain, size_t *ret_count)
{
	char before[DOMAIN_NAME_MAX + 2];
	size_t len = strlen(name);
	bool more;
	int err;

	*ret_count = 0;
	if (len == 0)
		return 0;
	snprintf(before, sizeof(before), "%s\x7f", name);
	before[len - 1]--;
	err = domain_list(changes, before, 1, domain, ret_count, &more);
	if (!err && *ret_count == 1 && strcmp(domain->name, name) != 0)
		*ret_count = 0;
	return err;
}

/* Which one has the name already; "" if that cannot be told. */
static void find_other(struct changes *changes, const char *name,
		       char other_id[OBJECT_ID_SIZE])
{
	struct domain other;
	size_t count;

	if (!find_named(changes, name, &other, &count) && count == 1)
		text_copy(text_of(other.id), other_id, OBJECT_ID_SIZE);
}

static int run_create(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct domain_request *request = exchange->state;
	int err = domain_create(changes, &request->domain,
				&request->common.found);

	if (err == EEXIST)
		find_other(changes, request->domain.name,
			   request->common.other_id);
	return object_request_settle(exchange, err);
}

void domains_create(struct exchange *exchange)
{
	struct domain_request *request = object_request_change(
		exchange, sizeof(struct domain_request), true);
	struct json_object *body;

	if (!request)
		return;
	body = &request->common.body;
	member_required_text(body, "name", true, request->domain.name,
			     sizeof(request->domain.name));
	member_text(body, "note", request->domain.note,
		    sizeof(request->domain.note));
	domain_settings_document_merge(body, &request->domain.settings);
	members_read_only(body, read_only);
	json_object_end(body);
	object_request_submit(exchange, STORE_CHANGE, run_create, create_done);
}

/* Did it fail because case may not be ignored? Then that is answered. */
static bool answer_case_conflict(struct exchange *exchange)
{
	const struct domain_request *request = exchange->state;
	const struct domain_conflict *conflict = &request->conflict;

	if (exchange->err == EEXIST && conflict->count > 0)
		problem_answer_collision(exchange, conflict);
	else if (exchange->err == EEXIST &&
		 conflict->loop.kind != MOVE_NO_CONFLICT)
		problem_answer_conflict(exchange, &conflict->loop);
	else if (exchange->err == E2BIG)
		problem_answer(exchange, PROBLEM_TOO_MANY_ADDRESSES,
			       "More than 100000 addresses or moves would have "
			       "to change. Ignore case before they are made.");
	else
		return false;
	return true;
}

static void update_done(struct exchange *exchange)
{
	if (answer_case_conflict(exchange))
		return;
	if (object_request_succeeded(exchange, ""))
		answer_domain(exchange, NULL);
}

static int run_patch(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct domain_request *request = exchange->state;
	struct object_request *common = &request->common;
	int err = domain_get(changes, text_of(exchange->path_id),
			     &request->domain);

	if (err)
		return err;
	member_text(&common->body, "note", request->domain.note,
		    sizeof(request->domain.note));
	domain_settings_document_merge(&common->body,
				       &request->domain.settings);
	json_read_only(&common->body, "name");
	members_read_only(&common->body, read_only);
	json_object_end(&common->body);
	return object_request_settle(
		exchange,
		domain_update(changes, &request->domain, common->if_revision,
			      &common->found, &request->conflict));
}

void domains_patch(struct exchange *exchange)
{
	if (object_request_change(exchange, sizeof(struct domain_request),
				  true))
		object_request_submit(exchange, STORE_CHANGE, run_patch,
				      update_done);
}

static int run_delete(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct domain_request *request = exchange->state;

	return object_request_settle(
		exchange, domain_delete(changes, text_of(exchange->path_id),
					request->common.if_revision));
}

static void delete_done(struct exchange *exchange)
{
	if (object_request_succeeded(
		    exchange,
		    "The domain still has addresses or SIP users. Delete "
		    "them first."))
		exchange_answer_empty(exchange, 204);
}

void domains_delete(struct exchange *exchange)
{
	if (object_request_change(exchange, sizeof(struct domain_request),
				  false))
		object_request_submit(exchange, STORE_CHANGE, run_delete,
				      delete_done);
}

/* --- the list ------------------------------------------------------------ */

struct domain_page {
	struct page page;
	char name[DOMAIN_NAME_MAX + 1]; /* filter, "": any */
	struct domain *domains;		/* page.limit of them, owned */
};

static void page_free(void *state)
{
	struct domain_page *list = state;

	if (!list)
		return;
	free(list->domains);
	free(list);
}

static int run_list(struct changes *changes, struct store_job *job)
{
	struct domain_page *list = exchange_of_job(job)->state;

	if (list->name[0])
		return find_named(changes, list->name, list->domains,
				  &list->page.count);
	return domain_list(changes, list->page.after.key, list->page.limit,
			   list->domains, &list->page.count, &list->page.more);
}

static void list_done(struct exchange *exchange)
{
	struct domain_page *list = exchange->state;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	page_open(&writer);
	for (size_t i = 0; i < list->page.count; i++)
		write_domain(&writer, &list->domains[i]);
	if (list->page.count > 0)
		text_copy(text_of(list->domains[list->page.count - 1].name),
			  list->page.last.key, sizeof(list->page.last.key));
	page_answer(exchange, &writer, &list->page);
}

void domains_list(struct exchange *exchange)
{
	struct domain_page *list = calloc(1, sizeof(*list));

	exchange->state = list;
	exchange->state_free = page_free;
	if (!list) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	query_domain(exchange, "name", list->name, sizeof(list->name));
	if (!page_read(exchange, &list->page) ||
	    page_not_modified(exchange, &list->page))
		return;
	list->domains = calloc(list->page.limit, sizeof(*list->domains));
	if (!list->domains)
		problem_answer_errno(exchange, ENOMEM);
	else
		exchange_run_job(exchange, STORE_READ, run_list, list_done);
}
