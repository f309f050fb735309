#include "db/redirect_log_query.h"
#include "base/clock.h"
#include "db/redirect_log_search.h"
#include "db/redirect_log_stats.h"
#include "db/redirect_log_top.h"
#include "db/redirect_log_unfollowed.h"
#include "db/redirect_log_visit.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	DEADLINE_US = 5000000,
};

static int run_stats(const struct log_walk *walk,
		     struct redirect_log_query *query)
{
	return log_stats_run(walk, query->stats);
}

static int run_top(const struct log_walk *walk,
		   struct redirect_log_query *query)
{
	return log_top_run(walk, query->top);
}

static int run_unfollowed(const struct log_walk *walk,
			  struct redirect_log_query *query)
{
	return log_unfollowed_run(walk, query->unfollowed);
}

static int (*const kinds[])(const struct log_walk *walk,
			    struct redirect_log_query *query) = {
	[LOG_QUERY_RECORDS] = log_search_run,
	[LOG_QUERY_STATS] = run_stats,
	[LOG_QUERY_TOP] = run_top,
	[LOG_QUERY_UNFOLLOWED] = run_unfollowed,
	[LOG_QUERY_VISIT] = log_visit_run,
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

static void answer(struct log_querier *querier,
		   struct redirect_log_query *query)
{
	const struct log_walk walk = {
		.folder = querier->folder,
		.writer = querier->writer,
		.limits = { .deadline_us = clock_monotonic_us() + DEADLINE_US,
			    .is_stopping = &querier->is_stopping },
	};
	int err;

	query->count = 0;
	query->more = false;
	err = kinds[query->kind](&walk, query);
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

int log_querier_start(struct log_querier *querier, const char *thread_name)
{
	int err = pthread_create(&querier->thread, NULL, run, querier);

	if (err)
		return err;
	(void)pthread_setname_np(querier->thread, thread_name);
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
