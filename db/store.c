/*
 * The store thread: takes what is queued, runs it (store_group.c), and calls
 * done. Changes that are committed and published wait in a list until every
 * reader runs them, while the thread goes on with the next group.
 */
#include "db/store_state.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>

enum {
	ADOPTION_TIMEOUT_US = 1000000,
	RECOVERY_MS = 1000, /* between two looks while the disk fails */
	LOOK_MS = 10000,    /* and while nothing happens */
	COPY_PAUSE_MS = 1,  /* between two pieces of a copy */
};

void job_queue_push(struct job_queue *queue, struct store_job *job)
{
	job->next = NULL;
	*(queue->head ? queue->tail : &queue->head) = job;
	queue->tail = &job->next;
	queue->count++;
}

struct store_job *job_queue_pop(struct job_queue *queue)
{
	struct store_job *job = queue->head;

	if (!job)
		return NULL;
	queue->head = job->next;
	queue->count--;
	job->next = NULL;
	return job;
}

static void cancel_all(struct job_queue *queue)
{
	struct store_job *job;

	while ((job = job_queue_pop(queue)))
		job->done(job, ECANCELED, 0);
}

/* Done may free the job: nothing is read from it afterwards. */
static void finish(struct store_job *job)
{
	job->done(job, job->err, job->revision);
}

/* Up to STORE_GROUP_MAX changes, and the reads between them. */
static bool take(struct store *store, struct job_queue *reads,
		 struct job_queue *changes)
{
	struct store_job *job;
	bool is_stopping;

	pthread_mutex_lock(&store->queue_lock);
	is_stopping = store->is_stopping;
	while (!is_stopping && changes->count < STORE_GROUP_MAX &&
	       (job = job_queue_pop(&store->queue)))
		job_queue_push(job->kind == STORE_READ ? reads : changes, job);
	pthread_mutex_unlock(&store->queue_lock);
	return is_stopping;
}

static void run_changes(struct store *store, struct job_queue *changes)
{
	int64_t deadline_us;
	struct store_job *job;

	if (!changes->head)
		return;
	store_group_run(store, changes);
	deadline_us = clock_monotonic_us() + ADOPTION_TIMEOUT_US;
	while ((job = job_queue_pop(changes))) {
		if (job->err) {
			finish(job);
			continue;
		}
		job->deadline_us = deadline_us;
		job_queue_push(&store->published, job);
	}
}

static bool is_due(struct store *store, const struct store_job *job,
		   int64_t adopted)
{
	if (job->revision <= adopted)
		return true;
	if (clock_monotonic_us() < job->deadline_us)
		return false;
	atomic_fetch_add(&store->late_adoptions, 1);
	return true;
}

/* Revisions and deadlines both grow along the list. */
static void finish_adopted(struct store *store)
{
	int64_t adopted = publisher_adopted_revision(store->publisher);
	struct store_job *job;

	publisher_reclaim(store->publisher);
	while ((job = store->published.head) && is_due(store, job, adopted)) {
		job_queue_pop(&store->published);
		finish(job);
	}
}

/* Something was queued, or the stop has come. */
static bool has_news(struct store *store)
{
	bool has;

	pthread_mutex_lock(&store->queue_lock);
	has = store->queue.head || store->is_stopping;
	pthread_mutex_unlock(&store->queue_lock);
	return has;
}

/*
 * A long list of a million moves takes a second: a change that comes meanwhile
 * waits for one such read, not for all that were asked before it; and so does a
 * stop.
 */
static void run_reads(struct store *store, struct job_queue *reads)
{
	struct store_job *job;

	while ((job = job_queue_pop(reads))) {
		store_read_run(store, job);
		finish(job);
		if (has_news(store) || store->published.head)
			return;
	}
}

