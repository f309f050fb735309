/*
 * stream_listener.h - a listening TCP socket of one worker, for plain SIP or
 * for TLS. Several workers share an address (SO_REUSEPORT); all connections
 * from one source go to one of them, since requests that belong together may
 * come over two connections (RFC 3261 17.2.3).
 */
#ifndef SIPMOVED_SIP_STREAM_LISTENER_H
#define SIPMOVED_SIP_STREAM_LISTENER_H

#include "sip/sip_server.h"

struct stream_listener {
	int fd; /* owned */
	int family;
	bool is_tls;
};

/*
 * Binds and listens. is_shared, ret_bound: as of udp_socket_open(). Errors:
 * EINVAL the host is no numeric address; EADDRINUSE, EACCES ...
 */
int stream_listener_open(const struct sip_listen *listen, bool is_shared,
			 struct stream_listener *ret_listener,
			 struct sip_listen *ret_bound)
	__attribute__((warn_unused_result));
void stream_listener_close(struct stream_listener *listener);
/* For the last opened of `workers` sockets on one address. Where it cannot,
 * the kernel spreads by the source's address and port. */
void stream_listener_steer(const struct stream_listener *listener,
			   unsigned workers);

#endif
