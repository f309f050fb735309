/*
 * sip_load.c - INVITE -> 302 -> ACK load over UDP on loopback, and the bare
 * answerer it is compared with.
 *
 *   sip_load call --port P [--seconds S] [--window W | --rate R]
 *                 [--addresses N] [--no-ack] [--pid SERVER]
 *   sip_load answer --port P      answers every INVITE with a fixed 302
 *
 * Closed loop: W calls are always under way. Paced: R calls a second are begun
 * whatever comes back. A call without an answer after 2 s is lost. One line of
 * JSON says what was seen, and what CPU the server's threads used meanwhile.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

enum {
	BATCH = 32,
	MESSAGE_MAX = 1400,
	SLOTS_MAX = 1 << 17,
	LATENCY_MAX_US = 1000000,
	LOST_AFTER_US = 2000000,
};

struct options {
	uint16_t port;
	unsigned seconds, window, rate, addresses;
	bool sends_ack;
	int pid;
};

/* --- batches of datagrams ----------------------------------------------------
 */

struct batch {
	struct mmsghdr headers[BATCH];
	struct iovec iovs[BATCH];
	struct sockaddr_in peers[BATCH];
	char bytes[BATCH][MESSAGE_MAX];
	unsigned count;
};

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

/* --- the bare answerer
 * -------------------------------------------------------- */

static const char bare_head[] = "SIP/2.0 302 Moved Temporarily\r\n";
static const char bare_tail[] =
	"From: <sip:caller@127.0.0.1>;tag=1\r\n"
	"To: <sip:user@example.com>;tag=0123456789abcdef\r\n"
	"Call-ID: 0123456789abcdef0123456789abcdef@127.0.0.1\r\n"
	"CSeq: 1 INVITE\r\n"
	"Contact: <sip:user0000000@moved.example.net>\r\n"
	"Server: bare\r\n"
	"Content-Length: 0\r\n\r\n";

static size_t bare_answer(const char *request, size_t len, char *answer)
{
	const char *via = memchr(request, '\n', len);
	const char *end =
		via ? memchr(via + 1, '\n', len - (size_t)(via + 1 - request))
		    : NULL;
	size_t via_len = end ? (size_t)(end - via) : 0;
	size_t at = sizeof(bare_head) - 1;

	memcpy(answer, bare_head, at);
	if (via_len > 0 && via_len < 256) {
		memcpy(answer + at, via + 1, via_len);
		at += via_len;
	}
	memcpy(answer + at, bare_tail, sizeof(bare_tail) - 1);
	return at + sizeof(bare_tail) - 1;
}

static _Noreturn void answer(const struct options *options)
{
	static struct batch in, out;
	int fd = udp_socket(options->port);

	prctl(PR_SET_NAME, "sip-0");
	batch_init(&in);
	batch_init(&out);
	for (;;) {
		int n;

		for (int i = 0; i < BATCH; i++) {
			in.headers[i].msg_hdr.msg_name = &in.peers[i];
			in.headers[i].msg_hdr.msg_namelen = sizeof(in.peers[i]);
		}
		n = recvmmsg(fd, in.headers, BATCH, MSG_WAITFORONE, NULL);
		for (int i = 0; i < n; i++) {
			unsigned at = out.count;

			if (in.bytes[i][0] != 'I')
				continue;
			out.iovs[at].iov_len =
				bare_answer(in.bytes[i], in.headers[i].msg_len,
					    out.bytes[at]);
			out.peers[at] = in.peers[i];
			out.headers[at].msg_hdr.msg_name = &out.peers[at];
			out.headers[at].msg_hdr.msg_namelen =
				sizeof(out.peers[at]);
			out.count++;
		}
		batch_flush(&out, fd);
	}
}

/* --- the caller
 * ---------------------------------------------------------------- */

struct slot {
	int64_t sent_at_us; /* 0: free */
	uint32_t generation;
	uint32_t address;
};

struct load {
	struct options options;
	int fd;
	uint16_t local_port;
	struct slot *slots;
	uint32_t slot_count;
	uint32_t *free_slots;
	uint32_t free_count;
	uint32_t next_address;
	struct batch out;
	struct sockaddr_in server;
	uint32_t *latencies; /* counts by microsecond */
	uint64_t begun, answered, lost, other, late;
};

