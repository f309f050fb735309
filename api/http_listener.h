/*
 * http_listener.h - the library's daemon: one polling thread, "http", that owns
 * every connection the accept thread hands it. With http_exchange.c the only
 * file that knows <microhttpd.h>.
 */
#ifndef SIPMOVED_API_HTTP_LISTENER_H
#define SIPMOVED_API_HTTP_LISTENER_H

#include "api/api_state.h"

#include <sys/socket.h>

int http_listener_start(struct api *api, struct http_listener **ret_listener)
	__attribute__((warn_unused_result));
/* "accept" thread. Takes the descriptor over, also when it fails. */
void http_listener_add(struct http_listener *listener, int fd,
		       const struct sockaddr *address, socklen_t address_len);
/* Every connection must be gone or shut, none suspended. Takes NULL. */
void http_listener_stop(struct http_listener *listener);

#endif
