#include "api/http_stream.h"

#include "api/api_state.h"
#include "api/auth.h"
#include "api/http_dispatch.h"
#include "base/clock.h"

#include <errno.h>

/* A job that was done while it streamed: its `resumed` hears of it. False: it
 * is still under way, and what the resource keeps is the job's. */
static bool settle_job(struct exchange *exchange)
{
	if (exchange_has_job(exchange))
		return false;
	if (exchange->resumed)
		http_dispatch_resumed(exchange);
	return true;
}

static void enter(struct exchange *exchange, enum http_connection_state state)
{
	http_connections_enter(&exchange->api->connections,
			       exchange->wire->connection, state);
}

/* --- bodies --------------------------------------------------------------- */

void exchange_read_stream(struct exchange *exchange,
			  const struct http_sink *sink)
{
	exchange->wire->sink = *sink;
	exchange->wire->streams = true;
}

/* Suspended: the client's pace is not judged while it is we who wait. */
static int pause_body(struct exchange *exchange, bool *ret_paused)
{
	enum exchange_pause pause = exchange_pause(exchange, 0);

	*ret_paused = pause == EXCHANGE_PAUSED;
	if (*ret_paused)
		enter(exchange, HTTP_CONNECTION_HANDLING);
	return pause == EXCHANGE_STOPS ? EIO : 0;
}

static size_t take_once(struct exchange *exchange, struct text part)
{
	size_t taken = part.len;

	if (!settle_job(exchange))
		return 0;
	/* Once it was refused, what still comes is dropped. */
	if (exchange->wire->answer.made)
		return part.len;
	http_dispatch_adopt(exchange);
	if (auth_check_still(exchange))
		taken = exchange->wire->sink.take(exchange, part);
	http_dispatch_release(exchange);
	return taken;
}

int http_stream_take(struct exchange *exchange, struct text part,
		     size_t *ret_taken)
{
	struct http_wire *wire = exchange->wire;
	size_t taken = 0;
	int err = 0;

	if (wire->was_paused)
		enter(exchange, HTTP_CONNECTION_BODY);
	wire->was_paused = false;
	while (!err && !wire->was_paused && taken < part.len) {
		taken += take_once(exchange, (struct text){ part.ptr + taken,
							    part.len - taken });
		if (taken < part.len)
			err = pause_body(exchange, &wire->was_paused);
	}
	*ret_taken = taken;
	return err;
}

int http_stream_end_body(struct exchange *exchange)
{
	bool paused = false;
	int err = 0;

	while (!err && !paused && exchange_has_job(exchange))
		err = pause_body(exchange, &paused);
	if (err || paused)
		return err ? err : EAGAIN;
	settle_job(exchange);
	exchange->wire->streams = false;
	return 0;
}

/* --- answers -------------------------------------------------------------- */

/* What has no end of its own may end at any time; else it would pass for the
 * whole. */
static enum http_piece break_off(const struct http_source *source)
{
	return source->ends_at_stop ? HTTP_PIECE_END : HTTP_PIECE_ABORT;
}

void exchange_answer_stream(struct exchange *exchange, unsigned status,
			    const char *content_type,
			    const struct http_source *source)
{
	if (exchange->wire->answer.made)
		return;
	exchange->wire->source = *source;
	exchange->wire->streams = true;
	exchange_set_header(exchange, "Content-Type", content_type);
	exchange_answer_empty(exchange, status);
}

static enum http_piece read_once(struct exchange *exchange, char *buffer,
				 size_t size, size_t *ret_len)
{
	const struct http_source *source = &exchange->wire->source;
	enum http_piece piece;

	if (source->ends_at_stop && atomic_load(&exchange->api->stopping))
		return HTTP_PIECE_END;
	if (!settle_job(exchange))
		return HTTP_PIECE_LATER;
	http_dispatch_adopt(exchange);
	piece = auth_still_holds(exchange)
			? source->read(exchange, buffer, size, ret_len)
			: break_off(source);
	http_dispatch_release(exchange);
	return piece;
}

enum http_piece http_stream_read(struct exchange *exchange, char *buffer,
				 size_t size, size_t *ret_len)
{
	const int64_t every_us = exchange->wire->source.wake_every_ms * 1000;
	enum exchange_pause pause;
	enum http_piece piece;

	/* Each piece has its time to be sent, as a whole answer has. */
	enter(exchange, HTTP_CONNECTION_ANSWER);
	do {
		piece = read_once(exchange, buffer, size, ret_len);
		if (piece != HTTP_PIECE_LATER)
			return piece;
		pause = exchange_pause(exchange, every_us);
	} while (pause == EXCHANGE_WOKEN);
	if (pause == EXCHANGE_STOPS)
		return HTTP_PIECE_ABORT;
	enter(exchange, HTTP_CONNECTION_HANDLING);
	return HTTP_PIECE_LATER;
}

/* --- other threads -------------------------------------------------------- */

void http_stream_tick(struct api *api, int64_t now_us)
{
	exchange_wake_due(api, now_us);
}

void http_stream_stop(struct api *api)
{
	atomic_store(&api->stopping, true);
	exchange_wake_due(api, INT64_MAX);
}
