/*
 * http_media.h - which media types an exchange speaks: what of an endpoint's
 * answers the client likes best, and whether its body is one that the endpoint
 * reads (RFC 9110 8.3, 12.5.1).
 */
#ifndef SIPMOVED_API_HTTP_MEDIA_H
#define SIPMOVED_API_HTTP_MEDIA_H

#include "api/http_guard.h"
#include "api/http_wire.h"

/* Sets exchange->answer_type. False: 406 was answered. */
bool http_media_negotiate(struct exchange *exchange,
			  const struct http_head *head);
/* Of a request with a body: sets exchange->body_type. False: 415 was answered.
 */
bool http_media_fits(struct exchange *exchange, const struct http_head *head);

#endif
