/*
 * wire.h - what the load is sent and received by: one UDP socket with batches
 * of datagrams, or TCP connections ("lanes") with a buffer each way. Loopback
 * only.
 */
#ifndef SIPMOVED_BENCH_WIRE_H
#define SIPMOVED_BENCH_WIRE_H
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	BATCH = 32,
	MESSAGE_MAX = 1400,
	LANES = 8,
	LANE_BYTES = 1 << 19,
};

struct batch {
	struct mmsghdr headers[BATCH];
	struct iovec iovs[BATCH];
	struct sockaddr_in peers[BATCH];
	char bytes[BATCH][MESSAGE_MAX];
	unsigned count;
};

struct lane {
	int fd;
	size_t out_len, in_len;
	char out[LANE_BYTES], in[LANE_BYTES];
};

struct wire {
	bool is_stream;
	struct sockaddr_in server;
	uint16_t local_port;
	int fd;
	struct batch out, in;
	struct lane *lanes;
};

typedef void wire_taker(void *arg, const char *message, size_t len,
			int64_t now_us);

static void batch_init(struct batch *batch)
{
	memset(batch->headers, 0, sizeof(batch->headers));
	batch->count = 0;
	for (int i = 0; i < BATCH; i++) {
		batch->iovs[i].iov_base = batch->bytes[i];
		batch->iovs[i].iov_len = MESSAGE_MAX;
		batch->headers[i].msg_hdr.msg_iov = &batch->iovs[i];
		batch->headers[i].msg_hdr.msg_iovlen = 1;
	}
}

static void batch_flush(struct batch *batch, int fd)
{
	unsigned sent = 0;

	while (sent < batch->count) {
		int n = sendmmsg(fd, batch->headers + sent, batch->count - sent,
				 0);

		if (n < 0 && errno != EINTR && errno != EAGAIN)
			break;
		sent += n > 0 ? (unsigned)n : 0;
	}
	batch->count = 0;
}

static int udp_socket(uint16_t port)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int size = 8 << 20;
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at))) {
		perror("bind");
		exit(1);
	}
	return fd;
}

static void lanes_open(struct wire *wire)
{
	wire->lanes = calloc(LANES, sizeof(*wire->lanes));
	for (int i = 0; i < LANES; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (!wire->lanes || fd < 0 ||
		    connect(fd, (struct sockaddr *)&wire->server,
			    sizeof(wire->server))) {
			perror("connect");
			exit(1);
		}
		wire->lanes[i].fd = fd;
	}
	wire->fd = wire->lanes[0].fd;
}

static inline void wire_open(struct wire *wire, uint16_t port, bool is_stream)
{
	struct sockaddr_in local;
	socklen_t len = sizeof(local);

	wire->is_stream = is_stream;
	wire->server = (struct sockaddr_in){ .sin_family = AF_INET,
					     .sin_port = htons(port) };
	wire->server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	batch_init(&wire->out);
	batch_init(&wire->in);
	if (is_stream)
		lanes_open(wire);
	else
		wire->fd = udp_socket(0);
	getsockname(wire->fd, (struct sockaddr *)&local, &len);
	wire->local_port = ntohs(local.sin_port);
}

static void lane_flush(struct lane *lane)
{
	ssize_t n = send(lane->fd, lane->out, lane->out_len,
			 MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		perror("send");
		exit(1);
	}
	if (n > 0) {
		lane->out_len -= (size_t)n;
		memmove(lane->out, lane->out + n, lane->out_len);
	}
}

static inline void wire_flush(struct wire *wire)
{
	if (!wire->is_stream) {
		batch_flush(&wire->out, wire->fd);
		return;
	}
	for (int i = 0; i < LANES; i++)
		if (wire->lanes[i].out_len > 0)
			lane_flush(&wire->lanes[i]);
}

/* Room for a message of MESSAGE_MAX bytes; NULL if the peer does not read. */
static inline char *wire_next(struct wire *wire, uint32_t call)
{
	struct lane *lane;

	if (!wire->is_stream) {
		if (wire->out.count == BATCH)
			wire_flush(wire);
		return wire->out.bytes[wire->out.count];
	}
	lane = &wire->lanes[call % LANES];
	if (lane->out_len + MESSAGE_MAX > LANE_BYTES)
		lane_flush(lane);
	return lane->out_len + MESSAGE_MAX > LANE_BYTES
		       ? NULL
		       : lane->out + lane->out_len;
}

static inline void wire_queue(struct wire *wire, uint32_t call, size_t len)
{
	struct batch *out = &wire->out;

	if (wire->is_stream) {
		wire->lanes[call % LANES].out_len += len;
		return;
	}
	out->iovs[out->count].iov_len = len;
	out->headers[out->count].msg_hdr.msg_name = &wire->server;
	out->headers[out->count].msg_hdr.msg_namelen = sizeof(wire->server);
	out->count++;
}

/* Answers to INVITE have no body here: a message ends where its head does. */
static void lane_receive(struct lane *lane, wire_taker *take, void *arg)
{
	ssize_t n = recv(lane->fd, lane->in + lane->in_len,
			 LANE_BYTES - lane->in_len, MSG_DONTWAIT);
	int64_t now_us = clock_monotonic_us();
	const char *at = lane->in;
	const char *end;

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		fputs("the server closed a connection\n", stderr);
		exit(1);
	}
	lane->in_len += n > 0 ? (size_t)n : 0;
	while ((end = memmem(at, (size_t)(lane->in + lane->in_len - at),
			     "\r\n\r\n", 4))) {
		take(arg, at, (size_t)(end + 4 - at), now_us);
		at = end + 4;
	}
	lane->in_len -= (size_t)(at - lane->in);
	memmove(lane->in, at, lane->in_len);
}

static void lanes_receive(struct wire *wire, int timeout_ms, wire_taker *take,
			  void *arg)
{
	struct pollfd ready[LANES];

	for (int i = 0; i < LANES; i++)
		ready[i] = (struct pollfd){
			.fd = wire->lanes[i].fd,
			.events = POLLIN |
				  (wire->lanes[i].out_len > 0 ? POLLOUT : 0)
		};
	if (poll(ready, LANES, timeout_ms) <= 0)
		return;
	for (int i = 0; i < LANES; i++)
		if (ready[i].revents & ~POLLOUT)
			lane_receive(&wire->lanes[i], take, arg);
	wire_flush(wire);
}

static void datagrams_receive(struct wire *wire, int timeout_ms,
			      wire_taker *take, void *arg)
{
	struct pollfd ready = { .fd = wire->fd, .events = POLLIN };
	int n;

	if (poll(&ready, 1, timeout_ms) <= 0)
		return;
	do {
		int64_t now_us;

		n = recvmmsg(wire->fd, wire->in.headers, BATCH, MSG_DONTWAIT,
			     NULL);
		now_us = clock_monotonic_us();
		for (int i = 0; i < n; i++)
			take(arg, wire->in.bytes[i],
			     wire->in.headers[i].msg_len, now_us);
		wire_flush(wire);
	} while (n == BATCH);
}

/* What has come, or comes within the time, is taken message by message. */
static inline void wire_receive(struct wire *wire, int timeout_ms,
				wire_taker *take, void *arg)
{
	if (wire->is_stream)
		lanes_receive(wire, timeout_ms, take, arg);
	else
		datagrams_receive(wire, timeout_ms, take, arg);
}
#endif
