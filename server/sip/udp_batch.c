/*
 * udp_batch.c - the inbox and the outbox of udp_socket.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sip/udp_socket.h"

enum {
	/*
	 * Buffers that begin a power of two apart share a few lines of the
	 * processor's cache and push each other out: each starts a little
	 * further on.
	 */
	STRIDE = UDP_DATAGRAM_MAX + 17 * 64,
	CONTROL_SIZE = CMSG_SPACE(sizeof(struct in6_pktinfo)),
};

/* cmsg_len and its kin want the alignment of a cmsghdr. */
union control {
	struct cmsghdr header;
	char bytes[CONTROL_SIZE];
};

/* The messages of one system call and what they point to. */
struct batch {
	struct mmsghdr messages[UDP_BATCH];
	struct iovec vectors[UDP_BATCH];
	union transaction_peer peers[UDP_BATCH];
	union control controls[UDP_BATCH];
	char *bytes; /* UDP_BATCH buffers of UDP_DATAGRAM_MAX, STRIDE apart */
};

struct udp_inbox {
	struct batch batch;
};

struct udp_outbox {
	struct batch batch;
	const struct udp_socket *sockets;
	uint32_t socket_index; /* of all that wait */
	size_t count;
	uint64_t errors;
};

static int batch_init(struct batch *batch)
{
	/* Untouched pages cost nothing: most datagrams need only their first.
	 */
	batch->bytes = calloc(UDP_BATCH, STRIDE);
	if (!batch->bytes)
		return ENOMEM;
	for (size_t i = 0; i < UDP_BATCH; i++) {
		batch->vectors[i].iov_base = batch->bytes + i * STRIDE;
		batch->vectors[i].iov_len = UDP_DATAGRAM_MAX;
		batch->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &batch->peers[i],
			.msg_iov = &batch->vectors[i],
			.msg_iovlen = 1,
		};
	}
	return 0;
}

int udp_inbox_new(struct udp_inbox **ret_inbox)
{
	struct udp_inbox *inbox = calloc(1, sizeof(*inbox));

	if (!inbox || batch_init(&inbox->batch)) {
		free(inbox);
		return ENOMEM;
	}
	*ret_inbox = inbox;
	return 0;
}

void udp_inbox_free(struct udp_inbox *inbox)
{
	if (!inbox)
		return;
	free(inbox->batch.bytes);
	free(inbox);
}

size_t udp_inbox_receive(struct udp_inbox *inbox,
			 const struct udp_socket *socket)
{
	struct batch *batch = &inbox->batch;
	int count;

	for (size_t i = 0; i < UDP_BATCH; i++) {
		struct msghdr *header = &batch->messages[i].msg_hdr;

		header->msg_namelen = sizeof(batch->peers[i]);
		header->msg_control = socket->is_wildcard ? &batch->controls[i]
							  : NULL;
		header->msg_controllen =
			socket->is_wildcard ? sizeof(batch->controls[i]) : 0;
	}
	count = recvmmsg(socket->fd, batch->messages, UDP_BATCH, MSG_DONTWAIT,
			 NULL);
	/* Errors are EAGAIN and those that earlier answers brought back by
	 * ICMP; neither is one of the socket (RFC 3261 18.4). */
	return count > 0 ? (size_t)count : 0;
}

struct text udp_inbox_datagram(const struct udp_inbox *inbox, size_t index)
{
	return (struct text){ inbox->batch.vectors[index].iov_base,
			      inbox->batch.messages[index].msg_len };
}

/* Both families in one form: IPv4 mapped into IPv6. */
static struct in6_addr mapped(struct in_addr address)
{
	struct in6_addr in6 = { 0 };

	in6.s6_addr[10] = in6.s6_addr[11] = 0xff;
	memcpy(&in6.s6_addr[12], &address, sizeof(address));
	return in6;
}

static struct in6_addr destination(struct msghdr *header)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(header);

	for (; control; control = CMSG_NXTHDR(header, control)) {
		if (control->cmsg_level == IPPROTO_IP &&
		    control->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(control), sizeof(info));
			return mapped(info.ipi_spec_dst);
		}
		if (control->cmsg_level == IPPROTO_IPV6 &&
		    control->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(control), sizeof(info));
			return info.ipi6_addr;
		}
	}
	return in6addr_any;
}

