#include "sip/streams.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum {
	EVENTS_PER_TURN = 8,
	ACCEPTS_PER_EVENT = 16,
	/* A handshake costs as much as hundreds of calls. */
	HANDSHAKES_PER_TURN = 2,
	/* What may wait for one peer; one read asks for less than this. */
	ANSWERS_MAX = 4 * SIP_ANSWER_MAX,
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
	struct stream_memory memory;
	bool is_sweeping;
	bool is_paused; /* no descriptor was left to accept with */
	int64_t pause_logged_us;
	unsigned handshakes_left; /* in this turn */
	struct snapshot_reader *reader;
	struct sip_request request;
	char arrived[STREAM_IO_READ_MAX];
	size_t answers_len;
	char answers[ANSWERS_MAX];
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
	stream_buffer_clear(&connection->input, &streams->memory);
	stream_buffer_clear(&connection->output, &streams->memory);
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

/* --- answers --- */

/* What the peer does not take at once is kept. */
static int send_answers(struct streams *streams,
			struct stream_connection *connection, int64_t now_us)
{
	struct text answers = { streams->answers, streams->answers_len };
	enum stream_io_result result;
	size_t written = 0;

	streams->answers_len = 0;
	if (answers.len == 0)
		return 0;
	result = stream_io_write(&connection->io, answers, &written);
	if (result != STREAM_IO_DONE && result != STREAM_IO_WAIT)
		return EPIPE;
	connection->taken_at = now_us;
	return stream_buffer_put(
		&connection->output, &streams->memory,
		(struct text){ answers.ptr + written, answers.len - written });
}

static int send_kept(struct streams *streams,
		     struct stream_connection *connection, int64_t now_us)
{
	size_t written = 0;
	enum stream_io_result result = stream_io_write(
		&connection->io, stream_buffer_text(&connection->output),
		&written);

	if (result != STREAM_IO_DONE && result != STREAM_IO_WAIT)
		return EPIPE;
	if (written > 0)
		connection->taken_at = now_us;
	stream_buffer_drop(&connection->output, &streams->memory, written);
	return 0;
}

static void put_answer(struct streams *streams, struct text answer)
{
	memcpy(streams->answers + streams->answers_len, answer.ptr, answer.len);
	streams->answers_len += answer.len;
}

/* --- messages --- */

static void answer_request(struct streams *streams,
			   struct stream_connection *connection)
{
	struct transaction_route route = {
		.peer = connection->peer,
		.peer_len = connection->peer_len,
		.is_reliable = true,
	};

	streams->answers_len += sip_pipeline_request(
		streams->config.pipeline, &streams->request,
		connection->transport, &route,
		streams->answers + streams->answers_len);
	connection->has_spoken = true;
	connection->active_at = sip_pipeline_now_us(streams->config.pipeline);
}

static void take_message(struct streams *streams,
			 struct stream_connection *connection,
			 enum sip_scan what)
{
	switch (what) {
	case SIP_SCAN_KEEPALIVE:
		/* RFC 5626 4.4.1: CRLF CRLF gets a CRLF. */
		count_event(streams, SIP_TRAFFIC_KEEPALIVES);
		put_answer(streams, TEXT("\r\n"));
		connection->active_at =
			sip_pipeline_now_us(streams->config.pipeline);
		return;
	case SIP_SCAN_REQUEST:
		answer_request(streams, connection);
		break;
	case SIP_SCAN_RESPONSE:
		count_event(streams, SIP_TRAFFIC_RESPONSES_IN);
		break;
	case SIP_SCAN_STUN:
	case SIP_SCAN_NOISE:
	case SIP_SCAN_INCOMPLETE:
		count_event(streams, SIP_TRAFFIC_NOISE);
		break;
	}
	/* Nobody knows where the next message would start. */
	if (!streams->request.has_content_length)
		connection->state = STREAM_ENDING;
}

/* For one more answer. */
static int make_room(struct streams *streams,
		     struct stream_connection *connection)
{
	if (streams->answers_len <= ANSWERS_MAX - SIP_ANSWER_MAX)
		return 0;
	if (send_answers(streams, connection,
			 sip_pipeline_now_us(streams->config.pipeline)))
		return EPIPE;
	return connection->output.len > 0 ? ENOBUFS : 0;
}

/* *ret_taken: how many bytes. ENOBUFS: asks much and takes no answer. */
static int take_messages(struct streams *streams,
			 struct stream_connection *connection,
			 struct text arrived, size_t *ret_taken)
{
	size_t taken = 0, consumed;

