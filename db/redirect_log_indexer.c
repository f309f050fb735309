#include "db/redirect_log_indexer.h"
#include "base/clock.h"
#include "db/redirect_log_segment.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
	MS_PER_DAY = 86400000,
	ROUND_S = 60, /* a segment that could not be finished waits as long */
	NICENESS = 15,
};

struct log_indexer {
	struct log_folder *folder;
	unsigned retention_days;
	pthread_t thread;
	bool is_started;
	atomic_bool is_stopping;

	pthread_mutex_t wake_lock;
	pthread_cond_t wake;
	bool is_woken; /* under wake_lock */
};

int log_indexer_new(struct log_folder *folder, unsigned retention_days,
		    struct log_indexer **ret_indexer)
{
	struct log_indexer *indexer = calloc(1, sizeof(*indexer));
	pthread_condattr_t monotonic;

	if (!indexer)
		return ENOMEM;
	indexer->folder = folder;
	indexer->retention_days = retention_days;
	pthread_mutex_init(&indexer->wake_lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&indexer->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	*ret_indexer = indexer;
	return 0;
}

void log_indexer_free(struct log_indexer *indexer)
{
	if (!indexer)
		return;
	pthread_cond_destroy(&indexer->wake);
	pthread_mutex_destroy(&indexer->wake_lock);
	free(indexer);
}

void log_indexer_expire(struct log_indexer *indexer)
{
	int64_t today = clock_wall_ms() / MS_PER_DAY;

	log_folder_expire(indexer->folder, today - indexer->retention_days);
}

static void finish_one(struct log_indexer *indexer,
		       const struct log_segment_name *name)
{
	char path[LOG_PATH_SIZE];
	int err;

	log_folder_path(indexer->folder, name, path);
	err = log_segment_finish(path, &indexer->is_stopping);
	if (err == 0)
		log_folder_set_state(indexer->folder, name,
				     LOG_SEGMENT_FINISHED);
	else if (err == EBADMSG)
		log_folder_set_state(indexer->folder, name, LOG_SEGMENT_BROKEN);
	/* Else it stays as it is, can be queried, and has another turn. */
}

static void wait_for_work(struct log_indexer *indexer)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ROUND_S;
	pthread_mutex_lock(&indexer->wake_lock);
	while (!indexer->is_woken && !atomic_load(&indexer->is_stopping))
		if (pthread_cond_timedwait(&indexer->wake, &indexer->wake_lock,
					   &until) == ETIMEDOUT)
			break;
	indexer->is_woken = false;
	pthread_mutex_unlock(&indexer->wake_lock);
}

static void *run(void *argument)
{
	struct log_indexer *indexer = argument;

	/* Of this thread alone; calls and writing come first. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS);
	while (!atomic_load(&indexer->is_stopping)) {
		struct log_segment_name name = { 0, 0 };

		log_indexer_expire(indexer);
		while (!atomic_load(&indexer->is_stopping) &&
		       log_folder_next(indexer->folder, LOG_SEGMENT_WAITING,
				       &name))
			finish_one(indexer, &name);
		wait_for_work(indexer);
	}
	return NULL;
}

int log_indexer_start(struct log_indexer *indexer)
{
	int err = pthread_create(&indexer->thread, NULL, run, indexer);

	if (err)
		return err;
	(void)pthread_setname_np(indexer->thread, "log-index");
	indexer->is_started = true;
	return 0;
}

void log_indexer_wake(struct log_indexer *indexer)
{
	pthread_mutex_lock(&indexer->wake_lock);
	indexer->is_woken = true;
	pthread_cond_signal(&indexer->wake);
	pthread_mutex_unlock(&indexer->wake_lock);
}

void log_indexer_stop(struct log_indexer *indexer)
{
	if (!indexer->is_started)
		return;
	atomic_store(&indexer->is_stopping, true);
	log_indexer_wake(indexer);
	pthread_join(indexer->thread, NULL);
	indexer->is_started = false;
}
