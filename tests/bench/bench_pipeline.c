/*
 * bench_pipeline.c - what one call costs the worker without its sockets:
 *   bench_pipeline [CALLS [ADDRESSES [KIND]]]
 * INVITE, answer, ACK through the pipeline, with transactions, policy and log
 * on; KIND: moved (302), unknown (404) or refused (420). Nanoseconds a call;
 * tests/bench/instructions counts its instructions.
 */
#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "db/snapshot_builder.h"
#include "sip/sip_pipeline.h"

enum {
	MESSAGE_MAX = 2048,
	RING_SIZE = 1 << 20,
	BATCH = 32,
};

/* What a call is for, and what is in it besides. */
struct kind {
	const char *name, *user, *header;
};

static const struct kind kinds[] = {
	{ "moved", "user", "" },
	{ "unknown", "nobody", "" },
	{ "refused", "user", "Require: nobody-has-this\r\n" },
};

static const char sdp[] = "v=0\r\no=- 3912 3912 IN IP4 127.0.0.1\r\ns=call\r\n"
			  "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			  "m=audio 49170 RTP/AVP 0 8 97 101\r\n"
			  "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
			  "a=rtpmap:101 telephone-event/8000\r\n"
			  "a=fmtp:101 0-15\r\na=sendrecv\r\n";

static struct snapshot *make_snapshot(unsigned addresses)
{
	static struct move move = { .id = "mov_1",
				    .ends_at_ms = MOVE_OPEN_END,
				    .target_count = 1,
				    .targets = { { .q_permille = 1000 } } };
	static struct domain domain = { .name = "example.com" };
	struct snapshot_builder *builder;
	struct extension_rule *rules;
	size_t count;
	int err = snapshot_builder_begin(NULL, &builder);

	if (!err)
		err = extension_preset(TEXT("standard"), &rules, &count);
	if (!err)
		err = snapshot_builder_set_rules(builder, rules, count);
	if (!err)
		err = snapshot_builder_set_domains(builder, &domain, 1);
	for (unsigned i = 0; !err && i < addresses; i++) {
		char address[64];

		snprintf(address, sizeof(address), "sip:user%07u@example.com",
			 i);
		snprintf(move.targets[0].uri, sizeof(move.targets[0].uri),
			 "sip:user%07u@moved.example.net", i);
		err = snapshot_builder_put_address(builder, text_of(address),
						   &move, 1);
	}
	if (err) {
		fprintf(stderr, "no snapshot: %s\n", strerror(err));
		exit(1);
	}
	free(rules);
	return snapshot_builder_finish(builder, 1);
}

static size_t write_invite(char *message, const struct kind *kind,
			   unsigned call, unsigned address)
{
	return (size_t)snprintf(
		message, MESSAGE_MAX,
		"INVITE sip:%s%07u@example.com SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK%08x;rport\r\n"
		"Max-Forwards: 70\r\n"
		"From: \"Caller\" <sip:caller@127.0.0.1>;tag=%08x\r\n"
		"To: <sip:%s%07u@example.com>\r\n"
		"Call-ID: %08x@127.0.0.1\r\n"
		"CSeq: 1 INVITE\r\n"
		"%s"
		"Contact: <sip:caller@127.0.0.1:5062>\r\n"
		"Allow: INVITE, ACK, CANCEL, OPTIONS, BYE\r\n"
		"Supported: replaces, timer\r\n"
		"User-Agent: bench_pipeline\r\n"
		"Content-Type: application/sdp\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		kind->user, address, call, call, kind->user, address, call,
		kind->header, sizeof(sdp) - 1, sdp);
}

static size_t write_ack(char *message, const struct kind *kind, unsigned call,
			unsigned address, struct text answer)
{
	const char *to = memmem(answer.ptr, answer.len, "\nTo:", 4);
	const char *end = to ? memchr(to + 1, '\r', 200) : NULL;

	return (size_t)snprintf(
		message, MESSAGE_MAX,
		"ACK sip:%s%07u@example.com SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK%08x;rport\r\n"
		"Max-Forwards: 70\r\n"
		"From: \"Caller\" <sip:caller@127.0.0.1>;tag=%08x\r\n"
		"%.*s\r\n"
		"Call-ID: %08x@127.0.0.1\r\n"
		"CSeq: 1 ACK\r\n"
		"Content-Length: 0\r\n\r\n",
		kind->user, address, call, call, end ? (int)(end - to - 1) : 0,
		to ? to + 1 : "", call);
}

static struct transaction_route route_of_caller(void)
{
	struct transaction_route route = { .peer_len =
						   sizeof(struct sockaddr_in) };

	route.peer.in.sin_family = AF_INET;
	route.peer.in.sin_port = htons(5062);
	route.peer.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return route;
}

/* What nobody reads is not measured. */
static void drain(struct redirect_log_ring *ring)
{
	struct redirect_log_record record;

	while (redirect_log_ring_peek(ring, &record))
		redirect_log_ring_release(ring);
}

static double run(struct sip_pipeline *pipeline, struct redirect_log_ring *ring,
		  const struct kind *kind, unsigned calls, unsigned addresses)
{
	static char invite[MESSAGE_MAX], ack[MESSAGE_MAX];
	static char answer[SIP_ANSWER_MAX];
	int64_t spent_us = 0;

	for (unsigned i = 0; i < calls; i++) {
		unsigned address = i * 7919U % addresses;
		size_t len = write_invite(invite, kind, i, address);
		struct transaction_route route = route_of_caller();
		int64_t start_us = clock_monotonic_us();
		size_t answer_len = sip_pipeline_datagram(
			pipeline, (struct text){ invite, len }, &route, answer);

		spent_us += clock_monotonic_us() - start_us;
		len = write_ack(ack, kind, i, address,
				(struct text){ answer, answer_len });
		route = route_of_caller();
		start_us = clock_monotonic_us();
		(void)sip_pipeline_datagram(pipeline, (struct text){ ack, len },
					    &route, answer);
		spent_us += clock_monotonic_us() - start_us;
		if (i % BATCH == 0)
			drain(ring);
	}
	return (double)spent_us * 1000 / calls;
}

static const struct kind *kind_named(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned calls = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10)
				  : 200000;
	unsigned addresses = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10)
				      : 100000;
	const struct kind *kind = kind_named(argc > 3 ? argv[3] : "moved");
	static struct sip_counters counters;
	struct sip_pipeline_config config = {
		.call = { .server_header = TEXT("sipmoved") },
		.transactions = { .max = 1000000 },
		.counters = &counters,
	};
	struct hash_key secret;
	struct snapshot *snapshot;
	struct sip_pipeline *pipeline;

	if (sodium_init() < 0 || calls == 0 || addresses == 0 || !kind)
		return 2;
	hash_key_init(&secret);
	config.secret = &secret;
	snapshot = make_snapshot(addresses);
	if (redirect_log_ring_new(RING_SIZE, &config.ring) ||
	    sip_pipeline_new(&config, &pipeline)) {
		fputs("out of memory\n", stderr);
		return 1;
	}
	sip_pipeline_begin(pipeline, snapshot, clock_monotonic_us(),
			   clock_wall_us());
	printf("%u calls to %u addresses: %.0f ns a call\n", calls, addresses,
	       run(pipeline, config.ring, kind, calls, addresses));
	sip_pipeline_free(pipeline);
	redirect_log_ring_free(config.ring);
	snapshot_free_whole(snapshot);
	return 0;
}
