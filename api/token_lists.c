#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>

#include "api/page.h"
#include "api/problem.h"
#include "api/object_request.h"
#include "api/token_document.h"

/* --- the list ------------------------------------------------------------ */

struct token_page {
	struct token_filter filter;
	struct token *tokens; /* page.limit of them, owned */
	struct page page;
};

static void page_free(void *state)
{
	struct token_page *list = state;

	if (!list)
		return;
	free(list->tokens);
	free(list);
}

static int run_list(struct changes *changes, struct store_job *job)
{
	struct token_page *list = exchange_of_job(job)->state;

	return token_list(changes, &list->filter, list->tokens,
			  &list->page.count, &list->page.more);
}

static void list_done(struct exchange *exchange)
{
	struct token_page *list = exchange->state;
	struct json_writer writer = { 0 };
	const struct token *last;

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	page_open(&writer);
	for (size_t i = 0; i < list->page.count; i++)
		token_document_write(&writer, &list->tokens[i], NULL,
				     exchange->now_ms);
	if (list->page.count > 0) {
		last = &list->tokens[list->page.count - 1];
		text_copy(text_of(last->name), list->page.last.key,
			  sizeof(list->page.last.key));
		text_copy(text_of(last->public_id), list->page.last.id,
			  sizeof(list->page.last.id));
	}
	page_answer(exchange, &writer, &list->page);
}

static void read_filter(struct exchange *exchange, struct token_filter *filter)
{
	bool revoked = true;

	query_text(exchange, "name", &filter->name);
	query_bool(exchange, "revoked", &revoked);
	filter->not_revoked = !revoked;
}

void tokens_list(struct exchange *exchange)
{
	struct token_page *list = calloc(1, sizeof(*list));

	exchange->state = list;
	exchange->state_free = page_free;
	if (!list) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	read_filter(exchange, &list->filter);
	if (!page_read(exchange, &list->page))
		return;
	list->filter.after_name = list->page.after.key;
	list->filter.after_id = list->page.after.id;
	list->filter.limit = list->page.limit;
	list->tokens = calloc(list->page.limit, sizeof(*list->tokens));
	if (!list->tokens)
		problem_answer_errno(exchange, ENOMEM);
	else
		exchange_run_job(exchange, STORE_READ, run_list, list_done);
}

/* --- one token ----------------------------------------------------------- */

struct token_end {
	struct object_request common;
	struct token token;
};

static int run_revoke(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct token_end *request = exchange->state;
	struct text id = text_of(exchange->path_id);
	int err = token_revoke(changes, id);

	if (!err)
		err = token_get(changes, id, &request->token);
	return object_request_settle(exchange, err);
}

static void revoke_done(struct exchange *exchange)
{
	struct token_end *request = exchange->state;
	struct json_writer writer = { 0 };

	if (!object_request_succeeded(exchange, ""))
		return;
	token_document_write(&writer, &request->token, NULL, exchange->now_ms);
	object_request_answer(exchange, &writer, 0, NULL);
}

void tokens_revoke(struct exchange *exchange)
{
	if (object_request_read(exchange, sizeof(struct token_end)))
		object_request_submit(exchange, STORE_CHANGE, run_revoke,
				      revoke_done);
}
