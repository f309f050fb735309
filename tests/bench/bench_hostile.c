/*
 * bench_hostile.c - what the dearest datagrams cost beside a normal INVITE, in
 * CPU of the pipeline alone (scan, transaction, decision, answer, log record;
 * no system call): design 9 allows ten times as much.
 *
 *   bench_hostile          a line a shape: bytes, ns, ratio; exits 1 if one is
 *                          dearer than that
 *   bench_hostile PART     those alone with PART in their names
 */
#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db/snapshot_builder.h"
#include "sip/sip_pipeline.h"

enum {
	DATAGRAM_MAX = 65507,
	HEAD_ROOM = 128, /* left for the lines behind the pieces */
	PER_ROUND = 64,
	ROUNDS = 40,
	MOST = 10, /* times a normal INVITE */
	RING_SIZE = 1 << 20,
	NUMBER_DIGITS = 8,
};

#define LINE	"INVITE sip:alice@example.com SIP/2.0\r\n"
#define VIA	"Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK########\r\n"
#define OLD_VIA "Via: SIP/2.0/UDP 192.0.2.1:5062;x=########\r\n"
#define FROM	"From: \"Caller\" <sip:caller@192.0.2.1>;tag=########\r\n"
#define TO	"To: <sip:alice@example.com>\r\n"
#define CALL_ID "Call-ID: ########-1@192.0.2.1\r\n"
#define CSEQ	"CSeq: 1 INVITE\r\n"
#define USUAL	VIA FROM TO CALL_ID CSEQ
#define END	"\r\n\r\n"
/* Of a domain that has all its settings on. */
#define MANY	"INVITE sip:many@all.example.com SIP/2.0\r\n"
#define HISTORY "Supported: histinfo\r\n"
#define NUL	"\x1a" /* stands for one: no string has it in it */

/* start, pieces up to size, end. "########" becomes another number each time:
 * each is a call of its own. */
struct shape {
	const char *name;
	const char *start, *piece, *end;
	size_t size;
};

#define HEAD  SIP_HEAD_MAX
#define WHOLE DATAGRAM_MAX

static const struct shape normal = {
	"normal INVITE",
	LINE USUAL "Max-Forwards: 70\r\n"
		   "Contact: <sip:caller@192.0.2.1:5062>\r\n"
		   "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE\r\n"
		   "Supported: replaces, timer\r\nUser-Agent: phone\r\n"
		   "Content-Type: application/sdp\r\n\r\n",
	"a=rtpmap:0 PCMU/8000\r\n", "", 800
};

