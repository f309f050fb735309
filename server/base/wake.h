/*
 * wake.h - an eventfd by which one thread wakes another that waits in epoll or
 * poll. Signals before the drain collapse into one. wake_signal() may be
 * called from any thread, and never blocks.
 */
#ifndef SIPMOVED_BASE_WAKE_H
#define SIPMOVED_BASE_WAKE_H

struct wake {
	int fd; /* readable while a signal is pending; owned */
};

int wake_init(struct wake *wake) __attribute__((warn_unused_result));
void wake_clear(struct wake *wake);
void wake_signal(const struct wake *wake);
/* Takes all pending signals. */
void wake_drain(const struct wake *wake);

#endif
