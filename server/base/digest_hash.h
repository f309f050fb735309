/*
 * digest_hash.h - the hash algorithms of HTTP Digest as SIP uses them (RFC
 * 7616, RFC 8760), strongest first.
 *
 * In base because stored users (db/, api/) and calls (server/sip/) hash alike.
 * A hasher belongs to one thread at a time. OpenSSL 3 allocates a few
 * hundred bytes a hash and frees them with the next one; nothing else does.
 */
#ifndef SIPMOVED_BASE_DIGEST_HASH_H
#define SIPMOVED_BASE_DIGEST_HASH_H

#include "base/text.h"

enum digest_algorithm {
	DIGEST_SHA_512_256,
	DIGEST_SHA_256,
	DIGEST_MD5,
	DIGEST_ALGORITHMS,
};

enum {
	DIGEST_SIZE_MAX = 32, /* bytes */
	DIGEST_HEX_MAX = 2 * DIGEST_SIZE_MAX,
	/* A set of algorithms has one bit each: 1 << enum digest_algorithm. */
	DIGEST_ALL = (1 << DIGEST_ALGORITHMS) - 1,
};

/* "SHA-512-256": the word of WWW-Authenticate, and of the API. */
const char *digest_algorithm_name(enum digest_algorithm algorithm);
/* Without case; false if it is none of ours. */
bool digest_algorithm_from_text(struct text text,
				enum digest_algorithm *ret_algorithm);
/* Bytes of its digest: 32, 32, 16. */
size_t digest_size(enum digest_algorithm algorithm);

enum {
	HMAC_SHA1_SIZE = 20,
};
/* RFC 2104, for one-time codes alone. EIO: OpenSSL refused. */
int hmac_sha1(struct text key, struct text message,
	      unsigned char ret_mac[HMAC_SHA1_SIZE])
	__attribute__((warn_unused_result));

struct digest_hasher;

/* ENOMEM; ENOTSUP the system's OpenSSL lacks one of them. */
int digest_hasher_new(struct digest_hasher **ret_hasher)
	__attribute__((warn_unused_result));
void digest_hasher_free(struct digest_hasher *hasher); /* takes NULL */

/* H(part ":" part ":" ...). EIO: OpenSSL refused. */
int digest_hash(struct digest_hasher *hasher, enum digest_algorithm algorithm,
		const struct text *parts, size_t count,
		unsigned char ret_digest[DIGEST_SIZE_MAX])
	__attribute__((warn_unused_result));
/* In lower case, into a buffer that holds it; the view of it. */
struct text digest_hex(enum digest_algorithm algorithm,
		       const unsigned char *digest, char hex[DIGEST_HEX_MAX]);

/* H(username ":" realm ":" password) for each algorithm: what is stored in
 * place of a password (RFC 7616 3.4.2). */
struct digest_secrets {
	unsigned char ha1[DIGEST_ALGORITHMS][DIGEST_SIZE_MAX];
};
/* Errors of digest_hasher_new() and digest_hash(). */
int digest_secrets_make(struct text username, struct text realm,
			struct text password,
			struct digest_secrets *ret_secrets)
	__attribute__((warn_unused_result));

#endif
