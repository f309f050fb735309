/*
 * source_listener.h - what rules on sources call a socket that listens:
 * "udp:192.0.2.1:5060", "tls:[2001:db8::1]:5061"; the address is the one that
 * was bound, a wildcard's as it is ("udp:0.0.0.0:5060").
 */
#ifndef SIPMOVED_SIP_SOURCE_LISTENER_H
#define SIPMOVED_SIP_SOURCE_LISTENER_H

#include "base/text.h"

/* transport: "udp", "tcp" or "tls". Writes nothing if the socket has no
 * address. */
void source_listener_write(int fd, struct text transport,
			   struct writer *writer);

#endif
