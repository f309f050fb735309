#include "sip/reserved_memory.h"

#include <sys/mman.h>

enum {
	/* Smaller ones would only round an idle server's memory up. */
	LARGE_PAGES_FROM = 1 << 20,
};

void *reserved_memory_new(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	/* A wish: without it the table is as right, only slower. */
	if (size >= LARGE_PAGES_FROM)
		(void)madvise(memory, size, MADV_HUGEPAGE);
	return memory;
}

void reserved_memory_free(void *memory, size_t size)
{
	if (memory)
		munmap(memory, size);
}
