/*
 * The redirect log as it is written, as server-sent events. With Last-Event-ID
 * what was missed comes first, from disk, oldest first, while the tail gathers
 * what is new; a record that comes from both is told once.
 */
#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/event_stream.h"
#include "api/http_stream.h"
#include "api/log_id.h"
#include "api/problem.h"
#include "api/redirect_log_document.h"
#include "api/redirect_log_filter.h"
#include "base/clock.h"
#include "db/redirect_log_tail.h"

enum {
	RETRY_MS = 3000,
	LOOK_EVERY_MS = 500, /* whether the token is still good */
	US_PER_S = 1000000,
	HEARTBEAT_S = 15,
	MISSED_PAGE = 100, /* records read from disk at a time */
	TOLD_MAX = 4096,   /* of the records from disk: the last ones */
};

struct log_stream {
	struct redirect_log_tail *tail; /* owned */
	struct redirect_log_filter filter;
	struct event_stream events;
	uint64_t dropped; /* so many were told of */
	int64_t spoke_at_us;
	int64_t heartbeat_us;

	/* What was missed, while there is more. */
	bool is_catching_up;
	struct redirect_log_entry *page; /* MISSED_PAGE of them, owned */
	size_t page_next;
	int64_t told[TOLD_MAX]; /* ascending */
	size_t told_count;

	struct redirect_log_entry entry; /* from the tail */
};

static void stream_free(void *state)
{
	struct log_stream *stream = state;

	if (!stream)
		return;
	redirect_log_tail_close(stream->tail);
	event_stream_clear(&stream->events);
	free(stream->page);
	free(stream);
}

/* --- events --------------------------------------------------------------- */

static void put_record(struct log_stream *stream,
		       const struct redirect_log_entry *entry)
{
	struct json_writer writer = { 0 };
	char id[LOG_ID_SIZE];
	char *json = NULL;
	size_t len = 0;

	redirect_log_document_write(&writer, entry);
	if (json_writer_finish(&writer, &json, &len)) {
		stream->events.failed = true;
		return;
	}
	log_id_format(entry->id, id);
	event_stream_put(&stream->events, text_of(id), TEXT(""),
			 (struct text){ json, len });
	free(json);
}

/* Those that found no room since the last gap. */
static bool put_gap(struct log_stream *stream)
{
	uint64_t dropped = redirect_log_tail_dropped(stream->tail);
	char text[64];
	struct writer writer = writer_over(text, sizeof(text));

	if (dropped == stream->dropped)
		return false;
	writer_put(&writer, TEXT("{\"dropped\":"));
	writer_u64(&writer, dropped - stream->dropped);
	writer_byte(&writer, '}');
	stream->dropped = dropped;
	event_stream_put(&stream->events, TEXT(""), TEXT("gap"),
			 writer_text(&writer));
	return true;
}

/* --- what was missed ------------------------------------------------------ */

static void remember(struct log_stream *stream, int64_t id)
{
	if (stream->told_count == TOLD_MAX) {
		stream->told_count /= 2;
		memmove(stream->told, stream->told + stream->told_count,
			stream->told_count * sizeof(*stream->told));
	}
	stream->told[stream->told_count++] = id;
}

static int compare_ids(const void *a, const void *b)
{
	int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;

	return first < second ? -1 : first > second;
}

static bool was_told(const struct log_stream *stream, int64_t id)
{
	return stream->told_count > 0 &&
	       bsearch(&id, stream->told, stream->told_count,
		       sizeof(*stream->told), compare_ids) != NULL;
}

static void page_done(struct exchange *exchange)
{
	struct log_stream *stream = exchange->state;

	stream->page_next = 0;
}

static void ask_page(struct exchange *exchange)
{
	struct log_stream *stream = exchange->state;

	exchange->log_query = (struct redirect_log_query){
		.filter = stream->filter,
		.entries = stream->page,
	};
	exchange_run_log_query(exchange, page_done);
}

static bool needs_page(const struct exchange *exchange)
{
	const struct log_stream *stream = exchange->state;

	return stream->is_catching_up &&
	       stream->page_next == exchange->log_query.count &&
	       exchange->log_query.more;
}

/* The next one from disk. False: a page has to be read first, or that was all.
 */
static bool put_missed(struct exchange *exchange)
{
	struct log_stream *stream = exchange->state;
	const struct redirect_log_query *query = &exchange->log_query;

	if (!stream->is_catching_up)
		return false;
	if (stream->page_next < query->count) {
		const struct redirect_log_entry *entry =
			&stream->page[stream->page_next++];

		put_record(stream, entry);
		remember(stream, entry->id);
		stream->filter.after_id = entry->id;
		return true;
	}
	if (!query->more)
		stream->is_catching_up = false;
	return false;
}

