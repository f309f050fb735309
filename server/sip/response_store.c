#include "sip/response_store.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sip/reserved_memory.h"

enum {
	CHUNK_SIZE = 65536,
	CLASSES = 3,
	NO_CHUNK = 0, /* chunks count from 1 */
	NO_BLOCK = 0xffff,
};

static const uint16_t block_sizes[CLASSES] = { 512, 1024,
					       RESPONSE_STORE_BLOCK_MAX };

/*
 * A chunk is free, full, or in its class's list of those with room. Blocks
 * given back form a list through their first two bytes; those from `fresh` on
 * were never used, and so never touched.
 */
struct chunk {
	uint32_t previous, next;
	uint16_t used; /* blocks */
	uint16_t fresh;
	uint16_t given_back; /* first of the list, or NO_BLOCK */
	uint8_t size_class;
};

struct response_store {
	char *arena;
	struct chunk *chunks; /* from 1 */
	uint32_t chunk_count;
	uint32_t fresh_chunk;	     /* never used from here on */
	uint32_t free_chunk;	     /* list through next */
	uint32_t with_room[CLASSES]; /* lists */
};

int response_store_new(size_t size_bytes, struct response_store **ret_store)
{
	struct response_store *store = calloc(1, sizeof(*store));
	size_t count = (size_bytes + CHUNK_SIZE - 1) / CHUNK_SIZE;

	if (!store)
		return ENOMEM;
	if (count < CLASSES)
		count = CLASSES;
	store->chunk_count = (uint32_t)count;
	store->fresh_chunk = 1;
	store->chunks = calloc(count + 1, sizeof(*store->chunks));
	store->arena = reserved_memory_new(count * CHUNK_SIZE);
	if (count > UINT32_MAX / 2 || !store->chunks || !store->arena) {
		response_store_free(store);
		return ENOMEM;
	}
	*ret_store = store;
	return 0;
}

void response_store_free(struct response_store *store)
{
	if (!store)
		return;
	free(store->chunks);
	reserved_memory_free(store->arena,
			     (size_t)store->chunk_count * CHUNK_SIZE);
	free(store);
}

static void list_push(struct response_store *store, uint32_t *list,
		      uint32_t index)
{
	struct chunk *chunk = &store->chunks[index];

	chunk->previous = NO_CHUNK;
	chunk->next = *list;
	if (*list != NO_CHUNK)
		store->chunks[*list].previous = index;
	*list = index;
}

static void list_remove(struct response_store *store, uint32_t *list,
			uint32_t index)
{
	const struct chunk *chunk = &store->chunks[index];

	if (chunk->previous != NO_CHUNK)
		store->chunks[chunk->previous].next = chunk->next;
	else
		*list = chunk->next;
	if (chunk->next != NO_CHUNK)
		store->chunks[chunk->next].previous = chunk->previous;
}

/* Gives the class one more chunk; false if none is left. */
static bool class_grow(struct response_store *store, unsigned size_class)
{
	uint32_t index = store->free_chunk;

	if (index != NO_CHUNK)
		store->free_chunk = store->chunks[index].next;
	else if (store->fresh_chunk <= store->chunk_count)
		index = store->fresh_chunk++;
	else
		return false;
	store->chunks[index] =
		(struct chunk){ .given_back = NO_BLOCK,
				.size_class = (uint8_t)size_class };
	list_push(store, &store->with_room[size_class], index);
	return true;
}

static char *block_at(const struct response_store *store, uint32_t index,
		      unsigned block)
{
	const struct chunk *chunk = &store->chunks[index];

	return store->arena + (size_t)(index - 1) * CHUNK_SIZE +
	       (size_t)block * block_sizes[chunk->size_class];
}

static bool chunk_is_full(const struct chunk *chunk)
{
	return (size_t)chunk->used * block_sizes[chunk->size_class] ==
	       CHUNK_SIZE;
}

char *response_store_take(struct response_store *store, size_t size)
{
	unsigned size_class = 0;
	struct chunk *chunk;
	uint32_t index;
	char *block;

	while (size_class < CLASSES && size > block_sizes[size_class])
		size_class++;
	if (size_class == CLASSES)
		return NULL;
	if (store->with_room[size_class] == NO_CHUNK &&
	    !class_grow(store, size_class))
		return NULL;
	index = store->with_room[size_class];
	chunk = &store->chunks[index];
	if (chunk->given_back != NO_BLOCK) {
		block = block_at(store, index, chunk->given_back);
		memcpy(&chunk->given_back, block, sizeof(chunk->given_back));
	} else {
		block = block_at(store, index, chunk->fresh++);
	}
	chunk->used++;
	if (chunk_is_full(chunk))
		list_remove(store, &store->with_room[size_class], index);
	return block;
}

void response_store_give_back(struct response_store *store, char *block)
{
	struct chunk *chunk;
	uint32_t index;
	size_t offset;

	if (!block)
		return;
	offset = (size_t)(block - store->arena);
	index = (uint32_t)(offset / CHUNK_SIZE) + 1;
	chunk = &store->chunks[index];
	if (chunk_is_full(chunk))
		list_push(store, &store->with_room[chunk->size_class], index);
	memcpy(block, &chunk->given_back, sizeof(chunk->given_back));
	chunk->given_back = (uint16_t)(offset % CHUNK_SIZE /
				       block_sizes[chunk->size_class]);
	if (--chunk->used > 0)
		return;
	list_remove(store, &store->with_room[chunk->size_class], index);
	chunk->next = store->free_chunk;
	store->free_chunk = index;
}
