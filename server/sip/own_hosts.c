#include "sip/own_hosts.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>

/* host: numeric, IPv6 without its brackets. */
static void add(struct own_hosts *hosts, const char *host)
{
	char text[INET6_ADDRSTRLEN + 3];
	bool is_ipv6 = strchr(host, ':') != NULL;
	struct writer writer;

	if (hosts->count == CALL_OWN_HOSTS_MAX)
		return;
	snprintf(text, sizeof(text), is_ipv6 ? "[%s]" : "%s", host);
	writer = writer_over(hosts->bytes[hosts->count],
			     sizeof(hosts->bytes[hosts->count]));
	if (sip_host_canonical(text_of(text), &writer) ||
	    !writer_is_complete(&writer))
		return;
	hosts->texts[hosts->count++] = writer_text(&writer);
}

static void add_interfaces(struct own_hosts *hosts, int family)
{
	struct ifaddrs *list = NULL;
	char host[INET6_ADDRSTRLEN];

	/* Without them the server still answers; it only knows itself less. */
	if (getifaddrs(&list))
		return;
	for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
		const void *address;

		if (!i->ifa_addr || i->ifa_addr->sa_family != family)
			continue;
		if (family == AF_INET6)
			address = &((const struct sockaddr_in6 *)(const void *)
					    i->ifa_addr)
					   ->sin6_addr;
		else
			address = &((const struct sockaddr_in *)(const void *)
					    i->ifa_addr)
					   ->sin_addr;
		if (inet_ntop(family, address, host, sizeof(host)))
			add(hosts, host);
	}
	freeifaddrs(list);
}

void own_hosts_read(struct own_hosts *ret_hosts,
		    const struct sip_listen *listens, size_t count)
{
	struct in6_addr address;

	memset(ret_hosts, 0, sizeof(*ret_hosts));
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(listens[i].host, "0.0.0.0"))
			add_interfaces(ret_hosts, AF_INET);
		else if (inet_pton(AF_INET6, listens[i].host, &address) == 1 &&
			 IN6_IS_ADDR_UNSPECIFIED(&address))
			add_interfaces(ret_hosts, AF_INET6);
		else
			add(ret_hosts, listens[i].host);
	}
}