static bool put_new(struct log_stream *stream)
{
	if (stream->is_catching_up)
		return false;
	while (redirect_log_tail_next(stream->tail, &stream->entry)) {
		if (was_told(stream, stream->entry.id))
			continue;
		put_record(stream, &stream->entry);
		return true;
	}
	return false;
}

/* --- the source ----------------------------------------------------------- */

static void put_heartbeat(struct log_stream *stream)
{
	if (clock_monotonic_us() - stream->spoke_at_us >= stream->heartbeat_us)
		event_stream_put_comment(&stream->events);
}

/* A log that cannot be read now: the client comes back, and says where it was.
 */
static bool is_broken(const struct exchange *exchange)
{
	const struct log_stream *stream = exchange->state;

	return event_stream_failed(&stream->events) ||
	       (stream->is_catching_up && exchange->err != 0);
}

static enum http_piece read_stream(struct exchange *exchange, char *buffer,
				   size_t size, size_t *ret_len)
{
	struct log_stream *stream = exchange->state;
	struct event_stream *events = &stream->events;

	if (is_broken(exchange))
		return HTTP_PIECE_END;
	if (event_stream_waiting(events) == 0 && needs_page(exchange)) {
		ask_page(exchange);
		return HTTP_PIECE_LATER;
	}
	while (event_stream_waiting(events) < size && !events->failed &&
	       (put_gap(stream) || put_missed(exchange) || put_new(stream)))
		;
	if (event_stream_waiting(events) == 0)
		put_heartbeat(stream);
	*ret_len = event_stream_take(events, buffer, size);
	if (*ret_len == 0)
		return HTTP_PIECE_LATER;
	stream->spoke_at_us = clock_monotonic_us();
	return HTTP_PIECE_MORE;
}

/* --- the route ------------------------------------------------------------ */

static void wake(void *arg)
{
	exchange_stream_wake(arg);
}

static bool read_last_id(struct exchange *exchange, struct log_stream *stream)
{
	struct text last = text_of(exchange->last_event_id);

	if (last.len == 0)
		return true;
	if (log_id_parse(last, &stream->filter.after_id)) {
		problem_answer(exchange, PROBLEM_BAD_REQUEST,
			       "Last-Event-ID is not the id of a record.");
		return false;
	}
	stream->is_catching_up = true;
	stream->filter.oldest_first = true;
	stream->filter.limit = MISSED_PAGE;
	return true;
}

static bool open_tail(struct exchange *exchange, struct log_stream *stream)
{
	const struct redirect_log_tail_config config = {
		.filter = &stream->filter,
		.wake = wake,
		.arg = exchange,
	};
	int err = redirect_log_tail_open(exchange_config(exchange)->log,
					 &config, &stream->tail);

	if (!err)
		return true;
	if (err == ENOSPC)
		problem_answer(exchange, PROBLEM_UNAVAILABLE,
			       "There are %d streams of the log already; one "
			       "of them has to end first.",
			       LOG_TAILS_MAX);
	else
		problem_answer_errno(exchange, err);
	return false;
}

static struct log_stream *stream_new(struct exchange *exchange)
{
	unsigned heartbeat_s = exchange_config(exchange)->stream_heartbeat_s;
	struct log_stream *stream = calloc(1, sizeof(*stream));

	exchange->state = stream;
	exchange->state_free = stream_free;
	if (stream)
		stream->page = calloc(MISSED_PAGE, sizeof(*stream->page));
	if (!stream || !stream->page) {
		problem_answer_errno(exchange, ENOMEM);
		return NULL;
	}
	stream->heartbeat_us =
		(int64_t)(heartbeat_s ? heartbeat_s : HEARTBEAT_S) * US_PER_S;
	return stream;
}

void redirect_logs_stream(struct exchange *exchange)
{
	static const struct http_source source = {
		.read = read_stream,
		.wake_every_ms = LOOK_EVERY_MS,
		.ends_at_stop = true,
	};
	struct log_stream *stream = stream_new(exchange);

	if (!stream)
		return;
	redirect_log_filter_read_live(exchange, &stream->filter);
	query_end(exchange);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return;
	}
	if (!read_last_id(exchange, stream) || !open_tail(exchange, stream))
		return;
	event_stream_put_retry(&stream->events, RETRY_MS);
	exchange->log_query =
		(struct redirect_log_query){ .more = stream->is_catching_up };
	exchange_add_header(exchange, "Cache-Control", "no-store");
	exchange_add_header(exchange, "X-Accel-Buffering", "no");
	exchange_answer_stream(exchange, 200, "text/event-stream", &source);
}
