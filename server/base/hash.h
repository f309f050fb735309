/*
 * hash.h - keyed SipHash-2-4: tables filled with bytes from the network are
 * indexed by it, so that nobody outside can make two keys collide on purpose.
 * The key is random per process. Needs hash_key_init() once at start.
 */
#ifndef SIPMOVED_BASE_HASH_H
#define SIPMOVED_BASE_HASH_H

#include "base/text.h"

struct hash_key {
	unsigned char bytes[16];
};

/* Random bytes from the kernel; cannot fail after sodium_init(). */
void hash_key_init(struct hash_key *key);
uint64_t hash_text(const struct hash_key *key, struct text text);

#endif
