/*
 * ip_network.h - IP addresses and networks (CIDR) as plain values. An IPv6
 * address that only wraps an IPv4 one (::ffff:192.0.2.1) is that IPv4 address,
 * so that both spellings are one source. Any thread.
 */
#ifndef SIPMOVED_BASE_IP_NETWORK_H
#define SIPMOVED_BASE_IP_NETWORK_H

#include <sys/socket.h>

#include "base/text.h"

enum {
	IPV4_BITS = 32,
	IPV6_BITS = 128,
	IP_NETWORK_SIZE = 52, /* bytes of its text, with the NUL */
};

struct ip_address {
	uint8_t bytes[16]; /* network order; IPv4: the first four, then zeros */
	bool is_ipv4;
};

/* All bits behind the prefix are zero. */
struct ip_network {
	struct ip_address address;
	uint8_t bits; /* of the prefix */
};

/* Numeric, IPv6 without brackets. EBADMSG. */
int ip_address_parse(struct text text, struct ip_address *ret_address)
	__attribute__((warn_unused_result));
struct ip_address ip_address_of(const struct sockaddr *address);
/* RFC 5952. */
void ip_address_write(const struct ip_address *address, struct writer *writer);
/* Bits of its family. */
unsigned ip_address_bits(const struct ip_address *address);
/* The first bits alone; more than the family has: all of them. */
struct ip_network ip_address_prefix(const struct ip_address *address,
				    unsigned bits);
/* Loopback, link-local and private use (RFC 1918, RFC 4193): nothing that the
 * Internet routes. */
bool ip_address_is_private(const struct ip_address *address);

/*
 * "192.0.2.0/24", "2001:db8::/32"; an address alone is a network of one.
 * Errors: EBADMSG no network; EDOM bits are set behind the prefix: then
 * *ret_network is the network that the address is in.
 */
int ip_network_parse(struct text text, struct ip_network *ret_network)
	__attribute__((warn_unused_result));
/* Always with the prefix length: "192.0.2.1/32". */
void ip_network_write(const struct ip_network *network, struct writer *writer);
bool ip_network_equals(const struct ip_network *a, const struct ip_network *b);
bool ip_network_has(const struct ip_network *network,
		    const struct ip_address *address);

#endif
