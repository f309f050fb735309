/*
 * called_uri.h - the Request-URI as an answer may repeat it, in Diversion and
 * History-Info: not its password (RFC 3261 19.1.1), and not the parameters that
 * would steer whoever calls it: maddr, method, ttl (16.5).
 *
 * Pure and zero copy. Any thread.
 */
#ifndef SIPMOVED_SIP_CALLED_URI_H
#define SIPMOVED_SIP_CALLED_URI_H

#include "sip/sip_request.h"

/* Is there nothing in its parameters that must not come back? Found out once,
 * as an answer may be written several times. */
bool called_uri_is_plain(const struct sip_request *request);
/* request: with a valid Request-URI. */
void called_uri_write(const struct sip_request *request, bool is_plain,
		      struct writer *writer);
/* Its parameters, each with the ';' before it. */
void called_uri_write_params(const struct sip_request *request, bool is_plain,
			     struct writer *writer);

#endif
