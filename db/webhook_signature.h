/*
 * webhook_signature.h - what makes a message's sender known, as Standard
 * Webhooks 1.0 has it: of "ID.TIMESTAMP.BODY", HMAC-SHA256 with the endpoint's
 * secret ("v1,..."), with the one before it while that is good, and Ed25519
 * where that is wanted ("v1a,..."). Any thread.
 */
#ifndef SIPMOVED_DB_WEBHOOK_SIGNATURE_H
#define SIPMOVED_DB_WEBHOOK_SIGNATURE_H

#include "db/webhook_endpoint.h"

enum {
	WEBHOOK_KEY_TEXT_SIZE = 64, /* "whsec_" or "whpk_", base64, NUL */
	WEBHOOK_SIGNATURES_SIZE = 256,
};

/* "whsec_...": what receivers check with. */
void webhook_secret_text(const unsigned char secret[WEBHOOK_SECRET_LEN],
			 char text[WEBHOOK_KEY_TEXT_SIZE]);
/* "whpk_...": of the seed's pair. */
void webhook_public_key_text(const unsigned char seed[WEBHOOK_SEED_LEN],
			     char text[WEBHOOK_KEY_TEXT_SIZE]);

struct webhook_signed {
	const char *id;
	int64_t at_ms; /* of this attempt */
	struct text body;
};
/* With a blank between two. ENOMEM. */
int webhook_sign(const struct webhook_endpoint *endpoint,
		 const struct webhook_signed *message,
		 char signatures[WEBHOOK_SIGNATURES_SIZE])
	__attribute__((warn_unused_result));

#endif
