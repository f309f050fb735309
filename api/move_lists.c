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
#include "api/query_address.h"
#include "api/watch.h"
#include "base/clock.h"

struct move_page {
	struct move_query query;
	struct move *moves; /* page.limit of them, owned */
	struct page page;
	int64_t now_ms; /* of the first job */
	bool has_begun;
	/* What is done of the list, and of its total: each job does a part. */
	struct list_part part, total;
	struct move_filter walk, total_walk;
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
	struct text word;
	enum move_sort sort;
} sorts[] = {
	{ TEXT("starts_at"), MOVE_SORT_STARTS_AT },
	{ TEXT("address"), MOVE_SORT_ADDRESS },
	{ TEXT("created_at"), MOVE_SORT_CREATED_AT },
};

struct sort_key {
	enum move_sort sort;
	bool descending;
};

enum {
	SORT_KEYS_MAX = sizeof(sorts) / sizeof(*sorts),
};

/* 0: it is no list of different words of ours. */
static size_t read_sort_keys(struct text list,
			     struct sort_key keys[SORT_KEYS_MAX])
{
	struct text word;
	unsigned seen = 0;
	size_t count = 0;

	while (comma_list_next(&list, &word)) {
		bool descending = word.len > 0 && word.ptr[0] == '-';
		size_t i = 0;

		word.ptr += descending;
		word.len -= descending;
		while (i < SORT_KEYS_MAX && !text_equals(word, sorts[i].word))
			i++;
		if (i == SORT_KEYS_MAX || seen & 1U << i)
			return 0;
		seen |= 1U << i;
		keys[count++] = (struct sort_key){ sorts[i].sort, descending };
	}
	return count;
}

