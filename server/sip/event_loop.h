/*
 * event_loop.h - libre's loop, one a thread: what a worker needs of it, and
 * where the names of libre's SIP stack do not meet ours.
 *
 * libre's timers are not used: they are one sorted list, on the wall clock.
 * All calls from the thread that opened the loop.
 */
#ifndef SIPMOVED_SIP_EVENT_LOOP_H
#define SIPMOVED_SIP_EVENT_LOOP_H

/* flags: of no use here. */
typedef void (*event_loop_fn)(int flags, void *arg);

/* highest_fd: the loop's table is indexed by file descriptor. */
int event_loop_open(int highest_fd) __attribute__((warn_unused_result));
void event_loop_close(void);

/* Calls when the descriptor is readable, again and again until it is not. */
int event_loop_listen(int fd, event_loop_fn readable, void *arg)
	__attribute__((warn_unused_result));
void event_loop_forget(int fd);

/* Returns 0 after event_loop_stop(), which a handler calls. */
int event_loop_run(void) __attribute__((warn_unused_result));
void event_loop_stop(void);

#endif
