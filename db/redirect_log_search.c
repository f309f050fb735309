/*
 * Segments follow each other in time, but a wall clock that was set back makes
 * their ids overlap. So rows are merged into the answer by their id, and a
 * segment is left out only once the answer is full and all it holds comes
 * behind.
 */
#include "db/redirect_log_search.h"

#include <string.h>

enum {
	LIMIT_MAX = 1000,
};

/* What one query looks for. */
struct search {
	struct redirect_log_query *query;
	bool oldest_first;
	struct log_filter_range range;
};

static void find_range(struct search *search)
{
	const struct redirect_log_query *query = search->query;
	const struct redirect_log_filter *filter = &query->filter;
	struct log_filter_range *range = &search->range;

	range->limit = filter->limit < LIMIT_MAX ? filter->limit : LIMIT_MAX;
	range->first_id = log_id_at(filter->from_ms);
	range->end_id = INT64_MAX;
	if (query->get_id != 0) {
		range->limit = 1;
		range->first_id = query->get_id;
		range->end_id = query->get_id < INT64_MAX ? query->get_id + 1
							  : INT64_MAX;
		return;
	}
	if (filter->until_ms != 0)
		range->end_id = log_id_at(filter->until_ms);
	if (filter->before_id != 0 && filter->before_id < range->end_id)
		range->end_id = filter->before_id;
	if (filter->after_id >= range->first_id && filter->after_id < INT64_MAX)
		range->first_id = filter->after_id + 1;
	search->oldest_first = filter->oldest_first;
}

static bool is_behind(const struct search *search, int64_t a, int64_t b)
{
	return search->oldest_first ? a > b : a < b;
}

/*
 * A place for that id in the answer, which stays in order; NULL: it is full of
 * ones before it. Rows come in order, so the place is nearly always the end.
 */
static struct redirect_log_entry *place_for(struct search *search, int64_t id)
{
	struct redirect_log_query *query = search->query;
	size_t at = query->count;

	while (at > 0 && is_behind(search, query->entries[at - 1].id, id))
		at--;
	if (query->count == search->range.limit) {
		query->more = true;
		if (at == query->count)
			return NULL;
		query->count--;
	}
	memmove(&query->entries[at + 1], &query->entries[at],
		(query->count - at) * sizeof(*query->entries));
	query->count++;
	return &query->entries[at];
}

static bool can_hold_an_answer(void *arg,
			       const struct log_segment_info *segment)
{
	const struct search *search = arg;
	const struct redirect_log_query *query = search->query;
	int64_t first = search->oldest_first ? segment->first_id
					     : segment->last_id;

	return !query->more ||
	       is_behind(search, query->entries[query->count - 1].id, first);
}

static int select_status(struct search *search, struct log_reader *reader,
			 uint16_t status)
{
	const struct redirect_log_query *query = search->query;
	const struct redirect_log_filter any = { .owned = query->filter.owned };
	struct log_filter_range range = search->range;
	int64_t id = 0;
	int err;

	range.limit++;
	err = log_reader_select(reader, query->get_id ? &any : &query->filter,
				status, &range);
	while (!err) {
		struct redirect_log_entry *entry;

		err = log_reader_next(reader, &id);
		if (err || id == 0)
			break;
		entry = place_for(search, id);
		if (!entry)
			break;
		log_reader_entry(reader, entry);
	}
	return err;
}

/* One status at a time: each is in the order of ids in its index. */
static int search_segment(void *arg, struct log_reader *reader)
{
	struct search *search = arg;
	const struct redirect_log_query *query = search->query;
	const struct redirect_log_filter *filter = &query->filter;
	int err = 0;

	if (query->get_id || filter->status_count == 0)
		return select_status(search, reader, 0);
	for (size_t i = 0; i < filter->status_count && !err; i++)
		err = select_status(search, reader, filter->statuses[i]);
	return err;
}

int log_search_run(const struct log_walk *base,
		   struct redirect_log_query *query)
{
	struct log_walk walk = *base;
	struct search search = { .query = query };

	find_range(&search);
	if (search.range.limit == 0)
		return 0;
	walk.first_id = search.range.first_id;
	walk.end_id = search.range.end_id;
	walk.oldest_first = search.oldest_first;
	walk.wants = can_hold_an_answer;
	walk.visit = search_segment;
	walk.arg = &search;
	return log_walk_run(&walk);
}
