#include "api/resources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/auth.h"
#include "api/move_document.h"
#include "api/move_query.h"
#include "api/page.h"
#include "api/problem.h"
#include "api/watch.h"
#include "base/clock.h"

struct move_page {
	struct move_query query;
	struct move *moves; /* page.limit of them, owned */
	struct page page;
	int64_t now_ms; /* of the job */
	/* With filter.is_watch: */
	struct change_position known, current;
	int64_t wait_s;
	struct watch_waiter waiter;
};

/* Waits for a change, if it is to. */
static bool wait_for_change(struct exchange *exchange);

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

/* since_revision makes a list of what has changed, in order of the changes. */
static void read_watch(struct exchange *exchange, struct move_page *list)
{
	struct text epoch = TEXT(""), unused;
	bool waits = query_integer(exchange, "wait", 0, WATCH_WAIT_MAX_S,
				   &list->wait_s);
	bool has_epoch = query_text(exchange, "epoch", &epoch);

	list->query.filter.is_watch =
		query_integer(exchange, "since_revision", 0, INT64_MAX,
			      &list->query.filter.since_revision) ||
		query_text(exchange, "since_revision", &unused);
	list->known.revision = list->query.filter.since_revision;
	text_copy(epoch, list->known.epoch, sizeof(list->known.epoch));
	list->waiter.until_us =
		clock_monotonic_us() + list->wait_s * INT64_C(1000000);
	if (list->query.filter.is_watch) {
		list->query.filter.sort = MOVE_SORT_REVISION;
		list->query.filter.descending = false;
		if (query_text(exchange, "sort", &unused))
			faults_add_parameter(
				&exchange->faults,
				FAULT_CONFLICTS_WITH_OTHER_MEMBER, "sort",
				"cannot stand beside since_revision: changes "
				"come in their own order");
		return;
	}
	if (waits || has_epoch)
		faults_add_parameter(&exchange->faults, FAULT_MISSING_MEMBER,
				     "since_revision",
				     "is what `wait` and `epoch` belong to");
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
	case MOVE_SORT_REVISION:
		snprintf(cursor->key, sizeof(cursor->key), "%lld",
			 (long long)move->revision);
		break;
	case MOVE_SORT_ADDRESS:
		text_copy(text_of(move->address), cursor->key,
			  sizeof(cursor->key));
		break;
	}
}

/* `state` changes as time passes, without a new revision: the last time it did
 * for any move is part of what names this list as it is. */
static int name_list(struct changes *changes, struct move_page *list)
{
	int64_t edge_ms = 0;
	int err = changes_position(changes, &list->current);

	if (!err)
		err = move_last_edge(changes, &edge_ms);
	snprintf(list->page.tag, sizeof(list->page.tag), "r%lld.%lld",
		 (long long)list->current.revision, (long long)edge_ms);
	return err;
}

static int run_list(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct move_page *list = exchange->state;
	struct page *page = &list->page;
	int err = name_list(changes, list);

	list->now_ms = changes_now_ms(changes);
	page->is_known = !list->query.filter.is_watch &&
			 exchange_has_tag(exchange, page->tag);
	if (err || page->is_known)
		return err;
	if (page->wants_total)
		err = move_count(changes, &list->query.filter, PAGE_TOTAL_MAX,
				 &page->total, &page->total_more);
	if (err)
		return err;
	return move_list(changes, &list->query.filter, list->moves,
			 &page->count, &page->more);
}

static void answer_list(struct exchange *exchange)
{
	struct move_page *list = exchange->state;
	struct zoned_clock clock = { 0 };
	struct json_writer writer = { 0 };

	page_open(&writer);
	for (size_t i = 0; i < list->page.count; i++)
		move_document_write(&writer, &list->moves[i], &clock,
				    list->now_ms);
	zoned_clock_clear(&clock);
	if (list->page.count > 0)
		sort_key(&list->query.filter,
			 &list->moves[list->page.count - 1], &list->page.last);
	page_end(exchange, &writer, &list->page);
	json_put_i64_string(&writer, "revision", list->current.revision);
	json_put_string(&writer, "epoch", text_of(list->current.epoch));
	json_close_object(&writer);
	if (!list->query.filter.is_watch)
		exchange_put_tag(exchange, list->page.tag);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

/* A backup was put back, or this is another server: what it counts is not what
 * the caller has counted. */
static bool is_another_history(const struct move_page *list)
{
	return list->query.filter.is_watch &&
	       (list->known.revision > list->current.revision ||
		(list->known.epoch[0] &&
		 strcmp(list->known.epoch, list->current.epoch) != 0));
}

static void list_done(struct exchange *exchange)
{
	struct move_page *list = exchange->state;

	if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else if (list->page.is_known)
		exchange_answer_known(exchange, list->page.tag);
	else if (is_another_history(list))
		problem_answer(exchange, PROBLEM_HISTORY_LOST,
			       "The server's history does not go on from this "
			       "revision. Read the whole list, and watch from "
			       "the `revision` that it leads to.");
	else if (!list->query.filter.is_watch || list->page.count > 0 ||
		 !wait_for_change(exchange))
		answer_list(exchange);
}

/* What there is now: a change of something else has ended the wait, too. */
static void look_again(struct exchange *exchange)
{
	/* Who waits long may have been logged out meanwhile. */
	if (!auth_still_holds(exchange))
		problem_answer(exchange, PROBLEM_UNAUTHENTICATED,
			       "What let the request in is over: the session "
			       "has ended, or the token was revoked.");
	else
		exchange_run_job(exchange, STORE_READ, run_list, list_done);
}

/* True: the answer comes later, or was a problem. */
static bool wait_for_change(struct exchange *exchange)
{
	struct move_page *list = exchange->state;

	list->waiter.revision = list->current.revision;
	switch (watch_wait(exchange, &list->waiter, look_again)) {
	case WATCH_WAITS:
		return true;
	case WATCH_TOO_MANY:
		problem_answer(exchange, PROBLEM_UNAVAILABLE,
			       "%d requests wait for a change already; ask "
			       "without `wait`, or later.",
			       WATCH_WAITERS_MAX);
		return true;
	case WATCH_OVER:
		break;
	}
	return false;
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
	read_watch(exchange, list);
	page_read_count(exchange, &list->page);
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
