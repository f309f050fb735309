#include "sip/stream_buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	SIZE_MIN = 1024,
};

/* Doubled, so that one byte at a time costs no more than all at once. */
static int grow(struct stream_buffer *buffer, struct stream_memory *memory,
		size_t needed)
{
	size_t size = buffer->size ? buffer->size : SIZE_MIN;
	char *bytes;

	while (size < needed)
		size *= 2;
	if (memory->held - buffer->size + size > memory->max)
		return ENOMEM;
	bytes = realloc(buffer->ptr, size);
	if (!bytes)
		return ENOMEM;
	memory->held += size - buffer->size;
	buffer->ptr = bytes;
	buffer->size = size;
	return 0;
}

int stream_buffer_put(struct stream_buffer *buffer,
		      struct stream_memory *memory, struct text bytes)
{
	size_t needed = buffer->len + bytes.len;

	if (bytes.len == 0)
		return 0;
	if (needed > buffer->size) {
		int err = grow(buffer, memory, needed);

		if (err)
			return err;
	}
	memcpy(buffer->ptr + buffer->len, bytes.ptr, bytes.len);
	buffer->len = needed;
	return 0;
}

void stream_buffer_drop(struct stream_buffer *buffer,
			struct stream_memory *memory, size_t count)
{
	if (count == 0)
		return;
	if (count >= buffer->len) {
		stream_buffer_clear(buffer, memory);
		return;
	}
	buffer->len -= count;
	memmove(buffer->ptr, buffer->ptr + count, buffer->len);
}

void stream_buffer_clear(struct stream_buffer *buffer,
			 struct stream_memory *memory)
{
	free(buffer->ptr);
	memory->held -= buffer->size;
	*buffer = (struct stream_buffer){ 0 };
}
