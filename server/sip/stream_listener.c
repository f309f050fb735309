#include "sip/stream_listener.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "sip/listen_address.h"

enum {
	BACKLOG = 1024,
	/* Parts of an IP header, for the kernel's filter. */
	IPV4_SOURCE_AT = 12,
	IPV6_NETWORK_AT = 8,
	HASH_PRIME = 0x01000193,
};

static int set_options(const struct stream_listener *listener, bool is_shared)
{
	/* A restart does not wait for what the last one's connections left. */
	int err = listen_address_set_option(listener->fd, SOL_SOCKET,
					    SO_REUSEADDR, 1);

	if (!err)
		err = listen_address_share(listener->fd, listener->family,
					   is_shared);
	/* Accepted sockets take this over. */
	if (!err)
		err = listen_address_set_option(listener->fd, IPPROTO_TCP,
						TCP_NODELAY, 1);
	return err;
}

int stream_listener_open(const struct sip_listen *listen_on, bool is_shared,
			 struct stream_listener *ret_listener,
			 struct sip_listen *ret_bound)
{
	struct stream_listener listener = { .fd = -1,
					    .is_tls = listen_on->is_tls };
	union transaction_peer address;
	struct sip_listen bound;
	int err = listen_address_read(listen_on, &address);

	if (err)
		return err;
	listener.family = address.any.sa_family;
	listener.fd = socket(listener.family,
			     SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			     IPPROTO_TCP);
	if (listener.fd < 0)
		return errno;
	err = set_options(&listener, is_shared);
	if (!err)
		err = listen_address_bind(listener.fd, &address, listen_on,
					  &bound);
	if (!err && listen(listener.fd, BACKLOG))
		err = errno;
	if (err)
		goto out;
	*ret_bound = bound;
	*ret_listener = listener;
	listener.fd = -1; /* the caller's now */
out:
	stream_listener_close(&listener);
	return err;
}

void stream_listener_close(struct stream_listener *listener)
{
	if (listener->fd >= 0)
		close(listener->fd);
	listener->fd = -1;
}

void stream_listener_steer(const struct stream_listener *listener,
			   unsigned workers)
{
	bool is_ipv6 = listener->family == AF_INET6;
	/* IPv4: the address, twice, so that both families have one program. */
	uint32_t first = (uint32_t)SKF_NET_OFF +
			 (is_ipv6 ? IPV6_NETWORK_AT : IPV4_SOURCE_AT);
	uint32_t second = first + (is_ipv6 ? 4 : 0);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, first),
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, HASH_PRIME),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, second),
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

	(void)setsockopt(listener->fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF,
			 &program, sizeof(program));
}
