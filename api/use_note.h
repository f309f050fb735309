/*
 * use_note.h - has the database told when a session or a token was last used.
 * Nobody waits for it; what is lost comes again a minute later. "http" thread.
 */
#ifndef SIPMOVED_API_USE_NOTE_H
#define SIPMOVED_API_USE_NOTE_H

#include "api/http_exchange.h"

typedef int (*use_note_fn)(struct changes *changes, const char *id,
			   int64_t used_at_ms);

/* id: at most OBJECT_ID_SIZE with its NUL; copied. */
void use_note_save(struct exchange *exchange, use_note_fn note, const char *id);

#endif
