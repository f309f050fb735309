#include "api/resources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/extension_rule_document.h"
#include "api/object_request.h"
#include "api/page.h"
#include "api/problem.h"

enum {
	LOCATION_SIZE = 96,
};

struct rule_request {
	struct object_request common;
	struct extension_rule rule;
};

static void answer_rule(struct exchange *exchange, const char *location)
{
	struct rule_request *request = exchange->state;
	struct json_writer writer = { 0 };

	extension_rule_document_write(&writer, &request->rule);
	object_request_answer(exchange, &writer, request->rule.revision,
			      location);
}

/* --- one rule ------------------------------------------------------------ */

static int run_get(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct rule_request *request = exchange->state;

	return extension_rule_get(changes, text_of(exchange->path_id),
				  &request->rule);
}

static void get_done(struct exchange *exchange)
{
	struct rule_request *request = exchange->state;

	if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else if (!exchange_not_modified(exchange, request->rule.revision))
		answer_rule(exchange, NULL);
}

void extension_rules_get(struct exchange *exchange)
{
	if (object_request_read(exchange, sizeof(struct rule_request)))
		object_request_submit(exchange, STORE_READ, run_get, get_done);
}

/* --- changes ------------------------------------------------------------- */

static int run_create(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct rule_request *request = exchange->state;
	struct object_request *common = &request->common;

	return object_request_settle(
		exchange, extension_rule_create(
				  changes, &request->rule, common->if_revision,
				  &common->found, common->other_id));
}

static void create_done(struct exchange *exchange)
{
	struct rule_request *request = exchange->state;
	char location[LOCATION_SIZE];

	if (!object_request_succeeded(exchange, ""))
		return;
	snprintf(location, sizeof(location), "/v1/extension-policy/rules/%s",
		 request->rule.id);
	answer_rule(exchange, location);
}

/* If-Match names the policy's revision here: there is no rule yet. */
void extension_rules_create(struct exchange *exchange)
{
	struct rule_request *request = object_request_change(
		exchange, sizeof(struct rule_request), true);

	if (!request)
		return;
	extension_rule_document_read(&request->common.body, &request->rule);
	object_request_submit(exchange, STORE_CHANGE, run_create, create_done);
}

static int run_patch(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct rule_request *request = exchange->state;
	struct object_request *common = &request->common;
	int err = extension_rule_get(changes, text_of(exchange->path_id),
				     &request->rule);

	if (err)
		return err;
	extension_rule_document_merge(&common->body, &request->rule);
	return object_request_settle(
		exchange, extension_rule_update(
				  changes, &request->rule, common->if_revision,
				  &common->found, common->other_id));
}

static void patch_done(struct exchange *exchange)
{
	if (object_request_succeeded(exchange, ""))
		answer_rule(exchange, NULL);
}

void extension_rules_patch(struct exchange *exchange)
{
	if (object_request_change(exchange, sizeof(struct rule_request), true))
		object_request_submit(exchange, STORE_CHANGE, run_patch,
				      patch_done);
}

static int run_delete(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct rule_request *request = exchange->state;

	return object_request_settle(
		exchange,
		extension_rule_delete(changes, text_of(exchange->path_id),
				      request->common.if_revision));
}

static void delete_done(struct exchange *exchange)
{
	if (object_request_succeeded(exchange, ""))
		exchange_answer_empty(exchange, 204);
}

void extension_rules_delete(struct exchange *exchange)
{
	if (object_request_change(exchange, sizeof(struct rule_request), false))
		object_request_submit(exchange, STORE_CHANGE, run_delete,
				      delete_done);
}

/* --- the list ------------------------------------------------------------ */

struct rule_page {
	struct text tag; /* filter; empty: any */
	struct page page;
	struct extension_rule *rules; /* all of them, by id; owned */
	size_t rule_count;
};

static void rule_page_free(void *state)
{
	struct rule_page *list = state;

	if (!list)
		return;
	free(list->rules);
	free(list);
}

static int run_list(struct changes *changes, struct store_job *job)
{
	struct rule_page *list = exchange_of_job(job)->state;

	return extension_rule_list(changes, &list->rules, &list->rule_count);
}

static int by_id(const void *left, const void *right)
{
	const struct extension_rule *a = left, *b = right;

	return strcmp(a->id, b->id);
}

/*
 * By id, so that a cursor stays right while rules come and go. The order in
 * which they are resolved is the policy's own, and shown there.
 */
static void list_done(struct exchange *exchange)
{
	struct rule_page *list = exchange->state;
	struct page *page = &list->page;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	if (list->rule_count > 0)
		qsort(list->rules, list->rule_count, sizeof(*list->rules),
		      by_id);
	page_open(&writer);
	for (size_t i = 0; i < list->rule_count; i++) {
		const struct extension_rule *rule = &list->rules[i];

		if (strcmp(rule->id, page->after.id) <= 0 ||
		    (list->tag.len > 0 &&
		     !text_equals_nocase(list->tag, text_of(rule->tag))))
			continue;
		page->more = page->count == page->limit;
		if (page->more)
			break;
		extension_rule_document_write(&writer, rule);
		text_copy(text_of(rule->id), page->last.id,
			  sizeof(page->last.id));
		page->count++;
	}
	page_answer(exchange, &writer, page);
}

void extension_rules_list(struct exchange *exchange)
{
	struct rule_page *list = calloc(1, sizeof(*list));

	exchange->state = list;
	exchange->state_free = rule_page_free;
	if (!list) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	query_text(exchange, "tag", &list->tag);
	if (page_read(exchange, &list->page) &&
	    !page_not_modified(exchange, &list->page))
		exchange_run_job(exchange, STORE_READ, run_list, list_done);
}