/* No two moves have one time of creation, so that nothing behind it counts. */
static void read_sort(struct exchange *exchange, struct move_filter *filter)
{
	struct sort_key keys[SORT_KEYS_MAX];
	struct text value = TEXT("-created_at");
	size_t count, used = 0;

	query_text(exchange, "sort", &value);
	count = read_sort_keys(value, keys);
	if (count == 0) {
		faults_add_parameter(
			&exchange->faults, FAULT_BAD_FORMAT, "sort",
			"must be a list of `created_at`, `starts_at` and "
			"`address`, with a `-` before what is to be reversed");
		return;
	}
	while (used + 1 < count && keys[used].sort != MOVE_SORT_CREATED_AT)
		used++;
	filter->id_descending = keys[used].descending;
	filter->sort = keys[0].sort;
	filter->descending = keys[0].descending;
	if (used > 0) {
		filter->then = keys[1].sort;
		filter->then_descending = keys[1].descending;
	}
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
		list->query.filter.then = MOVE_SORT_CREATED_AT;
		list->query.filter.descending = false;
		list->query.filter.id_descending = false;
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

static void put_key(enum move_sort sort, const struct move *move,
		    char key[MOVE_ADDRESS_MAX + 1])
{
	switch (sort) {
	case MOVE_SORT_CREATED_AT:
		key[0] = '\0';
		break;
	case MOVE_SORT_STARTS_AT:
		snprintf(key, MOVE_ADDRESS_MAX + 1, "%lld",
			 (long long)move->starts_at_ms);
		break;
	case MOVE_SORT_REVISION:
		snprintf(key, MOVE_ADDRESS_MAX + 1, "%lld",
			 (long long)move->revision);
		break;
	case MOVE_SORT_ADDRESS:
		text_copy(text_of(move->address), key, MOVE_ADDRESS_MAX + 1);
		break;
	}
}

/* Of two keys one is an address, and the other, a time, stands behind the id.
 */
static void write_place(const struct move_filter *filter,
			const struct move *move, struct cursor *cursor)
{
	bool is_address_second = filter->then == MOVE_SORT_ADDRESS;
	char time[MOVE_ADDRESS_MAX + 1];

	if (filter->then == MOVE_SORT_CREATED_AT) {
		put_key(filter->sort, move, cursor->key);
		text_copy(text_of(move->id), cursor->id, sizeof(cursor->id));
		return;
	}
	put_key(MOVE_SORT_ADDRESS, move, cursor->key);
	put_key(is_address_second ? filter->sort : filter->then, move, time);
	snprintf(cursor->id, sizeof(cursor->id), "%s %.20s", move->id, time);
}

static void read_place(const struct cursor *cursor, struct move_filter *filter)
{
	bool is_address_second = filter->then == MOVE_SORT_ADDRESS;
	struct text id = text_of(cursor->id), time = TEXT("");
	const char *space = strchr(cursor->id, ' ');

	if (space) {
		id.len = (size_t)(space - cursor->id);
		time = text_of(space + 1);
	}
	text_copy(id, filter->after_id, sizeof(filter->after_id));
	text_copy(is_address_second ? time : text_of(cursor->key),
		  filter->after_key, sizeof(filter->after_key));
	text_copy(is_address_second ? text_of(cursor->key) : time,
		  filter->after_then_key, sizeof(filter->after_then_key));
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

/* What changes between two of the jobs is shown as the later one finds it; the
 * list is named as it was, so that it is asked for once more. */
static int begin_list(struct changes *changes, struct exchange *exchange,
		      struct move_page *list)
{
	int err = name_list(changes, list);

	list->has_begun = true;
	list->now_ms = changes_now_ms(changes);
	list->page.is_known = !list->query.filter.is_watch &&
			      exchange_has_tag(exchange, list->page.tag);
	list->part = (struct list_part){ .count = 0 };
	list->total = (struct list_part){ .is_done = !list->page.wants_total };
	list->walk = list->total_walk = list->query.filter;
	list->total_walk.after_id[0] = '\0';
	return err;
}

static int run_list(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct move_page *list = exchange->state;
	int err = 0;

	if (!list->has_begun)
		err = begin_list(changes, exchange, list);
	if (err || list->page.is_known)
		return err;
	if (!list->total.is_done)
		return move_count_part(changes, &list->total_walk,
				       PAGE_TOTAL_MAX, &list->total);
	return move_list_part(changes, &list->walk, list->moves, &list->part);
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
		write_place(&list->query.filter,
			    &list->moves[list->page.count - 1],
			    &list->page.last);
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

static bool is_done(const struct move_page *list)
{
	return list->page.is_known || is_another_history(list) ||
	       (list->total.is_done && list->part.is_done);
}

static void list_done(struct exchange *exchange)
{
	struct move_page *list = exchange->state;
	struct page *page = &list->page;

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	if (!is_done(list)) {
		exchange_run_job(exchange, STORE_READ, run_list, list_done);
		return;
	}
	page->count = list->part.count;
	page->more = list->part.more;
	page->total = list->total.count;
	page->total_more = list->total.more;
	if (page->is_known)
		exchange_answer_known(exchange, page->tag);
	else if (is_another_history(list))
		problem_answer(exchange, PROBLEM_HISTORY_LOST,
			       "The server's history does not go on from this "
			       "revision. Read the whole list, and watch from "
			       "the `revision` that it leads to.");
	else if (!list->query.filter.is_watch || page->count > 0 ||
		 !wait_for_change(exchange))
		answer_list(exchange);
}

/* What there is now: a change of something else has ended the wait, too. */
static void look_again(struct exchange *exchange)
{
	struct move_page *list = exchange->state;

	if (!auth_check_still(exchange))
		return; /* it has answered */
	list->has_begun = false;
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
	read_place(&list->page.after, filter);
	list->moves = calloc(filter->limit, sizeof(*list->moves));
	if (!list->moves)
		problem_answer_errno(exchange, ENOMEM);
	else
		exchange_run_job(exchange, STORE_READ, run_list, list_done);
}
