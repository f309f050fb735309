#include "db/webhook_signature.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BASE64_SIZE = 96, /* of 64 bytes, with the NUL */
	HEAD_SIZE = OBJECT_ID_SIZE + 32,
};

static void put_base64(struct writer *writer, const unsigned char *bytes,
		       size_t len)
{
	char text[BASE64_SIZE];

	sodium_bin2base64(text, sizeof(text), bytes, len,
			  sodium_base64_VARIANT_ORIGINAL);
	writer_put(writer, text_of(text));
	sodium_memzero(text, sizeof(text));
}

static void write_key(struct text prefix, const unsigned char *bytes,
		      char text[WEBHOOK_KEY_TEXT_SIZE])
{
	struct writer writer = writer_over(text, WEBHOOK_KEY_TEXT_SIZE - 1);

	writer_put(&writer, prefix);
	put_base64(&writer, bytes, 32);
	text[writer.len] = '\0';
}

void webhook_secret_text(const unsigned char secret[WEBHOOK_SECRET_LEN],
			 char text[WEBHOOK_KEY_TEXT_SIZE])
{
	write_key(TEXT("whsec_"), secret, text);
}

void webhook_public_key_text(const unsigned char seed[WEBHOOK_SEED_LEN],
			     char text[WEBHOOK_KEY_TEXT_SIZE])
{
	unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
	unsigned char secret_key[crypto_sign_SECRETKEYBYTES];

	crypto_sign_seed_keypair(public_key, secret_key, seed);
	sodium_memzero(secret_key, sizeof(secret_key));
	write_key(TEXT("whpk_"), public_key, text);
}

static void put_hmac(struct writer *writer, const unsigned char *secret,
		     struct text signed_text)
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, secret, WEBHOOK_SECRET_LEN);
	crypto_auth_hmacsha256_update(&state,
				      (const unsigned char *)signed_text.ptr,
				      signed_text.len);
	crypto_auth_hmacsha256_final(&state, mac);
	writer_put(writer, writer->len > 0 ? TEXT(" v1,") : TEXT("v1,"));
	put_base64(writer, mac, sizeof(mac));
}

static void put_ed25519(struct writer *writer, const unsigned char *seed,
			struct text signed_text)
{
	unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
	unsigned char secret_key[crypto_sign_SECRETKEYBYTES];
	unsigned char signature[crypto_sign_BYTES];

	crypto_sign_seed_keypair(public_key, secret_key, seed);
	crypto_sign_detached(signature, NULL,
			     (const unsigned char *)signed_text.ptr,
			     signed_text.len, secret_key);
	sodium_memzero(secret_key, sizeof(secret_key));
	writer_put(writer, TEXT(" v1a,"));
	put_base64(writer, signature, sizeof(signature));
}

int webhook_sign(const struct webhook_endpoint *endpoint,
		 const struct webhook_signed *message,
		 char signatures[WEBHOOK_SIGNATURES_SIZE])
{
	struct writer writer =
		writer_over(signatures, WEBHOOK_SIGNATURES_SIZE - 1);
	char *whole = malloc(HEAD_SIZE + message->body.len);
	struct text text = { whole, 0 };

	if (!whole)
		return ENOMEM;
	text.len = (size_t)snprintf(whole, HEAD_SIZE, "%s.%lld.", message->id,
				    (long long)(message->at_ms / 1000));
	memcpy(whole + text.len, message->body.ptr, message->body.len);
	text.len += message->body.len;
	put_hmac(&writer, endpoint->secret, text);
	if (message->at_ms < endpoint->old_until_ms)
		put_hmac(&writer, endpoint->old_secret, text);
	if (endpoint->signs_ed25519)
		put_ed25519(&writer, endpoint->signing_seed, text);
	signatures[writer.len] = '\0';
	free(whole);
	return 0;
}
