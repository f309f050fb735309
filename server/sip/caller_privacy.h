/*
 * caller_privacy.h - what a caller wants hidden: RFC 3323, 3325, 5079, 7044.
 * Pure; linear in the request. Any thread.
 */
#ifndef SIPMOVED_SIP_CALLER_PRIVACY_H
#define SIPMOVED_SIP_CALLER_PRIVACY_H

#include "sip/sip_request.h"

/* RFC 5079 4: the caller withholds who it is. An identity that is merely not
 * there is no sign of it. */
bool caller_is_anonymous(const struct sip_request *request);
/* RFC 7044 10.1, RFC 3323 4.2: the addresses that it was sent on from. */
bool caller_hides_history(const struct sip_request *request);

#endif
