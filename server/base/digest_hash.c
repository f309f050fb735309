#include "base/digest_hash.h"

#include <errno.h>
#include <stdlib.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

struct algorithm_row {
	const char *name;
	const char *openssl_name;
	size_t size;
};

static const struct algorithm_row algorithms[DIGEST_ALGORITHMS] = {
	[DIGEST_SHA_512_256] = { "SHA-512-256", "SHA512-256", 32 },
	[DIGEST_SHA_256] = { "SHA-256", "SHA256", 32 },
	[DIGEST_MD5] = { "MD5", "MD5", 16 },
};

/* Fetched once: to look an algorithm up takes a lock and far longer than to use
 * it. A context each, so that none changes its algorithm. */
struct digest_hasher {
	EVP_MD *algorithms[DIGEST_ALGORITHMS];
	EVP_MD_CTX *contexts[DIGEST_ALGORITHMS];
};

const char *digest_algorithm_name(enum digest_algorithm algorithm)
{
	return algorithms[algorithm].name;
}

bool digest_algorithm_from_text(struct text text,
				enum digest_algorithm *ret_algorithm)
{
	for (size_t i = 0; i < DIGEST_ALGORITHMS; i++)
		if (text_equals_nocase(text, text_of(algorithms[i].name))) {
			*ret_algorithm = (enum digest_algorithm)i;
			return true;
		}
	return false;
}

size_t digest_size(enum digest_algorithm algorithm)
{
	return algorithms[algorithm].size;
}

static int open_algorithm(struct digest_hasher *hasher, size_t i)
{
	hasher->algorithms[i] =
		EVP_MD_fetch(NULL, algorithms[i].openssl_name, NULL);
	if (!hasher->algorithms[i])
		return ENOTSUP;
	hasher->contexts[i] = EVP_MD_CTX_new();
	if (!hasher->contexts[i])
		return ENOMEM;
	/* What a context needs is allocated by its first use: now. */
	return EVP_DigestInit_ex2(hasher->contexts[i], hasher->algorithms[i],
				  NULL)
		       ? 0
		       : ENOTSUP;
}

int digest_hasher_new(struct digest_hasher **ret_hasher)
{
	struct digest_hasher *hasher = calloc(1, sizeof(*hasher));
	int err = 0;

	if (!hasher)
		return ENOMEM;
	for (size_t i = 0; !err && i < DIGEST_ALGORITHMS; i++)
		err = open_algorithm(hasher, i);
	if (err) {
		digest_hasher_free(hasher);
		return err;
	}
	*ret_hasher = hasher;
	return 0;
}

void digest_hasher_free(struct digest_hasher *hasher)
{
	if (!hasher)
		return;
	for (size_t i = 0; i < DIGEST_ALGORITHMS; i++) {
		EVP_MD_CTX_free(hasher->contexts[i]);
		EVP_MD_free(hasher->algorithms[i]);
	}
	free(hasher);
}

int digest_hash(struct digest_hasher *hasher, enum digest_algorithm algorithm,
		const struct text *parts, size_t count,
		unsigned char ret_digest[DIGEST_SIZE_MAX])
{
	EVP_MD_CTX *context = hasher->contexts[algorithm];
	unsigned size;

	if (!EVP_DigestInit_ex2(context, hasher->algorithms[algorithm], NULL))
		return EIO;
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && !EVP_DigestUpdate(context, ":", 1))
			return EIO;
		if (!EVP_DigestUpdate(context, parts[i].ptr, parts[i].len))
			return EIO;
	}
	return EVP_DigestFinal_ex(context, ret_digest, &size) ? 0 : EIO;
}

struct text digest_hex(enum digest_algorithm algorithm,
		       const unsigned char *digest, char hex[DIGEST_HEX_MAX])
{
	static const char digits[] = "0123456789abcdef";
	size_t size = digest_size(algorithm);

	for (size_t i = 0; i < size; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	return (struct text){ hex, 2 * size };
}

int digest_secrets_make(struct text username, struct text realm,
			struct text password,
			struct digest_secrets *ret_secrets)
{
	const struct text parts[] = { username, realm, password };
	struct digest_secrets secrets = { .ha1 = { { 0 } } };
	struct digest_hasher *hasher = NULL;
	int err = digest_hasher_new(&hasher);

	for (int i = 0; !err && i < DIGEST_ALGORITHMS; i++)
		err = digest_hash(hasher, (enum digest_algorithm)i, parts, 3,
				  secrets.ha1[i]);
	digest_hasher_free(hasher);
	if (!err)
		*ret_secrets = secrets;
	return err;
}

int hmac_sha1(struct text key, struct text message,
	      unsigned char ret_mac[HMAC_SHA1_SIZE])
{
	return HMAC(EVP_sha1(), key.ptr, (int)key.len,
		    (const unsigned char *)message.ptr, message.len, ret_mac,
		    NULL)
		       ? 0
		       : EIO;
}
