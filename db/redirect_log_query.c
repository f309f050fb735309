/*
 * Segments follow each other in time, but a wall clock that was set back makes
 * their ids overlap. So rows are merged into the answer by their id, and a
 * segment is left out only once the answer is full and all it holds is older.
 */
#include "db/redirect_log_query.h"
#include "base/clock.h"
#include "db/redirect_log_reader.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	DEADLINE_US = 5000000,
	LIMIT_MAX = 1000,
	RECENT_MS = 2000, /* what is older than that is not in a ring */
	ID_MS_SHIFT = 20, /* an id starts with its time, see the record */
};

struct log_querier {
	struct log_folder *folder;
	struct log_writer *writer;
	pthread_t thread;
	bool is_started;
	atomic_bool is_stopping;

	pthread_mutex_t queue_lock;
	pthread_cond_t queued;
	struct redirect_log_query *first, **last; /* under queue_lock */
};

/* What one query looks for. */
struct search {
	struct redirect_log_query *query;
	size_t limit;
	int64_t first_id, end_id; /* half-open */
};

int log_querier_new(struct log_folder *folder, struct log_writer *writer,
		    struct log_querier **ret_querier)
{
	struct log_querier *querier = calloc(1, sizeof(*querier));

	if (!querier)
		return ENOMEM;
	querier->folder = folder;
	querier->writer = writer;
	querier->last = &querier->first;
	pthread_mutex_init(&querier->queue_lock, NULL);
	pthread_cond_init(&querier->queued, NULL);
	*ret_querier = querier;
	return 0;
}

void log_querier_free(struct log_querier *querier)
{
	if (!querier)
		return;
	pthread_cond_destroy(&querier->queued);
	pthread_mutex_destroy(&querier->queue_lock);
	free(querier);
}

/* The first id of that millisecond, or the last there can be. */
static int64_t id_at(int64_t time_ms)
{
	if (time_ms <= 0)
		return 0;
	return time_ms > INT64_MAX >> ID_MS_SHIFT ? INT64_MAX
						  : time_ms << ID_MS_SHIFT;
}

static struct search search_of(struct redirect_log_query *query)
{
	const struct redirect_log_filter *filter = &query->filter;
	struct search search = {
		.query = query,
		.limit = filter->limit < LIMIT_MAX ? filter->limit : LIMIT_MAX,
		.first_id = id_at(filter->from_ms),
		.end_id = INT64_MAX,
	};

	if (query->get_id != 0) {
		search.limit = 1;
		search.first_id = query->get_id;
		search.end_id = query->get_id < INT64_MAX ? query->get_id + 1
							  : INT64_MAX;
		return search;
	}
	if (filter->until_ms != 0)
		search.end_id = id_at(filter->until_ms);
	if (filter->before_id != 0 && filter->before_id < search.end_id)
		search.end_id = filter->before_id;
	return search;
}

/*
 * A place for that id in the answer, which stays in order; NULL: it is full of
 * newer ones. Rows come newest first, so the place is nearly always the end.
 */
static struct redirect_log_entry *place_for(struct search *search, int64_t id)
{
	struct redirect_log_query *query = search->query;
	size_t at = query->count;