	sip_pipeline_begin(streams->config.pipeline,
			   snapshot_reader_adopt(streams->reader),
			   clock_monotonic_us(), clock_wall_us());
	while (taken < arrived.len && connection->state == STREAM_OPEN) {
		struct text rest = { arrived.ptr + taken, arrived.len - taken };
		enum sip_scan what =
			sip_request_scan_stream(rest, &connection->progress,
						&streams->request, &consumed);

		if (what == SIP_SCAN_INCOMPLETE)
			break;
		if (make_room(streams, connection))
			return ENOBUFS;
		connection->progress = (struct sip_stream_progress){ 0 };
		taken += consumed;
		take_message(streams, connection, what);
	}
	/* After the last message nothing is of interest. */
	*ret_taken = connection->state == STREAM_OPEN ? taken : arrived.len;
	return 0;
}

/* bytes: what just came. Answers what is whole and keeps the rest. */
static int take_bytes(struct streams *streams,
		      struct stream_connection *connection, struct text bytes)
{
	bool was_waiting = connection->input.len > 0;
	size_t taken;
	int err;

	if (was_waiting) {
		err = stream_buffer_put(&connection->input, &streams->memory,
					bytes);
		if (err)
			return err;
		bytes = stream_buffer_text(&connection->input);
	}
	err = take_messages(streams, connection, bytes, &taken);
	if (err)
		return err;
	if (was_waiting)
		stream_buffer_drop(&connection->input, &streams->memory, taken);
	else
		err = stream_buffer_put(
			&connection->input, &streams->memory,
			(struct text){ bytes.ptr + taken, bytes.len - taken });
	/* From the first message on, each one has its own time. */
	if (connection->has_spoken && (taken > 0 || !was_waiting))
		connection->waiting_since =
			sip_pipeline_now_us(streams->config.pipeline);
	return err;
}

/* --- events of a connection --- */

static int read_some(struct streams *streams,
		     struct stream_connection *connection)
{
	struct text bytes = { streams->arrived, 0 };
	int err;

	switch (stream_io_read(&connection->io, streams->arrived,
			       sizeof(streams->arrived), &bytes.len)) {
	case STREAM_IO_WAIT:
		return 0;
	case STREAM_IO_END:
		connection->peer_ended = true;
		return 0;
	case STREAM_IO_FAILED:
		return EPIPE;
	case STREAM_IO_DONE:
		break;
	}
	if (connection->state == STREAM_DRAINING)
		return 0;
	streams->answers_len = 0;
	err = take_bytes(streams, connection, bytes);
	if (err)
		return err;
	return send_answers(streams, connection,
			    sip_pipeline_now_us(streams->config.pipeline));
}

static int handle(struct streams *streams, struct stream_connection *connection)
{
	if (connection->output.len > 0)
		return send_kept(streams, connection, clock_monotonic_us());
	return read_some(streams, connection);
}

static void on_connection(struct streams *streams, uint32_t index,
			  uint32_t generation)
{
	struct stream_connection *connection =
		stream_table_find(&streams->table, index, generation);

	if (!connection)
		return;
	if (handle(streams, connection))
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
	connection->transport = listener->is_tls ? LOG_TLS : LOG_TCP;
	connection->state = STREAM_OPEN;
	connection->waiting_since = connection->active_at =
		clock_monotonic_us();
	if (watch(streams, EPOLL_CTL_ADD, fd, 0,
		  event_name(index, streams->table.slots[index].generation))) {
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
	    now_us - streams->pause_logged_us > LOG_PAUSE_US)
		log_warning("sip_accept_paused", "error=%d", err);
	streams->pause_logged_us = now_us;
	return false;
}

static void on_listener(struct streams *streams, uint32_t index)
{
	const struct stream_listener *listener = &streams->listeners[index];

	for (unsigned i = 0; i < ACCEPTS_PER_EVENT; i++) {
		struct stream_connection made = {
			.peer_len = sizeof(made.peer),
		};
		int fd = accept4(listener->fd, &made.peer.any, &made.peer_len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			if (!on_accept_error(streams, errno))
				return;
			continue;
		}
		made.source = transaction_key_source(streams->config.secret,
						     &made.peer.any);
		if (stream_limits_take(streams->config.limits, made.source))
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

size_t streams_run(struct streams *streams, struct snapshot_reader *reader)
{
	struct epoll_event events[EVENTS_PER_TURN];
	int count = epoll_wait(streams->epoll_fd, events, EVENTS_PER_TURN, 0);

	streams->reader = reader;
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
	streams->memory.max = BUFFERED_MAX;
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
