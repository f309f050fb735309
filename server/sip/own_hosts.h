/*
 * own_hosts.h - the hosts that mean this server itself: the addresses it
 * listens on; for a wildcard, those of all interfaces at start.
 */
#ifndef SIPMOVED_SIP_OWN_HOSTS_H
#define SIPMOVED_SIP_OWN_HOSTS_H

#include "sip/call.h"
#include "sip/sip_server.h"

/* Read once, then immutable; not to be copied: texts point into it. */
struct own_hosts {
	struct text texts[CALL_OWN_HOSTS_MAX]; /* canonical */
	size_t count;
	char bytes[CALL_OWN_HOSTS_MAX][64];
};

/* What does not fit, or is no host, is left out. */
void own_hosts_read(struct own_hosts *ret_hosts,
		    const struct sip_listen *listens, size_t count);

#endif