static const char sdp[] = "v=0\r\no=- 3912 3912 IN IP4 127.0.0.1\r\ns=call\r\n"
			  "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			  "m=audio 49170 RTP/AVP 0 8 97 101\r\n"
			  "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
			  "a=rtpmap:97 iLBC/8000\r\n"
			  "a=rtpmap:101 telephone-event/8000\r\n"
			  "a=fmtp:101 0-15\r\na=sendrecv\r\n";

static char *next_message(struct load *load)
{
	if (load->out.count == BATCH)
		batch_flush(&load->out, load->fd);
	return load->out.bytes[load->out.count];
}

static void send_message(struct load *load, int len)
{
	struct batch *out = &load->out;

	out->iovs[out->count].iov_len = (size_t)len;
	out->headers[out->count].msg_hdr.msg_name = &load->server;
	out->headers[out->count].msg_hdr.msg_namelen = sizeof(load->server);
	out->count++;
}

static void begin_call(struct load *load, int64_t now_us)
{
	uint32_t index = load->free_slots[--load->free_count];
	struct slot *slot = &load->slots[index];
	char *message = next_message(load);

	slot->sent_at_us = now_us;
	slot->generation++;
	slot->address = load->next_address++ % load->options.addresses;
	load->begun++;
	send_message(
		load,
		snprintf(message, MESSAGE_MAX,
			 "INVITE sip:user%07u@example.com SIP/2.0\r\n"
			 "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK%08x%08x;"
			 "rport\r\n"
			 "Max-Forwards: 70\r\n"
			 "From: \"Caller\" <sip:caller@127.0.0.1>;tag=%08x\r\n"
			 "To: <sip:user%07u@example.com>\r\n"
			 "Call-ID: %08x%08x-%u@127.0.0.1\r\n"
			 "CSeq: 1 INVITE\r\n"
			 "Contact: <sip:caller@127.0.0.1:%u>\r\n"
			 "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE\r\n"
			 "Supported: replaces, timer\r\n"
			 "User-Agent: sip_load\r\n"
			 "Content-Type: application/sdp\r\n"
			 "Content-Length: %zu\r\n\r\n%s",
			 slot->address, (unsigned)load->local_port, index,
			 slot->generation, slot->generation, slot->address,
			 index, slot->generation, (unsigned)load->local_port,
			 (unsigned)load->local_port, sizeof(sdp) - 1, sdp));
}

static void send_ack(struct load *load, uint32_t index, const char *to,
		     size_t to_len)
{
	const struct slot *slot = &load->slots[index];
	char *message = next_message(load);

	send_message(
		load,
		snprintf(message, MESSAGE_MAX,
			 "ACK sip:user%07u@example.com SIP/2.0\r\n"
			 "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK%08x%08x;"
			 "rport\r\n"
			 "Max-Forwards: 70\r\n"
			 "From: \"Caller\" <sip:caller@127.0.0.1>;tag=%08x\r\n"
			 "%.*s\r\n"
			 "Call-ID: %08x%08x-%u@127.0.0.1\r\n"
			 "CSeq: 1 ACK\r\n"
			 "Content-Length: 0\r\n\r\n",
			 slot->address, (unsigned)load->local_port, index,
			 slot->generation, slot->generation, (int)to_len, to,
			 index, slot->generation, (unsigned)load->local_port));
}

/* The slot an answer belongs to, or slot_count: late, or not ours. */
static uint32_t slot_of(const struct load *load, const char *answer_bytes,
			size_t len)
{
	const char *branch = memmem(answer_bytes, len, "z9hG4bK", 7);
	char digits[17];
	uint64_t number;

	if (!branch || (size_t)(answer_bytes + len - branch) < 23)
		return load->slot_count;
	memcpy(digits, branch + 7, 16);
	digits[16] = '\0';
	number = strtoull(digits, NULL, 16);
	if (number >> 32 >= load->slot_count ||
	    load->slots[number >> 32].sent_at_us == 0 ||
	    load->slots[number >> 32].generation != (uint32_t)number)
		return load->slot_count;
	return (uint32_t)(number >> 32);
}

