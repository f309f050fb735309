#include "api/http_accept.h"
#include "api/http_listener.h"
#include "api/http_stream.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	SOCKETS_MAX = API_LISTENS_MAX + 1, /* the last is the local one */
	LOCAL = API_LISTENS_MAX,
	BACKLOG = 1024,
	TICK_MS = 250,	   /* between two sweeps */
	BATCH = 64,	   /* accepted before the other work has its turn */
	PAUSE_US = 200000, /* when we are out of descriptors */
};

struct http_accept {
	struct api *api;
	int sockets[SOCKETS_MAX]; /* -1: none */
	struct wake wake;
	pthread_t thread;
	bool is_started;
	atomic_bool is_shut, is_stopping;
	int64_t paused_until_us;
};

/* --- sockets -------------------------------------------------------------- */

static int bind_address(const struct addrinfo *address, int *ret_fd)
{
	const int on = 1;
	int err = 0;
	int fd = socket(address->ai_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, address->ai_addr, address->ai_addrlen) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		err = errno;
		close(fd);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

static int open_tcp(const struct api_listen *listen_on, int *ret_fd)
{
	const struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct text host = text_of(listen_on->host);
	struct addrinfo *found = NULL;
	char name[64], port[8];
	int err;

	if (host.len >= 2 && host.ptr[0] == '[' &&
	    host.ptr[host.len - 1] == ']')
		host = (struct text){ host.ptr + 1, host.len - 2 };
	text_copy(host, name, sizeof(name));
	snprintf(port, sizeof(port), "%u", listen_on->port);
	if (getaddrinfo(name, port, &hints, &found) != 0)
		return EADDRNOTAVAIL;
	err = bind_address(found, ret_fd);
	freeaddrinfo(found);
	return err;
}

/* The data folder is locked, so a socket that lies there is a dead one's. */
static int open_local(const char *path, int *ret_fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, err = 0;

	if (!text_copy(text_of(path), address.sun_path,
		       sizeof(address.sun_path)))
		return ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	unlink(path);
	/* Before bind, so that it is never open to others. */
	if (fchmod(fd, S_IRUSR | S_IWUSR) != 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		err = errno;
		close(fd);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

static void close_sockets(struct http_accept *accept)
{
	if (accept->sockets[LOCAL] >= 0)
		unlink(accept->api->config.socket_path);
	for (size_t i = 0; i < SOCKETS_MAX; i++) {
		if (accept->sockets[i] >= 0)
			close(accept->sockets[i]);
		accept->sockets[i] = -1;
	}
}

static int open_sockets(struct http_accept *accept,
			const struct api_listen **ret_failed)
{
	const struct api_config *config = &accept->api->config;
	int err = 0;

	for (size_t i = 0; i < config->listen_count && !err; i++) {
		*ret_failed = &config->listens[i];
		err = open_tcp(&config->listens[i], &accept->sockets[i]);
	}
	if (!err && config->socket_path) {
		*ret_failed = NULL;
		err = open_local(config->socket_path, &accept->sockets[LOCAL]);
	}
	return err;
}

int http_accept_open(struct api *api, struct http_accept **ret_accept,
		     const struct api_listen **ret_failed)
{
	struct http_accept *accept = calloc(1, sizeof(*accept));
	int err;

	if (!accept)
		return ENOMEM;
	accept->api = api;
	for (size_t i = 0; i < SOCKETS_MAX; i++)
		accept->sockets[i] = -1;
	err = wake_init(&accept->wake);
	if (err) {
		free(accept);
		return err;
	}
	err = open_sockets(accept, ret_failed);
	if (err)
		http_accept_stop(accept);
	else
		*ret_accept = accept;
	return err;
}

struct api_listen http_accept_address(const struct http_accept *accept,
				      size_t index)
{
	struct api_listen listen_on = accept->api->config.listens[index];
	/* The port of an IPv4 address lies at the same place. */
	struct sockaddr_in6 address = { .sin6_port = 0 };
	socklen_t len = sizeof(address);

	if (getsockname(accept->sockets[index], (struct sockaddr *)&address,
			&len) == 0)
		listen_on.port = ntohs(address.sin6_port);
	return listen_on;
}

/* --- the thread ----------------------------------------------------------- */

static bool peer_is_trusted(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return false;
	return peer.uid == 0 || peer.uid == geteuid();
}

/* False: nothing waits there any more. */
static bool accept_one(struct http_accept *accept, size_t index)
{
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(address);
	const int on = 1;
	int fd = accept4(accept->sockets[index], (struct sockaddr *)&address,
			 &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM)
			accept->paused_until_us =
				clock_monotonic_us() + PAUSE_US;
		return errno == EINTR || errno == ECONNABORTED;
	}
	if (index != LOCAL) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	} else if (!peer_is_trusted(fd)) {
		close(fd);
		return true;
	} else {
		/* A peer that did not bind has no address but its family. */
		address = (struct sockaddr_storage){ .ss_family = AF_UNIX };
		len = sizeof(struct sockaddr_un);
	}
	http_listener_add(accept->api->listener, fd,
			  (const struct sockaddr *)&address, len);
	return true;
}

static void accept_some(struct http_accept *accept, size_t index)
{
	for (int i = 0; i < BATCH; i++)
		if (!accept_one(accept, index))
			break;
}

static void poll_once(struct http_accept *accept)
{
	struct pollfd polled[SOCKETS_MAX + 1 + LINGERS_MAX];
	struct http_lingers *lingers = &accept->api->lingers;
	size_t count = SOCKETS_MAX + 1;
	bool paused = clock_monotonic_us() < accept->paused_until_us;

	for (size_t i = 0; i < SOCKETS_MAX; i++)
		polled[i] = (struct pollfd){
			.fd = paused ? -1 : accept->sockets[i],
			.events = POLLIN,
		};
	polled[SOCKETS_MAX] =
		(struct pollfd){ .fd = accept->wake.fd, .events = POLLIN };
	count += http_lingers_poll(lingers, &polled[SOCKETS_MAX + 1]);
	if (poll(polled, count, TICK_MS) <= 0)
		return;
	if (polled[SOCKETS_MAX].revents)
		wake_drain(&accept->wake);
	for (size_t i = 0; i < SOCKETS_MAX; i++)
		if (polled[i].revents)
			accept_some(accept, i);
}

static void *run(void *arg)
{
	struct http_accept *accept = arg;
	struct api *api = accept->api;

	pthread_setname_np(pthread_self(), "accept");
	while (!atomic_load(&accept->is_stopping)) {
		poll_once(accept);
		if (atomic_load(&accept->is_shut))
			close_sockets(accept);
		http_lingers_drain(&api->lingers, clock_monotonic_us());
		watch_tick(&api->watch, api_adopt_snapshot(api),
			   clock_monotonic_us());
		http_connections_sweep(&api->connections, &api->limits,
				       clock_monotonic_us());
		http_stream_tick(api, clock_monotonic_us());
	}
	return NULL;
}

int http_accept_start(struct http_accept *accept)
{
	int err = pthread_create(&accept->thread, NULL, run, accept);

	accept->is_started = !err;
	return err;
}

void http_accept_wake(struct http_accept *accept)
{
	wake_signal(&accept->wake);
}

void http_accept_shut(struct http_accept *accept)
{
	atomic_store(&accept->is_shut, true);
	wake_signal(&accept->wake);
}

void http_accept_stop(struct http_accept *accept)
{
	if (!accept)
		return;
	atomic_store(&accept->is_stopping, true);
	wake_signal(&accept->wake);
	if (accept->is_started)
		pthread_join(accept->thread, NULL);
	close_sockets(accept);
	wake_clear(&accept->wake);
	free(accept);
}
