/*
 * sip_load.c - INVITE -> final answer -> ACK load over UDP or TCP on loopback.
 *
 *   sip_load --port P [--seconds S] [--window W | --rate R] [--addresses N]
 *            [--tcp] [--mixed] [--no-ack] [--pids SERVER[,SERVER...]]
 *
 * Closed loop: W calls are always under way. Paced: R calls a second are begun
 * whatever comes back. A call without an answer after 2 s is lost. Calls go to
 * sip:user0000000@example.com and so on, which have moved; --mixed sends of ten
 * calls one to an address that is not known, one to an address whose move is
 * still to come, and one that requires an extension nobody has. One line of
 * JSON says what was seen, and what CPU and memory the server used meanwhile.
 */
#include <getopt.h>
#include <signal.h>

#include "process_use.h"
#include "wire.h"

enum {
	SLOTS_MAX = 1 << 17,
	LATENCY_MAX_US = 1000000,
	LOST_AFTER_US = 2000000,
};

struct options {
	uint16_t port;
	unsigned seconds, window, rate, addresses;
	bool sends_ack, is_stream, is_mixed;
	const char *pids;
};

/* What a call is answered with, and how it differs from the others. */
struct kind {
	unsigned status;
	const char *user;
	const char *header;
	uint32_t users_max;
};

static const struct kind moved = { 302, "user", "", UINT32_MAX };
static const struct kind others[] = {
	{ 404, "nobody", "", UINT32_MAX },
	{ 480, "later", "", 1000 },
	{ 420, "user", "Require: nobody-has-this\r\n", UINT32_MAX },
};

struct slot {
	int64_t sent_at_us; /* 0: free */
	uint32_t generation;
	uint32_t address;
	const struct kind *kind;
};

struct load {
	struct options options;
	struct wire wire;
	struct slot *slots;
	uint32_t slot_count;
	uint32_t *free_slots;
	uint32_t free_count;
	uint32_t next_address;
	uint32_t *latencies; /* counts by microsecond */
	uint64_t begun, answered, lost, unexpected, copies;
};

static const char sdp[] = "v=0\r\no=- 3912 3912 IN IP4 127.0.0.1\r\ns=call\r\n"
			  "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			  "m=audio 49170 RTP/AVP 0 8 97 101\r\n"
			  "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
			  "a=rtpmap:97 iLBC/8000\r\n"
			  "a=rtpmap:101 telephone-event/8000\r\n"
			  "a=fmtp:101 0-15\r\na=sendrecv\r\n";

static const struct kind *next_kind(const struct load *load)
{
	size_t count = sizeof(others) / sizeof(others[0]);
	size_t place = load->begun % 10;

	return load->options.is_mixed && place < count ? &others[place]
						       : &moved;
}

/* What INVITE and ACK have alike, up to the To line. */
static int write_head(const struct load *load, uint32_t index, char *message,
		      const char *method)
{
	const struct slot *slot = &load->slots[index];

	return snprintf(message, MESSAGE_MAX,
			"%s sip:%s%07u@example.com SIP/2.0\r\n"
			"Via: SIP/2.0/%s 127.0.0.1:%u;branch=z9hG4bK%08x%08x;"
			"rport\r\n"
			"Max-Forwards: 70\r\n"
			"From: \"Caller\" <sip:caller@127.0.0.1>;tag=%08x\r\n"
			"Call-ID: %08x%08x-%u@127.0.0.1\r\n"
			"CSeq: 1 %s\r\n",
			method, slot->kind->user, slot->address,
			load->options.is_stream ? "TCP" : "UDP",
			(unsigned)load->wire.local_port, index,
			slot->generation, slot->generation, index,
			slot->generation, (unsigned)load->wire.local_port,
			method);
}

static bool begin_call(struct load *load, int64_t now_us)
{
	uint32_t index = load->free_slots[load->free_count - 1];
	struct slot *slot = &load->slots[index];
	char *message = wire_next(&load->wire, index);
	int len;

	if (!message)
		return false;
	load->free_count--;
	slot->sent_at_us = now_us;
	slot->generation++;
	slot->kind = next_kind(load);
	slot->address = load->next_address++ % load->options.addresses %
			slot->kind->users_max;
	load->begun++;
	len = write_head(load, index, message, "INVITE");
	len += snprintf(message + len, MESSAGE_MAX - (size_t)len,
			"To: <sip:%s%07u@example.com>\r\n"
			"Contact: <sip:caller@127.0.0.1:%u>\r\n"
			"Allow: INVITE, ACK, CANCEL, OPTIONS, BYE\r\n"
			"Supported: replaces, timer\r\n"
			"%s"
			"User-Agent: sip_load\r\n"
			"Content-Type: application/sdp\r\n"
			"Content-Length: %zu\r\n\r\n%s",
			slot->kind->user, slot->address,
			(unsigned)load->wire.local_port, slot->kind->header,
			sizeof(sdp) - 1, sdp);
	wire_queue(&load->wire, index, (size_t)len);
	return true;
}

static void send_ack(struct load *load, uint32_t index, const char *to,
		     size_t to_len)
{
	char *message = wire_next(&load->wire, index);
	int len;

	if (!message)
		return;
	len = write_head(load, index, message, "ACK");
	len += snprintf(message + len, MESSAGE_MAX - (size_t)len,
			"%.*s\r\nContent-Length: 0\r\n\r\n", (int)to_len, to);
	wire_queue(&load->wire, index, (size_t)len);
}

