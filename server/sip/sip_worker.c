#include "sip/sip_worker.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/wake.h"
#include "sip/event_loop.h"
#include "sip/source_listener.h"

enum {
	BATCHES_PER_EVENT = 8, /* then the other sockets have their turn */
	BATCHES_AT_STOP = 64,  /* a flood does not keep a worker from ending */
	TURNS_AT_STOP = 64,    /* of the streams, likewise */
	/* A batch of new calls brings twice as many events as calls; they go
	 * by between batches, and a backlog goes by in large steps. */
	TIMER_EVENTS_PER_BATCH = 4 * UDP_BATCH,
	TIMER_EVENTS_PER_TIMER = 64 * UDP_BATCH,
	/* Timer G and its kin need no finer grain, and so the timer is set at
	 * most a hundred times a second. */
	TIMER_GRAIN_US = 10000,
};

struct sip_worker {
	unsigned index;
	struct sip_counters counters;
	struct source_notices notices;
	struct sip_pipeline *pipeline;
	struct sip_capture *capture;	/* NULL: off */
	struct snapshot_reader *reader; /* the publisher's */
	struct udp_socket sockets[SIP_LISTENS_MAX];
	size_t socket_count;
	size_t listener_count; /* of streams */
	struct streams *streams;
	struct udp_inbox *inbox;
	struct udp_outbox *outbox;
	uint64_t send_errors; /* counted so far */
	struct wake wake;     /* a new snapshot, or stopping */
	int timer_fd;
	int64_t timer_due_us; /* INT64_MAX: not set */
	pthread_t thread;
	bool is_running; /* main thread */
	bool has_run;	 /* main thread */
	sem_t started;
	int start_err;
	atomic_bool is_stopping;
};

/* --- the call path --- */

static void count_sends(struct sip_worker *worker)
{
	uint64_t errors = udp_outbox_errors(worker->outbox);

	if (errors == worker->send_errors)
		return;
	sip_counter_add(&worker->counters.events[SIP_TRAFFIC_SEND_ERRORS],
			errors - worker->send_errors);
	worker->send_errors = errors;
}

/* At the end of a batch, and of a turn of the streams. */
static void send_waiting(struct sip_worker *worker)
{
	udp_outbox_send(worker->outbox);
	count_sends(worker);
	if (worker->capture)
		sip_capture_send(worker->capture);
}