static void take_answer(struct load *load, const char *bytes, size_t len,
			int64_t now_us)
{
	uint32_t index = slot_of(load, bytes, len);
	const char *to, *end;
	int64_t us;

	if (index == load->slot_count) {
		load->late++;
		return;
	}
	us = now_us - load->slots[index].sent_at_us;
	load->latencies[us < LATENCY_MAX_US ? us : LATENCY_MAX_US - 1]++;
	load->answered++;
	if (len < 12 || memcmp(bytes + 8, "302", 3) != 0) {
		if (load->other++ == 0)
			fprintf(stderr, "not a 302: %.*s\n",
				(int)strcspn(bytes, "\r\n"), bytes);
	}
	to = memmem(bytes, len, "\nTo:", 4);
	end = to ? memchr(to + 1, '\r', len - (size_t)(to + 1 - bytes)) : NULL;
	if (load->options.sends_ack && end)
		send_ack(load, index, to + 1, (size_t)(end - to - 1));
	load->slots[index].sent_at_us = 0;
	load->free_slots[load->free_count++] = index;
}

static void drop_lost(struct load *load, int64_t now_us)
{
	for (uint32_t i = 0; i < load->slot_count; i++)
		if (load->slots[i].sent_at_us &&
		    now_us - load->slots[i].sent_at_us > LOST_AFTER_US) {
			load->slots[i].sent_at_us = 0;
			load->free_slots[load->free_count++] = i;
			load->lost++;
		}
}

static void receive(struct load *load, struct batch *in, int timeout_ms)
{
	struct pollfd ready = { .fd = load->fd, .events = POLLIN };
	int64_t now_us;
	int n;

	if (poll(&ready, 1, timeout_ms) <= 0)
		return;
	do {
		n = recvmmsg(load->fd, in->headers, BATCH, MSG_DONTWAIT, NULL);
		now_us = clock_monotonic_us();
		for (int i = 0; i < n; i++)
			take_answer(load, in->bytes[i], in->headers[i].msg_len,
				    now_us);
		batch_flush(&load->out, load->fd);
	} while (n == BATCH);
}

/* How many calls to begin now. */
static uint32_t due(const struct load *load, int64_t elapsed_us)
{
	uint64_t wanted;

	if (load->options.window)
		return load->free_count;
	wanted = (uint64_t)elapsed_us * load->options.rate / 1000000;
	wanted -= load->begun < wanted ? load->begun : wanted;
	return wanted < load->free_count ? (uint32_t)wanted : load->free_count;
}

static void run_load(struct load *load)
{
	static struct batch in;
	int64_t start = clock_monotonic_us();
	int64_t end = start + load->options.seconds * INT64_C(1000000);
	int64_t swept = start;
	int64_t now = start;

	batch_init(&in);
	batch_init(&load->out);
	while (now < end + LOST_AFTER_US &&
	       (now < end || load->free_count < load->slot_count)) {
		uint32_t count = now < end ? due(load, now - start) : 0;

		while (count-- > 0)
			begin_call(load, now);
		batch_flush(&load->out, load->fd);
		receive(load, &in, load->options.window ? 100 : 0);
		now = clock_monotonic_us();
		if (now - swept > 200000) {
			drop_lost(load, now);
			swept = now;
		}
	}
	drop_lost(load, now + LOST_AFTER_US + 1);
}

static double percentile_us(const struct load *load, double part)
{
	uint64_t seen = 0;

	for (uint32_t i = 0; i < LATENCY_MAX_US; i++) {
		seen += load->latencies[i];
		if (load->answered &&
		    (double)seen >= part * (double)load->answered)
			return i;
	}
	return 0;
}

/* CPU microseconds of a process's threads whose name starts so; "" for all. */
static double cpu_us(int pid, const char *name)
{
	char path[64];
	struct dirent *entry;
	double total = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks))) {
		char file[400], comm[32] = "";
		unsigned long long ns = 0;
		FILE *stream;

		snprintf(file, sizeof(file), "%s/%s/comm", path, entry->d_name);
		stream = fopen(file, "re");
		if (!stream)
			continue;
		if (!fgets(comm, sizeof(comm), stream))
			comm[0] = '\0';
		fclose(stream);
		if (strncmp(comm, name, strlen(name)) != 0)
			continue;
		snprintf(file, sizeof(file), "%s/%s/schedstat", path,
			 entry->d_name);
		stream = fopen(file, "re");
		if (stream && fscanf(stream, "%llu", &ns) == 1)
			total += (double)ns / 1000;
		if (stream)
			fclose(stream);
	}
	if (tasks)
		closedir(tasks);
	return total;
}

