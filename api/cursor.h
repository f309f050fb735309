/*
 * cursor.h - keyset cursors: base64url of (sort, last key, last id, hash of the
 * filter) and a truncated HMAC with a key random per start. It carries no
 * rights; with another filter it is refused.
 */
#ifndef SIPMOVED_API_CURSOR_H
#define SIPMOVED_API_CURSOR_H

#include "api/http_exchange.h"

enum {
	CURSOR_KEY_MAX = 255,
	CURSOR_TEXT_SIZE = 640, /* of the encoded cursor, with the NUL */
};

struct cursor {
	char key[CURSOR_KEY_MAX + 1]; /* last value of the sort column */
	char id[64];
};

/*
 * The request's `cursor`, checked against every other parameter but `limit`.
 * An absent one gives empty texts and true. False: 400 was answered.
 */
bool cursor_read(struct exchange *exchange, struct cursor *ret_cursor);
/* Writes "next_cursor" (null without more) and the Link header. */
void cursor_write(struct exchange *exchange, struct json_writer *writer,
		  const struct cursor *last, bool more);

#endif
