#include "base/ip_network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

enum {
	MAPPED_BITS = 96, /* of ::ffff:0:0/96 */
};

static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

static struct ip_address ipv4_of(const void *bytes)
{
	struct ip_address address = { .is_ipv4 = true };

	memcpy(address.bytes, bytes, 4);
	return address;
}

/* Wrapped ones are unwrapped. */
static struct ip_address ipv6_of(const void *bytes)
{
	struct ip_address address = { .is_ipv4 = false };

	if (!memcmp(bytes, mapped_prefix, sizeof(mapped_prefix)))
		return ipv4_of((const uint8_t *)bytes + sizeof(mapped_prefix));
	memcpy(address.bytes, bytes, sizeof(address.bytes));
	return address;
}

/* *ret_was_ipv6: how it was written. */
static int parse(struct text text, struct ip_address *ret_address,
		 bool *ret_was_ipv6)
{
	char terminated[INET6_ADDRSTRLEN];
	uint8_t bytes[16];

	if (text.len == 0 || memchr(text.ptr, '\0', text.len) ||
	    !text_copy(text, terminated, sizeof(terminated)))
		return EBADMSG;
	*ret_was_ipv6 = memchr(text.ptr, ':', text.len) != NULL;
	if (inet_pton(*ret_was_ipv6 ? AF_INET6 : AF_INET, terminated, bytes) !=
	    1)
		return EBADMSG;
	*ret_address = *ret_was_ipv6 ? ipv6_of(bytes) : ipv4_of(bytes);
	return 0;
}

int ip_address_parse(struct text text, struct ip_address *ret_address)
{
	bool was_ipv6;

	return parse(text, ret_address, &was_ipv6);
}

struct ip_address ip_address_of(const struct sockaddr *address)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	if (address->sa_family == AF_INET6) {
		memcpy(&in6, address, sizeof(in6));
		return ipv6_of(&in6.sin6_addr);
	}
	memcpy(&in, address, sizeof(in));
	return ipv4_of(&in.sin_addr);
}

void ip_address_write(const struct ip_address *address, struct writer *writer)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(address->is_ipv4 ? AF_INET : AF_INET6, address->bytes,
		      text, sizeof(text)))
		writer_put(writer, text_of(text));
}

unsigned ip_address_bits(const struct ip_address *address)
{
	return address->is_ipv4 ? IPV4_BITS : IPV6_BITS;
}

struct ip_network ip_address_prefix(const struct ip_address *address,
				    unsigned bits)
{
	struct ip_network network = { .address = *address };
	size_t whole;

	if (bits > ip_address_bits(address))
		bits = ip_address_bits(address);
	network.bits = (uint8_t)bits;
	whole = bits / 8;
	if (bits % 8)
		network.address.bytes[whole++] &= (uint8_t)(0xff00 >> bits % 8);
	memset(network.address.bytes + whole, 0,
	       sizeof(network.address.bytes) - whole);
	return network;
}

/* One row a network: its first bytes, and how many bits of them. */
static const struct private_network {
	uint8_t bytes[2];
	uint8_t bits;
	bool is_ipv4;
} private_networks[] = {
	{ { 127, 0 }, 8, true },       { { 10, 0 }, 8, true },
	{ { 172, 16 }, 12, true },     { { 192, 168 }, 16, true },
	{ { 169, 254 }, 16, true },    { { 0xfc, 0 }, 7, false },
	{ { 0xfe, 0x80 }, 10, false },
};

bool ip_address_is_private(const struct ip_address *address)
{
	static const uint8_t loopback[16] = { [15] = 1 };
	unsigned start = (unsigned)address->bytes[0] << 8 | address->bytes[1];

	for (size_t i = 0;
	     i < sizeof(private_networks) / sizeof(private_networks[0]); i++) {
		const struct private_network *row = &private_networks[i];
		unsigned wanted = (unsigned)row->bytes[0] << 8 | row->bytes[1];

		if (row->is_ipv4 == address->is_ipv4 &&
		    ((start ^ wanted) & 0xffff) >> (16 - row->bits) == 0)
			return true;
	}
	return !address->is_ipv4 &&
	       !memcmp(address->bytes, loopback, sizeof(loopback));
}

/* The number behind the slash; without one, all bits. */
static int parse_bits(struct text text, unsigned most, unsigned *ret_bits)
{
	uint64_t bits;

	if (text.len > 3 || (text.len > 1 && text.ptr[0] == '0') ||
	    text_to_u64(text, &bits) || bits > most)
		return EBADMSG;
	*ret_bits = (unsigned)bits;
	return 0;
}

int ip_network_parse(struct text text, struct ip_network *ret_network)
{
	const char *slash = text.len > 0 ? memchr(text.ptr, '/', text.len)
					 : NULL;
	struct text host = text;
	struct ip_address address;
	struct ip_network network;
	unsigned bits = 0;
	bool was_ipv6;

	if (slash)
		host.len = (size_t)(slash - text.ptr);
	if (parse(host, &address, &was_ipv6))
		return EBADMSG;
	bits = was_ipv6 ? IPV6_BITS : IPV4_BITS;
	if (slash &&
	    parse_bits((struct text){ slash + 1, text.len - host.len - 1 },
		       bits, &bits))
		return EBADMSG;
	if (was_ipv6 && address.is_ipv4) {
		/* Shorter ones would hold half of IPv6, too. */
		if (bits < MAPPED_BITS)
			return EBADMSG;
		bits -= MAPPED_BITS;
	}
	network = ip_address_prefix(&address, bits);
	*ret_network = network;
	return memcmp(network.address.bytes, address.bytes,
		      sizeof(address.bytes))
		       ? EDOM
		       : 0;
}

void ip_network_write(const struct ip_network *network, struct writer *writer)
{
	ip_address_write(&network->address, writer);
	writer_byte(writer, '/');
	writer_u64(writer, network->bits);
}

bool ip_network_equals(const struct ip_network *a, const struct ip_network *b)
{
	return a->bits == b->bits && a->address.is_ipv4 == b->address.is_ipv4 &&
	       !memcmp(a->address.bytes, b->address.bytes,
		       sizeof(a->address.bytes));
}

bool ip_network_has(const struct ip_network *network,
		    const struct ip_address *address)
{
	struct ip_network prefix = ip_address_prefix(address, network->bits);

	return ip_network_equals(network, &prefix);
}
