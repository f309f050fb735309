/*
 * source_index.h - compiled for looking up what is said of sources: one keyed
 * hash over (listener, network), and which prefix lengths there are. A lookup
 * tries each length that is there, the longest first: at most as many steps as
 * an address has bits, whatever the number of networks.
 *
 * A part of a snapshot's section, in memory of that section. Inside db/ only;
 * immutable once filled.
 */
#ifndef SIPMOVED_DB_SOURCE_INDEX_H
#define SIPMOVED_DB_SOURCE_INDEX_H

#include "base/hash.h"
#include "base/ip_network.h"
#include "db/source_policy.h"

enum {
	SOURCE_INDEX_LISTENERS_MAX = 64, /* that are named */
	SOURCE_INDEX_ANY_LISTENER = 0,
	SOURCE_INDEX_ALL = IPV6_BITS + 1, /* longer than any prefix */
};

/* What is hashed, byte by byte; no padding. */
struct source_index_key {
	uint8_t bytes[16];
	uint8_t bits;
	uint8_t is_ipv4;
	uint16_t listener; /* its number */
};

struct source_index_entry {
	struct source_index_key key;
	int64_t value; /* the owner's; 0 at first */
};

/* Bit n of it: there is a network with a prefix of n bits. */
struct source_index_lengths {
	uint64_t words[3];
};

struct source_index {
	struct hash_key hash_key;
	struct source_index_lengths lengths[2]; /* by is_ipv4 */
	size_t count, listener_count;
	size_t slot_mask;
	struct source_index_entry *entries;
	uint32_t *slots;
	/* Number 1 is the first. */
	char listeners[SOURCE_INDEX_LISTENERS_MAX][SOURCE_LISTENER_SIZE];
};

/* Memory for so many networks; a multiple of what an entry is aligned to. */
size_t source_index_bytes(size_t count);
/* index: zeros; memory: source_index_bytes() zeros, aligned for an entry. */
void source_index_init(struct source_index *index, const struct hash_key *key,
		       size_t count, void *memory);
/* The number of a listener, canonical as in a rule; ANY_LISTENER if it is not
 * named. */
unsigned source_index_listener(const struct source_index *index,
			       struct text listener);
/* The same, named from now on; "" is any. ENOSPC: no server has so many
 * sockets. */
int source_index_name(struct source_index *index, struct text listener,
		      unsigned *ret_number) __attribute__((warn_unused_result));
/* The one of a network, a new one if there is none. */
struct source_index_entry *source_index_put(struct source_index *index,
					    const struct ip_network *network,
					    unsigned listener);
/* Of the networks that have the address: the longest whose prefix is shorter
 * than `below`, or NULL. Begin with SOURCE_INDEX_ALL. */
const struct source_index_entry *source_index_next(
	const struct source_index *index, unsigned listener,
	const struct ip_address *address, unsigned below);
/* The longest of all: of the listener's, or else of those for any. */
const struct source_index_entry *source_index_find(
	const struct source_index *index, unsigned listener,
	const struct ip_address *address);

#endif