static const struct shape shapes[] = {
	{ "body of 64 KiB", LINE USUAL "\r\n", "x", "", WHOLE },
	{ "64 KiB of blanks", "", " ", "", WHOLE },
	{ "64 KiB of CRLF", "", "\r\n", "", WHOLE },
	{ "64 KiB of NUL", "", "\0", "", WHOLE },
	{ "64 KiB of A", "", "A", "", WHOLE },
	{ "64 KiB of lines", "", "A\r\n", "", WHOLE },
	{ "64 KiB of header lines", LINE USUAL, "X: y\r\n", "\r\n", WHOLE },
	{ "128 header lines", LINE USUAL, "X-Some-Header: some value\r\n",
	  "\r\n", 3300 },
	{ "128 long header lines", LINE USUAL,
	  "X: 345678901234567890123456789012345678901234567890"
	  "123456789012345678901234567890123456789012345678901234567890\r\n",
	  "\r\n", HEAD },
	{ "folds in an unknown header", LINE USUAL "X: y", "\r\n ", END, HEAD },
	{ "folds in To", LINE VIA FROM CALL_ID CSEQ "To: <sip:a@b>", "\r\n ",
	  ";a=b" END, HEAD },
	{ "folds in To, no From", LINE VIA CALL_ID CSEQ "To: <sip:a@b>",
	  "\r\n ", ";a=b" END, HEAD },
	{ "blanks in To", LINE VIA FROM CALL_ID CSEQ "To: <sip:a@b>", " ",
	  ";a=b" END, HEAD },
	{ "70 Via values", LINE VIA FROM TO CALL_ID CSEQ "Via: SIP/2.0/UDP h",
	  ",SIP/2.0/UDP h", END, 1200 },
	{ "70 Via lines", LINE USUAL, "Via: SIP/2.0/UDP h;branch=z9hG4bKa\r\n",
	  "\r\n", 2600 },
	{ "70 long Via lines", LINE USUAL,
	  "Via: SIP/2.0/UDP h;branch=z9hG4bK3456789012345678901234567890"
	  "12345678901234567890123456789012345678901234567890123456789012345"
	  "12345678901234567890123456789012345678901234567890123456789012345"
	  "1234567890123456789012\r\n",
	  "\r\n", HEAD },
	{ "70 long Via lines, no From", LINE VIA TO CALL_ID CSEQ,
	  "Via: SIP/2.0/UDP h;branch=z9hG4bK3456789012345678901234567890"
	  "12345678901234567890123456789012345678901234567890123456789012345"
	  "12345678901234567890123456789012345678901234567890123456789012345"
	  "1234567890123456789012\r\n",
	  "\r\n", HEAD },
	{ "commas in Via", LINE USUAL "Via: ", ",", END, HEAD },
	{ "quoted commas in Via", LINE USUAL "Via: S/2/U h;a=\"", ",", "\"" END,
	  HEAD },
	{ "parameters of the top Via",
	  LINE "Via: SIP/2.0/UDP h;branch=z9hG4bK########", ";a=b",
	  "\r\n" FROM TO CALL_ID CSEQ "\r\n", HEAD },
	{ "parameters of To", LINE VIA FROM CALL_ID CSEQ "To: <sip:a@b>",
	  ";a=b", END, HEAD },
	{ "parameters of From, no To", LINE VIA CALL_ID CSEQ "From: <sip:a@b>",
	  ";a", END, HEAD },
	{ "escapes in To's name", LINE VIA FROM CALL_ID CSEQ "To: \"", "\\\"",
	  "\" <sip:a@b>" END, HEAD },
	{ "an open quote in To", LINE VIA FROM CALL_ID CSEQ "To: \"", "a", END,
	  HEAD },
	{ "quotes in To", LINE VIA FROM CALL_ID CSEQ "To: <sip:a@b>",
	  ";a=\"b\"", END, HEAD },
	{ "a long name in To", LINE VIA FROM CALL_ID CSEQ "To: ", "a ",
	  "<sip:a@b>" END, HEAD },
	{ "a long To, no From", LINE VIA CALL_ID CSEQ "To: ", "a ",
	  "<sip:a@b>" END, HEAD },
	{ "a long Call-ID", LINE VIA FROM TO CSEQ "Call-ID: ########", "a", END,
	  HEAD },
	{ "a long Call-ID without a cookie",
	  LINE OLD_VIA FROM TO CSEQ "Call-ID: ########", "a", END, HEAD },
	{ "a long branch",
	  LINE FROM TO CSEQ CALL_ID "Via: SIP/2.0/UDP h;branch=z9hG4bK########",
	  "a", END, HEAD },
	{ "a long branch in a CANCEL",
	  "CANCEL sip:alice@example.com SIP/2.0\r\n" FROM TO CALL_ID
	  "CSeq: 1 CANCEL\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK########",
	  "a", END, HEAD },
	{ "a long Via in an ACK without a cookie",
	  "ACK sip:alice@example.com SIP/2.0\r\n" FROM
	  "To: <sip:alice@example.com>;tag=a\r\n" CALL_ID
	  "CSeq: 1 ACK\r\nVia: SIP/2.0/UDP h;x=########",
	  "a", END, HEAD },
	{ "a long sent-by",
	  LINE FROM TO CSEQ CALL_ID "Via: SIP/2.0/UDP ########", "a",
	  ";branch=z9hG4bK1" END, HEAD },
	{ "a long From tag",
	  LINE VIA TO CSEQ CALL_ID "From: <sip:a@b>;tag=########", "a", END,
	  HEAD },
	{ "a long Timestamp", LINE USUAL "Timestamp: ", "1", END, HEAD },
	{ "a long User-Agent", LINE USUAL "User-Agent: ", "\xc3\xa9", END,
	  HEAD },
	{ "a long method", "X", "A",
	  " sip:alice@example.com SIP/2.0\r\n" USUAL "\r\n", HEAD - 600 },
	{ "a long Request-URI", "INVITE sip:", "a",
	  "@example.com SIP/2.0\r\n" USUAL "\r\n", HEAD },
	{ "escapes in the Request-URI", "INVITE sip:", "%41",
	  "@example.com SIP/2.0\r\n" USUAL "\r\n", 1300 },
	{ "separators in a number", "INVITE sip:+1", "-",
	  "@example.com SIP/2.0\r\n" USUAL "\r\n", 1300 },
	{ "parameters of the Request-URI", "INVITE sip:self@example.com", ";a",
	  " SIP/2.0\r\n" USUAL "\r\n", 1300 },
	{ "blanks in the first line", "INVITE", " ",
	  "sip:alice@example.com SIP/2.0\r\n" USUAL "\r\n", HEAD },
	{ "digits of Content-Length", LINE USUAL "Content-Length: ", "9", END,
	  HEAD },
	{ "digits of CSeq", LINE VIA FROM TO CALL_ID "CSeq: ", "9",
	  " INVITE" END, HEAD },
	{ "commas in Require", LINE USUAL "Require: ", ",", END, HEAD },
	{ "blanks in Require", LINE USUAL "Require: a", " ", ",b" END, HEAD },
	{ "1,024 octets of one tag", LINE USUAL "Require: a", ",a", END, 2300 },
	{ "one tag beyond its length", LINE USUAL "Require: ", "a", END, HEAD },
	{ "32 tags of one octet, again and again",
	  LINE USUAL "Require: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,"
		     "x,y,z,0,1,2,3,4,5",
	  ",5", END, 2200 },
	{ "32 tags in both headers",
	  LINE USUAL
	  "Require: a1234567890,b1234567890,c1234567890,d1234567890,"
	  "e1234567890,f1234567890,g1234567890,h1234567890,i1234567890,"
	  "j1234567890,k1234567890,l1234567890,m1234567890,n1234567890,"
	  "o1234567890,p1234567890,q1234567890,r1234567890,s1234567890,"
	  "t1234567890,u1234567890,v1234567890,w1234567890,x1234567890,"
	  "y1234567890,z1234567890,01234567890,11234567890,21234567890,"
	  "31234567890,41234567890,51234567890\r\n"
	  "Proxy-Require: A1234567890,B1234567890,C1234567890,D1234567890,"
	  "E1234567890,F1234567890,G1234567890,H1234567890,I1234567890,"
	  "J1234567890,K1234567890,L1234567890,M1234567890,N1234567890,"
	  "O1234567890,P1234567890,Q1234567890,R1234567890,S1234567890,"
	  "T1234567890,U1234567890,V1234567890,W1234567890,X1234567890,"
	  "Y1234567890,Z1234567890,01234567890,11234567890,21234567890,"
	  "31234567890,41234567890,51234567890\r\n",
	  "", "\r\n", 0 },
	{ "64 Require lines", LINE USUAL, "Require: 100rel,timer\r\n", "\r\n",
	  1750 },
	{ "a bad byte at the end", LINE USUAL "X: ", "a", "\rb" END, HEAD },
	{ "CRs", LINE USUAL "X: ", "\r", END, HEAD },
	{ "CRs in To", LINE VIA FROM CALL_ID CSEQ "To: <sip:a@b>", "\r", END,
	  HEAD },
	{ "backslashes in To's name", LINE VIA FROM CALL_ID CSEQ "To: \"",
	  "\\\\", "\" <sip:a@b>" END, HEAD },
	{ "NULs behind backslashes in To's name",
	  LINE VIA FROM CALL_ID CSEQ "To: \"", "\\" NUL, "\" <sip:a@b>" END,
	  HEAD },
	{ "NULs behind backslashes in Via",
	  LINE FROM TO CALL_ID CSEQ "Via: SIP/2.0/UDP h;branch=z9hG4bK########"
				    ";a=\"",
	  "\\" NUL, "\"" END, HEAD },
	{ "NULs behind backslashes in 70 Vias", LINE USUAL,
	  "Via: S/2/U h;a=\"\\" NUL "\\" NUL "\\" NUL "\\" NUL "\\" NUL "\\" NUL
	  "\\" NUL "\\" NUL "\"\r\n",
	  "\r\n", 2600 },
	{ "NULs behind backslashes, unknown header", LINE USUAL "X: ", "\\" NUL,
	  END, HEAD },
	{ "NULs behind backslashes in User-Agent",
	  LINE USUAL "User-Agent: ", "\\" NUL, END, HEAD },
	{ "NULs behind backslashes in Contact", LINE USUAL "Contact: \"",
	  "\\" NUL, "\" <sip:a@b>" END, HEAD },
	{ "CRLFs and backslashes", LINE USUAL "X: ", "\\\r\n ", END, HEAD },
	{ "8 Contacts, all told of them", MANY USUAL HISTORY, "", "\r\n", 0 },
	{ "8 Contacts, 70 long Via lines", MANY USUAL HISTORY,
	  "Via: SIP/2.0/UDP h;branch=z9hG4bK3456789012345678901234567890"
	  "12345678901234567890123456789012345678901234567890123456789012345"
	  "12345678901234567890123456789012345678901234567890123456789012345"
	  "1234567890123456789012\r\n",
	  "\r\n", HEAD },
	{ "8 Contacts, a long History-Info index",
	  MANY USUAL "History-Info: <sip:a@b>;index=", "1", END, HEAD },
	{ "8 Contacts, History-Info entries",
	  MANY USUAL "History-Info: <sip:a@b>;index=1", ",<sip:a@b>;index=1.1",
	  END, HEAD },
	{ "8 Contacts, escapes in History-Info", MANY USUAL "History-Info: \"",
	  "\\" NUL, "\"<sip:a@b>;index=1" END, HEAD },
	{ "8 Contacts, words of Privacy", MANY USUAL HISTORY "Privacy: a", ";a",
	  END, HEAD },
	{ "8 Contacts, separators of Privacy", MANY USUAL HISTORY "Privacy: a",
	  ";", END, HEAD },
	{ "8 Contacts, tags supported", MANY USUAL "Supported: a", ",a", END,
	  HEAD },
	{ "8 Contacts, parameters of the Request-URI",
	  "INVITE sip:many@all.example.com", ";a",
	  " SIP/2.0\r\n" USUAL HISTORY "\r\n", 1100 },
	{ "colons in an IPv6 sent-by",
	  LINE FROM TO CSEQ CALL_ID "Via: SIP/2.0/UDP [", ":",
	  "];branch=z9hG4bK1" END, HEAD },
};

