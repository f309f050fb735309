/*
 * simulated_request.h - the SIP request that a simulation is about: put
 * together from a method, an address and lists of option tags, or pasted whole.
 * It goes through the code that answers calls, so what is put together here is
 * plain SIP; nothing in it can bring a header of its own.
 */
#ifndef SIPMOVED_API_SIMULATED_REQUEST_H
#define SIPMOVED_API_SIMULATED_REQUEST_H

#include "api/json_reader.h"
#include "base/sip_uri.h"

enum {
	/* More than the policy lets pass (design 4.6), so that its 400 can be
	 * simulated too; still a datagram. */
	SIMULATED_TAGS_MAX = 64,
	SIMULATED_TAG_MAX = 256,
	SIMULATED_REQUEST_MAX = 65535,
};

/*
 * The domain of a document that names a domain and nobody in it: canonical, to
 * be asked for somebody in it. False: there is no need to ask. Notes nothing.
 */
bool simulated_request_domain(const struct json_object *document,
			      char domain[SIP_CANONICAL_SIZE]);

/* Where a request that is put together comes from; empty members: a caller of
 * the simulation's own. */
struct simulated_origin {
	struct text transport;	/* "UDP" */
	struct text sent_by;	/* "192.0.2.1:5060" */
	struct text from;	/* a URI */
	struct text user_agent; /* a header's value */
};

/*
 * Reads method, address, domain, require, proxy_require and supported, or else
 * request; other members are the caller's. Notes every fault. somebody: who a
 * document with a domain alone is about; "" if nobody in it is known. *ret_text
 * is malloc'ed, the caller's to free; NULL if there was a fault. Errors:
 * ENOMEM.
 */
int simulated_request_read(struct json_object *document, const char *somebody,
			   char **ret_text, size_t *ret_len)
	__attribute__((warn_unused_result));
/* The same, from somewhere. What the origin holds was checked: it has no blank,
 * CR, LF or angle bracket where that would matter. */
int simulated_request_read_from(struct json_object *document,
				const struct simulated_origin *origin,
				char **ret_text, size_t *ret_len)
	__attribute__((warn_unused_result));
/* What a request line, or a From header, can hold at all; whether it is a good
 * address is for those who answer calls to say. */
bool simulated_uri_is_whole(struct text text);

#endif
