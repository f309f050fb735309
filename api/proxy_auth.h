/*
 * proxy_auth.h - users whom a reverse proxy has let in: it names them in a
 * header field. Believed only from a network that the settings name, and only
 * with the secret that the proxy shares with us; from anyone else the fields
 * are as good as not there. "http" thread.
 */
#ifndef SIPMOVED_API_PROXY_AUTH_H
#define SIPMOVED_API_PROXY_AUTH_H

#include "api/auth.h"

/* Is that the address of one? */
bool proxy_auth_is_proxy(const struct api_config *config, const char *peer);
/* False: it is no such request, or the user is not known or not enabled. */
bool proxy_auth_be(struct exchange *exchange, const struct auth_fields *fields);
/* Of one that proxy_auth_be() let in, on a later snapshot. */
bool proxy_auth_still_holds(const struct exchange *exchange, uint32_t scope);

#endif
