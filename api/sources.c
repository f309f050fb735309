/*
 * sources.c - /v1/source-rules, /v1/bans, /v1/scanner-patterns,
 * /v1/peer-profiles and /v1/target-rules: resources that differ in their
 * documents alone.
 */
#include "api/resources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/object_request.h"
#include "api/page.h"
#include "api/problem.h"
#include "api/source_document.h"
#include "db/peer_profile.h"
#include "db/target_rule.h"

enum {
	LOCATION_SIZE = 96,
};

struct source_request {
	struct object_request common;
	enum source_kind kind;
	union {
		struct source_object object; /* each begins with it */
		struct source_rule rule;
		struct source_ban ban;
		struct scanner_pattern pattern;
		struct peer_profile profile;
		struct target_rule target;
	} value;
};

static const char *const paths[] = {
	[SOURCE_RULES] = "/v1/source-rules",
	[SOURCE_BANS] = "/v1/bans",
	[SCANNER_PATTERNS] = "/v1/scanner-patterns",
	[PEER_PROFILES] = "/v1/peer-profiles",
	[TARGET_RULES] = "/v1/target-rules",
};

static void answer_one(struct exchange *exchange, const char *location)
{
	struct source_request *request = exchange->state;
	struct json_writer writer = { 0 };

	source_document(request->kind)->write(&writer, &request->value);
	object_request_answer(exchange, &writer, request->value.object.revision,
			      location);
}

/* --- one of them --------------------------------------------------------- */

static int run_get(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct source_request *request = exchange->state;

	return source_row_get(changes, request->kind,
			      text_of(exchange->path_id), &request->value);
}

static void get_done(struct exchange *exchange)
{
	struct source_request *request = exchange->state;

	if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else if (!exchange_not_modified(exchange,
					request->value.object.revision))
		answer_one(exchange, NULL);
}

static void get(struct exchange *exchange, enum source_kind kind)
{
	struct source_request *request =
		object_request_read(exchange, sizeof(*request));

	if (!request)
		return;
	request->kind = kind;
	object_request_submit(exchange, STORE_READ, run_get, get_done);
}

/* --- changes ------------------------------------------------------------- */

static struct source_request *change_of(struct exchange *exchange,
					enum source_kind kind, bool has_body)
{
	struct source_request *request =
		object_request_change(exchange, sizeof(*request), has_body);

	if (request)
		request->kind = kind;
	return request;
}

static int run_create(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct source_request *request = exchange->state;
	struct object_request *common = &request->common;

	return object_request_settle(
		exchange,
		source_row_create(changes, request->kind, &request->value,
				  &common->found, common->other_id));
}

static void create_done(struct exchange *exchange)
{
	struct source_request *request = exchange->state;
	char location[LOCATION_SIZE];

	if (!object_request_succeeded(exchange, ""))
		return;
	snprintf(location, sizeof(location), "%s/%s", paths[request->kind],
		 request->value.object.id);
	answer_one(exchange, location);
}

static void create(struct exchange *exchange, enum source_kind kind)
{
	struct source_request *request = change_of(exchange, kind, true);

	if (!request)
		return;
	source_document(kind)->read(&request->common.body, true,
				    exchange->now_ms, &request->value);
	object_request_submit(exchange, STORE_CHANGE, run_create, create_done);
}

static int run_patch(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct source_request *request = exchange->state;
	struct object_request *common = &request->common;
	int err = source_row_get(changes, request->kind,
				 text_of(exchange->path_id), &request->value);

	if (err)
		return err;
	source_document(request->kind)
		->read(&common->body, false, exchange->now_ms, &request->value);
	return object_request_settle(
		exchange,
		source_row_update(changes, request->kind, &request->value,
				  common->if_revision, &common->found,
				  common->other_id));
}

static void patch_done(struct exchange *exchange)
{
	if (object_request_succeeded(exchange, ""))
		answer_one(exchange, NULL);
}

static void patch(struct exchange *exchange, enum source_kind kind)
{
	if (change_of(exchange, kind, true))
		object_request_submit(exchange, STORE_CHANGE, run_patch,
				      patch_done);
}

static int run_delete(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct source_request *request = exchange->state;

	return object_request_settle(
		exchange, source_row_delete(changes, request->kind,
					    text_of(exchange->path_id),
					    request->common.if_revision));
}

static void delete_done(struct exchange *exchange)
{
	if (object_request_succeeded(exchange, ""))
		exchange_answer_empty(exchange, 204);
}

