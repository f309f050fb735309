/*
 * udp_socket.h - a UDP socket, and what goes through it in batches
 * of 32: recvmmsg, sendmmsg.
 *
 * On a wildcard address each datagram's destination is kept, and its answer
 * leaves from there (RFC 3581 4). Owned and used by one worker thread.
 */
#ifndef SIPMOVED_SIP_UDP_SOCKET_H
#define SIPMOVED_SIP_UDP_SOCKET_H

#include "sip/sip_server.h"
#include "sip/transactions.h"

enum {
	UDP_BATCH = 32,
	UDP_DATAGRAM_MAX = 65536, /* bytes; over every payload there is */
};

struct udp_socket {
	int fd; /* owned */
	int family;
	bool is_wildcard;
};

/*
 * Binds. buffer_bytes: SO_RCVBUF and SO_SNDBUF, 0: the system's. is_shared:
 * other sockets that say so too may have the same address (SO_REUSEPORT); any
 * program of the same user may, so it is not asked for without need. *ret_bound
 * is where it listens, with the port that was free if listen's is 0. Errors:
 * EINVAL the host is no numeric address; EADDRINUSE, EACCES ...
 */
int udp_socket_open(const struct sip_listen *listen, size_t buffer_bytes,
		    bool is_shared, struct udp_socket *ret_socket,
		    struct sip_listen *ret_bound)
	__attribute__((warn_unused_result));
void udp_socket_close(struct udp_socket *socket);
/*
 * For the last opened of `workers` sockets on one address: spreads calls over
 * them so that all requests of one call reach the same socket, even when they
 * all come from one proxy. Where it cannot, the kernel spreads by source
 * address and port, which is right as well, only less even.
 */
void udp_socket_steer(const struct udp_socket *socket, unsigned workers);

/* Datagrams that came in one system call. */
struct udp_inbox;
int udp_inbox_new(struct udp_inbox **ret_inbox)
	__attribute__((warn_unused_result));
void udp_inbox_free(struct udp_inbox *inbox); /* takes NULL */
/* What has arrived, at most UDP_BATCH; 0: nothing. Never waits. */
size_t udp_inbox_receive(struct udp_inbox *inbox,
			 const struct udp_socket *socket);
/* Valid until the next receive. socket_index goes into the route. */
struct text udp_inbox_datagram(const struct udp_inbox *inbox, size_t index);
struct transaction_route udp_inbox_route(const struct udp_inbox *inbox,
					 size_t index, uint32_t socket_index);

/* Answers that wait to be sent in one system call. */
struct udp_outbox;
/* sockets: by the routes' socket_index; borrowed, outlive the outbox. */
int udp_outbox_new(const struct udp_socket *sockets,
		   struct udp_outbox **ret_outbox)
	__attribute__((warn_unused_result));
void udp_outbox_free(struct udp_outbox *outbox); /* takes NULL */
/* Room for the next answer, UDP_DATAGRAM_MAX bytes. */
char *udp_outbox_room(struct udp_outbox *outbox);
/* Takes what was written into the room. Sends when the batch is full. */
void udp_outbox_put(struct udp_outbox *outbox, size_t len,
		    const struct transaction_route *route);
void udp_outbox_send(struct udp_outbox *outbox);
/* Answers that the kernel did not take, ever. */
uint64_t udp_outbox_errors(const struct udp_outbox *outbox);

#endif
