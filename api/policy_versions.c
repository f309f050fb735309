#include "api/resources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/extension_rule_document.h"
#include "api/object_request.h"
#include "api/page.h"
#include "api/policy_version_document.h"
#include "api/problem.h"

struct version_request {
	struct object_request common;
	struct policy_version version;
	struct extension_rules rules; /* owned */
	/* What it is compared with; number 0: the one before it. */
	int64_t against;
	bool is_against_current;
	struct policy_version other;
	struct extension_rules other_rules; /* owned */
	struct extension_policy_diff diff;  /* owned */
};

static void version_request_free(void *state)
{
	struct version_request *request = state;

	extension_policy_diff_clear(&request->diff);
	free(request->rules.rules);
	free(request->other_rules.rules);
	object_request_clear(&request->common);
	free(request);
}

static struct version_request *version_request_new(struct exchange *exchange)
{
	struct version_request *request =
		object_request_read(exchange, sizeof(struct version_request));

	if (request)
		exchange->state_free = version_request_free;
	return request;
}

static int load_version(struct changes *changes, int64_t number,
			struct policy_version *version,
			struct extension_rules *rules)
{
	int err = policy_version_get(changes, number, version);

	return err ? err
		   : policy_version_rules(changes, version->number, rules);
}

/* --- one version --------------------------------------------------------- */

static int run_get(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct version_request *request = exchange->state;

	return load_version(changes,
			    policy_version_number(text_of(exchange->path_id)),
			    &request->version, &request->rules);
}

static void get_done(struct exchange *exchange)
{
	const struct version_request *request = exchange->state;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	if (exchange_not_modified(exchange, request->version.revision))
		return;
	json_open_object(&writer, NULL);
	policy_version_document_put(&writer, &request->version);
	json_open_array(&writer, "rules");
	for (size_t i = 0; i < request->rules.count; i++)
		extension_rule_document_write(&writer,
					      &request->rules.rules[i]);
	json_close_array(&writer);
	json_close_object(&writer);
	exchange_answer_json(exchange, 200, &writer, request->version.revision,
			     NULL);
}

void policy_versions_get(struct exchange *exchange)
{
	if (version_request_new(exchange))
		object_request_submit(exchange, STORE_READ, run_get, get_done);
}

/* --- what differs -------------------------------------------------------- */

/* What a version changed is beside the one before it; the first one, and the
 * oldest that is kept, have none: they are beside no rules at all. */
static int load_other(struct changes *changes, struct version_request *request)
{
	int64_t number = request->against;
	int err;

	if (number == 0 && !request->is_against_current)
		number = request->version.number - 1;
	if (number == 0 && !request->is_against_current)
		return 0;
	err = load_version(changes, number, &request->other,
			   &request->other_rules);
	return err == ENOENT && request->against == 0 ? 0 : err;
}

static int run_diff(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct version_request *request = exchange->state;
	int err = run_get(changes, job);

	if (!err)
		err = load_other(changes, request);
	return err ? err
		   : extension_policy_diff(&request->other_rules,
					   &request->rules, &request->diff);
}

static void put_side(struct json_writer *writer, const char *name,
		     const struct policy_version *version)
{
	if (version->number == 0) {
		json_put_null(writer, name);
		return;
	}
	json_open_object(writer, name);
	policy_version_document_put(writer, version);
	json_close_object(writer);
}

static void diff_done(struct exchange *exchange)
{
	const struct version_request *request = exchange->state;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	json_open_object(&writer, NULL);
	put_side(&writer, "from", &request->other);
	put_side(&writer, "to", &request->version);
	policy_diff_document_put(&writer, &request->diff);
	json_close_object(&writer);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

void policy_versions_diff(struct exchange *exchange)
{
	struct version_request *request = version_request_new(exchange);
	struct text against;

	if (!request)
		return;
	if (query_text(exchange, "against", &against)) {
		request->is_against_current =
			text_equals(against, TEXT("current"));
		if (!request->is_against_current)
			request->against = policy_version_number(against);
		if (request->against < 0)
			faults_add_parameter(
				&exchange->faults, FAULT_BAD_FORMAT, "against",
				"must be a version's number, or `current`");
	}
	object_request_submit(exchange, STORE_READ, run_diff, diff_done);
}

/* --- the list ------------------------------------------------------------ */

struct version_page {
	struct page page;
	struct policy_version *versions; /* page.limit of them; owned */
};

static void version_page_free(void *state)
{
	struct version_page *list = state;

	if (!list)
		return;
	free(list->versions);
	free(list);
}

static int run_list(struct changes *changes, struct store_job *job)
{
	struct version_page *list = exchange_of_job(job)->state;
	struct page *page = &list->page;
	/* The cursor is one that we signed. */
	int64_t before =
		page->after.id[0]
			? policy_version_number(text_of(page->after.id))
			: 0;

	return policy_version_list(changes, before, page->limit, list->versions,
				   &page->count, &page->more);
}

static void list_done(struct exchange *exchange)
{
	struct version_page *list = exchange->state;
	struct page *page = &list->page;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	page_open(&writer);
	for (size_t i = 0; i < page->count; i++) {
		json_open_object(&writer, NULL);
		policy_version_document_put(&writer, &list->versions[i]);
		json_close_object(&writer);
	}
	if (page->count > 0)
		snprintf(page->last.id, sizeof(page->last.id), "%lld",
			 (long long)list->versions[page->count - 1].number);
	page_answer(exchange, &writer, page);
}

void policy_versions_list(struct exchange *exchange)
{
	struct version_page *list = calloc(1, sizeof(*list));

	exchange->state = list;
	exchange->state_free = version_page_free;
	if (!list) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	if (!page_read(exchange, &list->page) ||
	    page_not_modified(exchange, &list->page))
		return;
	list->versions = calloc(list->page.limit, sizeof(*list->versions));
	if (list->versions)
		exchange_run_job(exchange, STORE_READ, run_list, list_done);
	else
		problem_answer_errno(exchange, ENOMEM);
}
