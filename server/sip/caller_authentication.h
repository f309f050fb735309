/*
 * caller_authentication.h - asks who calls (RFC 3261 22) where a domain wants
 * to know, and counts what came of it. Owned and used by one worker thread.
 */
#ifndef SIPMOVED_SIP_CALLER_AUTHENTICATION_H
#define SIPMOVED_SIP_CALLER_AUTHENTICATION_H

#include "sip/call.h"
#include "sip/digest.h"
#include "sip/sip_counters.h"

struct caller_authentication {
	struct digest_guard *guard;	      /* owned by whoever made it */
	const struct call_settings *settings; /* whose own_hosts count */
	struct sip_counters *counters;
	struct digest_verdict verdict; /* of the request under way */
};

/*
 * What call_decide() is told of who asks; NULL: nobody wants to know. What is
 * refused before anybody asks (a fault, a To tag) uses up no nonce. host: the
 * source's address. The verdict holds until the next one is asked for.
 */
const struct digest_verdict *caller_authentication_check(
	struct caller_authentication *authentication,
	const struct snapshot *snapshot, const struct sip_request *request,
	struct text host, int64_t monotonic_us);

#endif
