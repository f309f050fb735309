/*
 * http_dispatch.h - one request's way from its head to its handler: guard,
 * route, authorisation, negotiation, body checks. "http" thread. No
 * <microhttpd.h>: the listener hands the head over as views.
 */
#ifndef SIPMOVED_API_HTTP_DISPATCH_H
#define SIPMOVED_API_HTTP_DISPATCH_H

#include "api/http_guard.h"
#include "api/http_wire.h"

/* With a head that is fine, wire->endpoint is set and the body may come; else
 * an answer was made. check_layout: http_guard_layout() applies. */
void http_dispatch_head(struct exchange *exchange, const struct http_head *head,
			struct text method, bool check_layout);
/* The body is whole: runs the handler. */
void http_dispatch_handler(struct exchange *exchange);
/* A job is done: runs `resumed`. */
void http_dispatch_resumed(struct exchange *exchange);
/* Around a call into a resource: snapshot and time of the exchange are fresh
 * in between. */
void http_dispatch_adopt(struct exchange *exchange);
void http_dispatch_release(struct exchange *exchange);
/* A body larger than the endpoint takes. */
void http_dispatch_too_large(struct exchange *exchange);
/* The headers that every answer has. */
void http_dispatch_finish(struct exchange *exchange);

#endif
