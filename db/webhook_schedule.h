/*
 * webhook_schedule.h - how long after a failure a delivery is tried again, try
 * by try. A plain value. Any thread.
 */
#ifndef SIPMOVED_DB_WEBHOOK_SCHEDULE_H
#define SIPMOVED_DB_WEBHOOK_SCHEDULE_H

#include "base/text.h"

enum {
	WEBHOOK_TRIES_MAX = 20,
	WEBHOOK_JITTER_PERCENT = 20,
};

struct webhook_schedule {
	int64_t delays_ms[WEBHOOK_TRIES_MAX]; /* before each try */
	size_t count;			      /* at least 1 */
};

/*
 * "0 5s 5m 30m 2h": numbers with ms, s, m, h or d (0 needs none), each at most
 * 48 hours. NULL, or what is wrong.
 */
const char *webhook_schedule_parse(struct text text,
				   struct webhook_schedule *ret_schedule);
/*
 * How long to wait before a try: the first is number 0. random: any number; it
 * moves the delay by up to 20 % either way, so that what failed together is not
 * tried again together. -1: there is no such try.
 */
int64_t webhook_schedule_delay(const struct webhook_schedule *schedule,
			       size_t number, uint32_t random);

#endif
