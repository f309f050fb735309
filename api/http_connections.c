#include "api/http_connections.h"
#include "base/clock.h"
#include "base/text.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>

const struct http_limits http_limits_default = {
	.idle_us = 40000000,
	.head_us = 10000000,
	.body_grace_us = 10000000,
	.body_bytes_per_s = 1000,
	.answer_us = 60000000,
	.stop_us = 5000000,
};

bool http_peer_name(const struct sockaddr *address, char peer[HTTP_PEER_SIZE])
{
	bool is_local = address && address->sa_family == AF_UNIX;
	socklen_t len = address && address->sa_family == AF_INET6
				? sizeof(struct sockaddr_in6)
				: sizeof(struct sockaddr_in);

	if (is_local)
		text_copy(TEXT("unix"), peer, HTTP_PEER_SIZE);
	else if (!address || getnameinfo(address, len, peer, HTTP_PEER_SIZE,
					 NULL, 0, NI_NUMERICHOST) != 0)
		text_copy(TEXT("unknown"), peer, HTTP_PEER_SIZE);
	return is_local;
}

int http_connections_init(struct http_connections *connections)
{
	*connections = (struct http_connections){ 0 };
	return pthread_mutex_init(&connections->connections_lock, NULL);
}

void http_connections_clear(struct http_connections *connections)
{
	pthread_mutex_destroy(&connections->connections_lock);
}

struct http_connection *http_connections_add(
	struct http_connections *connections, int fd, const char *peer,
	bool is_local)
{
	struct http_connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->fd = fd;
	connection->is_local = is_local;
	connection->since_us = clock_monotonic_us();
	text_copy(text_of(peer), connection->peer, sizeof(connection->peer));
	pthread_mutex_lock(&connections->connections_lock);
	connection->next = connections->first;
	if (connection->next)
		connection->next->previous = connection;
	connections->first = connection;
	connections->count++;
	pthread_mutex_unlock(&connections->connections_lock);
	return connection;
}

void http_connections_remove(struct http_connections *connections,
			     struct http_connection *connection)
{
	if (!connection)
		return;
	pthread_mutex_lock(&connections->connections_lock);
	if (connection->next)
		connection->next->previous = connection->previous;
	if (connection->previous)
		connection->previous->next = connection->next;
	else
		connections->first = connection->next;
	connections->count--;
	pthread_mutex_unlock(&connections->connections_lock);
	free(connection);
}

void http_connections_enter(struct http_connections *connections,
			    struct http_connection *connection,
			    enum http_connection_state state)
{
	if (!connection)
		return;
	pthread_mutex_lock(&connections->connections_lock);
	connection->state = state;
	connection->since_us = clock_monotonic_us();
	connection->body_bytes = 0;
	pthread_mutex_unlock(&connections->connections_lock);
}

void http_connections_count_body(struct http_connections *connections,
				 struct http_connection *connection,
				 size_t bytes)
{
	if (!connection)
		return;
	pthread_mutex_lock(&connections->connections_lock);
	connection->body_bytes += bytes;
	pthread_mutex_unlock(&connections->connections_lock);
}

size_t http_connections_count_of(struct http_connections *connections,
				 const char *peer)
{
	size_t count = 0;

	pthread_mutex_lock(&connections->connections_lock);
	for (const struct http_connection *connection = connections->first;
	     connection; connection = connection->next)
		count += strcmp(connection->peer, peer) == 0;
	pthread_mutex_unlock(&connections->connections_lock);
	return count;
}

size_t http_connections_count(struct http_connections *connections)
{
	size_t count;

	pthread_mutex_lock(&connections->connections_lock);
	count = connections->count;
	pthread_mutex_unlock(&connections->connections_lock);
	return count;
}

uint64_t http_connections_cut(struct http_connections *connections)
{
	uint64_t cut;

	pthread_mutex_lock(&connections->connections_lock);
	cut = connections->cut;
	pthread_mutex_unlock(&connections->connections_lock);
	return cut;
}

static bool body_is_slow(const struct http_connection *connection,
			 const struct http_limits *limits, int64_t age_us)
{
	int64_t due = age_us * limits->body_bytes_per_s / 1000000;

	return age_us > limits->body_grace_us &&
	       connection->body_bytes < (uint64_t)due;
}

static bool is_late(const struct http_connection *connection,
		    const struct http_limits *limits, int64_t now_us)
{
	int64_t age_us = now_us - connection->since_us;

	switch (connection->state) {
	case HTTP_CONNECTION_IDLE:
		return age_us > limits->idle_us;
	case HTTP_CONNECTION_HEAD:
		return age_us > limits->head_us;
	case HTTP_CONNECTION_BODY:
		return body_is_slow(connection, limits, age_us);
	case HTTP_CONNECTION_ANSWER:
		return age_us > limits->answer_us;
	case HTTP_CONNECTION_HANDLING:
		break;
	}
	return false;
}

void http_connections_sweep(struct http_connections *connections,
			    const struct http_limits *limits, int64_t now_us)
{
	pthread_mutex_lock(&connections->connections_lock);
	for (struct http_connection *connection = connections->first;
	     connection; connection = connection->next)
		if (is_late(connection, limits, now_us)) {
			shutdown(connection->fd, SHUT_RDWR);
			/* Once; the library closes it when it sees the end. */
			connection->state = HTTP_CONNECTION_HANDLING;
			connections->cut++;
		}
	pthread_mutex_unlock(&connections->connections_lock);
}

void http_connections_shut(struct http_connections *connections, bool all)
{
	pthread_mutex_lock(&connections->connections_lock);
	for (struct http_connection *connection = connections->first;
	     connection; connection = connection->next)
		if (all || connection->state == HTTP_CONNECTION_IDLE)
			shutdown(connection->fd, SHUT_RDWR);
	pthread_mutex_unlock(&connections->connections_lock);
}