/* --- a pipeline --- */

struct bench {
	struct hash_key secret;
	struct sip_counters counters;
	struct redirect_log_ring *ring;
	struct sip_pipeline *pipeline;
	struct snapshot *snapshot;
	char *answer;
	char *datagrams[PER_ROUND];
	size_t lens[PER_ROUND];
	int64_t now_us;
	uint32_t number;
};

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "bench_hostile: %s\n", what);
	exit(2);
}

static void put_address(struct snapshot_builder *builder, const char *address,
			const char *target)
{
	static struct move move;

	memset(&move, 0, sizeof(move));
	move.ends_at_ms = MOVE_OPEN_END;
	move.target_count = 1;
	move.targets[0].q_permille = 1000;
	text_copy(text_of(target), move.targets[0].uri,
		  sizeof(move.targets[0].uri));
	must(!snapshot_builder_put_address(builder, text_of(address), &move, 1),
	     "no memory");
}

/* As many targets as there may be. */
static void put_many(struct snapshot_builder *builder)
{
	static struct move move = { .ends_at_ms = INT64_MAX - 1,
				    .target_count = MOVE_TARGETS_MAX };

	for (size_t i = 0; i < MOVE_TARGETS_MAX; i++) {
		snprintf(move.targets[i].uri, sizeof(move.targets[i].uri),
			 "sip:many%zu@hotel.example.net;x=%zu", i, i);
		move.targets[i].q_permille = (uint16_t)(1000 - i);
	}
	must(!snapshot_builder_put_address(
		     builder, TEXT("sip:many@all.example.com"), &move, 1),
	     "no memory");
}

