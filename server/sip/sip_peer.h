/*
 * sip_peer.h - the address that a message came from. Pure; any thread.
 */
#ifndef SIPMOVED_SIP_SIP_PEER_H
#define SIPMOVED_SIP_SIP_PEER_H

#include "base/text.h"
#include "sip/transactions.h"

/* "192.0.2.1:5060", "[2001:db8::1]:5060". *ret_host: the address alone, without
 * brackets, in the writer's buffer. Returns the port. */
uint16_t sip_peer_write(const union transaction_peer *peer,
			struct writer *writer, struct text *ret_host);
void sip_peer_set_port(union transaction_peer *peer, uint16_t port);
/* Nobody outside can send as this machine to itself. */
bool sip_peer_is_loopback(const union transaction_peer *peer);
/* Whatever the ports. */
bool sip_peer_is_same_host(const union transaction_peer *a,
			   const union transaction_peer *b);

#endif
