/*
 * event_stream.h - server-sent events (the EventSource of HTML) as text: what
 * waits to be sent, and how much of it was.
 *
 * After a failed allocation nothing more is written, and event_stream_failed()
 * says so.
 */
#ifndef SIPMOVED_API_EVENT_STREAM_H
#define SIPMOVED_API_EVENT_STREAM_H

#include "base/text.h"

/* A zeroed one is empty and ready. */
struct event_stream {
	char *bytes; /* owned */
	size_t len, size;
	size_t sent;
	bool failed;
};

void event_stream_clear(struct event_stream *stream);

/* id, name "": without that line. data may have lines of its own. */
void event_stream_put(struct event_stream *stream, struct text id,
		      struct text name, struct text data);
/* A line that means nothing to the reader: a heartbeat. */
void event_stream_put_comment(struct event_stream *stream);
/* How long a reader that was cut off waits before it comes back. */
void event_stream_put_retry(struct event_stream *stream, unsigned retry_ms);

/* What waits; at most size bytes of it are moved. Their number. */
size_t event_stream_waiting(const struct event_stream *stream);
size_t event_stream_take(struct event_stream *stream, char *buffer,
			 size_t size);
bool event_stream_failed(const struct event_stream *stream);

#endif
