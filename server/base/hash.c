#include "base/hash.h"

#include <string.h>
#include <sodium.h>

_Static_assert(sizeof(((struct hash_key *)0)->bytes) ==
		       crypto_shorthash_KEYBYTES,
	       "SipHash-2-4 has a key of 16 bytes");
_Static_assert(sizeof(uint64_t) == crypto_shorthash_BYTES,
	       "SipHash-2-4 gives 64 bits");

void hash_key_init(struct hash_key *key)
{
	randombytes_buf(key->bytes, sizeof(key->bytes));
}

uint64_t hash_text(const struct hash_key *key, struct text text)
{
	unsigned char bytes[crypto_shorthash_BYTES];
	uint64_t value;

	crypto_shorthash(bytes, (const unsigned char *)text.ptr, text.len,
			 key->bytes);
	memcpy(&value, bytes, sizeof(value));
	return value;
}
