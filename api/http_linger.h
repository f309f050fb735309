/*
 * http_linger.h - connections that were closed while their client was still
 * sending: what comes is read and dropped for a little while. Without that the
 * kernel answers it with a reset, and the client may lose the answer that says
 * why (RFC 9112 9.6).
 *
 * Taken over on the "http" thread, drained on the "accept" thread.
 */
#ifndef SIPMOVED_API_HTTP_LINGER_H
#define SIPMOVED_API_HTTP_LINGER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pollfd;

enum {
	LINGERS_MAX = 32, /* more are closed at once */
	LINGER_US = 2000000,
	LINGER_BYTES_MAX = 16 << 20,
};

struct http_linger {
	int fd; /* of our own */
	int64_t until_us;
	size_t bytes;
};

struct http_lingers {
	pthread_mutex_t lingers_lock;
	struct http_linger list[LINGERS_MAX];
	size_t count;
};

void http_lingers_init(struct http_lingers *lingers);
void http_lingers_clear(struct http_lingers *lingers); /* closes all */
/* The descriptor is duplicated: its owner shuts and closes it as ever. */
void http_lingers_add(struct http_lingers *lingers, int fd, int64_t now_us);
/* Fills at most LINGERS_MAX; how many. */
size_t http_lingers_poll(struct http_lingers *lingers, struct pollfd *polled);
/* Reads what has come, and closes what is over. */
void http_lingers_drain(struct http_lingers *lingers, int64_t now_us);

#endif
