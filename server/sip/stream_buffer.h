/*
 * stream_buffer.h - bytes of a connection that wait: the start of a message, or
 * answers that the peer does not take yet. Without bytes there is no memory.
 * All buffers of a worker share one bound. One thread.
 */
#ifndef SIPMOVED_SIP_STREAM_BUFFER_H
#define SIPMOVED_SIP_STREAM_BUFFER_H

#include "base/text.h"

/* What all buffers of a worker may hold together. */
struct stream_memory {
	size_t held, max; /* bytes */
};

/* All zero: empty. */
struct stream_buffer {
	char *ptr; /* owned; NULL if empty */
	size_t len, size;
};

/* Appends. ENOMEM: nothing was. */
int stream_buffer_put(struct stream_buffer *buffer,
		      struct stream_memory *memory, struct text bytes)
	__attribute__((warn_unused_result));
/* Takes count bytes from the front. */
void stream_buffer_drop(struct stream_buffer *buffer,
			struct stream_memory *memory, size_t count);
void stream_buffer_clear(struct stream_buffer *buffer,
			 struct stream_memory *memory);

static inline struct text stream_buffer_text(const struct stream_buffer *buffer)
{
	return (struct text){ buffer->ptr, buffer->len };
}

#endif