static void delete_one(struct exchange *exchange, enum source_kind kind)
{
	if (change_of(exchange, kind, false))
		object_request_submit(exchange, STORE_CHANGE, run_delete,
				      delete_done);
}

/* --- lists --------------------------------------------------------------- */

struct source_page {
	struct page page;
	enum source_kind kind;
	char *values; /* page.limit of the kind's struct, owned */
};

static void page_free(void *state)
{
	struct source_page *list = state;

	if (!list)
		return;
	free(list->values);
	free(list);
}

static int run_list(struct changes *changes, struct store_job *job)
{
	struct source_page *list = exchange_of_job(job)->state;

	return source_row_list(changes, list->kind, list->page.after.id,
			       list->page.limit, list->values,
			       &list->page.count, &list->page.more);
}

static void list_done(struct exchange *exchange)
{
	struct source_page *list = exchange->state;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	page_open(&writer);
	for (size_t i = 0; i < list->page.count; i++) {
		const void *value =
			list->values + i * source_row_size(list->kind);
		const struct source_object *object = value;

		source_document(list->kind)->write(&writer, value);
		text_copy(text_of(object->id), list->page.last.id,
			  sizeof(list->page.last.id));
	}
	page_answer(exchange, &writer, &list->page);
}

static void list_all(struct exchange *exchange, enum source_kind kind)
{
	struct source_page *list = calloc(1, sizeof(*list));

	exchange->state = list;
	exchange->state_free = page_free;
	if (!list) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	list->kind = kind;
	if (!page_read(exchange, &list->page))
		return;
	/* A ban ends by itself, without a new revision. */
	if (kind != SOURCE_BANS && page_not_modified(exchange, &list->page))
		return;
	list->values = calloc(list->page.limit, source_row_size(kind));
	if (!list->values)
		problem_answer_errno(exchange, ENOMEM);
	else
		exchange_run_job(exchange, STORE_READ, run_list, list_done);
}

/* --- what the route table names ------------------------------------------- */

void source_rules_list(struct exchange *exchange)
{
	list_all(exchange, SOURCE_RULES);
}

void source_rules_create(struct exchange *exchange)
{
	create(exchange, SOURCE_RULES);
}

void source_rules_get(struct exchange *exchange)
{
	get(exchange, SOURCE_RULES);
}

void source_rules_patch(struct exchange *exchange)
{
	patch(exchange, SOURCE_RULES);
}

void source_rules_delete(struct exchange *exchange)
{
	delete_one(exchange, SOURCE_RULES);
}

void bans_list(struct exchange *exchange)
{
	list_all(exchange, SOURCE_BANS);
}

void bans_create(struct exchange *exchange)
{
	create(exchange, SOURCE_BANS);
}

void bans_get(struct exchange *exchange)
{
	get(exchange, SOURCE_BANS);
}

void bans_delete(struct exchange *exchange)
{
	delete_one(exchange, SOURCE_BANS);
}

void scanner_patterns_list(struct exchange *exchange)
{
	list_all(exchange, SCANNER_PATTERNS);
}

void scanner_patterns_create(struct exchange *exchange)
{
	create(exchange, SCANNER_PATTERNS);
}

void scanner_patterns_get(struct exchange *exchange)
{
	get(exchange, SCANNER_PATTERNS);
}

void scanner_patterns_patch(struct exchange *exchange)
{
	patch(exchange, SCANNER_PATTERNS);
}

void scanner_patterns_delete(struct exchange *exchange)
{
	delete_one(exchange, SCANNER_PATTERNS);
}

void peer_profiles_list(struct exchange *exchange)
{
	list_all(exchange, PEER_PROFILES);
}

void peer_profiles_create(struct exchange *exchange)
{
	create(exchange, PEER_PROFILES);
}

void peer_profiles_get(struct exchange *exchange)
{
	get(exchange, PEER_PROFILES);
}

void peer_profiles_patch(struct exchange *exchange)
{
	patch(exchange, PEER_PROFILES);
}

void peer_profiles_delete(struct exchange *exchange)
{
	delete_one(exchange, PEER_PROFILES);
}

void target_rules_list(struct exchange *exchange)
{
	list_all(exchange, TARGET_RULES);
}

void target_rules_create(struct exchange *exchange)
{
	create(exchange, TARGET_RULES);
}

void target_rules_get(struct exchange *exchange)
{
	get(exchange, TARGET_RULES);
}

void target_rules_patch(struct exchange *exchange)
{
	patch(exchange, TARGET_RULES);
}

void target_rules_delete(struct exchange *exchange)
{
	delete_one(exchange, TARGET_RULES);
}
