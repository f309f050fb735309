/*
 * sip_listen.h - a numeric address with a port, as settings name one.
 */
#ifndef SIPMOVED_SIP_LISTEN_H
#define SIPMOVED_SIP_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

struct sip_listen {
	char host[64]; /* numeric address; wildcard allowed */
	uint16_t port; /* 0: any free one, for tests */
	bool is_tls;   /* else UDP, and TCP on the same port */
};

#endif
