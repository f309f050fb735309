#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>

#include "api/log_id.h"
#include "api/page.h"
#include "api/problem.h"
#include "api/query_address.h"
#include "api/redirect_log_document.h"

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

static void answer_error(struct exchange *exchange)
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

static bool add_status(struct redirect_log_filter *filter, struct text word)
{
	size_t max = sizeof(filter->statuses) / sizeof(filter->statuses[0]);
	uint64_t status;

	if (filter->status_count == max || word.len != 3 ||
	    text_to_u64(word, &status) || status < 100 || status > 699)
		return false;
	filter->statuses[filter->status_count++] = (uint16_t)status;
	return true;
}

static void read_statuses(struct exchange *exchange,
			  struct redirect_log_filter *filter)
{
	struct text list, word;

	if (!query_text(exchange, "status", &list))
		return;
	while (comma_list_next(&list, &word)) {
		if (!add_status(filter, word)) {
			faults_add_parameter(
				&exchange->faults, FAULT_BAD_FORMAT, "status",
				"must be a list of at most 16 SIP status "
				"codes: `302,404`");
			return;
		}
	}
}

static void read_filter(struct exchange *exchange,
			struct redirect_log_filter *filter)
{
	struct text call_id, move_id;

	query_address(exchange, "address", filter->address,
		      sizeof(filter->address));
	/* The log keeps no more of a Call-ID than this. */
	if (query_text(exchange, "call_id", &call_id))
		text_copy(call_id, filter->call_id, sizeof(filter->call_id));
	/* One that is too long names no move: what is left of it finds none. */
	if (query_text(exchange, "move_id", &move_id))
		text_copy(move_id, filter->move_id, sizeof(filter->move_id));
	read_statuses(exchange, filter);
	query_time(exchange, "from", &filter->from_ms);
	query_time(exchange, "until", &filter->until_ms);
	if (filter->from_ms && filter->until_ms &&
	    filter->until_ms <= filter->from_ms)
		faults_add_parameter(&exchange->faults, FAULT_END_BEFORE_START,
				     "until", "must be after `from`");
}

static void list_done(struct exchange *exchange)
{
	struct log_page *list = exchange->state;
	const struct redirect_log_query *query = &exchange->log_query;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		answer_error(exchange);
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

	if (redirect_logs_export(exchange, read_filter))
		return;
	list = page_new(exchange);
	if (!list)
		return;
	read_filter(exchange, filter);
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

/* --- one record ---------------------------------------------------------- */

static void get_done(struct exchange *exchange)
{
	struct json_writer writer = { 0 };

	if (exchange->err) {
		answer_error(exchange);
		return;
	}
	if (exchange->log_query.count == 0) {
		problem_answer_errno(exchange, ENOENT);
		return;
	}
	redirect_log_document_write(&writer, &exchange->log_query.entries[0]);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

void redirect_logs_get(struct exchange *exchange)
{
	if (!page_new(exchange))
		return;
	query_end(exchange);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else if (log_id_parse(text_of(exchange->path_id),
			      &exchange->log_query.get_id))
		problem_answer_errno(exchange, ENOENT);
	else if (make_room(exchange, 1))
		exchange_run_log_query(exchange, get_done);
}
