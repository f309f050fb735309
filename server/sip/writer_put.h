/*
 * writer_put.h - writer_put(), inlined: an answer is thirty short pieces, most
 * of a length known where they are written, and calls would be half of its
 * cost. Internal to the files that write answers.
 */
#ifndef SIPMOVED_SIP_WRITER_PUT_H
#define SIPMOVED_SIP_WRITER_PUT_H

#include <string.h>

#include "base/text.h"

static inline void put(struct writer *writer, struct text text)
{
	if (writer->overflowed || text.len > writer->size - writer->len) {
		writer->overflowed = true;
		return;
	}
	if (text.len > 0)
		memcpy(writer->buffer + writer->len, text.ptr, text.len);
	writer->len += text.len;
}

#endif
