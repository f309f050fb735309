/*
 * cors.h - lets the pages of the origins that the configuration names read
 * answers (Fetch standard, CORS). Off without one. Never with credentials: such
 * a page sends a token of its own.
 */
#ifndef SIPMOVED_API_CORS_H
#define SIPMOVED_API_CORS_H

#include "api/http_guard.h"
#include "api/http_wire.h"

/* Takes note of the Origin, if it is one of ours. */
void cors_take(struct exchange *exchange, const struct http_head *head);
/*
 * A browser says what it wants an answer for. None of /v1/ is a script, a style
 * or an image: a page that embeds it as one gets nothing to read. False: 403.
 */
bool cors_guard(struct exchange *exchange, const struct http_head *head);
/* An OPTIONS that asks for a page: what it may send. methods: Allow's value. */
void cors_preflight(struct exchange *exchange, const struct http_head *head,
		    const char *methods);
/* The fields of every answer. */
void cors_finish(struct exchange *exchange);

#endif
