/*
 * digest.h - who asks? Digest authentication as a user agent server does it
 * (RFC 3261 22, RFC 7616, RFC 8760): what a request has to show, and what is
 * said to one that shows nothing, or the wrong thing.
 *
 * A guard belongs to one worker thread. What it keeps is how far each nonce was
 * used, and it is asked once per transaction; the verdict is a plain value that
 * goes into call_decide(). A call without credentials allocates nothing; one
 * with them what digest_hash() says, twice, and for want of it is refused.
 */
#ifndef SIPMOVED_SIP_DIGEST_H
#define SIPMOVED_SIP_DIGEST_H

#include "db/snapshot.h"
#include "sip/digest_nonce.h"
#include "sip/sip_request.h"

/* What a 401 says: one WWW-Authenticate for each algorithm (RFC 8760 2.3). */
struct digest_challenge {
	struct text realm;   /* lives as long as the snapshot */
	unsigned algorithms; /* bits 1 << enum digest_algorithm */
	char nonce[DIGEST_NONCE_LEN];
	/* The credentials are right but for their nonce: another try with this
	 * one, without asking anybody for a password (RFC 7616 3.3). */
	bool is_stale;
};

enum digest_outcome {
	DIGEST_NOT_ASKED, /* the domain does not want to know */
	DIGEST_ACCEPTED,
	DIGEST_UNPROVEN, /* it showed nothing for this realm: a challenge */
	DIGEST_STALE,	 /* right, with a nonce that is old or used up */
	DIGEST_WRONG,
};

struct digest_verdict {
	enum digest_outcome outcome;
	struct digest_challenge challenge; /* of the last three */
};

struct digest_guard;

/* secret: all workers' one, borrowed. ENOMEM, ENOTSUP */
int digest_guard_new(const struct hash_key *secret, unsigned worker,
		     struct digest_guard **ret_guard)
	__attribute__((warn_unused_result));
void digest_guard_free(struct digest_guard *guard); /* takes NULL */

/* A request, and what is known besides. */
struct digest_question {
	const struct sip_request *request; /* without a fault */
	struct text source;		   /* its address, without the port */
	const struct text *own_hosts;	   /* of call_settings */
	size_t own_host_count;
	int64_t now_ms; /* monotonic */
};

/* Never for ACK and CANCEL (22.1). A Request-URI without a host of ours (tel:,
 * a foreign domain) is not asked for credentials. */
void digest_check(struct digest_guard *guard, const struct snapshot *snapshot,
		  const struct digest_question *question,
		  struct digest_verdict *ret_verdict);

#endif
