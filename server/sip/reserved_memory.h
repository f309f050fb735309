/*
 * reserved_memory.h - large tables that cost memory only where they are used:
 * address space now, zeroed pages when they are first touched, and large pages
 * where the system has them, because tables are hit at random.
 */
#ifndef SIPMOVED_SIP_RESERVED_MEMORY_H
#define SIPMOVED_SIP_RESERVED_MEMORY_H

#include <stddef.h>

/* Zeroed, aligned to a page; NULL: no address space. size > 0. */
void *reserved_memory_new(size_t size);
/* size: as given to new. Takes NULL. */
void reserved_memory_free(void *memory, size_t size);

#endif
