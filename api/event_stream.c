#include "api/event_stream.h"

#include <stdlib.h>
#include <string.h>

enum {
	FIRST_SIZE = 4096,
};

void event_stream_clear(struct event_stream *stream)
{
	free(stream->bytes);
	*stream = (struct event_stream){ 0 };
}

static bool make_room(struct event_stream *stream, size_t more)
{
	size_t size = stream->size ? stream->size : FIRST_SIZE;
	char *bytes;

	if (stream->failed)
		return false;
	while (size - stream->len < more)
		size *= 2;
	if (size == stream->size)
		return true;
	bytes = realloc(stream->bytes, size);
	if (!bytes) {
		stream->failed = true;
		return false;
	}
	stream->bytes = bytes;
	stream->size = size;
	return true;
}

static void put(struct event_stream *stream, struct text text)
{
	if (text.len == 0 || !make_room(stream, text.len))
		return;
	memcpy(stream->bytes + stream->len, text.ptr, text.len);
	stream->len += text.len;
}

static bool is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

/* CR, LF and both together end a line for the reader. */
static size_t line_length(struct text text)
{
	size_t len = 0;

	while (len < text.len && !is_line_end(text.ptr[len]))
		len++;
	return len;
}

static void put_line(struct event_stream *stream, struct text name,
		     struct text value)
{
	put(stream, name);
	value.len = line_length(value);
	put(stream, value);
	put(stream, TEXT("\n"));
}

void event_stream_put(struct event_stream *stream, struct text id,
		      struct text name, struct text data)
{
	if (id.len > 0)
		put_line(stream, TEXT("id: "), id);
	if (name.len > 0)
		put_line(stream, TEXT("event: "), name);
	for (;;) {
		size_t len = line_length(data);

		put_line(stream, TEXT("data: "), data);
		if (len == data.len)
			break;
		len += data.ptr[len] == '\r' && len + 1 < data.len &&
				       data.ptr[len + 1] == '\n'
			       ? 2
			       : 1;
		data.ptr += len;
		data.len -= len;
	}
	put(stream, TEXT("\n"));
}

void event_stream_put_comment(struct event_stream *stream)
{
	put(stream, TEXT(":\n\n"));
}

void event_stream_put_retry(struct event_stream *stream, unsigned retry_ms)
{
	char digits[24];
	struct writer writer = writer_over(digits, sizeof(digits));

	writer_u64(&writer, retry_ms);
	put_line(stream, TEXT("retry: "), writer_text(&writer));
	put(stream, TEXT("\n"));
}

size_t event_stream_waiting(const struct event_stream *stream)
{
	return stream->len - stream->sent;
}

size_t event_stream_take(struct event_stream *stream, char *buffer, size_t size)
{
	size_t taken = event_stream_waiting(stream);

	if (taken > size)
		taken = size;
	if (taken > 0)
		memcpy(buffer, stream->bytes + stream->sent, taken);
	stream->sent += taken;
	if (stream->sent == stream->len)
		stream->sent = stream->len = 0;
	return taken;
}

bool event_stream_failed(const struct event_stream *stream)
{
	return stream->failed;
}
