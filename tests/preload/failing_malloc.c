/*
 * failing_malloc.c - preloaded into a server under test: one allocation of one
 * thread fails. The file that FAILING_MALLOC names holds a struct control; the
 * test writes it, and reads back whether it came to that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

struct control {
	atomic_int after;  /* so many are let through; below 0: all */
	atomic_int failed; /* how many did not get what they asked for */
	char thread[16];   /* the name of the one that is counted */
};

static struct control *control;

/* glibc's own, by the names that it exports for whoever stands before it. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

__attribute__((constructor)) static void open_control(void)
{
	const char *path = getenv("FAILING_MALLOC");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *mapped = fd < 0 ? MAP_FAILED
			      : mmap(NULL, sizeof(*control),
				     PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (mapped == MAP_FAILED)
		abort();
	close(fd);
	control = mapped;
}

static int is_to_fail(void)
{
	char name[16] = "";

	if (!control || atomic_load(&control->after) < 0)
		return 0;
	prctl(PR_GET_NAME, name);
	if (strcmp(name, control->thread) != 0 ||
	    atomic_fetch_sub(&control->after, 1) != 0)
		return 0;
	atomic_fetch_add(&control->failed, 1);
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return is_to_fail() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return is_to_fail() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return is_to_fail() ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(old, bytes);
}
