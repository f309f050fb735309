#include "sip/digest_nonce.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

enum {
	TIME_SIZE = 6,
	SERIAL_SIZE = 6,
	NAME_SIZE = TIME_SIZE + SERIAL_SIZE,
	MAC_SIZE = 12,
	NONCE_SIZE = NAME_SIZE + MAC_SIZE,
	WORKER_SHIFT = 40, /* of the serial number */
	ROWS = 4096,
	SLOTS = 4, /* of a row */
	WINDOW = 64,
};

_Static_assert(DIGEST_NONCE_LEN == NONCE_SIZE / 3 * 4,
	       "base64 makes four characters of three bytes");

struct slot {
	unsigned char name[NAME_SIZE]; /* all zero: free */
	uint32_t highest;
	uint64_t seen; /* bit i: highest - i was used */
};

struct digest_nonces {
	struct hash_key secret;
	uint64_t serial; /* the highest byte is the worker */
	struct slot slots[ROWS][SLOTS];
};

int digest_nonces_new(const struct hash_key *secret, unsigned worker,
		      struct digest_nonces **ret_nonces)
{
	struct digest_nonces *nonces = calloc(1, sizeof(*nonces));

	if (!nonces)
		return ENOMEM;
	nonces->secret = *secret;
	nonces->serial = (uint64_t)worker << WORKER_SHIFT;
	*ret_nonces = nonces;
	return 0;
}

void digest_nonces_free(struct digest_nonces *nonces)
{
	free(nonces);
}

static void put_number(unsigned char *bytes, size_t size, uint64_t number)
{
	for (size_t i = size; i > 0; i--, number >>= 8)
		bytes[i - 1] = (unsigned char)number;
}

static uint64_t read_number(const unsigned char *bytes, size_t size)
{
	uint64_t number = 0;

	for (size_t i = 0; i < size; i++)
		number = number << 8 | bytes[i];
	return number;
}

/* The lengths of what varies come first, so that no two inputs are one. */
static void make_mac(const struct digest_nonces *nonces,
		     const struct digest_nonce_scope *scope,
		     const unsigned char name[NAME_SIZE],
		     unsigned char mac[MAC_SIZE])
{
	static const char purpose[] = "digest nonce";
	unsigned char full[crypto_generichash_BYTES_MIN];
	const uint64_t lengths[] = { scope->realm.len, scope->source.len };
	crypto_generichash_state state;

	_Static_assert(sizeof(nonces->secret.bytes) >=
			       crypto_generichash_KEYBYTES_MIN,
		       "BLAKE2b takes a key of 16 bytes");
	crypto_generichash_init(&state, nonces->secret.bytes,
				sizeof(nonces->secret.bytes), sizeof(full));
	crypto_generichash_update(&state, (const unsigned char *)purpose,
				  sizeof(purpose));
	crypto_generichash_update(&state, name, NAME_SIZE);
	crypto_generichash_update(&state, (const unsigned char *)lengths,
				  sizeof(lengths));
	crypto_generichash_update(&state,
				  (const unsigned char *)scope->realm.ptr,
				  scope->realm.len);
	crypto_generichash_update(&state,
				  (const unsigned char *)scope->source.ptr,
				  scope->source.len);
	crypto_generichash_final(&state, full, sizeof(full));
	memcpy(mac, full, MAC_SIZE);
}

void digest_nonce_make(struct digest_nonces *nonces,
		       const struct digest_nonce_scope *scope, int64_t now_ms,
		       char ret_nonce[DIGEST_NONCE_LEN])
{
	unsigned char bytes[NONCE_SIZE];
	char text[DIGEST_NONCE_LEN + 1];

	put_number(bytes, TIME_SIZE, (uint64_t)now_ms);
	put_number(bytes + TIME_SIZE, SERIAL_SIZE, ++nonces->serial);
	make_mac(nonces, scope, bytes, bytes + NAME_SIZE);
	sodium_bin2base64(text, sizeof(text), bytes, sizeof(bytes),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	memcpy(ret_nonce, text, DIGEST_NONCE_LEN);
}

static bool read_bytes(struct text nonce, unsigned char bytes[NONCE_SIZE])
{
	size_t size;

	return nonce.len == DIGEST_NONCE_LEN &&
	       !sodium_base642bin(bytes, NONCE_SIZE, nonce.ptr, nonce.len, NULL,
				  &size, NULL,
				  sodium_base64_VARIANT_URLSAFE_NO_PADDING) &&
	       size == NONCE_SIZE;
}

bool digest_nonce_is_fresh(const struct digest_nonces *nonces,
			   const struct digest_nonce_scope *scope,
			   struct text nonce, int64_t now_ms,
			   int64_t lifetime_ms)
{
	unsigned char bytes[NONCE_SIZE];
	unsigned char mac[MAC_SIZE];

	if (!read_bytes(nonce, bytes))
		return false;
	make_mac(nonces, scope, bytes, mac);
	if (sodium_memcmp(mac, bytes + NAME_SIZE, MAC_SIZE) != 0)
		return false;
	/* Nobody but the worker that made it sees every use of it. */
	if (read_number(bytes + TIME_SIZE, SERIAL_SIZE) >> WORKER_SHIFT !=
	    nonces->serial >> WORKER_SHIFT)
		return false;
	return now_ms - (int64_t)read_number(bytes, TIME_SIZE) <= lifetime_ms;
}

/* The slot of a nonce: its own, or one that it may have. Names begin with the
 * time of their making, so they compare by age; a free one is the oldest. */
static struct slot *slot_of(struct slot row[SLOTS],
			    const unsigned char name[NAME_SIZE])
{
	struct slot *oldest = &row[0];

	for (size_t i = 0; i < SLOTS; i++) {
		if (!memcmp(row[i].name, name, NAME_SIZE))
			return &row[i];
		if (memcmp(row[i].name, oldest->name, NAME_SIZE) < 0)
			oldest = &row[i];
	}
	return oldest;
}

bool digest_nonce_use(struct digest_nonces *nonces, struct text nonce,
		      uint32_t count)
{
	unsigned char bytes[NONCE_SIZE];
	struct slot *slot;
	uint32_t behind;

	if (!read_bytes(nonce, bytes))
		return false;
	/* The code is a keyed hash already. */
	slot = slot_of(nonces->slots[read_number(bytes + NAME_SIZE, 4) % ROWS],
		       bytes);
	/* Older than all that the row remembers: it may have been used, and
	 * pushed out since. */
	if (memcmp(slot->name, bytes, NAME_SIZE) > 0)
		return false;
	if (memcmp(slot->name, bytes, NAME_SIZE) != 0) {
		memcpy(slot->name, bytes, NAME_SIZE);
		slot->highest = count;
		slot->seen = 1;
		return true;
	}
	if (count > slot->highest) {
		uint32_t ahead = count - slot->highest;

		slot->seen = ahead < WINDOW ? slot->seen << ahead : 0;
		slot->seen |= 1;
		slot->highest = count;
		return true;
	}
	behind = slot->highest - count;
	if (behind >= WINDOW || slot->seen >> behind & 1)
		return false;
	slot->seen |= UINT64_C(1) << behind;
	return true;
}
