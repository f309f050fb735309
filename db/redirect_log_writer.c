#include "db/redirect_log_writer.h"
#include "base/clock.h"
#include "base/wake.h"
#include "db/redirect_log_batch.h"
#include "db/redirect_log_segment.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum {
	MS_PER_DAY = 86400000,
	POLL_MS = 50,
	WRITE_EVERY_US = 200000,
	FILLED_PART = 8, /* of a ring: then it is written at once */
	/* Above RFC 3261's timer H: no ACK comes later, and by then it is known
	 * what was repeated. */
	LATE_NOTES_US = 36000000,
	/* A query waits so long for what is still in the rings; a disk that
	 * stalls longer costs it the newest records, not the answer. */
	FLUSH_WAIT_S = 3,
};

/* A segment with its name in the folder; none: segment is NULL. */
struct open_segment {
	struct log_segment *segment; /* owned */
	struct log_segment_name name;
};

struct log_writer {
	struct log_writer_config config;
	struct redirect_log_ring *rings[LOG_RINGS_MAX]; /* owned */
	size_t ring_count;
	struct log_batch *batch; /* owned */
	struct open_segment current;
	struct open_segment previous;
	int64_t previous_until_us; /* monotonic */
	int64_t written_at_us;	   /* monotonic */
	int64_t today;		   /* days since 1970, UTC */
	pthread_t thread;
	bool is_started;
	struct wake wake;
	atomic_bool is_stopping;

	/* Counters, read by any thread. */
	atomic_bool is_up;
	_Atomic uint64_t written, dropped, acks;

	pthread_mutex_t flush_lock;
	pthread_cond_t flushed;
	uint64_t flush_wanted, flush_done; /* under flush_lock */
};

int log_writer_new(const struct log_writer_config *config,
		   struct log_writer **ret_writer)
{
	struct log_writer *writer = calloc(1, sizeof(*writer));
	pthread_condattr_t monotonic;
	int err;

	if (!writer)
		return ENOMEM;
	writer->config = *config;
	writer->wake.fd = -1;
	atomic_store(&writer->is_up, true);
	pthread_mutex_init(&writer->flush_lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&writer->flushed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	writer->batch = malloc(sizeof(*writer->batch));
	err = writer->batch ? wake_init(&writer->wake) : ENOMEM;
	if (err)
		goto out;
	*ret_writer = writer;
	writer = NULL; /* the caller's now */
out:
	log_writer_free(writer);
	return err;
}

void log_writer_free(struct log_writer *writer)
{
	if (!writer)
		return;
	for (size_t i = 0; i < writer->ring_count; i++)
		redirect_log_ring_free(writer->rings[i]);
	free(writer->batch);
	wake_clear(&writer->wake);
	pthread_cond_destroy(&writer->flushed);
	pthread_mutex_destroy(&writer->flush_lock);
	free(writer);
}

int log_writer_add_ring(struct log_writer *writer,
			struct redirect_log_ring **ret_ring)
{
	int err;

