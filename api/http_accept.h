/*
 * http_accept.h - the listening sockets and their thread, "accept": it hands
 * connections to the listener, lets only root and our own user in at the local
 * socket, sweeps slow connections, and adopts snapshots while the "http" thread
 * sleeps.
 */
#ifndef SIPMOVED_API_HTTP_ACCEPT_H
#define SIPMOVED_API_HTTP_ACCEPT_H

#include "api/api_state.h"

/* Binds all of api->config; *ret_failed as api_start(). */
int http_accept_open(struct api *api, struct http_accept **ret_accept,
		     const struct api_listen **ret_failed)
	__attribute__((warn_unused_result));
int http_accept_start(struct http_accept *accept)
	__attribute__((warn_unused_result));
/* With the port that was really bound. */
struct api_listen http_accept_address(const struct http_accept *accept,
				      size_t index);
/* Makes the thread look at its other work at once. */
void http_accept_wake(struct http_accept *accept);
/* No new connections from now on; the thread goes on with its other work. */
void http_accept_shut(struct http_accept *accept);
/* Joins the thread, closes and frees. Takes NULL. */
void http_accept_stop(struct http_accept *accept);

#endif
