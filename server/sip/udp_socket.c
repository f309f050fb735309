#include "sip/udp_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <unistd.h>

#include "sip/listen_address.h"

/* More than the system's limit needs a privilege; less than asked is no
 * failure. */
static void set_buffers(int fd, size_t bytes)
{
	int value = bytes > INT32_MAX ? INT32_MAX : (int)bytes;

	if (value == 0)
		return;
	if (listen_address_set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, value))
		(void)listen_address_set_option(fd, SOL_SOCKET, SO_RCVBUF,
						value);
	if (listen_address_set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, value))
		(void)listen_address_set_option(fd, SOL_SOCKET, SO_SNDBUF,
						value);
}

static int set_options(const struct udp_socket *socket, bool is_shared)
{
	int err = listen_address_share(socket->fd, socket->family, is_shared);

	if (err || !socket->is_wildcard)
		return err;
	if (socket->family == AF_INET6)
		return listen_address_set_option(socket->fd, IPPROTO_IPV6,
						 IPV6_RECVPKTINFO, 1);
	return listen_address_set_option(socket->fd, IPPROTO_IP, IP_PKTINFO, 1);
}

int udp_socket_open(const struct sip_listen *listen, size_t buffer_bytes,
		    bool is_shared, struct udp_socket *ret_socket,
		    struct sip_listen *ret_bound)
{
	struct udp_socket udp = { .fd = -1 };
	union transaction_peer address;
	int err = listen_address_read(listen, &address);

	if (err)
		return err;
	udp.family = address.any.sa_family;
	udp.is_wildcard = listen_address_is_wildcard(&address);
	udp.fd = socket(udp.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			IPPROTO_UDP);
	if (udp.fd < 0)
		return errno;
	err = set_options(&udp, is_shared);
	if (err)
		goto out;
	set_buffers(udp.fd, buffer_bytes);
	err = listen_address_bind(udp.fd, &address, listen, ret_bound);
	if (err)
		goto out;
	*ret_socket = udp;
	udp.fd = -1; /* the caller's now */
out:
	udp_socket_close(&udp);
	return err;
}

void udp_socket_close(struct udp_socket *socket)
{
	if (socket->fd >= 0)
		close(socket->fd);
	socket->fd = -1;
}

enum {
	/* Where the program keeps the offset of the Request-URI. */
	CELL_URI = 0,
	CELL_HASH = 1,
	ACK_URI_AT = 4,	  /* "ACK " */
	OTHER_URI_AT = 7, /* "INVITE ", "CANCEL " */
	HASH_PRIME = 0x01000193,
};

/* hash = (hash ^ the 4 bytes at the URI plus `at`) * prime */
#define MIX(at)                                                  \
	BPF_STMT(BPF_LDX | BPF_W | BPF_MEM, CELL_URI),           \
		BPF_STMT(BPF_LD | BPF_W | BPF_IND, (at)),        \
		BPF_STMT(BPF_LDX | BPF_W | BPF_MEM, CELL_HASH),  \
		BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),          \
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, HASH_PRIME), \
		BPF_STMT(BPF_ST, CELL_HASH)

void udp_socket_steer(const struct udp_socket *socket, unsigned workers)
{
	/*
	 * An INVITE, its copies, its ACK and its CANCEL have one Request-URI
	 * (RFC 3261 9.1, 17.1.1.3) and must meet in one worker, whose
	 * transactions nobody else sees. So the socket is chosen by the bytes
	 * that follow "sip:", which is where users differ. What is shorter than
	 * that goes to the first socket: the kernel ends the program with 0.
	 */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'A', 0, 2),
		BPF_STMT(BPF_LD | BPF_IMM, ACK_URI_AT),
		BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
		BPF_STMT(BPF_LD | BPF_IMM, OTHER_URI_AT),
		BPF_STMT(BPF_ST, CELL_URI),
		BPF_STMT(BPF_LD | BPF_IMM, 0),
		BPF_STMT(BPF_ST, CELL_HASH),
		MIX(4),
		MIX(8),
		MIX(12),
		MIX(16),
		MIX(20),
		/* The first of each four bytes is in the highest bits, and a
		 * product carries nothing down. */
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 15),
		BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, HASH_PRIME),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16),
		BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, workers),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]),
		.filter = code,
	};

	(void)setsockopt(socket->fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF,
			 &program, sizeof(program));
}
