#include "api/resources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/move_document.h"
#include "api/move_query.h"
#include "api/page.h"
#include "api/problem.h"

struct move_page {
	struct move_query query;
	struct move *moves; /* page.limit of them, owned */
	struct page page;
};

static void list_free(void *state)
{
	struct move_page *list = state;

	if (!list)
		return;
	free(list->moves);
	free(list);
}

static const struct {
	const char *word;
	enum move_sort sort;
	bool descending;
} sorts[] = {
	{ "created_at", MOVE_SORT_CREATED_AT, false },
	{ "-created_at", MOVE_SORT_CREATED_AT, true },
	{ "starts_at", MOVE_SORT_STARTS_AT, false },
	{ "-starts_at", MOVE_SORT_STARTS_AT, true },
	{ "address", MOVE_SORT_ADDRESS, false },
	{ "-address", MOVE_SORT_ADDRESS, true },
};

static void read_sort(struct exchange *exchange, struct move_filter *filter)
{
	struct text value = TEXT("-created_at");

	query_text(exchange, "sort", &value);
	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
		if (text_equals(value, text_of(sorts[i].word))) {
			filter->sort = sorts[i].sort;
			filter->descending = sorts[i].descending;
			return;
		}
	}
	faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT, "sort",
			     "must be `created_at`, `starts_at` or `address`, "
			     "with a `-` before it for the reverse");
}

static void sort_key(const struct move_filter *filter, const struct move *move,
		     struct cursor *cursor)
{
	text_copy(text_of(move->id), cursor->id, sizeof(cursor->id));
	switch (filter->sort) {
	case MOVE_SORT_CREATED_AT:
		snprintf(cursor->key, sizeof(cursor->key), "%lld",
			 (long long)move->created_at_ms);
		break;
	case MOVE_SORT_STARTS_AT:
		snprintf(cursor->key, sizeof(cursor->key), "%lld",
			 (long long)move->starts_at_ms);
		break;
	case MOVE_SORT_ADDRESS:
		text_copy(text_of(move->address), cursor->key,
			  sizeof(cursor->key));
		break;
	}
}

static int run_list(struct changes *changes, struct store_job *job)
{
	struct move_page *list = exchange_of_job(job)->state;

	return move_list(changes, &list->query.filter, list->moves,
			 &list->page.count, &list->page.more);
}

static void list_done(struct exchange *exchange)
{
	struct move_page *list = exchange->state;
	struct zoned_clock clock = { 0 };
	struct json_writer writer = { 0 };

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	page_open(&writer);
	for (size_t i = 0; i < list->page.count; i++)
		move_document_write(&writer, &list->moves[i], &clock,
				    exchange->now_ms);
	zoned_clock_clear(&clock);
	if (list->page.count > 0)
		sort_key(&list->query.filter,
			 &list->moves[list->page.count - 1], &list->page.last);
	page_answer(exchange, &writer, &list->page);
}

void moves_list(struct exchange *exchange)
{
	struct move_page *list;
	struct move_filter *filter;

	if (moves_export(exchange))
		return;
	list = calloc(1, sizeof(*list));
	exchange->state = list;
	exchange->state_free = list_free;
	if (!list) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	move_query_read(exchange, &list->query);
	read_sort(exchange, &list->query.filter);
	if (!page_read(exchange, &list->page))
		return;
	filter = &list->query.filter;
	filter->limit = list->page.limit;
	text_copy(text_of(list->page.after.key), filter->after_key,
		  sizeof(filter->after_key));
	text_copy(text_of(list->page.after.id), filter->after_id,
		  sizeof(filter->after_id));
	list->moves = calloc(filter->limit, sizeof(*list->moves));
	if (!list->moves)
		problem_answer_errno(exchange, ENOMEM);
	else
		exchange_run_job(exchange, STORE_READ, run_list, list_done);
}
