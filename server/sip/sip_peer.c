#include "sip/sip_peer.h"

#include <arpa/inet.h>
#include <string.h>

static void put_ipv4(struct writer *writer, struct in_addr address)
{
	unsigned char bytes[4];

	memcpy(bytes, &address, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		if (i > 0)
			writer_byte(writer, '.');
		writer_u64(writer, bytes[i]);
	}
}

static void put_ipv6(struct writer *writer, const struct in6_addr *address)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(AF_INET6, address, text, sizeof(text)))
		writer_put(writer, text_of(text));
}

uint16_t sip_peer_write(const union transaction_peer *peer,
			struct writer *writer, struct text *ret_host)
{
	bool is_ipv6 = peer->any.sa_family == AF_INET6;
	uint16_t port =
		ntohs(is_ipv6 ? peer->in6.sin6_port : peer->in.sin_port);
	size_t start = writer->len + is_ipv6;

	if (is_ipv6) {
		writer_byte(writer, '[');
		put_ipv6(writer, &peer->in6.sin6_addr);
	} else {
		put_ipv4(writer, peer->in.sin_addr);
	}
	*ret_host =
		(struct text){ writer->buffer + start, writer->len - start };
	if (is_ipv6)
		writer_byte(writer, ']');
	writer_byte(writer, ':');
	writer_u64(writer, port);
	return port;
}

void sip_peer_set_port(union transaction_peer *peer, uint16_t port)
{
	if (peer->any.sa_family == AF_INET6)
		peer->in6.sin6_port = htons(port);
	else
		peer->in.sin_port = htons(port);
}

bool sip_peer_is_loopback(const union transaction_peer *peer)
{
	return peer->any.sa_family == AF_INET6
		       ? IN6_IS_ADDR_LOOPBACK(&peer->in6.sin6_addr)
		       : ntohl(peer->in.sin_addr.s_addr) >> 24 == 127;
}

bool sip_peer_is_same_host(const union transaction_peer *a,
			   const union transaction_peer *b)
{
	if (a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family == AF_INET6)
		return IN6_ARE_ADDR_EQUAL(&a->in6.sin6_addr, &b->in6.sin6_addr);
	return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
}
