/*
 * response_store.h - room for the answers that transactions repeat, without
 * malloc on the call path.
 *
 * One arena, cut into chunks of 64 KiB; a chunk in use holds blocks of one size
 * (512, 1024 or 2048 bytes) and goes back to the arena when its last block is
 * given back, so that a run of long answers leaves no trace. Memory is touched
 * only when it is used: an idle server's arena costs address space alone.
 * One thread.
 */
#ifndef SIPMOVED_SIP_RESPONSE_STORE_H
#define SIPMOVED_SIP_RESPONSE_STORE_H

#include <stddef.h>

enum {
	RESPONSE_STORE_BLOCK_MAX = 2048,
};

struct response_store;

/* size_bytes: rounded up to whole chunks, at least one of each size. */
int response_store_new(size_t size_bytes, struct response_store **ret_store)
	__attribute__((warn_unused_result));
void response_store_free(struct response_store *store); /* takes NULL */

/* NULL: the arena is full, or size is over RESPONSE_STORE_BLOCK_MAX. */
char *response_store_take(struct response_store *store, size_t size);
/* block: from take, of this store. Takes NULL. */
void response_store_give_back(struct response_store *store, char *block);

#endif