static void load_init(struct load *load, const struct options *options)
{
	struct sockaddr_in local;
	socklen_t len = sizeof(local);

	load->options = *options;
	load->fd = udp_socket(0);
	getsockname(load->fd, (struct sockaddr *)&local, &len);
	load->local_port = ntohs(local.sin_port);
	load->server = (struct sockaddr_in){ .sin_family = AF_INET,
					     .sin_port = htons(options->port) };
	load->server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	load->slot_count = options->window ? options->window : SLOTS_MAX;
	load->slots = calloc(load->slot_count, sizeof(*load->slots));
	load->free_slots = calloc(load->slot_count, sizeof(uint32_t));
	load->latencies = calloc(LATENCY_MAX_US, sizeof(uint32_t));
	if (!load->slots || !load->free_slots || !load->latencies) {
		fputs("out of memory\n", stderr);
		exit(1);
	}
	for (uint32_t i = 0; i < load->slot_count; i++)
		load->free_slots[load->free_count++] = i;
}

static int call(const struct options *options)
{
	static struct load load;
	double sip_before, all_before, sip, all;
	int64_t start;
	double seconds;

	load_init(&load, options);
	sip_before = options->pid ? cpu_us(options->pid, "sip-") : 0;
	all_before = options->pid ? cpu_us(options->pid, "") : 0;
	start = clock_monotonic_us();
	run_load(&load);
	seconds = (double)(clock_monotonic_us() - start) / 1e6;
	sip = options->pid ? cpu_us(options->pid, "sip-") - sip_before : 0;
	all = options->pid ? cpu_us(options->pid, "") - all_before : 0;
	printf("{\"calls\":%llu,\"calls_per_s\":%.0f,\"lost\":%llu,"
	       "\"late\":%llu,\"not_302\":%llu,\"p50_us\":%.0f,\"p99_us\":%.0f,"
	       "\"p999_us\":%.0f,\"sip_cpu_us\":%.2f,\"all_cpu_us\":%.2f}\n",
	       (unsigned long long)load.answered,
	       (double)load.answered / (seconds > 0 ? seconds : 1),
	       (unsigned long long)load.lost, (unsigned long long)load.late,
	       (unsigned long long)load.other, percentile_us(&load, 0.5),
	       percentile_us(&load, 0.99), percentile_us(&load, 0.999),
	       sip / (double)(load.answered ? load.answered : 1),
	       all / (double)(load.answered ? load.answered : 1));
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option flags[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "seconds", required_argument, NULL, 's' },
		{ "window", required_argument, NULL, 'w' },
		{ "rate", required_argument, NULL, 'r' },
		{ "addresses", required_argument, NULL, 'a' },
		{ "no-ack", no_argument, NULL, 'n' },
		{ "pid", required_argument, NULL, 'i' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = { .seconds = 5,
				   .addresses = 100000,
				   .sends_ack = true };
	int flag;

	while ((flag = getopt_long(argc, argv, "", flags, NULL)) != -1) {
		unsigned long number = optarg ? strtoul(optarg, NULL, 10) : 0;

		if (flag == 'p')
			options.port = (uint16_t)number;
		else if (flag == 's')
			options.seconds = (unsigned)number;
		else if (flag == 'w')
			options.window = (unsigned)number;
		else if (flag == 'r')
			options.rate = (unsigned)number;
		else if (flag == 'a')
			options.addresses = (unsigned)number;
		else if (flag == 'n')
			options.sends_ack = false;
		else if (flag == 'i')
			options.pid = (int)number;
		else
			return 2;
	}
	if (!options.window && !options.rate)
		options.window = 128;
	signal(SIGALRM, SIG_DFL);
	alarm(options.seconds + 300);
	if (optind < argc && !strcmp(argv[optind], "answer"))
		answer(&options);
	return call(&options);
}
