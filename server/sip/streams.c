#include "sip/streams.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "sip/listen_address.h"

enum {
	EVENTS_PER_TURN = 8,
	ACCEPTS_PER_EVENT = 16,
	/* A handshake costs as much as hundreds of calls. */
	HANDSHAKES_PER_TURN = 2,
	BUFFERED_MAX = 256 << 20, /* for all peers of a worker */
	LOG_PAUSE_US = 60000000,
	SWEEP_S = 1,

	/* Names of events that are no connection's: generation 0. */
	EVENT_SWEEP = UINT16_MAX,
};

struct streams {
	struct streams_config config;
	int epoll_fd, timer_fd;
	struct stream_listener listeners[SIP_LISTENS_MAX];
	uint32_t listener_count;
	struct stream_table table;
	bool is_sweeping;
	bool is_paused; /* no descriptor was left to accept with */
	int64_t pause_logged_us;
	unsigned handshakes_left; /* in this turn */
	struct tls_context *tls;  /* for new connections; NULL: none */
	_Atomic(struct tls_context *) offered; /* a newer one, or NULL */
	struct stream_messages messages;
};

static void count_event(struct streams *streams, enum sip_traffic_event event)
{
	sip_counter_add(&streams->config.counters->events[event], 1);
}

static void count_connections(struct streams *streams)
{
	atomic_store_explicit(&streams->config.counters->connections,
			      streams->table.count, memory_order_relaxed);
}

/* --- epoll --- */

static uint64_t event_name(uint32_t index, uint32_t generation)
{
	return (uint64_t)generation << 32 | index;
}

static int watch(struct streams *streams, int operation, int fd,
		 uint32_t interest, uint64_t name)
{
	struct epoll_event event = { .events = interest, .data.u64 = name };

	return epoll_ctl(streams->epoll_fd, operation, fd, &event) ? errno : 0;
}

static void set_sweeping(struct streams *streams, bool is_sweeping)
{
	const struct itimerspec every = {
		.it_value.tv_sec = is_sweeping ? SWEEP_S : 0,
		.it_interval.tv_sec = is_sweeping ? SWEEP_S : 0,
	};

	if (streams->is_sweeping == is_sweeping)
		return;
	streams->is_sweeping = is_sweeping;
	(void)timerfd_settime(streams->timer_fd, 0, &every, NULL);
}

/* Connections stay in the backlog until the next sweep. */
static void set_paused(struct streams *streams, bool is_paused)
{
	streams->is_paused = is_paused;
	for (uint32_t i = 0; i < streams->listener_count; i++)
		(void)watch(streams, EPOLL_CTL_MOD, streams->listeners[i].fd,
			    is_paused ? 0 : EPOLLIN, event_name(i, 0));
	if (is_paused)
		set_sweeping(streams, true);
}

/* --- the end of a connection --- */

static void close_connection(struct streams *streams, uint32_t index)
{
	struct stream_connection *connection =
		streams->table.slots[index].connection;

	stream_io_close(&connection->io);
	tls_context_unref(connection->tls);
	stream_buffer_clear(&connection->input, &streams->messages.memory);
	stream_buffer_clear(&connection->output, &streams->messages.memory);
	stream_limits_give_back(streams->config.limits, connection->source);
	stream_table_remove(&streams->table, index);
	count_connections(streams);
}

/*
 * After whatever happened: what is to wait for next. Every answer is out when
 * the peer gets to know that it was the last.
 */
static void settle(struct streams *streams, uint32_t index)
{
	struct stream_slot *slot = &streams->table.slots[index];
	struct stream_connection *connection = slot->connection;
	uint32_t interest;

	if (connection->output.len == 0) {
		if (connection->peer_ended) {
			close_connection(streams, index);
			return;
		}
		if (connection->state == STREAM_ENDING) {
			stream_io_end(&connection->io);
			connection->state = STREAM_DRAINING;
			connection->waiting_since = clock_monotonic_us();
		}
	}
	slot->deadline_us = stream_connection_deadline_us(
		connection, &streams->config.timeouts);
	interest = stream_connection_interest(connection);
	if (interest == connection->interest)
		return;
	connection->interest = interest;
	if (watch(streams, EPOLL_CTL_MOD, connection->io.fd, interest,
		  event_name(index, slot->generation)))
		close_connection(streams, index);
}

/* --- events of a connection --- */

