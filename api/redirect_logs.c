#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>

#include "api/log_id.h"
#include "api/page.h"
#include "api/problem.h"
#include "api/redirect_log_answer.h"
#include "api/redirect_log_document.h"
#include "api/redirect_log_filter.h"

struct log_page {
	struct page page;
	struct redirect_log_entry *entries; /* page.limit of them, owned */
};

static void log_page_free(void *state)
{
	struct log_page *list = state;

	if (!list)
		return;
	free(list->entries);
	free(list);
}

void redirect_log_answer_error(struct exchange *exchange)
{
	if (exchange->err == ETIMEDOUT)
		problem_answer(exchange, PROBLEM_UNAVAILABLE,
			       "The search took longer than 5 s. Ask for less "
			       "time with `from` and `until`.");
	else
		problem_answer_errno(exchange, exchange->err);
}

/* Makes room for so many entries; false: a problem was answered. */
static bool make_room(struct exchange *exchange, size_t limit)
{
	struct log_page *list = exchange->state;

	list->entries = calloc(limit, sizeof(*list->entries));
	exchange->log_query.entries = list->entries;
	exchange->log_query.filter.limit = limit;
	if (!list->entries)
		problem_answer_errno(exchange, ENOMEM);
	return list->entries != NULL;
}

static struct log_page *page_new(struct exchange *exchange)
{
	exchange->state = calloc(1, sizeof(struct log_page));
	exchange->state_free = log_page_free;
	exchange->log_query = (struct redirect_log_query){ 0 };
	if (!exchange->state)
		problem_answer_errno(exchange, ENOMEM);
	return exchange->state;
}

/* --- the list ------------------------------------------------------------ */

static void list_done(struct exchange *exchange)
{
	struct log_page *list = exchange->state;
	const struct redirect_log_query *query = &exchange->log_query;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		redirect_log_answer_error(exchange);
		return;
	}
	page_open(&writer);
	for (size_t i = 0; i < query->count; i++)
		redirect_log_document_write(&writer, &query->entries[i]);
	if (query->count > 0)
		log_id_format(query->entries[query->count - 1].id,
			      list->page.last.id);
	list->page.more = query->more;
	page_answer(exchange, &writer, &list->page);
}

void redirect_logs_list(struct exchange *exchange)
{
	struct log_page *list;
	struct redirect_log_filter *filter = &exchange->log_query.filter;

	if (redirect_logs_export(exchange, redirect_log_filter_read))
		return;
	list = page_new(exchange);
	if (!list)
		return;
	redirect_log_filter_read(exchange, filter);
	if (!page_read(exchange, &list->page))
		return;
	/* The cursor is one that we signed. */
	if (list->page.after.id[0] != '\0' &&
	    log_id_parse(text_of(list->page.after.id), &filter->before_id)) {
		problem_answer(exchange, PROBLEM_CURSOR_MISMATCH,
			       "The cursor is not one of this list.");
		return;
	}
	if (make_room(exchange, list->page.limit))
		exchange_run_log_query(exchange, list_done);
}
