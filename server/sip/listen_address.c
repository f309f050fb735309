#include "sip/listen_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

int listen_address_read(const struct sip_listen *listen,
			union transaction_peer *ret_address)
{
	union transaction_peer address = { 0 };

	if (inet_pton(AF_INET, listen->host, &address.in.sin_addr) == 1) {
		address.in.sin_family = AF_INET;
		address.in.sin_port = htons(listen->port);
	} else if (inet_pton(AF_INET6, listen->host, &address.in6.sin6_addr) ==
		   1) {
		address.in6.sin6_family = AF_INET6;
		address.in6.sin6_port = htons(listen->port);
	} else {
		return EINVAL;
	}
	*ret_address = address;
	return 0;
}

uint16_t listen_address_port(const union transaction_peer *address)
{
	return ntohs(address->any.sa_family == AF_INET6 ? address->in6.sin6_port
							: address->in.sin_port);
}

bool listen_address_is_wildcard(const union transaction_peer *address)
{
	if (address->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&address->in6.sin6_addr);
	return address->in.sin_addr.s_addr == htonl(INADDR_ANY);
}

struct in6_addr listen_address_local(int fd)
{
	union transaction_peer bound = { 0 };
	socklen_t len = sizeof(bound);
	struct in6_addr local = { 0 };

	if (getsockname(fd, &bound.any, &len))
		return local;
	if (bound.any.sa_family == AF_INET6)
		return bound.in6.sin6_addr;
	local.s6_addr[10] = local.s6_addr[11] = 0xff;
	memcpy(&local.s6_addr[12], &bound.in.sin_addr,
	       sizeof(bound.in.sin_addr));
	return local;
}

int listen_address_set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) ? errno : 0;
}

int listen_address_share(int fd, int family, bool is_shared)
{
	int err = listen_address_set_option(fd, SOL_SOCKET, SO_REUSEPORT,
					    is_shared);

	if (!err && family == AF_INET6)
		err = listen_address_set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY,
						1);
	return err;
}

int listen_address_bind(int fd, const union transaction_peer *address,
			const struct sip_listen *listen,
			struct sip_listen *ret_bound)
{
	union transaction_peer bound = { 0 };
	socklen_t len = address->any.sa_family == AF_INET6
				? sizeof(address->in6)
				: sizeof(address->in);

	if (bind(fd, &address->any, len) || getsockname(fd, &bound.any, &len))
		return errno;
	*ret_bound = *listen;
	ret_bound->port = listen_address_port(&bound);
	return 0;
}