/* One that finds no time left in this turn has it in a later one. */
static int shake_hands(struct streams *streams,
		       struct stream_connection *connection)
{
	if (streams->handshakes_left == 0)
		return 0;
	streams->handshakes_left--;
	switch (stream_io_handshake(&connection->io)) {
	case STREAM_IO_DONE:
		count_event(streams, SIP_TRAFFIC_TLS_HANDSHAKES);
		connection->state = STREAM_OPEN;
		return 0;
	case STREAM_IO_WAIT:
		return 0;
	case STREAM_IO_END:
	case STREAM_IO_FAILED:
		break;
	}
	count_event(streams, SIP_TRAFFIC_TLS_FAILURES);
	return EPIPE;
}

static void on_connection(struct streams *streams, uint32_t index,
			  uint32_t generation)
{
	struct stream_connection *connection =
		stream_table_find(&streams->table, index, generation);
	int err;

	if (!connection)
		return;
	if (connection->state == STREAM_HANDSHAKE)
		err = shake_hands(streams, connection);
	else
		err = stream_messages_handle(&streams->messages, connection);
	if (err)
		close_connection(streams, index);
	else
		settle(streams, index);
}

/* --- new connections --- */

static void refuse(struct streams *streams, int fd)
{
	count_event(streams, SIP_TRAFFIC_CONNECTIONS_REFUSED);
	close(fd);
}

static int begin(struct streams *streams, struct stream_connection *connection,
		 const struct stream_listener *listener)
{
	connection->waiting_since = connection->active_at =
		clock_monotonic_us();
	connection->transport = listener->is_tls ? LOG_TLS : LOG_TCP;
	connection->state = listener->is_tls ? STREAM_HANDSHAKE : STREAM_OPEN;
	if (!listener->is_tls)
		return 0;
	if (!streams->tls)
		return ENOENT;
	connection->tls = tls_context_ref(streams->tls);
	return tls_context_connection(connection->tls, connection->io.fd,
				      &connection->io.ssl);
}

/* made: who it is; its source was counted. */
static void admit(struct streams *streams, int fd,
		  const struct stream_listener *listener,
		  const struct stream_connection *made)
{
	struct stream_connection *connection;
	uint32_t index;

	if (stream_table_add(&streams->table, &index)) {
		stream_limits_give_back(streams->config.limits, made->source);
		refuse(streams, fd);
		return;
	}
	connection = streams->table.slots[index].connection;
	*connection = *made;
	connection->io.fd = fd;
	if (begin(streams, connection, listener) ||
	    watch(streams, EPOLL_CTL_ADD, fd, 0,
		  event_name(index, streams->table.slots[index].generation))) {
		count_event(streams, SIP_TRAFFIC_CONNECTIONS_REFUSED);
		close_connection(streams, index);
		return;
	}
	count_event(streams, SIP_TRAFFIC_CONNECTIONS);
	count_connections(streams);
	set_sweeping(streams, true);
	settle(streams, index);
}

/* Whether another try makes sense at once. */
static bool on_accept_error(struct streams *streams, int err)
{
	int64_t now_us = clock_monotonic_us();

	if (err == EAGAIN)
		return false;
	if (err != EMFILE && err != ENFILE && err != ENOBUFS && err != ENOMEM)
		return true; /* that one's own trouble: it is gone */
	set_paused(streams, true);
	if (streams->pause_logged_us == 0 ||
	    now_us - streams->pause_logged_us > LOG_PAUSE_US) {
		log_warning("sip_accept_paused", "error=%d", err);
		streams->pause_logged_us = now_us;
	}
	return false;
}

/* Whoever is kept out gets no handshake and no place among connections. */
static bool is_welcome(struct streams *streams,
		       const struct stream_connection *made)
{
	return source_guard_welcomes(
		       sip_pipeline_guard(streams->config.pipeline),
		       &made->peer.any, made->listener) &&
	       stream_limits_take(streams->config.limits, made->source);
}

static void on_listener(struct streams *streams, uint32_t index)
{
	const struct stream_listener *listener = &streams->listeners[index];

	sip_pipeline_begin(streams->config.pipeline,
			   snapshot_reader_adopt(streams->messages.reader),
			   clock_monotonic_us(), clock_wall_us());
	for (unsigned i = 0; i < ACCEPTS_PER_EVENT; i++) {
		struct stream_connection made = {
			.peer_len = sizeof(made.peer),
			.listener = SIP_LISTENS_MAX + index,
		};
		int fd = accept4(listener->fd, &made.peer.any, &made.peer_len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			if (!on_accept_error(streams, errno))
				return;
			continue;
		}
		if (streams->config.keeps_local)
			made.local = listen_address_local(fd);
		made.source = transaction_key_source(streams->config.secret,
						     &made.peer.any);
		if (is_welcome(streams, &made))
			admit(streams, fd, listener, &made);
		else
			refuse(streams, fd);
	}
}

