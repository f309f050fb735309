/*
 * Open addressing; slots hold 1 + an entry's index, at most half of them are
 * used.
 */
#include "db/source_index.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>

_Static_assert(sizeof(struct source_index_key) == 20, "has no padding");

/* --- making --- */

static size_t slots_needed(size_t count)
{
	size_t size = 2;

	while (size < 2 * count)
		size *= 2;
	return size;
}

/* An even number of slots of four bytes keeps what follows aligned. */
size_t source_index_bytes(size_t count)
{
	_Static_assert(alignof(struct source_index_entry) ==
			       2 * sizeof(uint32_t),
		       "two slots are aligned as an entry is");
	return count * sizeof(struct source_index_entry) +
	       slots_needed(count) * sizeof(uint32_t);
}

void source_index_init(struct source_index *index, const struct hash_key *key,
		       size_t count, void *memory)
{
	index->hash_key = *key;
	index->slot_mask = slots_needed(count) - 1;
	index->entries = memory;
	index->slots = (uint32_t *)(void *)(index->entries + count);
}

static struct source_index_key key_of(const struct ip_network *network,
				      unsigned listener)
{
	struct source_index_key key = {
		.bits = network->bits,
		.is_ipv4 = network->address.is_ipv4,
		.listener = (uint16_t)listener,
	};

	memcpy(key.bytes, network->address.bytes, sizeof(key.bytes));
	return key;
}

/* The slot that has the key, or the free one that it belongs in. */
static size_t slot_of(const struct source_index *index,
		      const struct source_index_key *key)
{
	size_t at = hash_text(&index->hash_key,
			      (struct text){ (const char *)key, sizeof(*key) });

	for (at &= index->slot_mask; index->slots[at];
	     at = (at + 1) & index->slot_mask)
		if (!memcmp(&index->entries[index->slots[at] - 1].key, key,
			    sizeof(*key)))
			break;
	return at;
}

struct source_index_entry *source_index_put(struct source_index *index,
					    const struct ip_network *network,
					    unsigned listener)
{
	struct source_index_key key = key_of(network, listener);
	size_t at = slot_of(index, &key);
	struct source_index_entry *entry;

	if (index->slots[at])
		return &index->entries[index->slots[at] - 1];
	entry = &index->entries[index->count++];
	entry->key = key;
	index->slots[at] = (uint32_t)index->count;
	index->lengths[key.is_ipv4].words[key.bits / 64] |= UINT64_C(1)
							    << key.bits % 64;
	return entry;
}

unsigned source_index_listener(const struct source_index *index,
			       struct text listener)
{
	for (size_t i = 0; i < index->listener_count; i++)
		if (text_equals(text_of(index->listeners[i]), listener))
			return (unsigned)i + 1;
	return SOURCE_INDEX_ANY_LISTENER;
}

int source_index_name(struct source_index *index, struct text listener,
		      unsigned *ret_number)
{
	unsigned number = source_index_listener(index, listener);

	if (listener.len > 0 && number == SOURCE_INDEX_ANY_LISTENER) {
		if (index->listener_count == SOURCE_INDEX_LISTENERS_MAX)
			return ENOSPC;
		text_copy(listener, index->listeners[index->listener_count],
			  SOURCE_LISTENER_SIZE);
		number = (unsigned)++index->listener_count;
	}
	*ret_number = number;
	return 0;
}

/* --- looking up --- */

/* The longest length in the set that is shorter than `below`; -1: none. */
static int next_length(const struct source_index_lengths *set, int below)
{
	for (int word = (below - 1) / 64; below > 0 && word >= 0; word--) {
		uint64_t bits = set->words[word];
		int top = below - word * 64;

		if (top < 64)
			bits &= (UINT64_C(1) << top) - 1;
		if (bits)
			return word * 64 + 63 - __builtin_clzll(bits);
	}
	return -1;
}

const struct source_index_entry *source_index_next(
	const struct source_index *index, unsigned listener,
	const struct ip_address *address, unsigned below)
{
	const struct source_index_lengths *set =
		&index->lengths[address->is_ipv4];
	int bits = (int)below;

	while ((bits = next_length(set, bits)) >= 0) {
		struct ip_network network =
			ip_address_prefix(address, (unsigned)bits);
		struct source_index_key key = key_of(&network, listener);
		uint32_t slot = index->slots[slot_of(index, &key)];

		if (slot)
			return &index->entries[slot - 1];
	}
	return NULL;
}

const struct source_index_entry *source_index_find(
	const struct source_index *index, unsigned listener,
	const struct ip_address *address)
{
	const struct source_index_entry *entry = NULL;

	if (listener != SOURCE_INDEX_ANY_LISTENER)
		entry = source_index_next(index, listener, address,
					  SOURCE_INDEX_ALL);
	if (!entry)
		entry = source_index_next(index, SOURCE_INDEX_ANY_LISTENER,
					  address, SOURCE_INDEX_ALL);
	return entry;
}
