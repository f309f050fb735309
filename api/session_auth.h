/*
 * session_auth.h - a session's cookie in a request: whose it is, and whether a
 * page of ours sent it. "http" thread.
 */
#ifndef SIPMOVED_API_SESSION_AUTH_H
#define SIPMOVED_API_SESSION_AUTH_H

#include "api/auth.h"

/* False: there is no such cookie, or no session that lives. */
bool session_auth_be(struct exchange *exchange, struct text cookie);
/* Of one that session_auth_be() let in, on a later snapshot. */
bool session_auth_still_holds(const struct exchange *exchange, uint32_t scope);
/*
 * May this method come with a cookie? One that changes something must be asked
 * by a page of ours: browsers say so in Sec-Fetch-Site, or else in Origin.
 * False: 403 was answered.
 */
bool session_auth_check_origin(struct exchange *exchange,
			       const struct auth_fields *fields);

#endif
