/*
 * http_connections.h - the open HTTP connections and how long each may take.
 * libmicrohttpd's own time-out begins anew with every byte, so that one byte a
 * second would hold a connection for ever; a sweep cuts those.
 *
 * Added and removed on the "http" thread, swept on the "accept" thread; all
 * under `connections_lock`, so that a descriptor is never cut after it was
 * closed.
 */
#ifndef SIPMOVED_API_HTTP_CONNECTIONS_H
#define SIPMOVED_API_HTTP_CONNECTIONS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr;

struct http_limits {
	int64_t idle_us;       /* between two requests, or before the first */
	int64_t head_us;       /* request line to the end of the head */
	int64_t body_grace_us; /* then the body must have a rate: */
	int64_t body_bytes_per_s;
	int64_t answer_us; /* to send the answer */
	int64_t stop_us;   /* api_stop waits so long for requests under way */
};
extern const struct http_limits http_limits_default;

enum http_connection_state {
	HTTP_CONNECTION_IDLE,
	HTTP_CONNECTION_HEAD,
	HTTP_CONNECTION_BODY,
	HTTP_CONNECTION_HANDLING, /* jobs have deadlines of their own */
	HTTP_CONNECTION_ANSWER,
};

enum {
	HTTP_PEER_SIZE = 64,
};

struct http_connection {
	int fd; /* the library's */
	bool is_local;
	bool lingers; /* its client may still be sending when it is closed */
	char peer[HTTP_PEER_SIZE];
	enum http_connection_state state;
	int64_t since_us; /* when the state began */
	uint64_t body_bytes;
	struct http_connection *next, *previous;
};

struct http_connections {
	pthread_mutex_t connections_lock;
	struct http_connection *first;
	size_t count;
	uint64_t cut; /* by the sweep */
};

/* "192.0.2.1"; "unix" of the local socket, and then true; "unknown". */
bool http_peer_name(const struct sockaddr *address, char peer[HTTP_PEER_SIZE]);

int http_connections_init(struct http_connections *connections);
void http_connections_clear(struct http_connections *connections);
/* NULL for want of memory. */
struct http_connection *http_connections_add(
	struct http_connections *connections, int fd, const char *peer,
	bool is_local);
/* Before the descriptor is closed. Takes NULL. */
void http_connections_remove(struct http_connections *connections,
			     struct http_connection *connection);
void http_connections_enter(struct http_connections *connections,
			    struct http_connection *connection,
			    enum http_connection_state state);
void http_connections_count_body(struct http_connections *connections,
				 struct http_connection *connection,
				 size_t bytes);
/* Of that peer. */
size_t http_connections_count_of(struct http_connections *connections,
				 const char *peer);
size_t http_connections_count(struct http_connections *connections);
uint64_t http_connections_cut(struct http_connections *connections);
/* Shuts down what is past its time. */
void http_connections_sweep(struct http_connections *connections,
			    const struct http_limits *limits, int64_t now_us);
/* Shuts down those between two requests; with all, every one. */
void http_connections_shut(struct http_connections *connections, bool all);

#endif