	while (at > 0 && query->entries[at - 1].id < id)
		at--;
	if (query->count == search->limit) {
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

static bool can_hold_an_answer(const struct search *search,
			       const struct log_segment_info *segment)
{
	const struct redirect_log_query *query = search->query;

	if (segment->state == LOG_SEGMENT_BROKEN ||
	    segment->first_id > segment->last_id ||
	    segment->first_id >= search->end_id ||
	    segment->last_id < search->first_id)
		return false;
	return !query->more ||
	       segment->last_id > query->entries[query->count - 1].id;
}

static int search_open_segment(struct log_reader *reader, struct search *search)
{
	const struct redirect_log_filter any = {
		.owned = search->query->filter.owned,
		.limit = 1,
	};
	int64_t id = 0;
	int err = log_reader_select(
		reader,
		search->query->get_id != 0 ? &any : &search->query->filter,
		search->first_id, search->end_id, search->limit + 1);

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

static int search_segment(struct log_querier *querier, struct search *search,
			  const struct log_segment_info *segment,
			  const struct log_reader_limits *limits)
{
	char path[LOG_PATH_SIZE];
	struct log_reader *reader = NULL;
	int err;

	log_folder_path(querier->folder, &segment->name, path);
	err = log_reader_open(path, limits, &reader);
	if (!err)
		err = search_open_segment(reader, search);
	log_reader_close(reader);
	if (err == EBADMSG)
		log_folder_set_state(querier->folder, &segment->name,
				     LOG_SEGMENT_BROKEN);
	/* What is lost is counted; what is left is still worth an answer. */
	return err == EBADMSG || err == ENOENT ? 0 : err;
}

static int search_all(struct log_querier *querier, struct search *search)
{
	const struct log_reader_limits limits = {
		.deadline_us = clock_monotonic_us() + DEADLINE_US,
		.is_stopping = &querier->is_stopping,
	};
	struct log_segment_info *segments;
	size_t count;
	int err;

	if (search->end_id >= id_at(clock_wall_ms() - RECENT_MS))
		log_writer_flush(querier->writer);
	err = log_folder_list(querier->folder, &segments, &count);
	if (err)
		return err;
	for (size_t i = 0; i < count && !err; i++) {
		if (atomic_load(&querier->is_stopping))
			err = ECANCELED;
		else if (clock_monotonic_us() >= limits.deadline_us)
			err = ETIMEDOUT;
		else if (can_hold_an_answer(search, &segments[i]))
			err = search_segment(querier, search, &segments[i],
					     &limits);
	}
	free(segments);
	return err;
}

static void answer(struct log_querier *querier,
		   struct redirect_log_query *query)
{
	struct search search = search_of(query);
	int err = 0;

	query->count = 0;
	query->more = false;
	if (search.limit > 0)
		err = search_all(querier, &search);
	if (err && err != ETIMEDOUT && err != ECANCELED)
		err = EIO;
	query->done(query, err);
}

/* The next one; while there is none, waits. NULL: it is stopping. */
static struct redirect_log_query *take(struct log_querier *querier)
{
	struct redirect_log_query *query = NULL;

	pthread_mutex_lock(&querier->queue_lock);
	while (!querier->first && !atomic_load(&querier->is_stopping))
		pthread_cond_wait(&querier->queued, &querier->queue_lock);
	if (!atomic_load(&querier->is_stopping)) {
		query = querier->first;
		querier->first = query->next;
		if (!querier->first)
			querier->last = &querier->first;
	}
	pthread_mutex_unlock(&querier->queue_lock);
	return query;
}

static void *run(void *argument)
{
	struct log_querier *querier = argument;
	struct redirect_log_query *query;

	while ((query = take(querier)) != NULL)
		answer(querier, query);
	return NULL;
}

int log_querier_start(struct log_querier *querier)
{
	int err = pthread_create(&querier->thread, NULL, run, querier);

	if (err)
		return err;
	(void)pthread_setname_np(querier->thread, "log-query");
	querier->is_started = true;
	return 0;
}

void log_querier_stop(struct log_querier *querier)
{
	struct redirect_log_query *query, *next;

	pthread_mutex_lock(&querier->queue_lock);
	atomic_store(&querier->is_stopping, true);
	pthread_cond_broadcast(&querier->queued);
	pthread_mutex_unlock(&querier->queue_lock);
	if (querier->is_started)
		pthread_join(querier->thread, NULL);
	querier->is_started = false;

	/* No submit adds to it any more. */
	query = querier->first;
	querier->first = NULL;
	querier->last = &querier->first;
	for (; query; query = next) {
		next = query->next;
		query->count = 0;
		query->more = false;
		query->done(query, ECANCELED);
	}
}

void log_querier_submit(struct log_querier *querier,
			struct redirect_log_query *query)
{
	bool is_stopping;

	query->next = NULL;
	pthread_mutex_lock(&querier->queue_lock);
	is_stopping = atomic_load(&querier->is_stopping);
	if (!is_stopping) {
		*querier->last = query;
		querier->last = &query->next;
		pthread_cond_signal(&querier->queued);
	}
	pthread_mutex_unlock(&querier->queue_lock);
	if (is_stopping) {
		query->count = 0;
		query->more = false;
		query->done(query, ECANCELED);
	}
}
