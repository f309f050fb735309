/*
 * clock.h - the two clocks. Validity of moves is judged on the wall clock;
 * every time-out and timer runs on the monotonic one, so that a clock step
 * neither revives nor kills anything. Any thread.
 */
#ifndef SIPMOVED_BASE_CLOCK_H
#define SIPMOVED_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void);	   /* Unix milliseconds, UTC */
int64_t clock_wall_us(void);	   /* Unix microseconds, UTC */
int64_t clock_monotonic_us(void);  /* since some point in the past */
int64_t clock_thread_cpu_us(void); /* CPU the calling thread has used */

#endif
