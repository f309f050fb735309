/*
 * http_stream.h - answers and bodies that pass through piece by piece and are
 * never whole in memory. No <microhttpd.h>: http_listener.c feeds it.
 *
 * Everything of it runs on the "http" thread with exchange->snapshot and
 * exchange->now_ms fresh, but for exchange_stream_wake(). Nothing here owns
 * anything: what a source or sink keeps hangs on exchange->state, which
 * state_free frees once, after the last call, also if the client left.
 *
 * A token that is revoked or runs out meanwhile ends it: a body is refused with
 * 401, an answer breaks off.
 *
 * While it streams, an exchange may have one job at a time: exchange_run_job()
 * or exchange_run_log_query() from within read or take, which then say "later";
 * `resumed` runs when the job is done, before the next call. `resumed` then
 * does not answer: it takes note.
 */
#ifndef SIPMOVED_API_HTTP_STREAM_H
#define SIPMOVED_API_HTTP_STREAM_H

#include "api/http_exchange.h"

enum http_piece {
	HTTP_PIECE_MORE,  /* *ret_len bytes, at least one */
	HTTP_PIECE_LATER, /* nothing until the job is done, somebody calls
			   * exchange_stream_wake(), or wake_every_ms is over */
	HTTP_PIECE_END,	  /* that was all */
	/* It broke off: the connection is cut before its end, so that the
	 * client does not take what it has for the whole. */
	HTTP_PIECE_ABORT,
};

/* An answer without a length. */
struct http_source {
	enum http_piece (*read)(struct exchange *exchange, char *buffer,
				size_t size, size_t *ret_len);
	/* So long a "later" may last at most: for a heartbeat, which is also
	 * how a client that left is noticed. 0: until woken. */
	int64_t wake_every_ms;
	/* Read no more once the server stops: for what has no end of its own.
	 */
	bool ends_at_stop;
};

/* In place of exchange_answer_...; to a HEAD nothing is read. The source is
 * copied. */
void exchange_answer_stream(struct exchange *exchange, unsigned status,
			    const char *content_type,
			    const struct http_source *source);

/*
 * Of a BODY_STREAM endpoint. Its handler runs when the head is fine, before the
 * body: it answers (the body is then not read), or names its sink. More than
 * body_max_bytes is refused with 413; `end` is then not called.
 */
struct http_sink {
	/*
	 * How much of the part was taken, in order: less than all of it means
	 * "later", as above, and the client waits. Never called while a job
	 * of this exchange is under way, so it may take all and run one.
	 */
	size_t (*take)(struct exchange *exchange, struct text part);
	/* The body was whole, and no job is under way: answers, or runs a job
	 * whose `resumed` answers. */
	void (*end)(struct exchange *exchange);
};
void exchange_read_stream(struct exchange *exchange,
			  const struct http_sink *sink);

/*
 * Any thread; the caller sees to it that the exchange lives (it has not yet
 * come back from state_free). A source or sink that said "later" is called
 * again. Never lost: if it is just about to say so, it is asked once more.
 */
void exchange_stream_wake(struct exchange *exchange);

/* --- for the listener and the accept thread ------------------------------- */

/* What to do with the library's part of a body: *ret_taken bytes are dealt
 * with, and the connection may have been suspended. EIO: cut it. */
int http_stream_take(struct exchange *exchange, struct text part,
		     size_t *ret_taken) __attribute__((warn_unused_result));
/* The body is whole: 0, the sink's `end` may run. EAGAIN: a job is under way,
 * and the connection was suspended. EIO: cut it. */
int http_stream_end_body(struct exchange *exchange)
	__attribute__((warn_unused_result));
/* LATER: the connection was suspended. */
enum http_piece http_stream_read(struct exchange *exchange, char *buffer,
				 size_t size, size_t *ret_len);
/* "accept" thread, now and then: wakes those whose wake_every_ms is over. */
void http_stream_tick(struct api *api, int64_t now_us);
/* The server stops: those that end then are read once more. */
void http_stream_stop(struct api *api);

#endif