/* The default policy and a rule for the domain: each tag takes four looks. */
static void put_policy(struct snapshot_builder *builder)
{
	struct extension_rule *rules = NULL, *more;
	size_t count = 0;

	must(!extension_preset(TEXT("standard"), &rules, &count), "no preset");
	more = reallocarray(rules, count + 1, sizeof(*rules));
	must(more != NULL, "no memory");
	more[count] = (struct extension_rule){ .domain = "example.com",
					       .header = EXTENSION_REQUIRE,
					       .tag = "timer",
					       .method = "MESSAGE",
					       .enabled = true };
	must(!snapshot_builder_set_rules(builder, more, count + 1),
	     "no memory");
	free(more);
}

static struct snapshot *make_snapshot(void)
{
	static struct domain domains[] = {
		{ .row_id = 1, .name = "example.com" },
		{ .row_id = 2,
		  .name = "all.example.com",
		  .settings = { .ignores_user_case = true,
				.rejects_anonymous = true,
				.style = { .expires =
						   CONTACT_EXPIRES_NEXT_CHANGE,
					   .has_diversion = true,
					   .has_history_info = true,
					   .has_cause = true,
					   .contact_template =
						   "sip:{user}@gw.example.net{"
						   "params}" } } },
	};
	struct snapshot_builder *builder = NULL;