static void wait_for_work(struct store *store, bool is_stopping)
{
	struct pollfd pollfd = { .fd = store->wake.fd, .events = POLLIN };
	int64_t left_us;
	int timeout_ms = atomic_load(&store->is_up) ? LOOK_MS : RECOVERY_MS;

	if (!is_stopping && has_news(store))
		return;
	if (store->published.head) {
		left_us = store->published.head->deadline_us -
			  clock_monotonic_us();
		timeout_ms = left_us > 0 ? (int)(left_us / 1000) + 1 : 0;
	}
	/* Half of the time is left to others: the disk, and calls. */
	if (store->copy && timeout_ms > COPY_PAUSE_MS)
		timeout_ms = COPY_PAUSE_MS;
	/* Drained before the queue is looked at: a signal that comes after
	 * that look is still there for the next poll. */
	(void)!poll(&pollfd, 1, timeout_ms);
	wake_drain(&store->wake);
}

static void *store_main(void *arg)
{
	struct store *store = arg;
	struct job_queue reads = { 0 }, changes = { 0 };
	bool is_stopping;

	store_look_closely(store);
	for (;;) {
		is_stopping = take(store, &reads, &changes);
		run_changes(store, &changes);
		finish_adopted(store);
		if (is_stopping)
			cancel_all(&reads);
		run_reads(store, &reads);
		store_checkpoint(store);
		store_recover(store);
		store_copy_advance(store);
		if (is_stopping && !store->published.head) {
			store_copy_abandon(store, ECANCELED);
			return NULL;
		}
		if (!reads.head)
			wait_for_work(store, is_stopping);
	}
}

struct publisher *store_publisher(struct store *store)
{
	return store->publisher;
}

void store_on_outbox(struct store *store, void (*wake)(void *arg), void *arg)
{
	store->outbox = (struct store_listener){ wake, arg };
}

void store_on_calendars(struct store *store, void (*wake)(void *arg), void *arg)
{
	store->calendars = (struct store_listener){ wake, arg };
}

int store_start(struct store *store)
{
	int err = pthread_create(&store->thread, NULL, store_main, store);

	if (err)
		return err;
	store->is_started = true;
	pthread_setname_np(store->thread, "store");
	return 0;
}

void store_stop(struct store *store)
{
	struct store_copy *copy;
	struct job_queue waiting;

	pthread_mutex_lock(&store->queue_lock);
	store->is_stopping = true;
	waiting = store->queue;
	store->queue = (struct job_queue){ 0 };
	copy = store->wanted_copy;
	store->wanted_copy = NULL;
	pthread_mutex_unlock(&store->queue_lock);
	if (store->is_started) {
		wake_signal(&store->wake);
		pthread_join(store->thread, NULL);
		store->is_started = false;
	}
	cancel_all(&waiting);
	if (copy)
		copy->done(copy, ECANCELED);
}

void store_submit(struct store *store, struct store_job *job)
{
	bool is_stopping;

	pthread_mutex_lock(&store->queue_lock);
	is_stopping = store->is_stopping;
	if (!is_stopping)
		job_queue_push(&store->queue, job);
	pthread_mutex_unlock(&store->queue_lock);
	if (is_stopping)
		job->done(job, ECANCELED, 0);
	else
		wake_signal(&store->wake);
}

int store_run_offline(struct store *store, struct store_job *job)
{
	struct job_queue group = { 0 };

	if (job->kind == STORE_READ) {
		store_read_run(store, job);
	} else {
		job_queue_push(&group, job);
		store_group_run(store, &group);
		store_checkpoint(store);
	}
	return job->err;
}

struct store_health store_health(const struct store *store)
{
	return (struct store_health){
		.is_up = atomic_load(&store->is_up),
		.has_room = atomic_load(&store->has_room),
		.is_damaged = atomic_load(&store->is_damaged),
		.disk_free_bytes = atomic_load(&store->disk_free_bytes),
		.revision = atomic_load(&store->revision),
		.commits = atomic_load(&store->commits),
		.changes = atomic_load(&store->change_count),
		.late_adoptions = atomic_load(&store->late_adoptions),
	};
}
