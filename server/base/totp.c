#include "base/totp.h"

#include <stdio.h>
#include <string.h>
#include <sodium.h>

#include "base/digest_hash.h"

enum {
	MODULUS = 1000000,
	WINDOW = 1, /* steps to both sides */
};

int totp_code(const unsigned char secret[TOTP_SECRET_SIZE], int64_t step,
	      char ret_code[TOTP_DIGITS + 1])
{
	unsigned char counter[8], mac[HMAC_SHA1_SIZE];
	unsigned at, value;
	int err;

	for (size_t i = 0; i < sizeof(counter); i++)
		counter[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
	err = hmac_sha1((struct text){ (const char *)secret, TOTP_SECRET_SIZE },
			(struct text){ (const char *)counter, sizeof(counter) },
			mac);
	if (err)
		return err;
	/* RFC 4226 5.3: where the last four bits say, 31 bits. */
	at = mac[sizeof(mac) - 1] & 15;
	value = (mac[at] & 0x7fU) << 24 | (unsigned)mac[at + 1] << 16 |
		(unsigned)mac[at + 2] << 8 | mac[at + 3];
	snprintf(ret_code, TOTP_DIGITS + 1, "%06u", value % MODULUS);
	return 0;
}

bool totp_accepts(const unsigned char secret[TOTP_SECRET_SIZE],
		  struct text code, int64_t now_ms, int64_t last_step,
		  int64_t *ret_step)
{
	int64_t now = now_ms / TOTP_STEP_MS;
	bool is_accepted = false;

	if (code.len != TOTP_DIGITS)
		return false;
	for (int64_t step = now - WINDOW; step <= now + WINDOW; step++) {
		char expected[TOTP_DIGITS + 1];

		if (totp_code(secret, step, expected) == 0 &&
		    sodium_memcmp(expected, code.ptr, TOTP_DIGITS) == 0 &&
		    step > last_step) {
			is_accepted = true;
			*ret_step = step;
		}
	}
	return is_accepted;
}

void base32_write(const unsigned char *bytes, size_t count, char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < count; i++) {
		bits = (bits << 8 | bytes[i]) & 0xfff;
		held += 8;
		while (held >= 5) {
			held -= 5;
			*text++ = digits[bits >> held & 31];
		}
	}
	*text = '\0';
}
