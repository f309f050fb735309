#include "sip/digest_challenge.h"

#include "sip/writer_put.h"

static void put_line(struct writer *writer,
		     const struct digest_challenge *challenge,
		     enum digest_algorithm algorithm)
{
	put(writer, TEXT("WWW-Authenticate: Digest realm=\""));
	put(writer, challenge->realm);
	put(writer, TEXT("\", nonce=\""));
	put(writer, (struct text){ challenge->nonce, DIGEST_NONCE_LEN });
	put(writer, TEXT("\", algorithm="));
	put(writer, text_of(digest_algorithm_name(algorithm)));
	put(writer, TEXT(", qop=\"auth\""));
	if (challenge->is_stale)
		put(writer, TEXT(", stale=true"));
	put(writer, TEXT("\r\n"));
}

/* All parameters are words of ours, but the realm, which is a host name (22.1:
 * it names the domain). */
void digest_challenge_write(const struct digest_challenge *challenge,
			    struct writer *writer)
{
	for (int i = 0; i < DIGEST_ALGORITHMS; i++)
		if (challenge->algorithms & 1U << i)
			put_line(writer, challenge, (enum digest_algorithm)i);
}

bool digest_challenge_shorten(struct digest_challenge *challenge)
{
	unsigned rest = challenge->algorithms & (challenge->algorithms - 1);

	if (rest == 0)
		return false;
	challenge->algorithms = rest;
	return true;
}