	must(!snapshot_builder_begin(NULL, &builder), "no memory");
	must(!snapshot_builder_set_domains(builder, domains, 2), "no memory");
	put_address(builder, "sip:alice@example.com",
		    "sip:alice@hotel.example.net");
	put_address(builder, "sip:self@example.com",
		    "sip:self@example.com;b;c=d");
	put_many(builder);
	put_policy(builder);
	return snapshot_builder_finish(builder, 1);
}

static void bench_open(struct bench *bench)
{
	static const struct text server = { "sipmoved", 8 };
	struct sip_pipeline_config config = {
		.call = { .server_header = server },
		.transactions = { .max = 100000, .unproven_retransmits = 1 },
		.secret = &bench->secret,
		.counters = &bench->counters,
	};

	memset(bench, 0, sizeof(*bench));
	hash_key_init(&bench->secret);
	must(!redirect_log_ring_new(RING_SIZE, &bench->ring), "no memory");
	config.ring = bench->ring;
	must(!sip_pipeline_new(&config, &bench->pipeline), "no memory");
	bench->snapshot = make_snapshot();
	bench->answer = malloc(SIP_ANSWER_MAX);
	must(bench->answer != NULL, "no memory");
	for (size_t i = 0; i < PER_ROUND; i++) {
		bench->datagrams[i] = malloc(DATAGRAM_MAX);
		must(bench->datagrams[i] != NULL, "no memory");
	}
}

static void bench_close(struct bench *bench)
{
	for (size_t i = 0; i < PER_ROUND; i++)
		free(bench->datagrams[i]);
	free(bench->answer);
	sip_pipeline_free(bench->pipeline);
	redirect_log_ring_free(bench->ring);
	snapshot_free_whole(bench->snapshot);
}

/* --- datagrams --- */