/* --- time --- */

static void sweep(struct streams *streams)
{
	int64_t now_us = clock_monotonic_us();
	uint64_t expirations;

	(void)!read(streams->timer_fd, &expirations, sizeof(expirations));
	for (uint32_t i = 0; i < streams->table.size; i++) {
		const struct stream_slot *slot = &streams->table.slots[i];

		if (!slot->connection || slot->deadline_us > now_us)
			continue;
		count_event(streams, SIP_TRAFFIC_CONNECTION_TIMEOUTS);
		close_connection(streams, i);
	}
	if (streams->is_paused)
		set_paused(streams, false);
	set_sweeping(streams, streams->table.count > 0);
}

static void adopt_tls(struct streams *streams)
{
	struct tls_context *tls;

	if (!atomic_load_explicit(&streams->offered, memory_order_relaxed))
		return;
	tls = atomic_exchange_explicit(&streams->offered, NULL,
				       memory_order_acq_rel);
	tls_context_unref(streams->tls);
	streams->tls = tls;
}

void streams_offer_tls(struct streams *streams, struct tls_context *tls)
{
	tls_context_unref(atomic_exchange_explicit(
		&streams->offered, tls_context_ref(tls), memory_order_acq_rel));
}

size_t streams_run(struct streams *streams, struct snapshot_reader *reader)
{
	struct epoll_event events[EVENTS_PER_TURN];
	int count = epoll_wait(streams->epoll_fd, events, EVENTS_PER_TURN, 0);

	streams->messages.reader = reader;
	adopt_tls(streams);
	streams->handshakes_left = HANDSHAKES_PER_TURN;
	for (int i = 0; i < count; i++) {
		uint32_t index = (uint32_t)events[i].data.u64;
		uint32_t generation = (uint32_t)(events[i].data.u64 >> 32);

		if (generation > 0)
			on_connection(streams, index, generation);
		else if (index == EVENT_SWEEP)
			sweep(streams);
		else
			on_listener(streams, index);
	}
	return count > 0 ? (size_t)count : 0;
}

/* --- life --- */

int streams_new(const struct streams_config *config,
		struct streams **ret_streams)
{
	struct streams *streams = calloc(1, sizeof(*streams));
	int err;

	if (!streams)
		return ENOMEM;
	streams->config = *config;
	streams->messages.pipeline = config->pipeline;
	streams->messages.counters = config->counters;
	streams->messages.memory.max = BUFFERED_MAX;
	streams->timer_fd =
		timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	streams->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (streams->timer_fd < 0 || streams->epoll_fd < 0)
		err = errno;
	else
		err = watch(streams, EPOLL_CTL_ADD, streams->timer_fd, EPOLLIN,
			    event_name(EVENT_SWEEP, 0));
	if (err)
		goto out;
	*ret_streams = streams;
	streams = NULL;
out:
	streams_free(streams);
	return err;
}

void streams_free(struct streams *streams)
{
	if (!streams)
		return;
	for (uint32_t i = 0; i < streams->table.size; i++)
		if (streams->table.slots[i].connection)
			close_connection(streams, i);
	stream_table_clear(&streams->table);
	tls_context_unref(streams->tls);
	tls_context_unref(
		atomic_load_explicit(&streams->offered, memory_order_acquire));
	for (uint32_t i = 0; i < streams->listener_count; i++)
		stream_listener_close(&streams->listeners[i]);
	if (streams->epoll_fd >= 0)
		close(streams->epoll_fd);
	if (streams->timer_fd >= 0)
		close(streams->timer_fd);
	free(streams);
}

int streams_add_listener(struct streams *streams,
			 const struct stream_listener *listener)
{
	int err;

	if (streams->listener_count == SIP_LISTENS_MAX)
		return ENOSPC;
	err = watch(streams, EPOLL_CTL_ADD, listener->fd, EPOLLIN,
		    event_name(streams->listener_count, 0));
	if (!err)
		streams->listeners[streams->listener_count++] = *listener;
	return err;
}

int streams_fd(const struct streams *streams)
{
	return streams->epoll_fd;
}
