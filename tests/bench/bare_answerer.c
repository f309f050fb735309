/*
 * bare_answerer.c - answers every INVITE over UDP with a fixed 302, by recvmmsg
 * and sendmmsg and nothing else: the floor that a SIP server is held against.
 *
 *   bare_answerer PORT
 */
#include <sys/prctl.h>

#include "wire.h"

static const char head[] = "SIP/2.0 302 Moved Temporarily\r\n";
static const char tail[] = "From: <sip:caller@127.0.0.1>;tag=1\r\n"
			   "To: <sip:user@example.com>;tag=0123456789abcdef\r\n"
			   "Call-ID: 0123456789abcdef0123456789abcdef@127.0.0.1"
			   "\r\nCSeq: 1 INVITE\r\n"
			   "Contact: <sip:user0000000@moved.example.net>\r\n"
			   "Server: bare\r\n"
			   "Content-Length: 0\r\n\r\n";

/* The request's second line is its Via. */
static size_t answer(const char *request, size_t len, char *bytes)
{
	const char *via = memchr(request, '\n', len);
	const char *end =
		via ? memchr(via + 1, '\n', len - (size_t)(via + 1 - request))
		    : NULL;
	size_t via_len = end ? (size_t)(end - via) : 0;
	size_t at = sizeof(head) - 1;

	memcpy(bytes, head, at);
	if (via_len > 0 && via_len < 256) {
		memcpy(bytes + at, via + 1, via_len);
		at += via_len;
	}
	memcpy(bytes + at, tail, sizeof(tail) - 1);
	return at + sizeof(tail) - 1;
}

static void answer_batch(struct batch *in, struct batch *out, int fd)
{
	int n;

	for (int i = 0; i < BATCH; i++) {
		in->headers[i].msg_hdr.msg_name = &in->peers[i];
		in->headers[i].msg_hdr.msg_namelen = sizeof(in->peers[i]);
	}
	n = recvmmsg(fd, in->headers, BATCH, MSG_WAITFORONE, NULL);
	for (int i = 0; i < n; i++) {
		unsigned at = out->count;

		if (in->bytes[i][0] != 'I')
			continue;
		out->iovs[at].iov_len = answer(
			in->bytes[i], in->headers[i].msg_len, out->bytes[at]);
		out->peers[at] = in->peers[i];
		out->headers[at].msg_hdr.msg_name = &out->peers[at];
		out->headers[at].msg_hdr.msg_namelen = sizeof(out->peers[at]);
		out->count++;
	}
	batch_flush(out, fd);
}

int main(int argc, char **argv)
{
	static struct batch in, out;
	int fd;

	if (argc != 2) {
		fputs("usage: bare_answerer PORT\n", stderr);
		return 2;
	}
	fd = udp_socket((uint16_t)strtoul(argv[1], NULL, 10));
	prctl(PR_SET_NAME, "sip-0");
	batch_init(&in);
	batch_init(&out);
	for (;;)
		answer_batch(&in, &out, fd);
}