static void put_number(char *bytes, size_t len, uint32_t number)
{
	char digits[NUMBER_DIGITS + 1];
	char *at = bytes;

	snprintf(digits, sizeof(digits), "%08x", (unsigned)number);
	while ((at = memmem(at, len - (size_t)(at - bytes), "########",
			    NUMBER_DIGITS)) != NULL)
		memcpy(at, digits, NUMBER_DIGITS);
}

static void put_nuls(char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] == NUL[0])
			bytes[i] = '\0';
}

static size_t fill(char *bytes, const struct shape *shape, uint32_t number)
{
	size_t end_len = strlen(shape->end);
	struct writer writer = writer_over(bytes, DATAGRAM_MAX);
	struct text piece = text_of(shape->piece);

	/* "\0" is a piece, too. */
	if (shape->size > 0 && piece.len == 0)
		piece.len = 1;
	writer_put(&writer, text_of(shape->start));
	while (piece.len > 0 && writer.len + piece.len + end_len <= shape->size)
		writer_put(&writer, piece);
	writer_put(&writer, text_of(shape->end));
	put_number(bytes, writer.len, number);
	put_nuls(bytes, writer.len);
	return writer.len;
}

static void send_one(struct bench *bench, size_t i)
{
	struct transaction_route route = { .peer_len = sizeof(route.peer.in) };

	route.peer.in.sin_family = AF_INET;
	route.peer.in.sin_port = htons(5062);
	route.peer.in.sin_addr.s_addr = htonl(0xc0000201);
	(void)sip_pipeline_datagram(
		bench->pipeline,
		(struct text){ bench->datagrams[i], bench->lens[i] }, &route,
		bench->answer);
}

static void on_resend(void *arg, struct text response,
		      const struct transaction_route *route)
{
	(void)arg;
	(void)response;
	(void)route;
}

/* What is not the datagrams' cost: old transactions, the log's reading. */
static void tidy(struct bench *bench)
{
	struct redirect_log_record record;

	bench->now_us += 1000000;
	sip_pipeline_begin(bench->pipeline, bench->snapshot, bench->now_us,
			   INT64_C(1700000000000000) + bench->now_us);
	(void)sip_pipeline_run_timers(bench->pipeline, bench->now_us, SIZE_MAX,
				      on_resend, NULL);
	while (redirect_log_ring_peek(bench->ring, &record) !=
	       REDIRECT_LOG_NOTHING)
		redirect_log_ring_release(bench->ring);
}

static int64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Of one datagram, in the best of the rounds: others use the machine, too. */
static int64_t cost_ns(struct bench *bench, const struct shape *shape)
{
	int64_t best = INT64_MAX;

	for (size_t round = 0; round < ROUNDS; round++) {
		int64_t start, ns;

		for (size_t i = 0; i < PER_ROUND; i++)
			bench->lens[i] = fill(bench->datagrams[i], shape,
					      bench->number++);
		tidy(bench);
		start = cpu_ns();
		for (size_t i = 0; i < PER_ROUND; i++)
			send_one(bench, i);
		ns = (cpu_ns() - start) / PER_ROUND;
		if (ns < best)
			best = ns;
	}
	return best;
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";
	static struct bench bench;
	bool is_dear = false;
	int64_t normal_ns;

	must(sodium_init() >= 0, "no randomness");
	bench_open(&bench);
	normal_ns = cost_ns(&bench, &normal);
	printf("%-40s %7s %8s %6s\n", "shape", "bytes", "ns", "times");
	printf("%-40s %7zu %8lld %6.1f\n", normal.name, bench.lens[0],
	       (long long)normal_ns, 1.0);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		double times;
		int64_t ns;

		if (!strstr(shapes[i].name, part))
			continue;
		ns = cost_ns(&bench, &shapes[i]);
		times = (double)ns / (double)normal_ns;

		printf("%-40s %7zu %8lld %6.1f%s\n", shapes[i].name,
		       bench.lens[0], (long long)ns, times,
		       times > MOST ? "  too dear" : "");
		is_dear |= times > MOST;
	}
	bench_close(&bench);
	return is_dear;
}
