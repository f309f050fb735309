/*
 * object_id.h - names of stored objects: a prefix, an underscore and 26
 * characters of Crockford's base32: 48 bits of Unix milliseconds, then 80
 * bits, random for the first of a millisecond and one more for each that
 * follows, so that they sort by creation. "mov_06DPY4T2V8Q5W1XG7NYKZ3B0RA".
 */
#ifndef SIPMOVED_DB_OBJECT_ID_H
#define SIPMOVED_DB_OBJECT_ID_H

#include "base/text.h"

enum {
	OBJECT_ID_SIZE = 4 + 26 + 1, /* with the NUL; prefixes have 3 letters */
};

/* prefix: three letters, "mov". */
void object_id_new(const char *prefix, int64_t now_ms, char id[OBJECT_ID_SIZE]);
/* Right prefix, length and alphabet. */
bool object_id_is_valid(struct text id, const char *prefix);

#endif
