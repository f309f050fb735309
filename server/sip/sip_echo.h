/*
 * sip_echo.h - what an answer gives back of its request (RFC 3261 8.2.6.2). No
 * allocation.
 */
#ifndef SIPMOVED_SIP_SIP_ECHO_H
#define SIPMOVED_SIP_SIP_ECHO_H

#include "sip/sip_request.h"

/*
 * value: of the request. What is valid is copied as it came, folds and all; of
 * a request that breaks the grammar, a CR or LF that is no fold becomes a
 * blank: it would start a line of ours.
 */
void sip_echo_put(struct writer *writer, const struct sip_request *request,
		  struct text value);

#endif
