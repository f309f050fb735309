#include "sip/source_listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/ip_network.h"

void source_listener_write(int fd, struct text transport, struct writer *writer)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_storage storage;
	} bound = { .storage = { 0 } };
	socklen_t len = sizeof(bound);
	struct ip_address address;

	if (getsockname(fd, &bound.any, &len))
		return;
	address = ip_address_of(&bound.any);
	writer_put(writer, transport);
	writer_put(writer, address.is_ipv4 ? TEXT(":") : TEXT(":["));
	ip_address_write(&address, writer);
	writer_put(writer, address.is_ipv4 ? TEXT(":") : TEXT("]:"));
	writer_u64(writer,
		   ntohs(bound.any.sa_family == AF_INET6 ? bound.in6.sin6_port
							 : bound.in.sin_port));
}
