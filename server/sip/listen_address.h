/*
 * listen_address.h - a listen address as the kernel wants it: what UDP sockets
 * and stream listeners share when they bind. Any thread.
 */
#ifndef SIPMOVED_SIP_LISTEN_ADDRESS_H
#define SIPMOVED_SIP_LISTEN_ADDRESS_H

#include "sip/sip_server.h"
#include "sip/transactions.h"

/* EINVAL: the host is no numeric address. */
int listen_address_read(const struct sip_listen *listen,
			union transaction_peer *ret_address)
	__attribute__((warn_unused_result));
uint16_t listen_address_port(const union transaction_peer *address);
bool listen_address_is_wildcard(const union transaction_peer *address);
/* The address of a bound socket, IPv4 mapped; all zero: it has none. */
struct in6_addr listen_address_local(int fd);
/*
 * Binds a socket that was made for the address; *ret_bound is `listen` with the
 * port that it got.
 */
int listen_address_bind(int fd, const union transaction_peer *address,
			const struct sip_listen *listen,
			struct sip_listen *ret_bound)
	__attribute__((warn_unused_result));
/* What both kinds of sockets have: whether several may be bound to the address,
 * and that "::" leaves IPv4 to a socket of its own. */
int listen_address_share(int fd, int family, bool is_shared)
	__attribute__((warn_unused_result));
/* setsockopt() of an int: 0 or an errno. */
int listen_address_set_option(int fd, int level, int name, int value);

#endif
