/*
 * refusals.h - has the audit told what was refused: so many a minute, so that
 * whoever is refused again and again does not fill the disk. "http" thread;
 * nobody waits for the row.
 */
#ifndef SIPMOVED_API_REFUSALS_H
#define SIPMOVED_API_REFUSALS_H

#include "api/http_exchange.h"

enum {
	REFUSALS_PER_MINUTE = 60,
};

/* Zeroed, it is ready. */
struct refusals {
	int64_t minute;
	unsigned count, left_out;
};

/* action: static. name: who was to log in, or who asked. */
void refusal_note(struct exchange *exchange, const char *action,
		  struct text name);

#endif
