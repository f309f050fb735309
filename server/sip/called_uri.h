/*
 * called_uri.h - the Request-URI as an answer may repeat it, in Diversion and
 * History-Info: not its password (RFC 3261 19.1.1), and not the parameters that
 * would steer whoever calls it: maddr, method, ttl (16.5).
 *
 * Any thread.
 */
#ifndef SIPMOVED_SIP_CALLED_URI_H
#define SIPMOVED_SIP_CALLED_URI_H

#include "sip/sip_request.h"

struct called_uri {
	struct text whole;
	struct text params; /* its end, from the first ';' on; may be empty */
	char mended[SIP_URI_MAX]; /* whole, if something had to go */
};

/* request: with a valid Request-URI. Views into it, or into ret_called. */
void called_uri_read(const struct sip_request *request,
		     struct called_uri *ret_called);

#endif
