/*
 * watch.h - requests that wait for the next change (a long poll): suspended
 * until a newer snapshot is published, their time is over, or the server stops.
 *
 * Begun on the "http" thread, ended on the "accept" thread, which looks at
 * every tick and when a change was made.
 */
#ifndef SIPMOVED_API_WATCH_H
#define SIPMOVED_API_WATCH_H

#include "api/http_exchange.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
	WATCH_WAITERS_MAX = 64,
	WATCH_WAIT_MAX_S = 60,
};

/* Part of the state of an exchange, which it must not outlive. */
struct watch_waiter {
	struct exchange *exchange;
	int64_t revision; /* what is newer is a change */
	int64_t until_us;
	struct watch_waiter *next;
};

struct watch {
	pthread_mutex_t watch_lock;
	struct watch_waiter *first;
	bool is_stopping;
	/* Read without the lock, by whoever has just made a change; one who is
	 * overlooked is found by the next tick. */
	atomic_size_t count;
};

void watch_init(struct watch *watch);
void watch_clear(struct watch *watch);

enum watch_outcome {
	WATCH_WAITS,	/* `resumed` will run */
	WATCH_OVER,	/* its time is over, or the server stops */
	WATCH_TOO_MANY, /* others wait already */
};
/* waiter: revision and until_us are set. */
enum watch_outcome watch_wait(struct exchange *exchange,
			      struct watch_waiter *waiter,
			      void (*resumed)(struct exchange *exchange));
bool watch_has_waiters(const struct watch *watch);
/* Ends those for whom the revision is news, and those whose time is over. */
void watch_tick(struct watch *watch, int64_t revision, int64_t now_us);
/* Ends all; nobody waits any more. */
void watch_stop(struct watch *watch);

#endif