struct transaction_route udp_inbox_route(const struct udp_inbox *inbox,
					 size_t index, uint32_t socket_index)
{
	struct msghdr header = inbox->batch.messages[index].msg_hdr;
	struct transaction_route route = {
		.peer = inbox->batch.peers[index],
		.peer_len = header.msg_namelen,
		.socket_index = socket_index,
	};

	if (header.msg_controllen > 0)
		route.local = destination(&header);
	return route;
}

int udp_outbox_new(const struct udp_socket *sockets,
		   struct udp_outbox **ret_outbox)
{
	struct udp_outbox *outbox = calloc(1, sizeof(*outbox));

	if (!outbox || batch_init(&outbox->batch)) {
		free(outbox);
		return ENOMEM;
	}
	outbox->sockets = sockets;
	*ret_outbox = outbox;
	return 0;
}

void udp_outbox_free(struct udp_outbox *outbox)
{
	if (!outbox)
		return;
	free(outbox->batch.bytes);
	free(outbox);
}

char *udp_outbox_room(struct udp_outbox *outbox)
{
	return outbox->batch.bytes + outbox->count * STRIDE;
}

static void set_control(struct msghdr *header, int level, int type,
			const void *info, size_t size)
{
	struct cmsghdr *control = header->msg_control;

	control->cmsg_level = level;
	control->cmsg_type = type;
	control->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(control), info, size);
	header->msg_controllen = CMSG_SPACE(size);
}

/* The answer leaves from where the question went to. */
static void set_source(struct msghdr *header, union control *control,
		       const struct transaction_route *route)
{
	header->msg_control = NULL;
	header->msg_controllen = 0;
	if (IN6_IS_ADDR_UNSPECIFIED(&route->local))
		return;
	header->msg_control = control;
	if (IN6_IS_ADDR_V4MAPPED(&route->local)) {
		struct in_pktinfo info = { 0 };

		memcpy(&info.ipi_spec_dst, &route->local.s6_addr[12],
		       sizeof(info.ipi_spec_dst));
		set_control(header, IPPROTO_IP, IP_PKTINFO, &info,
			    sizeof(info));
	} else {
		/* A link-local peer's scope says which interface. */
		struct in6_pktinfo info = {
			.ipi6_addr = route->local,
			.ipi6_ifindex = route->peer.in6.sin6_scope_id,
		};

		set_control(header, IPPROTO_IPV6, IPV6_PKTINFO, &info,
			    sizeof(info));
	}
}

void udp_outbox_put(struct udp_outbox *outbox, size_t len,
		    const struct transaction_route *route)
{
	struct batch *batch = &outbox->batch;
	size_t index = outbox->count;

	if (index > 0 && route->socket_index != outbox->socket_index) {
		/* One system call serves one socket: what waited goes first. */
		udp_outbox_send(outbox);
		memmove(batch->bytes, batch->bytes + index * STRIDE, len);
		index = 0;
	}
	outbox->socket_index = route->socket_index;
	batch->vectors[index].iov_len = len;
	batch->peers[index] = route->peer;
	batch->messages[index].msg_hdr.msg_namelen = route->peer_len;
	set_source(&batch->messages[index].msg_hdr, &batch->controls[index],
		   route);
	outbox->count = index + 1;
	if (outbox->count == UDP_BATCH)
		udp_outbox_send(outbox);
}

void udp_outbox_send(struct udp_outbox *outbox)
{
	const struct udp_socket *socket =
		&outbox->sockets[outbox->socket_index];
	size_t at = 0;

	while (at < outbox->count) {
		int sent = sendmmsg(socket->fd, outbox->batch.messages + at,
				    (unsigned)(outbox->count - at),
				    MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent > 0) {
			at += (size_t)sent;
			continue;
		}
		/* The first of the rest failed: without it the others may go
		 * through. The client asks again by itself (17.2.4). */
		outbox->errors++;
		at++;
	}
	outbox->count = 0;
}

uint64_t udp_outbox_errors(const struct udp_outbox *outbox)
{
	return outbox->errors;
}