	if (writer->ring_count == LOG_RINGS_MAX)
		return ENOSPC;
	err = redirect_log_ring_new(writer->config.ring_size_bytes,
				    &writer->rings[writer->ring_count]);
	if (err)
		return err;
	*ret_ring = writer->rings[writer->ring_count++];
	return 0;
}

/* Closes it for good; then it is the indexer's. */
static void hand_over(struct log_writer *writer, struct open_segment *open)
{
	if (!open->segment)
		return;
	log_segment_close(open->segment);
	open->segment = NULL;
	log_folder_set_state(writer->config.folder, &open->name,
			     LOG_SEGMENT_WAITING);
	log_indexer_wake(writer->config.indexer);
}

/* What the last run left open today is gone on with, if it is sound. */
static bool reopen_left(struct log_writer *writer)
{
	struct open_segment open = { NULL, { 0, 0 } };
	char path[LOG_PATH_SIZE];

	while (log_folder_next(writer->config.folder, LOG_SEGMENT_OPEN,
			       &open.name)) {
		if (writer->previous.segment &&
		    open.name.day == writer->previous.name.day &&
		    open.name.number == writer->previous.name.number)
			continue;
		log_folder_path(writer->config.folder, &open.name, path);
		if (log_segment_reopen(path, &open.segment) == 0) {
			writer->current = open;
			return true;
		}
		log_folder_set_state(writer->config.folder, &open.name,
				     LOG_SEGMENT_WAITING);
		log_indexer_wake(writer->config.indexer);
	}
	return false;
}

/* May leave none open: to be asked again. */
static int open_next(struct log_writer *writer)
{
	struct log_folder *folder = writer->config.folder;
	char path[LOG_PATH_SIZE];
	int err;

	if (reopen_left(writer))
		return 0;
	err = log_folder_add(folder, writer->today, &writer->current.name);
	if (err)
		return err;
	log_folder_path(folder, &writer->current.name, path);
	err = log_segment_create(path, &writer->current.segment);
	if (err == EEXIST) {
		/* Somebody put a file there, and it stays: the next number. */
		log_folder_set_state(folder, &writer->current.name,
				     LOG_SEGMENT_WAITING);
		return 0;
	}
	if (err)
		log_folder_remove(folder, &writer->current.name);
	return err;
}

static bool is_due_for_rotation(const struct log_writer *writer)
{
	return log_segment_records(writer->current.segment) >=
		       writer->config.segment_records ||
	       writer->today != writer->current.name.day;
}

/* Its uncommitted records are lost; a full disk may have room again later. */
static void recover(struct log_writer *writer, struct open_segment *open,
		    int err)
{
	size_t lost = log_segment_rollback(open->segment);

	atomic_fetch_add(&writer->dropped, lost);
	atomic_fetch_sub(&writer->written, lost);
	if (err == ENOSPC)
		return;
	if (log_segment_records(open->segment) > 0) {
		hand_over(writer, open);
		return;
	}
	log_segment_close(open->segment);
	open->segment = NULL;
	log_folder_remove(writer->config.folder, &open->name);
}

static int commit(struct log_writer *writer, struct open_segment *open)
{
	int64_t first_id, last_id;
	int err;

	if (!open->segment)
		return 0;
	err = log_segment_commit(open->segment);
	log_segment_range(open->segment, &first_id, &last_id);
	log_folder_set_range(writer->config.folder, &open->name, first_id,
			     last_id);
	if (err)
		recover(writer, open, err);
	return err;
}

static int rotate(struct log_writer *writer)
{
	int err = commit(writer, &writer->previous);

	hand_over(writer, &writer->previous);
	if (!err)
		err = commit(writer, &writer->current);
	if (err || !writer->current.segment)
		return err;
	writer->previous = writer->current;
	writer->previous_until_us = clock_monotonic_us() + LATE_NOTES_US;
	writer->current.segment = NULL;
	return 0;
}

/* What was reopened may itself be due. */
static int make_ready(struct log_writer *writer)
{
	int err = 0;

	while (!err) {
		if (!writer->current.segment)
			err = open_next(writer);
		else if (is_due_for_rotation(writer))
			err = rotate(writer);
		else
			break;
	}
	return err;
}

static int write_call(struct log_writer *writer,
		      const struct log_batch_call *call)
{
	int err = make_ready(writer);

	if (err)
		return err;
	err = log_segment_insert(writer->current.segment, &call->record,
				 call->ack_seen);
	if (err == EEXIST) {
		atomic_fetch_add(&writer->dropped, 1);
		return 0;
	}
	if (err) {
		recover(writer, &writer->current, err);
		return err;
	}
	atomic_fetch_add(&writer->written, 1);
	if (call->ack_seen)
		atomic_fetch_add(&writer->acks, 1);
	return 0;
}

static int add_note(struct log_segment *segment,
		    const struct log_batch_note *note, bool *ret_found)
{
	if (note->kind == REDIRECT_LOG_ACK)
		return log_segment_mark_acked(segment, note->id, ret_found);
	return log_segment_note_repeats(segment, note->id, note->repeats,
					ret_found);
}

/* A note whose call is in neither has nothing to be noted at. */
static int write_note(struct log_writer *writer,
		      const struct log_batch_note *note)
{
	enum {
		PLACES = 2,
	};
	struct open_segment *const places[PLACES] = { &writer->current,
						      &writer->previous };

	for (size_t i = 0; i < PLACES; i++) {
		bool found;
		int err;

		if (!places[i]->segment)
			continue;
		err = add_note(places[i]->segment, note, &found);
		if (err) {
			recover(writer, places[i], err);
			return err;
		}
		if (!found)
			continue;
		if (note->kind == REDIRECT_LOG_ACK)
			atomic_fetch_add(&writer->acks, 1);
		return 0;
	}
	return 0;
}

/* Down, and no call to try with: one may be sent to a server only once it says
 * that it is ready. */
static void look_again(struct log_writer *writer)
{
	if (atomic_load(&writer->is_up) ||
	    !log_folder_has_room(writer->config.folder,
				 writer->config.min_free_bytes))
		return;
	atomic_store(&writer->is_up, make_ready(writer) == 0);
}

static void write_batch(struct log_writer *writer)
{
	const struct log_batch *batch = writer->batch;
	size_t calls = 0;
	int err = 0, previous_err;

	if (batch->call_count + batch->note_count == 0) {
		look_again(writer);
		return;
	}
	if (!log_folder_has_room(writer->config.folder,
				 writer->config.min_free_bytes))
		err = ENOSPC;
	while (calls < batch->call_count && !err) {
		err = write_call(writer, batch->by_id[calls]);
		if (!err)
			calls++;
	}
	atomic_fetch_add(&writer->dropped, batch->call_count - calls);
	for (size_t i = 0; i < batch->note_count && !err; i++)
		err = write_note(writer, &batch->notes[i]);
	if (!err)
		err = commit(writer, &writer->current);
	if (!err)
		log_tails_publish(writer->config.tails, batch->by_id, calls);
	previous_err = commit(writer, &writer->previous);
	atomic_store(&writer->is_up, !err && !previous_err);
}

/* As much as the rings can hold, so that a flood cannot keep it in here. */
static void write_rings(struct log_writer *writer)
{
	size_t batches = 1 + writer->ring_count *
				     writer->config.ring_size_bytes /
				     (LOG_BATCH_CALLS_MAX * (size_t)64);
	bool complete = false;

	writer->today = clock_wall_ms() / MS_PER_DAY;
	while (!complete && batches-- > 0) {
		complete = log_batch_read(writer->batch, writer->rings,
					  writer->ring_count);
		write_batch(writer);
		log_batch_release(writer->rings, writer->ring_count);
	}
	writer->written_at_us = clock_monotonic_us();
}

static bool is_time_to_write(const struct log_writer *writer)
{
	for (size_t i = 0; i < writer->ring_count; i++)
		if (redirect_log_ring_used_bytes(writer->rings[i]) >
		    writer->config.ring_size_bytes / FILLED_PART)
			return true;
	return clock_monotonic_us() - writer->written_at_us >= WRITE_EVERY_US;
}

static void rotate_in_time(struct log_writer *writer)
{
	writer->today = clock_wall_ms() / MS_PER_DAY;
	if (writer->current.segment && is_due_for_rotation(writer))
		atomic_store(&writer->is_up, rotate(writer) == 0);
	if (writer->previous.segment &&
	    clock_monotonic_us() >= writer->previous_until_us)
		hand_over(writer, &writer->previous);
}

static void finish_flush(struct log_writer *writer, uint64_t wanted)
{
	pthread_mutex_lock(&writer->flush_lock);
	writer->flush_done = wanted;
	pthread_cond_broadcast(&writer->flushed);
	pthread_mutex_unlock(&writer->flush_lock);
}

static void *run(void *argument)
{
	struct log_writer *writer = argument;
	struct pollfd pollfd = { .fd = writer->wake.fd, .events = POLLIN };
	bool is_stopping = false;

	while (!is_stopping) {
		uint64_t wanted;
		bool is_asked;

		(void)poll(&pollfd, 1, POLL_MS);
		wake_drain(&writer->wake);
		is_stopping = atomic_load(&writer->is_stopping);
		pthread_mutex_lock(&writer->flush_lock);
		wanted = writer->flush_wanted;
		is_asked = wanted != writer->flush_done;
		pthread_mutex_unlock(&writer->flush_lock);
		if (is_stopping || is_asked || is_time_to_write(writer))
			write_rings(writer);
		rotate_in_time(writer);
		finish_flush(writer, wanted);
	}
	log_segment_close(writer->previous.segment);
	log_segment_close(writer->current.segment);
	writer->previous.segment = writer->current.segment = NULL;
	return NULL;
}

int log_writer_start(struct log_writer *writer)
{
	int err = pthread_create(&writer->thread, NULL, run, writer);

	if (err)
		return err;
	(void)pthread_setname_np(writer->thread, "log");
	writer->is_started = true;
	return 0;
}

void log_writer_stop(struct log_writer *writer)
{
	if (!writer->is_started)
		return;
	atomic_store(&writer->is_stopping, true);
	wake_signal(&writer->wake);
	pthread_join(writer->thread, NULL);
	writer->is_started = false;
}

void log_writer_flush(struct log_writer *writer)
{
	struct timespec until;
	uint64_t wanted;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += FLUSH_WAIT_S;

	pthread_mutex_lock(&writer->flush_lock);
	wanted = ++writer->flush_wanted;
	wake_signal(&writer->wake);
	while (writer->flush_done < wanted)
		if (pthread_cond_timedwait(&writer->flushed,
					   &writer->flush_lock,
					   &until) == ETIMEDOUT)
			break;
	pthread_mutex_unlock(&writer->flush_lock);
}

struct log_writer_counts log_writer_counts(const struct log_writer *writer)
{
	struct log_writer_counts counts = {
		.is_up = atomic_load(&writer->is_up),
		.written = atomic_load(&writer->written),
		.dropped = atomic_load(&writer->dropped),
		.acks = atomic_load(&writer->acks),
	};

	for (size_t i = 0; i < writer->ring_count; i++) {
		counts.dropped += redirect_log_ring_dropped(writer->rings[i]);
		counts.used_bytes +=
			redirect_log_ring_used_bytes(writer->rings[i]);
	}
	return counts;
}
