#include "sip/hep.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PACKETS = 64,	    /* that leave in one system call */
	PACKET_MAX = 65507, /* what a datagram over IPv4 carries */
	ROOM = 256 * 1024,
	HEAD_BYTES = 6, /* "HEP3" and the length; also of a chunk's head */
};

/* Chunk types of vendor 0. */
enum chunk {
	CHUNK_FAMILY = 1,
	CHUNK_PROTOCOL = 2,
	CHUNK_SOURCE_IPV4 = 3,
	CHUNK_DESTINATION_IPV4 = 4,
	CHUNK_SOURCE_IPV6 = 5,
	CHUNK_DESTINATION_IPV6 = 6,
	CHUNK_SOURCE_PORT = 7,
	CHUNK_DESTINATION_PORT = 8,
	CHUNK_SECONDS = 9,
	CHUNK_MICROSECONDS = 10,
	CHUNK_PAYLOAD_TYPE = 11,
	CHUNK_CAPTURE_ID = 12,
	CHUNK_PASSWORD = 14,
	CHUNK_PAYLOAD = 15,
	CHUNK_CORRELATION_ID = 17,
};

enum {
	PAYLOAD_SIP = 1,
};

struct hep {
	struct hep_config config;
	int fd;
	bool is_connected; /* to the collector: a route leads to it */
	struct sockaddr_storage collector;
	socklen_t collector_len;
	uint64_t dropped;
	struct mmsghdr headers[PACKETS];
	struct iovec iovs[PACKETS];
	unsigned count;
	size_t used;
	char room[ROOM];
};

static void put_number(struct writer *writer, uint32_t value, unsigned bytes)
{
	while (bytes-- > 0)
		writer_byte(writer, (char)(value >> (8 * bytes) & 0xff));
}

static void put_head(struct writer *writer, enum chunk type, size_t len)
{
	put_number(writer, 0, 2);
	put_number(writer, type, 2);
	put_number(writer, (uint32_t)(len + HEAD_BYTES), 2);
}

static void put_number_chunk(struct writer *writer, enum chunk type,
			     uint32_t value, unsigned bytes)
{
	put_head(writer, type, bytes);
	put_number(writer, value, bytes);
}

static void put_text_chunk(struct writer *writer, enum chunk type,
			   struct text text)
{
	/* A chunk tells its length in 16 bits. */
	if (text.len > UINT16_MAX - HEAD_BYTES) {
		writer->overflowed = true;
		return;
	}
	put_head(writer, type, text.len);
	writer_put(writer, text);
}

/* Family 2 or 10, as Linux and Homer number them. */
static uint16_t put_address(struct writer *writer,
			    const struct sockaddr *address, enum chunk ipv4,
			    enum chunk ipv6)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (address->sa_family == AF_INET6) {
		memcpy(&in6, address, sizeof(in6));
		put_text_chunk(writer, ipv6,
			       (struct text){ (const char *)&in6.sin6_addr,
					      sizeof(in6.sin6_addr) });
		return ntohs(in6.sin6_port);
	}
	memcpy(&in, address, sizeof(in));
	put_text_chunk(writer, ipv4,
		       (struct text){ (const char *)&in.sin_addr,
				      sizeof(in.sin_addr) });
	return ntohs(in.sin_port);
}

static void put_addresses(struct writer *writer,
			  const struct hep_message *message)
{
	bool is_ipv6 = message->source->sa_family == AF_INET6;
	uint16_t source, destination;

	put_number_chunk(writer, CHUNK_FAMILY, is_ipv6 ? 10 : 2, 1);
	put_number_chunk(
		writer, CHUNK_PROTOCOL,
		message->transport == LOG_UDP ? IPPROTO_UDP : IPPROTO_TCP, 1);
	source = put_address(writer, message->source, CHUNK_SOURCE_IPV4,
			     CHUNK_SOURCE_IPV6);
	destination = put_address(writer, message->destination,
				  CHUNK_DESTINATION_IPV4,
				  CHUNK_DESTINATION_IPV6);
	put_number_chunk(writer, CHUNK_SOURCE_PORT, source, 2);
	put_number_chunk(writer, CHUNK_DESTINATION_PORT, destination, 2);
}

