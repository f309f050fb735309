/*
 * own_request.h - requests under /v1/me: of a user who is logged in, about what
 * is theirs, whatever else their role lets them at.
 */
#ifndef SIPMOVED_API_OWN_REQUEST_H
#define SIPMOVED_API_OWN_REQUEST_H

#include "api/http_exchange.h"

/* Holds the principal to what they own. False: it is no user, and 403 was
 * answered. */
bool own_request_begin(struct exchange *exchange);

#endif
