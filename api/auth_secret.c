#include "api/auth.h"

#include <string.h>
#include <sodium.h>

_Static_assert((size_t)AUTH_SECRET_TEXT_SIZE ==
		       (size_t)sodium_base64_ENCODED_LEN(
			       AUTH_SECRET_BYTES,
			       sodium_base64_VARIANT_URLSAFE_NO_PADDING),
	       "auth.h counts alike");

void auth_secret_make(char text[AUTH_SECRET_TEXT_SIZE],
		      unsigned char sha256[32])
{
	unsigned char secret[AUTH_SECRET_BYTES];

	randombytes_buf(secret, sizeof(secret));
	sodium_bin2base64(text, AUTH_SECRET_TEXT_SIZE, secret, sizeof(secret),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	crypto_hash_sha256(sha256, secret, sizeof(secret));
	sodium_memzero(secret, sizeof(secret));
}

bool auth_secret_hash(struct text text, unsigned char sha256[32])
{
	unsigned char secret[AUTH_SECRET_BYTES];
	size_t len;

	if (text.len != AUTH_SECRET_TEXT_SIZE - 1 ||
	    sodium_base642bin(secret, sizeof(secret), text.ptr, text.len, NULL,
			      &len, NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
	    len != sizeof(secret))
		return false;
	crypto_hash_sha256(sha256, secret, sizeof(secret));
	sodium_memzero(secret, sizeof(secret));
	return true;
}
