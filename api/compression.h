/*
 * compression.h - answers that are made smaller (RFC 9110 8.4.1, gzip), when
 * asked for and worth it. One that may hold a secret beside what its caller
 * chose stays as it is: its length would tell of the secret (BREACH).
 */
#ifndef SIPMOVED_API_COMPRESSION_H
#define SIPMOVED_API_COMPRESSION_H

#include "api/http_wire.h"

enum {
	COMPRESSION_MIN_BYTES = 1024,
};

/* Does the Accept-Encoding field's value allow gzip? */
bool compression_is_accepted(struct text accept_encoding);
/* Of an answer that is complete: its body, if it gets smaller, and the fields
 * that say so. For want of memory it stays as it is. */
void compression_finish(struct exchange *exchange);

#endif
