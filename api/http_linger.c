#include "api/http_linger.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

void http_lingers_init(struct http_lingers *lingers)
{
	*lingers = (struct http_lingers){ .count = 0 };
	pthread_mutex_init(&lingers->lingers_lock, NULL);
}

void http_lingers_clear(struct http_lingers *lingers)
{
	while (lingers->count > 0)
		close(lingers->list[--lingers->count].fd);
	pthread_mutex_destroy(&lingers->lingers_lock);
}

void http_lingers_add(struct http_lingers *lingers, int fd, int64_t now_us)
{
	struct http_linger linger = { .until_us = now_us + LINGER_US };
	bool is_room;

	linger.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (linger.fd < 0)
		return;
	pthread_mutex_lock(&lingers->lingers_lock);
	is_room = lingers->count < LINGERS_MAX;
	if (is_room)
		lingers->list[lingers->count++] = linger;
	pthread_mutex_unlock(&lingers->lingers_lock);
	if (!is_room)
		close(linger.fd);
}

size_t http_lingers_poll(struct http_lingers *lingers, struct pollfd *polled)
{
	size_t count;

	pthread_mutex_lock(&lingers->lingers_lock);
	count = lingers->count;
	for (size_t i = 0; i < count; i++)
		polled[i] = (struct pollfd){ .fd = lingers->list[i].fd,
					     .events = POLLIN };
	pthread_mutex_unlock(&lingers->lingers_lock);
	return count;
}

/* False: it is over. */
static bool drain_one(struct http_linger *linger, int64_t now_us)
{
	char bytes[16384];
	ssize_t got;

	if (now_us >= linger->until_us)
		return false;
	while (linger->bytes < LINGER_BYTES_MAX) {
		got = recv(linger->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (got <= 0)
			return got < 0 && (errno == EAGAIN || errno == EINTR);
		linger->bytes += (size_t)got;
	}
	return false;
}

void http_lingers_drain(struct http_lingers *lingers, int64_t now_us)
{
	pthread_mutex_lock(&lingers->lingers_lock);
	for (size_t i = 0; i < lingers->count;) {
		if (drain_one(&lingers->list[i], now_us)) {
			i++;
			continue;
		}
		close(lingers->list[i].fd);
		lingers->list[i] = lingers->list[--lingers->count];
	}
	pthread_mutex_unlock(&lingers->lingers_lock);
}
