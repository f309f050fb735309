/*
 * http_wishes.h - what the client says about the answer it would like, and what
 * comes of it: gzip, Prefer: return=minimal (RFC 7240), the page's origin, and
 * the trace that the request is part of (W3C Trace Context). Taken first, so
 * that a refusal heeds it as well.
 */
#ifndef SIPMOVED_API_HTTP_WISHES_H
#define SIPMOVED_API_HTTP_WISHES_H

#include "api/http_guard.h"
#include "api/http_wire.h"

void http_wishes_take(struct exchange *exchange, const struct http_head *head);
/* Just before the answer goes to the library. */
void http_wishes_finish(struct exchange *exchange);

#endif
