/*
 * digest_nonce.h - nonces that are made and known again without being kept, and
 * the table that sees one used twice (RFC 7616 3.3, 3.4, 5.4).
 *
 * A nonce is base64url of 24 bytes: milliseconds of its making (6), a serial
 * number with the worker's index (6), and a keyed BLAKE2b (12) of both, the
 * realm and, where the domain wants it, the source's address. Whoever does not
 * have the key, which is random per process, cannot make one. It is good at the
 * worker that made it alone: no other sees whether it is used again.
 *
 * The table is fixed: 4 slots a row, the one that was made longest ago gives
 * way. Only credentials that are right get into it, so a stranger pushes nobody
 * out. Owned and used by one worker thread; time comes in (monotonic).
 */
#ifndef SIPMOVED_SIP_DIGEST_NONCE_H
#define SIPMOVED_SIP_DIGEST_NONCE_H

#include "base/hash.h"

enum {
	DIGEST_NONCE_LEN = 32,
};

/* What a nonce is good for. source empty: for any. */
struct digest_nonce_scope {
	struct text realm, source;
};

struct digest_nonces;

/* secret: all workers' one, borrowed. worker: 0..255. ENOMEM */
int digest_nonces_new(const struct hash_key *secret, unsigned worker,
		      struct digest_nonces **ret_nonces)
	__attribute__((warn_unused_result));
void digest_nonces_free(struct digest_nonces *nonces); /* takes NULL */

/* No two are alike. */
void digest_nonce_make(struct digest_nonces *nonces,
		       const struct digest_nonce_scope *scope, int64_t now_ms,
		       char ret_nonce[DIGEST_NONCE_LEN]);

/* Did this very worker make it, for this, at most lifetime_ms ago? */
bool digest_nonce_is_fresh(const struct digest_nonces *nonces,
			   const struct digest_nonce_scope *scope,
			   struct text nonce, int64_t now_ms,
			   int64_t lifetime_ms);

/*
 * Takes note of the use of a nonce that is fresh. False: it was used with this
 * count before, or may have been: with one so much larger, or so long ago, that
 * nobody can tell. Counts may come in another order, as requests do.
 */
bool digest_nonce_use(struct digest_nonces *nonces, struct text nonce,
		      uint32_t count);

#endif