static void set_timer(struct sip_worker *worker, int64_t due_us)
{
	const struct itimerspec when = {
		.it_value = { .tv_sec = due_us / 1000000,
			      .tv_nsec = due_us % 1000000 * 1000 },
	};

	worker->timer_due_us = due_us;
	(void)timerfd_settime(worker->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void on_resend(void *arg, struct text response,
		      const struct transaction_route *route)
{
	struct sip_worker *worker = arg;

	memcpy(udp_outbox_room(worker->outbox), response.ptr, response.len);
	udp_outbox_put(worker->outbox, response.len, route);
	if (worker->capture)
		sip_capture_repeated(worker->capture, route, response);
	sip_counter_add(&worker->counters.events[SIP_TRAFFIC_RETRANSMITS_OUT],
			1);
}

/*
 * Under load the timers run between batches, however late the timer's own event
 * comes; it is set anew only if it would come too late.
 */
static void run_timers(struct sip_worker *worker, int64_t now_us, size_t most)
{
	int64_t next_us = sip_pipeline_run_timers(worker->pipeline, now_us,
						  most, on_resend, worker);

	if (next_us == INT64_MAX)
		return;
	if (next_us < now_us + TIMER_GRAIN_US)
		next_us = now_us + TIMER_GRAIN_US;
	if (next_us < worker->timer_due_us)
		set_timer(worker, next_us);
}

static void answer_one(struct sip_worker *worker, size_t index,
		       uint32_t socket_index)
{
	struct transaction_route route =
		udp_inbox_route(worker->inbox, index, socket_index);
	size_t len = sip_pipeline_datagram(
		worker->pipeline, udp_inbox_datagram(worker->inbox, index),
		&route, udp_outbox_room(worker->outbox));

	if (len > 0)
		udp_outbox_put(worker->outbox, len, &route);
}

/* One batch in, its answers out. Returns how many came in. */
static size_t answer_batch(struct sip_worker *worker, uint32_t socket_index)
{
	size_t count = udp_inbox_receive(worker->inbox,
					 &worker->sockets[socket_index]);
	int64_t now_us;

	if (count == 0)
		return 0;
	now_us = clock_monotonic_us();
	sip_pipeline_begin(worker->pipeline,
			   snapshot_reader_adopt(worker->reader), now_us,
			   clock_wall_us());
	for (size_t i = 0; i < count; i++)
		answer_one(worker, i, socket_index);
	run_timers(worker, now_us, TIMER_EVENTS_PER_BATCH);
	send_waiting(worker);
	return count;
}

static void answer_arrived(struct sip_worker *worker, uint32_t socket_index,
			   unsigned batches)
{
	/* A batch that is not full was the last one. */
	while (batches-- > 0 && answer_batch(worker, socket_index) == UDP_BATCH)
		;
}

/* --- events of the loop --- */

struct listening {
	struct sip_worker *worker;
	uint32_t socket_index;
};

static void on_datagrams(int flags, void *arg)
{
	const struct listening *listening = arg;

	(void)flags;
	answer_arrived(listening->worker, listening->socket_index,
		       BATCHES_PER_EVENT);
}

static void run_streams(struct sip_worker *worker, unsigned turns)
{
	while (turns-- > 0 && streams_run(worker->streams, worker->reader) > 0)
		;
	run_timers(worker, clock_monotonic_us(), TIMER_EVENTS_PER_BATCH);
	send_waiting(worker);
}

static void on_streams(int flags, void *arg)
{
	(void)flags;
	run_streams(arg, 1);
}

static void on_timer(int flags, void *arg)
{
	struct sip_worker *worker = arg;
	uint64_t expirations;

	(void)flags;
	(void)!read(worker->timer_fd, &expirations, sizeof(expirations));
	worker->timer_due_us = INT64_MAX;
	run_timers(worker, clock_monotonic_us(), TIMER_EVENTS_PER_TIMER);
	send_waiting(worker);
}

static void on_wake(int flags, void *arg)
{
	struct sip_worker *worker = arg;

	(void)flags;
	wake_drain(&worker->wake);
	(void)snapshot_reader_adopt(worker->reader);
	if (!atomic_load_explicit(&worker->is_stopping, memory_order_acquire))
		return;
	for (uint32_t i = 0; i < worker->socket_count; i++)
		answer_arrived(worker, i, BATCHES_AT_STOP);
	run_streams(worker, TURNS_AT_STOP);
	event_loop_stop();
}

/* --- the thread --- */

static int highest_fd(const struct sip_worker *worker)
{
	int highest = worker->wake.fd > worker->timer_fd ? worker->wake.fd
							 : worker->timer_fd;

	if (streams_fd(worker->streams) > highest)
		highest = streams_fd(worker->streams);
	for (size_t i = 0; i < worker->socket_count; i++)
		if (worker->sockets[i].fd > highest)
			highest = worker->sockets[i].fd;
	return highest;
}

static int listen_all(struct sip_worker *worker, struct listening *listenings)
{
	int err = event_loop_listen(worker->wake.fd, on_wake, worker);

	if (!err)
		err = event_loop_listen(worker->timer_fd, on_timer, worker);
	if (!err)
		err = event_loop_listen(streams_fd(worker->streams), on_streams,
					worker);
	for (uint32_t i = 0; !err && i < worker->socket_count; i++) {
		listenings[i] = (struct listening){ worker, i };
		err = event_loop_listen(worker->sockets[i].fd, on_datagrams,
					&listenings[i]);
	}
	return err;
}

static void forget_all(const struct sip_worker *worker)
{
	for (size_t i = 0; i < worker->socket_count; i++)
		event_loop_forget(worker->sockets[i].fd);
	event_loop_forget(streams_fd(worker->streams));
	event_loop_forget(worker->timer_fd);
	event_loop_forget(worker->wake.fd);
}

/* Whoever waits in start goes on, with what became of it. */
static void report_start(struct sip_worker *worker, int err)
{
	worker->start_err = err;
	sem_post(&worker->started);
}

static void loop(struct sip_worker *worker)
{
	struct listening listenings[SIP_LISTENS_MAX];
	int err = listen_all(worker, listenings);

	report_start(worker, err);
	if (err)
		goto out;
	err = event_loop_run();
	/* Nothing but a stop ends it; the others go on answering. */
	if (err)
		log_error("sip_worker_failed", "worker=%u error=%d",
			  worker->index, err);
out:
	forget_all(worker);
}

static void *run(void *arg)
{
	struct sip_worker *worker = arg;
	char name[16];
	int err;

	snprintf(name, sizeof(name), "sip-%u", worker->index);
	(void)pthread_setname_np(pthread_self(), name);
	(void)snapshot_reader_adopt(worker->reader);
	err = event_loop_open(highest_fd(worker));
	if (err) {
		report_start(worker, err);
	} else {
		loop(worker);
		event_loop_close();
	}
	snapshot_reader_stop(worker->reader);
	return NULL;
}

static int start_thread(struct sip_worker *worker)
{
	sigset_t all, before;
	int err;

	/* Signals are the main thread's; a new thread inherits the mask. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	err = pthread_create(&worker->thread, NULL, run, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

int sip_worker_start(struct sip_worker *worker)
{
	int err = udp_outbox_new(worker->sockets, &worker->outbox);

	if (err)
		return err;
	err = start_thread(worker);
	if (err)
		return err;
	worker->has_run = true;
	while (sem_wait(&worker->started))
		; /* a signal handler ran */
	worker->is_running = true;
	return worker->start_err;
}

void sip_worker_stop(struct sip_worker *worker)
{
	if (!worker->is_running)
		return;
	atomic_store_explicit(&worker->is_stopping, true, memory_order_release);
	wake_signal(&worker->wake);
	pthread_join(worker->thread, NULL);
	worker->is_running = false;
}

static int make_capture(struct sip_worker *worker,
			const struct hep_config *config)
{
	if (config->collector.port == 0)
		return 0;
	return sip_capture_new(config, &worker->counters, &worker->capture);
}

static int make_pipeline(struct sip_worker *worker,
			 struct sip_pipeline_config config)
{
	config.counters = &worker->counters;
	config.notices = &worker->notices;
	config.worker = worker->index;
	config.capture = worker->capture;
	return sip_pipeline_new(&config, &worker->pipeline);
}

static int make_streams(struct sip_worker *worker, struct streams_config config)
{
	config.counters = &worker->counters;
	config.pipeline = worker->pipeline;
	config.keeps_local = worker->capture != NULL;
	return streams_new(&config, &worker->streams);
}

static int open_timer(struct sip_worker *worker)
{
	worker->timer_fd =
		timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	return worker->timer_fd < 0 ? errno : 0;
}

int sip_worker_new(const struct sip_worker_config *config,
		   struct sip_worker **ret_worker)
{
	struct sip_worker *worker = calloc(1, sizeof(*worker));
	int err;

	if (!worker)
		return ENOMEM;
	worker->index = config->index;
	worker->timer_due_us = INT64_MAX;
	worker->timer_fd = worker->wake.fd = -1;
	sem_init(&worker->started, 0, 0);
	err = wake_init(&worker->wake);
	if (!err)
		err = open_timer(worker);
	if (!err)
		err = udp_inbox_new(&worker->inbox);
	if (!err)
		err = make_capture(worker, &config->capture);
	if (!err)
		err = make_pipeline(worker, config->pipeline);
	if (!err)
		err = make_streams(worker, config->streams);
	/* The last: a reader cannot be taken back. */
	if (!err)
		err = publisher_add_reader(config->publisher, &worker->wake,
					   &worker->reader);
	if (err)
		goto out;
	*ret_worker = worker;
	worker = NULL;
out:
	sip_worker_free(worker);
	return err;
}

void sip_worker_free(struct sip_worker *worker)
{
	if (!worker)
		return;
	/* Its own thread stops a reader; without one nobody else did. */
	if (worker->reader && !worker->has_run)
		snapshot_reader_stop(worker->reader);
	for (size_t i = 0; i < worker->socket_count; i++)
		udp_socket_close(&worker->sockets[i]);
	streams_free(worker->streams);
	udp_outbox_free(worker->outbox);
	udp_inbox_free(worker->inbox);
	sip_pipeline_free(worker->pipeline);
	sip_capture_free(worker->capture);
	if (worker->timer_fd >= 0)
		close(worker->timer_fd);
	wake_clear(&worker->wake);
	sem_destroy(&worker->started);
	free(worker);
}

int sip_worker_add_socket(struct sip_worker *worker,
			  const struct udp_socket *socket)
{
	char name[64];
	struct writer listener = writer_over(name, sizeof(name));

	if (worker->socket_count == SIP_LISTENS_MAX)
		return ENOSPC;
	source_listener_write(socket->fd, TEXT("udp"), &listener);
	sip_pipeline_name_listener(worker->pipeline,
				   (uint32_t)worker->socket_count,
				   writer_text(&listener));
	sip_capture_name_listener(worker->capture,
				  (uint32_t)worker->socket_count, socket->fd);
	worker->sockets[worker->socket_count++] = *socket;
	return 0;
}

int sip_worker_add_listener(struct sip_worker *worker,
			    const struct stream_listener *listener)
{
	char name[64];
	struct writer written = writer_over(name, sizeof(name));
	uint32_t index = (uint32_t)worker->listener_count;
	int err = streams_add_listener(worker->streams, listener);

	if (err)
		return err;
	source_listener_write(listener->fd,
			      listener->is_tls ? TEXT("tls") : TEXT("tcp"),
			      &written);
	sip_pipeline_name_listener(worker->pipeline, SIP_LISTENS_MAX + index,
				   writer_text(&written));
	sip_capture_name_listener(worker->capture, SIP_LISTENS_MAX + index,
				  listener->fd);
	worker->listener_count++;
	return 0;
}

struct source_notices *sip_worker_notices(struct sip_worker *worker)
{
	return &worker->notices;
}

void sip_worker_offer_tls(struct sip_worker *worker, struct tls_context *tls)
{
	streams_offer_tls(worker->streams, tls);
}

void sip_worker_add_traffic(const struct sip_worker *worker,
			    struct sip_traffic *traffic)
{
	struct timespec cpu;
	clockid_t clock;

	sip_counters_add_to(&worker->counters, traffic);
	traffic->worker_requests[traffic->workers++] =
		sip_counters_requests(&worker->counters);
	if (!worker->is_running ||
	    pthread_getcpuclockid(worker->thread, &clock) ||
	    clock_gettime(clock, &cpu))
		return;
	traffic->cpu_us +=
		(uint64_t)cpu.tv_sec * 1000000 + (uint64_t)cpu.tv_nsec / 1000;
}
