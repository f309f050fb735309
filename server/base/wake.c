#include "base/wake.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int wake_init(struct wake *wake)
{
	wake->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return wake->fd < 0 ? errno : 0;
}

void wake_clear(struct wake *wake)
{
	if (wake->fd >= 0)
		close(wake->fd);
	wake->fd = -1;
}

void wake_signal(const struct wake *wake)
{
	uint64_t one = 1;

	/* EAGAIN means 2^64-2 signals are pending: it is awake already. */
	(void)!write(wake->fd, &one, sizeof(one));
}

void wake_drain(const struct wake *wake)
{
	uint64_t count;

	/* EAGAIN means that no signal was pending. */
	(void)!read(wake->fd, &count, sizeof(count));
}
