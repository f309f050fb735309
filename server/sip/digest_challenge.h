/*
 * digest_challenge.h - what a 401 says (RFC 3261 22, RFC 7616, RFC 8760).
 * Pure.
 */
#ifndef SIPMOVED_SIP_DIGEST_CHALLENGE_H
#define SIPMOVED_SIP_DIGEST_CHALLENGE_H

#include "sip/digest.h"

/* RFC 8760 2.3: a line for each algorithm, strongest first. */
void digest_challenge_write(const struct digest_challenge *challenge,
			    struct writer *writer);

/*
 * One line less: the strongest algorithm goes, since every client knows the
 * last one. False: only that one is left.
 */
bool digest_challenge_shorten(struct digest_challenge *challenge);

#endif
