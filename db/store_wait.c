#include "db/store_wait.h"

#include <pthread.h>
#include <stddef.h>

struct waiting_job {
	struct store_job job;
	int (*run)(struct changes *changes, void *arg);
	void *arg;
	pthread_mutex_t done_lock;
	pthread_cond_t done;
	bool is_done; /* guarded by done_lock */
	int err;
};

static struct waiting_job *waiting_of(struct store_job *job)
{
	return (struct waiting_job *)((char *)job -
				      offsetof(struct waiting_job, job));
}

static int run_job(struct changes *changes, struct store_job *job)
{
	struct waiting_job *waiting = waiting_of(job);

	return waiting->run(changes, waiting->arg);
}

static void job_done(struct store_job *job, int err, int64_t revision)
{
	struct waiting_job *waiting = waiting_of(job);

	(void)revision;
	pthread_mutex_lock(&waiting->done_lock);
	waiting->err = err;
	waiting->is_done = true;
	pthread_cond_signal(&waiting->done);
	pthread_mutex_unlock(&waiting->done_lock);
}

int store_wait(struct store *store, enum store_job_kind kind,
	       int (*run)(struct changes *changes, void *arg), void *arg)
{
	struct waiting_job waiting = {
		.job = { .kind = kind, .run = run_job, .done = job_done },
		.run = run,
		.arg = arg,
		.done_lock = PTHREAD_MUTEX_INITIALIZER,
		.done = PTHREAD_COND_INITIALIZER,
	};

	store_submit(store, &waiting.job);
	pthread_mutex_lock(&waiting.done_lock);
	while (!waiting.is_done)
		pthread_cond_wait(&waiting.done, &waiting.done_lock);
	pthread_mutex_unlock(&waiting.done_lock);
	pthread_cond_destroy(&waiting.done);
	pthread_mutex_destroy(&waiting.done_lock);
	return waiting.err;
}
