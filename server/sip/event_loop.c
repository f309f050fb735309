#include "sip/event_loop.h"

#include <re.h>

int event_loop_open(int highest_fd)
{
	int err = re_thread_init();

	if (err)
		return err;
	err = fd_setsize(highest_fd + 1);
	if (err)
		re_thread_close();
	return err;
}

void event_loop_close(void)
{
	re_thread_close();
}

int event_loop_listen(int fd, event_loop_fn readable, void *arg)
{
	return fd_listen(fd, FD_READ, readable, arg);
}

void event_loop_forget(int fd)
{
	fd_close(fd);
}

int event_loop_run(void)
{
	/* No signal handler: signals are blocked in this thread. */
	return re_main(NULL);
}

void event_loop_stop(void)
{
	re_cancel();
}