size_t hep_write(const struct hep_config *config,
		 const struct hep_message *message, char *buffer, size_t size)
{
	struct writer writer =
		writer_over(buffer, size < PACKET_MAX ? size : PACKET_MAX);
	struct text password = text_of(config->password);
	struct writer head;

	writer_put(&writer, TEXT("HEP3\0\0"));
	put_addresses(&writer, message);
	put_number_chunk(&writer, CHUNK_SECONDS,
			 (uint32_t)(message->at_us / 1000000), 4);
	put_number_chunk(&writer, CHUNK_MICROSECONDS,
			 (uint32_t)(message->at_us % 1000000), 4);
	put_number_chunk(&writer, CHUNK_PAYLOAD_TYPE, PAYLOAD_SIP, 1);
	put_number_chunk(&writer, CHUNK_CAPTURE_ID, config->capture_id, 4);
	if (password.len > 0)
		put_text_chunk(&writer, CHUNK_PASSWORD, password);
	if (message->call_id.len > 0)
		put_text_chunk(&writer, CHUNK_CORRELATION_ID, message->call_id);
	put_text_chunk(&writer, CHUNK_PAYLOAD, message->payload);
	if (!writer_is_complete(&writer))
		return 0;
	head = writer_over(buffer + 4, 2);
	put_number(&head, (uint32_t)writer.len, 2);
	return writer.len;
}

static int read_collector(struct hep *hep)
{
	const struct sip_listen *collector = &hep->config.collector;
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(collector->port) };
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(collector->port) };
	bool is_ipv6 = strchr(collector->host, ':') != NULL;
	const void *address = is_ipv6 ? (const void *)&in6 : (const void *)&in;
	socklen_t len = is_ipv6 ? sizeof(in6) : sizeof(in);

	if (inet_pton(is_ipv6 ? AF_INET6 : AF_INET, collector->host,
		      is_ipv6 ? (void *)&in6.sin6_addr
			      : (void *)&in.sin_addr) != 1)
		return EINVAL;
	memcpy(&hep->collector, address, len);
	hep->collector_len = len;
	return 0;
}

/* Before the network is up no route may lead there: it is tried again with each
 * batch, and what cannot leave is counted. */
static void try_connect(struct hep *hep)
{
	if (!hep->is_connected)
		hep->is_connected = !connect(
			hep->fd, (const struct sockaddr *)&hep->collector,
			hep->collector_len);
}

static int open_socket(struct hep *hep)
{
	int err = read_collector(hep);

	if (err)
		return err;
	hep->fd = socket(hep->collector.ss_family,
			 SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (hep->fd < 0)
		return errno;
	try_connect(hep);
	return 0;
}

int hep_open(const struct hep_config *config, struct hep **ret_hep)
{
	struct hep *hep = calloc(1, sizeof(*hep));
	int err;

	if (!hep)
		return ENOMEM;
	hep->config = *config;
	hep->fd = -1;
	err = open_socket(hep);
	if (err)
		goto out;
	for (unsigned i = 0; i < PACKETS; i++) {
		hep->headers[i].msg_hdr.msg_iov = &hep->iovs[i];
		hep->headers[i].msg_hdr.msg_iovlen = 1;
	}
	*ret_hep = hep;
	hep = NULL;
out:
	hep_close(hep);
	return err;
}

void hep_close(struct hep *hep)
{
	if (!hep)
		return;
	if (hep->fd >= 0)
		close(hep->fd);
	free(hep);
}

void hep_send(struct hep *hep)
{
	unsigned sent = 0;

	if (hep->count > 0)
		try_connect(hep);
	while (sent < hep->count) {
		int n = sendmmsg(hep->fd, hep->headers + sent,
				 hep->count - sent, MSG_DONTWAIT);

		/*
		 * Whatever is wrong with this one packet (ICMP from a collector
		 * that is away, a full buffer), the next may pass.
		 */
		if (n <= 0) {
			hep->dropped++;
			sent++;
		} else {
			sent += (unsigned)n;
		}
	}
	hep->count = 0;
	hep->used = 0;
}

void hep_put(struct hep *hep, const struct hep_message *message)
{
	size_t len;

	if (hep->count == PACKETS || ROOM - hep->used < PACKET_MAX)
		hep_send(hep);
	len = hep_write(&hep->config, message, hep->room + hep->used,
			ROOM - hep->used);
	if (len == 0) {
		hep->dropped++;
		return;
	}
	hep->iovs[hep->count] = (struct iovec){ hep->room + hep->used, len };
	hep->count++;
	hep->used += len;
}

uint64_t hep_dropped(const struct hep *hep)
{
	return hep->dropped;
}
