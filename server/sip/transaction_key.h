/*
 * transaction_key.h - what a request is recognised by: keyed 128-bit hashes of
 * the fields that RFC 3261 17.2.3 and 8.2.2.2 compare, and the To tag.
 *
 * The hash stands for the fields: requests are not kept. With 128 bits and a
 * secret key, two different requests that live at the same time share one with
 * a probability of about 2^-92 at a million transactions, and nobody outside
 * can look for such a pair. Any thread; no allocation; linear in the request.
 */
#ifndef SIPMOVED_SIP_TRANSACTION_KEY_H
#define SIPMOVED_SIP_TRANSACTION_KEY_H

#include <netinet/in.h>

#include "base/hash.h"
#include "sip/sip_request.h"
#include "sip/sip_response.h"

/* A plain value. All zero: no identity. */
struct transaction_key {
	uint64_t words[2];
};

/*
 * Of the server transaction that a request with this method belongs to; ACK is
 * taken for INVITE. With the magic cookie: branch and sent-by. Without
 * (RFC 2543): Request-URI, to_tag, From tag, Call-ID, CSeq number, top Via.
 */
struct transaction_key transaction_key_of(const struct hash_key *secret,
					  const struct sip_request *request,
					  enum sip_method method,
					  struct text to_tag);
/*
 * Of a request that is refused as it stands, and so belongs to no transaction:
 * the same for every copy. Of its first bytes, so that its length costs
 * nothing.
 */
struct transaction_key transaction_key_of_faulty(
	const struct hash_key *secret, const struct sip_request *request);
/* Of the call leg: Call-ID, From tag, CSeq and Request-URI, so that the same
 * request over two paths is seen (8.2.2.2), and a spiral is not. */
uint64_t transaction_key_merge(const struct hash_key *secret,
			       const struct sip_request *request);
/*
 * The To tag of our answers: the same for every copy of a request (8.2.7),
 * another one for every source address. Whoever repeats it has seen what we
 * sent to that address, and it cannot be learnt from elsewhere.
 */
void transaction_key_to_tag(const struct hash_key *secret,
			    const struct transaction_key *key, uint64_t merge,
			    const struct sockaddr *source,
			    char ret_tag[SIP_TO_TAG_SIZE]);
/* Of the source's network: IPv4 /32, IPv6 /64. */
uint64_t transaction_key_source(const struct hash_key *secret,
				const struct sockaddr *source);

#endif
