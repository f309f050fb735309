#include "api/watch.h"
#include "api/api_state.h"
#include "api/http_wire.h"
#include "base/clock.h"

void watch_init(struct watch *watch)
{
	*watch = (struct watch){ .first = NULL };
	atomic_init(&watch->count, 0);
	pthread_mutex_init(&watch->watch_lock, NULL);
}

void watch_clear(struct watch *watch)
{
	pthread_mutex_destroy(&watch->watch_lock);
}

enum watch_outcome watch_wait(struct exchange *exchange,
			      struct watch_waiter *waiter,
			      void (*resumed)(struct exchange *exchange))
{
	struct watch *watch = &exchange->api->watch;
	enum watch_outcome outcome = WATCH_WAITS;

	waiter->exchange = exchange;
	pthread_mutex_lock(&watch->watch_lock);
	if (watch->is_stopping || clock_monotonic_us() >= waiter->until_us) {
		outcome = WATCH_OVER;
	} else if (atomic_load(&watch->count) == WATCH_WAITERS_MAX) {
		outcome = WATCH_TOO_MANY;
	} else {
		/* Nobody can end it before it has begun: the lock is held. */
		exchange_begin_wait(exchange, resumed);
		waiter->next = watch->first;
		watch->first = waiter;
		atomic_fetch_add(&watch->count, 1);
	}
	pthread_mutex_unlock(&watch->watch_lock);
	return outcome;
}

bool watch_has_waiters(const struct watch *watch)
{
	return atomic_load(&watch->count) > 0;
}

/* Takes what is over out of the list, as a list. */
static struct watch_waiter *take_over(struct watch *watch, int64_t revision,
				      int64_t now_us)
{
	struct watch_waiter **at = &watch->first, *over = NULL;

	while (*at) {
		struct watch_waiter *waiter = *at;

		if (waiter->revision >= revision && waiter->until_us > now_us) {
			at = &waiter->next;
			continue;
		}
		*at = waiter->next;
		atomic_fetch_sub(&watch->count, 1);
		waiter->next = over;
		over = waiter;
	}
	return over;
}

/* Once an exchange goes on its state may be freed: next is read before. */
static void end_all(struct watch_waiter *waiter)
{
	while (waiter) {
		struct watch_waiter *next = waiter->next;

		exchange_end_wait(waiter->exchange);
		waiter = next;
	}
}

void watch_tick(struct watch *watch, int64_t revision, int64_t now_us)
{
	struct watch_waiter *over;

	pthread_mutex_lock(&watch->watch_lock);
	over = take_over(watch, revision, now_us);
	pthread_mutex_unlock(&watch->watch_lock);
	end_all(over);
}

void watch_stop(struct watch *watch)
{
	struct watch_waiter *over;

	pthread_mutex_lock(&watch->watch_lock);
	watch->is_stopping = true;
	over = take_over(watch, 0, INT64_MAX);
	pthread_mutex_unlock(&watch->watch_lock);
	end_all(over);
}