/* The slot an answer belongs to, or slot_count: answered before, or not ours.
 */
static uint32_t slot_of(const struct load *load, const char *answer, size_t len)
{
	const char *branch = memmem(answer, len, "z9hG4bK", 7);
	char digits[17];
	uint64_t number;

	if (!branch || (size_t)(answer + len - branch) < 23)
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

static void count_status(struct load *load, const struct slot *slot,
			 const char *answer, size_t len)
{
	unsigned status = len > 12 ? (unsigned)strtoul(answer + 8, NULL, 10)
				   : 0;

	if (status != slot->kind->status && load->unexpected++ == 0)
		fprintf(stderr, "not a %u: %.*s\n", slot->kind->status,
			(int)strcspn(answer, "\r\n"), answer);
}

static void take_answer(void *arg, const char *answer, size_t len,
			int64_t now_us)
{
	struct load *load = arg;
	uint32_t index = slot_of(load, answer, len);
	const char *to, *end;
	int64_t us;

	if (index == load->slot_count) {
		load->copies++;
		return;
	}
	us = now_us - load->slots[index].sent_at_us;
	load->latencies[us < LATENCY_MAX_US ? us : LATENCY_MAX_US - 1]++;
	load->answered++;
	count_status(load, &load->slots[index], answer, len);
	to = memmem(answer, len, "\nTo:", 4);
	end = to ? memchr(to + 1, '\r', len - (size_t)(to + 1 - answer)) : NULL;
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
	int64_t start = clock_monotonic_us();
	int64_t end = start + load->options.seconds * INT64_C(1000000);
	int64_t swept = start;
	int64_t now = start;

	while (now < end + LOST_AFTER_US &&
	       (now < end || load->free_count < load->slot_count)) {
		uint32_t count = now < end ? due(load, now - start) : 0;

		while (count-- > 0 && begin_call(load, now))
			;
		wire_flush(&load->wire);
		wire_receive(&load->wire, load->options.window ? 100 : 0,
			     take_answer, load);
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

static void load_init(struct load *load, const struct options *options)
{
	load->options = *options;
	wire_open(&load->wire, options->port, options->is_stream);
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

static void print_result(const struct load *load, double seconds,
			 const struct process_use *before,
			 const struct process_use *after)
{
	double calls = (double)(load->answered ? load->answered : 1);
	double worker_us, all_us;

	process_use_between(before, after, &worker_us, &all_us);
	printf("{\"calls\":%llu,\"calls_per_s\":%.0f,\"lost\":%llu,"
	       "\"copies\":%llu,\"unexpected\":%llu,\"p50_us\":%.0f,"
	       "\"p99_us\":%.0f,\"p999_us\":%.0f,\"worker_us\":%.3f,"
	       "\"all_us\":%.3f,\"memory_mb\":%.1f}\n",
	       (unsigned long long)load->answered,
	       (double)load->answered / (seconds > 0 ? seconds : 1),
	       (unsigned long long)load->lost, (unsigned long long)load->copies,
	       (unsigned long long)load->unexpected, percentile_us(load, 0.5),
	       percentile_us(load, 0.99), percentile_us(load, 0.999),
	       worker_us / calls, all_us / calls, after->pss_kb / 1024);
}

static void call(const struct options *options)
{
	static struct process_use before, after;
	static struct load load;
	int64_t start;

	load_init(&load, options);
	process_use_read(&before, options->pids);
	start = clock_monotonic_us();
	run_load(&load);
	process_use_read(&after, options->pids);
	print_result(&load, (double)(clock_monotonic_us() - start) / 1e6,
		     &before, &after);
}

int main(int argc, char **argv)
{
	static const struct option flags[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "seconds", required_argument, NULL, 's' },
		{ "window", required_argument, NULL, 'w' },
		{ "rate", required_argument, NULL, 'r' },
		{ "addresses", required_argument, NULL, 'a' },
		{ "pids", required_argument, NULL, 'i' },
		{ "no-ack", no_argument, NULL, 'n' },
		{ "tcp", no_argument, NULL, 't' },
		{ "mixed", no_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = { .seconds = 5,
				   .addresses = 100000,
				   .sends_ack = true };
	int flag;

	while ((flag = getopt_long(argc, argv, "", flags, NULL)) != -1) {
		unsigned number = optarg ? (unsigned)strtoul(optarg, NULL, 10)
					 : 0;

		if (flag == 'p')
			options.port = (uint16_t)number;
		else if (flag == 's')
			options.seconds = number;
		else if (flag == 'w')
			options.window = number;
		else if (flag == 'r')
			options.rate = number;
		else if (flag == 'a')
			options.addresses = number;
		else if (flag == 'i')
			options.pids = optarg;
		else if (flag == 'n')
			options.sends_ack = false;
		else if (flag == 't')
			options.is_stream = true;
		else if (flag == 'm')
			options.is_mixed = true;
		else
			return 2;
	}
	if (!options.window && !options.rate)
		options.window = 128;
	signal(SIGALRM, SIG_DFL);
	alarm(options.seconds + 300);
	call(&options);
	return 0;
}
