/*
 * totp.h - one-time codes from a secret and the time (RFC 6238): HMAC-SHA-1,
 * six digits, steps of 30 s, as every app understands them. Pure; any thread.
 */
#ifndef SIPMOVED_BASE_TOTP_H
#define SIPMOVED_BASE_TOTP_H

#include "base/text.h"

enum {
	TOTP_SECRET_SIZE = 20,
	TOTP_DIGITS = 6,
	TOTP_STEP_MS = 30000,
	TOTP_BASE32_SIZE = 32 + 1, /* of a secret, with the NUL */
};

/* The code of a step: Unix time / 30 s. EIO: OpenSSL refused. */
int totp_code(const unsigned char secret[TOTP_SECRET_SIZE], int64_t step,
	      char ret_code[TOTP_DIGITS + 1])
	__attribute__((warn_unused_result));
/*
 * Is it the code of now, or of the step before or after, for clocks that
 * differ, and of a step behind last_step, so that none is good twice? *ret_step
 * is that step. In constant time.
 */
bool totp_accepts(const unsigned char secret[TOTP_SECRET_SIZE],
		  struct text code, int64_t now_ms, int64_t last_step,
		  int64_t *ret_step);
/* RFC 4648, in capitals, without padding: 5 bits a character. count is a
 * multiple of 5; text holds 8 / 5 of it, and a NUL. */
void base32_write(const unsigned char *bytes, size_t count, char *text);

#endif
