#include "sip/stream_messages.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"

static void count_event(struct stream_messages *messages,
			enum sip_traffic_event event)
{
	sip_counter_add(&messages->counters->events[event], 1);
}

/* --- answers --- */

/* What the peer does not take at once is kept. */
static int send_answers(struct stream_messages *messages,
			struct stream_connection *connection, int64_t now_us)
{
	struct text answers = { messages->answers, messages->answers_len };
	enum stream_io_result result;
	size_t written = 0;

	messages->answers_len = 0;
	if (answers.len == 0)
		return 0;
	result = stream_io_write(&connection->io, answers, &written);
	if (result != STREAM_IO_DONE && result != STREAM_IO_WAIT)
		return EPIPE;
	connection->taken_at = now_us;
	return stream_buffer_put(
		&connection->output, &messages->memory,
		(struct text){ answers.ptr + written, answers.len - written });
}

static int send_kept(struct stream_messages *messages,
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
	stream_buffer_drop(&connection->output, &messages->memory, written);
	return 0;
}

static void put_answer(struct stream_messages *messages, struct text answer)
{
	memcpy(messages->answers + messages->answers_len, answer.ptr,
	       answer.len);
	messages->answers_len += answer.len;
}

/* --- messages --- */

static void answer_request(struct stream_messages *messages,
			   struct stream_connection *connection)
{
	struct transaction_route route = {
		.peer = connection->peer,
		.peer_len = connection->peer_len,
		.socket_index = connection->listener,
		.local = connection->local,
		.is_reliable = true,
	};

	/* Silence, and no more of it on this connection. */
	if (!source_guard_admits(sip_pipeline_guard(messages->pipeline),
				 &route.peer.any, route.socket_index)) {
		connection->state = STREAM_ENDING;
		return;
	}
	messages->answers_len += sip_pipeline_request(
		messages->pipeline, &messages->request, connection->transport,
		&route, messages->answers + messages->answers_len);
	connection->has_spoken = true;
	connection->active_at = sip_pipeline_now_us(messages->pipeline);
}

static void take_message(struct stream_messages *messages,
			 struct stream_connection *connection,
			 enum sip_scan what)
{
	switch (what) {
	case SIP_SCAN_KEEPALIVE:
		/* RFC 5626 4.4.1: CRLF CRLF gets a CRLF. */
		count_event(messages, SIP_TRAFFIC_KEEPALIVES);
		put_answer(messages, TEXT("\r\n"));
		connection->active_at = sip_pipeline_now_us(messages->pipeline);
		return;
	case SIP_SCAN_REQUEST:
		answer_request(messages, connection);
		break;
	case SIP_SCAN_RESPONSE:
		count_event(messages, SIP_TRAFFIC_RESPONSES_IN);
		break;
	case SIP_SCAN_STUN:
	case SIP_SCAN_NOISE:
	case SIP_SCAN_INCOMPLETE:
		count_event(messages, SIP_TRAFFIC_NOISE);
		break;
	}
	/* Nobody knows where the next message would start. */
	if (!messages->request.has_content_length)
		connection->state = STREAM_ENDING;
}

/* For one more answer. */
static int make_room(struct stream_messages *messages,
		     struct stream_connection *connection)
{
	if (messages->answers_len <= STREAM_ANSWERS_MAX - SIP_ANSWER_MAX)
		return 0;
	if (send_answers(messages, connection,
			 sip_pipeline_now_us(messages->pipeline)))
		return EPIPE;
	return connection->output.len > 0 ? ENOBUFS : 0;
}

/* *ret_taken: how many bytes. ENOBUFS: asks much and takes no answer. */
static int take_messages(struct stream_messages *messages,
			 struct stream_connection *connection,
			 struct text arrived, size_t *ret_taken)
{
	size_t taken = 0, consumed;

	sip_pipeline_begin(messages->pipeline,
			   snapshot_reader_adopt(messages->reader),
			   clock_monotonic_us(), clock_wall_us());
	while (taken < arrived.len && connection->state == STREAM_OPEN) {
		struct text rest = { arrived.ptr + taken, arrived.len - taken };
		enum sip_scan what =
			sip_request_scan_stream(rest, &connection->progress,
						&messages->request, &consumed);

		if (what == SIP_SCAN_INCOMPLETE)
			break;
		if (make_room(messages, connection))
			return ENOBUFS;
		connection->progress = (struct sip_stream_progress){ 0 };
		taken += consumed;
		take_message(messages, connection, what);
	}
	/* After the last message nothing is of interest. */
	*ret_taken = connection->state == STREAM_OPEN ? taken : arrived.len;
	return 0;
}

/* RFC 3261 7.5: line ends that wait for a message are none of it, and their
 * sender may be silent for as long as others. */
static bool is_message_begun(struct text waiting)
{
	for (size_t i = 0; i < waiting.len; i++)
		if (waiting.ptr[i] != '\r' && waiting.ptr[i] != '\n')
			return true;
	return false;
}

/* bytes: what just came. Answers what is whole and keeps the rest. */
static int take_bytes(struct stream_messages *messages,
		      struct stream_connection *connection, struct text bytes)
{
	bool was_waiting = connection->input.len > 0;
	bool had_begun = connection->has_begun;
	size_t taken;
	int err;

	if (was_waiting) {
		err = stream_buffer_put(&connection->input, &messages->memory,
					bytes);
		if (err)
			return err;
		bytes = stream_buffer_text(&connection->input);
	}
	err = take_messages(messages, connection, bytes, &taken);
	if (err)
		return err;
	if (was_waiting)
		stream_buffer_drop(&connection->input, &messages->memory,
				   taken);
	else
		err = stream_buffer_put(
			&connection->input, &messages->memory,
			(struct text){ bytes.ptr + taken, bytes.len - taken });
	connection->has_begun =
		is_message_begun(stream_buffer_text(&connection->input));
	/* From the first message on, each one has its own time. */
	if (connection->has_spoken && (taken > 0 || !had_begun))
		connection->waiting_since =
			sip_pipeline_now_us(messages->pipeline);
	return err;
}

/* --- events --- */

static int read_some(struct stream_messages *messages,
		     struct stream_connection *connection)
{
	struct text bytes = { messages->arrived, 0 };
	int err;

	switch (stream_io_read(&connection->io, messages->arrived,
			       sizeof(messages->arrived), &bytes.len)) {
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
	messages->answers_len = 0;
	err = take_bytes(messages, connection, bytes);
	if (err)
		return err;
	return send_answers(messages, connection,
			    sip_pipeline_now_us(messages->pipeline));
}

int stream_messages_handle(struct stream_messages *messages,
			   struct stream_connection *connection)
{
	if (connection->output.len > 0)
		return send_kept(messages, connection, clock_monotonic_us());
	return read_some(messages, connection);
}
