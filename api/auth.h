/*
 * auth.h - who asks, and may they: bearer tokens (RFC 6750) from the snapshot,
 * and the local socket, whose peers the accept thread has already checked.
 */
#ifndef SIPMOVED_API_AUTH_H
#define SIPMOVED_API_AUTH_H

#include "api/http_exchange.h"

/*
 * Fills exchange->principal. authorization: the field's value, empty if there
 * is none. scope: what the row asks for; 0 is open to all, and a token that is
 * wrong is then as good as none. False: 401 or 403 was answered.
 */
bool auth_check(struct exchange *exchange, struct text authorization,
		uint32_t scope);

/* For a resource that takes a second scope: false: 403 was answered. */
bool auth_check_scope(struct exchange *exchange, uint32_t scope);
/* Of an answer that goes on for long: what let the request in would still do
 * so. exchange->snapshot and now_ms are fresh. */
bool auth_still_holds(const struct exchange *exchange);
/* The same before more is done for a request that took its time: false: 401
 * was answered. */
bool auth_check_still(struct exchange *exchange);

#endif
