#include "worker_fixture.h"

#include <arpa/inet.h>
#include <sodium.h>

#include "sip/sip_pipeline.h"

enum {
	SECOND_US = 1000000,
	RING_SIZE = 1 << 20,
};
#define START_US INT64_C(1700000000000000)

/* One pipeline, and what came out of it. */
struct bench {
	struct hash_key secret;
	struct sip_counters counters;
	struct redirect_log_ring *ring;
	struct sip_pipeline *pipeline;
	struct snapshot *snapshot;
	char *answer;
	struct transaction_route route; /* of the last answer */
	struct text resent;
	size_t resent_count;
};

static void bench_open(struct bench *bench, size_t transactions_max)
{
	struct sip_pipeline_config config = {
		.transactions = { .max = transactions_max,
				  .unproven_retransmits = 1 },
		.secret = &bench->secret,
		.counters = &bench->counters,
	};

	memset(bench, 0, sizeof(*bench));
	hash_key_init(&bench->secret);
	assert_int_equal(0, redirect_log_ring_new(RING_SIZE, &bench->ring));
	config.ring = bench->ring;
	assert_int_equal(0, sip_pipeline_new(&config, &bench->pipeline));
	bench->snapshot =
		fixture_snapshot(NULL, "sip:alice@hotel.example.net", 1);
	bench->answer = malloc(SIP_ANSWER_MAX);
	assert_non_null(bench->answer);
	sip_pipeline_begin(bench->pipeline, bench->snapshot, SECOND_US,
			   START_US);
}

static void bench_close(struct bench *bench)
{
	free(bench->answer);
	sip_pipeline_free(bench->pipeline);
	redirect_log_ring_free(bench->ring);
	snapshot_free_whole(bench->snapshot);
}

/* As if it came from this address, and port 5062. */
static struct text send_from(struct bench *bench, uint32_t address,
			     struct text datagram)
{
	size_t len;

	memset(&bench->route, 0, sizeof(bench->route));
	bench->route.peer.in.sin_family = AF_INET;
	bench->route.peer.in.sin_port = htons(5062);
	bench->route.peer.in.sin_addr.s_addr = htonl(address);
	bench->route.peer_len = sizeof(bench->route.peer.in);
	len = sip_pipeline_datagram(bench->pipeline, datagram, &bench->route,
				    bench->answer);
	return (struct text){ bench->answer, len };
}

static struct text send_text(struct bench *bench, struct text datagram)
{
	return send_from(bench, INADDR_LOOPBACK, datagram);
}

static struct text send_message(struct bench *bench,
				const struct fixture_message *message)
{
	char buffer[4096];

	return send_text(bench, fixture_write(message, buffer, sizeof(buffer)));
}

#define SEND(bench, ...) \
	send_message(bench, &(struct fixture_message){ __VA_ARGS__ })

/* As if it came over a connection from this address. */
static struct text send_over_tcp(struct bench *bench, uint32_t address,
				 struct text bytes)
{
	static struct sip_request request;
	size_t len;

	assert_int_equal(SIP_SCAN_REQUEST,
			 sip_request_scan_datagram(bytes, &request));
	memset(&bench->route, 0, sizeof(bench->route));
	bench->route.peer.in.sin_family = AF_INET;
	bench->route.peer.in.sin_port = htons(40000);
	bench->route.peer.in.sin_addr.s_addr = htonl(address);
	bench->route.peer_len = sizeof(bench->route.peer.in);
	bench->route.is_reliable = true;
	len = sip_pipeline_request(bench->pipeline, &request, LOG_TCP,
				   &bench->route, bench->answer);
	return (struct text){ bench->answer, len };
}

/* The best one first. */
static void move_alice(struct bench *bench, const char *const *targets,
		       size_t count)
{
	struct snapshot_builder *builder = NULL;
	struct move *move = calloc(1, sizeof(*move));

	assert_non_null(move);
	move->ends_at_ms = MOVE_OPEN_END;
	for (size_t i = 0; i < count; i++) {
		text_copy(text_of(targets[i]), move->targets[i].uri,
			  sizeof(move->targets[i].uri));
		move->targets[i].q_permille = (uint16_t)(900 - i);
		move->target_count++;
	}
	assert_int_equal(0, snapshot_builder_begin(NULL, &builder));
	fixture_put_domain(builder);
	assert_int_equal(
		0, snapshot_builder_put_address(
			   builder, TEXT("sip:alice@example.com"), move, 1));
	free(move);
	snapshot_free_whole(bench->snapshot);
	bench->snapshot = snapshot_builder_finish(builder, 1);
	sip_pipeline_begin(bench->pipeline, bench->snapshot, SECOND_US,
			   START_US);
}

static void move_alice_to_three(struct bench *bench)
{
	static const char *const targets[] = { "sip:a@hotel.example.net",
					       "sip:b@hotel.example.net",
					       "sip:c@hotel.example.net" };

	move_alice(bench, targets, 3);
}

/* "sip:0@a...": long ones. */
static void move_alice_to_eight(struct bench *bench)
{
	const char *targets[MOVE_TARGETS_MAX];
	char uris[MOVE_TARGETS_MAX][MOVE_URI_MAX];

	for (int i = 0; i < MOVE_TARGETS_MAX; i++) {
		snprintf(uris[i], sizeof(uris[i]), "sip:%d@h%050d.example.net",
			 i, 0);
		targets[i] = uris[i];
	}
	move_alice(bench, targets, MOVE_TARGETS_MAX);
}

static uint64_t events(const struct bench *bench, enum sip_traffic_event event)
{
	return atomic_load(&bench->counters.events[event]);
}

static enum redirect_log_entry_kind next_record(
	struct bench *bench, struct redirect_log_record *record)
{
	enum redirect_log_entry_kind kind =
		redirect_log_ring_peek(bench->ring, record);

	if (kind != REDIRECT_LOG_NOTHING)
		redirect_log_ring_release(bench->ring);
	return kind;
}

static void a_call_is_redirected_acknowledged_and_logged_once(void **state)
{
	struct redirect_log_record call, ack;
	struct bench bench;
	struct text answer;
	char tag[64];
	(void)state;

	bench_open(&bench, 10);
	answer = SEND(&bench, .extra = "User-Agent: phone\r\n");
	assert_true(fixture_has_status(answer, "302"));
	assert_true(fixture_contains(answer, "<sip:alice@hotel.example.net>"));
	fixture_to_tag(answer, tag);
	assert_int_equal(0, SEND(&bench, .method = "ACK", .to_tag = tag).len);
	assert_int_equal(0, SEND(&bench, .method = "ACK", .to_tag = tag).len);

	assert_int_equal(REDIRECT_LOG_CALL, next_record(&bench, &call));
	assert_int_equal(302, call.status);
	assert_int_equal(START_US, call.received_at_us);
	assert_int_equal(1, call.revision);
	assert_int_equal(1, call.move_revision);
	assert_true(text_equals(TEXT("INVITE"), call.method));
	assert_true(text_equals(TEXT("sip:alice@example.com"), call.address));
	assert_true(text_equals(TEXT("127.0.0.1:5062"), call.source));
	assert_true(
		text_equals(TEXT("sip:alice@hotel.example.net"), call.targets));
	assert_true(text_equals(TEXT("mov_1"), call.move_id));
	assert_true(text_equals(TEXT("phone"), call.user_agent));
	assert_int_equal(REDIRECT_LOG_ACK, next_record(&bench, &ack));
	assert_int_equal(call.id, ack.id);
	assert_int_equal(REDIRECT_LOG_NOTHING, next_record(&bench, &ack));
	assert_int_equal(2, events(&bench, SIP_TRAFFIC_ACKS));
	bench_close(&bench);
}

static void a_copy_gets_the_same_bytes_after_the_table_changed(void **state)
{
	/* X4, E18, M6 */
	struct snapshot *newer;
	struct redirect_log_record record;
	struct bench bench;
	char first[2048];
	struct text answer;
	size_t len;
	(void)state;

	bench_open(&bench, 10);
	answer = SEND(&bench, .branch = NULL);
	len = answer.len;
	memcpy(first, answer.ptr, len);
	newer = fixture_snapshot(NULL, "sip:alice@office.example.net", 2);
	sip_pipeline_begin(bench.pipeline, newer, 2 * SECOND_US,
			   START_US + SECOND_US);

	answer = SEND(&bench, .branch = NULL);
	assert_int_equal(len, answer.len);
	assert_memory_equal(first, answer.ptr, len);
	answer = SEND(&bench, .branch = "z9hG4bK2", .call_id = "call-2");
	assert_true(fixture_contains(answer, "office"));
	assert_int_equal(1, events(&bench, SIP_TRAFFIC_RETRANSMITS_IN));
	assert_int_equal(REDIRECT_LOG_CALL, next_record(&bench, &record));
	assert_int_equal(REDIRECT_LOG_CALL, next_record(&bench, &record));
	assert_int_equal(REDIRECT_LOG_NOTHING, next_record(&bench, &record));
	snapshot_free_whole(newer);
	bench_close(&bench);
}

/* Whose policy lets "foo" through, and where nobody has moved any more. */
static struct snapshot *lenient_and_empty(void)
{
	struct extension_rule rule = { .id = "rul_1",
				       .domain = "*",
				       .tag = "foo",
				       .header = EXTENSION_BOTH,
				       .method = "*",
				       .action = EXTENSION_IGNORE,
				       .enabled = true };
	struct snapshot_builder *builder = NULL;

	assert_int_equal(0, snapshot_builder_begin(NULL, &builder));
	fixture_put_domain(builder);
	assert_int_equal(
		0, snapshot_builder_put_address(
			   builder, TEXT("sip:alice@example.com"), NULL, 0));
	assert_int_equal(0, snapshot_builder_set_rules(builder, &rule, 1));
	return snapshot_builder_finish(builder, 2);
}

static void a_copy_gets_the_first_answer_whatever_policy_and_time_say_by_then(
	void **state)
{
	/* E18, M6: of a refused call, and of one whose move is over. */
	static const char *const extras[] = { "Require: foo\r\n", "" };
	static const char *const first_statuses[] = { "420", "302" };
	(void)state;

	for (size_t i = 0; i < 2; i++) {
		struct snapshot *newer = lenient_and_empty();
		struct bench bench;
		char first[2048];
		struct text answer;
		size_t len;

		bench_open(&bench, 10);
		answer = SEND(&bench, .extra = extras[i]);
		assert_true(fixture_has_status(answer, first_statuses[i]));
		len = answer.len;
		memcpy(first, answer.ptr, len);
		sip_pipeline_begin(bench.pipeline, newer, 2 * SECOND_US,
				   START_US + SECOND_US);

		answer = SEND(&bench, .extra = extras[i]);
		assert_int_equal(len, answer.len);
		assert_memory_equal(first, answer.ptr, len);
		answer = SEND(&bench, .extra = extras[i], .branch = "z9hG4bK2",
			      .call_id = "call-2");
		assert_true(fixture_has_status(answer, "480"));
		snapshot_free_whole(newer);
		bench_close(&bench);
	}
}

static void a_cancel_gets_200_with_the_invites_tag_or_481(void **state)
{
	/* X9, X10, E8 */
	struct bench bench;
	struct text answer;
	char tag[64], cancel_tag[64];
	(void)state;

	bench_open(&bench, 10);
	answer = SEND(&bench, .method = "CANCEL", .branch = "z9hG4bKother",
		      .extra = "Require: foo\r\n");
	assert_true(fixture_has_status(answer, "481"));
	fixture_to_tag(SEND(&bench, .branch = NULL), tag);
	for (int copy = 0; copy < 2; copy++) {
		answer = SEND(&bench, .method = "CANCEL");
		assert_true(fixture_has_status(answer, "200"));
		assert_false(fixture_contains(answer, "\r\nAccept"));
		fixture_to_tag(answer, cancel_tag);
		assert_string_equal(tag, cancel_tag);
	}
	assert_int_equal(1, events(&bench, SIP_TRAFFIC_RETRANSMITS_IN));
	bench_close(&bench);
}

static void a_cancel_from_elsewhere_does_not_learn_the_invites_tag(void **state)
{
	/* Or one could have the ACKs that prove an address one does not hold.
	 */
	struct bench bench;
	char buffer[1024], tag[64], cancel_tag[64];
	struct text answer;
	(void)state;

	bench_open(&bench, 10);
	fixture_to_tag(SEND(&bench, .branch = NULL), tag);
	answer = send_from(
		&bench, INADDR_LOOPBACK + 1,
		fixture_write(&(struct fixture_message){ .method = "CANCEL" },
			      buffer, sizeof(buffer)));
	assert_true(fixture_has_status(answer, "200"));
	fixture_to_tag(answer, cancel_tag);
	assert_string_not_equal(tag, cancel_tag);
	bench_close(&bench);
}

static void a_merged_request_gets_482_and_a_spiral_its_302(void **state)
{
	/* X12, X13 */
	struct bench bench;
	(void)state;

	bench_open(&bench, 10);
	assert_true(fixture_has_status(SEND(&bench, .branch = NULL), "302"));
	assert_true(
		fixture_has_status(SEND(&bench, .branch = "z9hG4bK2"), "482"));
	assert_true(
		fixture_has_status(SEND(&bench, .branch = "z9hG4bK3",
					.uri = "sip:alice@example.com:5060"),
				   "302"));
	bench_close(&bench);
}

static void a_call_again_without_its_refused_tag_is_redirected(void **state)
{
	/* E17: RFC 3261 8.1.3.5, with the same Call-ID, From tag and To. */
	struct bench bench;
	(void)state;

	bench_open(&bench, 10);
	assert_true(fixture_has_status(
		SEND(&bench, .extra = "Require: foo\r\n"), "420"));
	assert_true(fixture_has_status(
		SEND(&bench, .branch = "z9hG4bK2", .cseq = 2), "302"));
	bench_close(&bench);
}

static void an_answer_over_udp_has_its_bound(void **state)
{
	/* T18: with as many Vias as make it longer than 1,300 octets. */
	static char vias[2048];
	struct text whole, answer;
	struct bench bench;
	char buffer[4096];
	(void)state;

	snprintf(vias, sizeof(vias),
		 "Via: SIP/2.0/UDP far.example;branch=z9hG4bK%0600d\r\n", 0);
	bench_open(&bench, 10);
	move_alice_to_eight(&bench);
	whole = fixture_write(&(struct fixture_message){ .extra = vias },
			      buffer, sizeof(buffer));
	answer = send_text(&bench, whole);
	assert_true(fixture_has_status(answer, "302"));
	assert_in_range(answer.len, 1200, 1300);
	assert_true(fixture_contains(answer, "<sip:0@"));
	assert_false(fixture_contains(answer, "<sip:7@"));
	/* A connection takes any length. */
	whole = fixture_write(&(struct fixture_message){ .branch = "z9hG4bK2",
							 .call_id = "2",
							 .extra = vias },
			      buffer, sizeof(buffer));
	answer = send_over_tcp(&bench, 0xc0000201, whole);
	assert_true(answer.len > 1300);
	assert_true(fixture_contains(answer, "<sip:7@"));
	bench_close(&bench);
}

static void what_needs_no_answer_gets_none(void **state)
{
	/* P23, X20, and whatever is wrong with an ACK */
	static const struct {
		const char *bytes;
		enum sip_traffic_event event;
	} rows[] = {
		{ "\r\n\r\n", SIP_TRAFFIC_KEEPALIVES },
		{ "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP "
		  "a;branch=z9hG4bK1\r\n\r\n",
		  SIP_TRAFFIC_RESPONSES_IN },
		{ "hello", SIP_TRAFFIC_NOISE },
		{ "INVITE sip:a@b SIP/2.0\r\n\r\n", SIP_TRAFFIC_NOISE },
		{ "ACK sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP "
		  "a;branch=z9hG4bK1\r\n"
		  "CSeq: x\r\n\r\n",
		  SIP_TRAFFIC_NOISE },
		{ "ACK\tsip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP "
		  "a;branch=z9hG4bK1\r\n"
		  "CSeq: 1 ACK\r\n\r\n",
		  SIP_TRAFFIC_NOISE },
	};
	struct redirect_log_record record;
	struct bench bench;
	(void)state;

	bench_open(&bench, 10);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t before = events(&bench, rows[i].event);

		assert_int_equal(0,
				 send_text(&bench, text_of(rows[i].bytes)).len);
		assert_int_equal(before + 1, events(&bench, rows[i].event));
	}
	/* E8 */
	assert_int_equal(
		0,
		SEND(&bench, .method = "ACK", .extra = "Require: foo\r\n").len);
	assert_int_equal(1, events(&bench, SIP_TRAFFIC_STRAY_ACKS));
	assert_int_equal(REDIRECT_LOG_NOTHING, next_record(&bench, &record));
	bench_close(&bench);
}

static void a_faulty_request_is_answered_without_being_remembered(void **state)
{
	/* X17: RFC 3261 8.2.7 */
	struct bench bench;
	char first[64], second[64];
	struct text answer;
	(void)state;

	bench_open(&bench, 10);
	answer = SEND(&bench, .extra = "Call-ID: another\r\n");
	assert_true(fixture_has_status(answer, "400"));
	fixture_to_tag(answer, first);
	answer = SEND(&bench, .extra = "Call-ID: another\r\n");
	fixture_to_tag(answer, second);
	assert_string_equal(first, second);
	assert_int_equal(0, atomic_load(&bench.counters.transactions));
	bench_close(&bench);
}

static void at_the_cap_calls_are_answered_statelessly(void **state)
{
	/* X19 */
	struct bench bench;
	char first[64], second[64];
	struct text answer;
	(void)state;

	bench_open(&bench, 1);
	SEND(&bench, .branch = NULL);
	assert_int_equal(1, atomic_load(&bench.counters.transactions));
	answer = SEND(&bench, .branch = "z9hG4bK2", .call_id = "call-2");
	assert_true(fixture_has_status(answer, "302"));
	fixture_to_tag(answer, first);
	answer = SEND(&bench, .branch = "z9hG4bK2", .call_id = "call-2");
	assert_true(fixture_has_status(answer, "302"));
	fixture_to_tag(answer, second);
	assert_string_equal(first, second);
	assert_int_equal(2, events(&bench, SIP_TRAFFIC_STATELESS));
	assert_int_equal(1, atomic_load(&bench.counters.transactions));
	bench_close(&bench);
}

static void an_answer_goes_to_the_source_whatever_via_says(void **state)
{
	/* T4, T6, T7, T8 */
	static const struct {
		const char *via;
		uint16_t port;
	} rows[] = {
		{ "127.0.0.1:6000;branch=z9hG4bKa", 6000 },
		{ "127.0.0.1;branch=z9hG4bKb", 5060 },
		{ "host.example.org:7000;branch=z9hG4bKc", 7000 },
		{ "127.0.0.1:6000;rport;branch=z9hG4bKd", 5062 },
		{ "127.0.0.1:6000;maddr=192.0.2.9;branch=z9hG4bKe", 6000 },
		{ "192.0.2.9:6000;received=192.0.2.8;branch=z9hG4bKf", 6000 },
	};
	struct bench bench;
	(void)state;

	bench_open(&bench, 10);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char buffer[1024];
		int len = snprintf(
			buffer, sizeof(buffer),
			"INVITE sip:alice@example.com SIP/2.0\r\n"
			"Via: SIP/2.0/UDP %s\r\nFrom: <sip:b@c>;tag=f\r\n"
			"To: <sip:a@b>\r\nCall-ID: %zu\r\nCSeq: 1 "
			"INVITE\r\n\r\n",
			rows[i].via, i);
		struct text answer =
			send_text(&bench, (struct text){ buffer, (size_t)len });

		assert_true(fixture_has_status(answer, "302"));
		assert_int_equal(rows[i].port,
				 ntohs(bench.route.peer.in.sin_port));
		assert_int_equal(INADDR_LOOPBACK,
				 ntohl(bench.route.peer.in.sin_addr.s_addr));
	}
	bench_close(&bench);
}

static void on_resend(void *arg, struct text response,
		      const struct transaction_route *route)
{
	struct bench *bench = arg;

	(void)route;
	bench->resent = response;
	bench->resent_count++;
}

/* An ACK with our tag: from now on all copies are sent. */
static void bench_prove(struct bench *bench)
{
	char tag[64];

	fixture_to_tag(SEND(bench, .branch = "z9hG4bKprove", .call_id = "p"),
		       tag);
	SEND(bench, .method = "ACK", .branch = "z9hG4bKprove", .call_id = "p",
	     .to_tag = tag);
	sip_pipeline_run_timers(bench->pipeline, SECOND_US, 10, on_resend,
				bench);
}

static void an_answer_to_invite_is_sent_again_until_its_ack(void **state)
{
	/* X1, E21: whatever it says. */
	static const struct {
		const char *status, *uri, *extra;
	} rows[] = {
		{ "302", "sip:alice@example.com", FIXTURE_PADDING },
		{ "404", "sip:nobody@example.com", FIXTURE_PADDING },
		{ "420", "sip:alice@example.com",
		  "Require: foo\r\n" FIXTURE_PADDING },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t now_us = SECOND_US;
		struct bench bench;
		struct text answer;
		char tag[64];

		bench_open(&bench, 10);
		bench_prove(&bench);
		answer = SEND(&bench, .uri = rows[i].uri,
			      .extra = rows[i].extra);
		assert_true(fixture_has_status(answer, rows[i].status));
		fixture_to_tag(answer, tag);
		assert_int_equal(SECOND_US + TRANSACTION_T1_US,
				 sip_pipeline_run_timers(bench.pipeline, now_us,
							 10, on_resend,
							 &bench));
		assert_int_equal(0, bench.resent_count);
		for (; bench.resent_count < 3; now_us += TRANSACTION_T1_US)
			sip_pipeline_run_timers(bench.pipeline, now_us, 10,
						on_resend, &bench);
		assert_true(text_equals(answer, bench.resent));
		SEND(&bench, .method = "ACK", .uri = rows[i].uri,
		     .to_tag = tag);
		sip_pipeline_run_timers(bench.pipeline, 40 * SECOND_US, 10,
					on_resend, &bench);
		assert_int_equal(3, bench.resent_count);
		bench_close(&bench);
	}
}

/* How often the answer to the next call is repeated. */
static size_t copies_after_ack_with(const char *ack_tag)
{
	struct bench bench;
	int64_t now_us = SECOND_US;
	char tag[64];

	bench_open(&bench, 10);
	fixture_to_tag(SEND(&bench, .branch = NULL), tag);
	SEND(&bench, .method = "ACK", .to_tag = ack_tag ? ack_tag : tag);
	SEND(&bench, .branch = "z9hG4bK2", .call_id = "call-2",
	     .extra = FIXTURE_PADDING);
	for (; now_us < 40 * SECOND_US; now_us += SECOND_US / 10)
		sip_pipeline_run_timers(bench.pipeline, now_us, 10, on_resend,
					&bench);
	bench_close(&bench);
	return bench.resent_count;
}

static void only_an_ack_with_our_tag_proves_a_source(void **state)
{
	/* Q1 */
	(void)state;

	assert_int_equal(10, copies_after_ack_with(NULL));
	assert_int_equal(1, copies_after_ack_with("0123456789abcdef"));
}

static void a_forged_message_touches_its_own_call_alone(void **state)
{
	/* Q14 */
	static const char *const methods[] = { "ACK", "CANCEL", "BYE" };
	(void)state;

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct bench bench;

		bench_open(&bench, 10);
		SEND(&bench, .extra = FIXTURE_PADDING);
		SEND(&bench, .method = methods[i], .branch = "z9hG4bKforged");
		SEND(&bench, .method = methods[i], .to_tag = "0123456789abcdef",
		     .branch = "z9hG4bKforged");
		sip_pipeline_run_timers(bench.pipeline,
					SECOND_US + TRANSACTION_T1_US, 10,
					on_resend, &bench);
		assert_int_equal(1, bench.resent_count);
		bench_close(&bench);
	}
}

static void a_password_in_a_uri_is_not_logged(void **state)
{
	/* N7 */
	struct redirect_log_record record;
	struct bench bench;
	(void)state;

	bench_open(&bench, 10);
	SEND(&bench, .uri = "sip:alice:secret@example.com;x=y");
	assert_int_equal(REDIRECT_LOG_CALL, next_record(&bench, &record));
	assert_true(text_equals(TEXT("sip:alice@example.com;x=y"),
				record.request_uri));
	assert_true(text_equals(TEXT("sip:alice@example.com"), record.address));
	bench_close(&bench);
}

static void log_ids_are_unique_and_in_order_whatever_the_clock_does(
	void **state)
{
	static const int64_t steps[] = { 1, 1, 0, -5000, 1, 7 };
	struct bench bench;
	struct redirect_log_record record;
	int64_t last = 0, now_us = START_US;
	(void)state;

	bench_open(&bench, 10);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		now_us += steps[i] * 1000;
		sip_pipeline_begin(bench.pipeline, bench.snapshot, SECOND_US,
				   now_us);
		for (int j = 0; j < 20000; j++) {
			SEND(&bench, .extra = "CSeq: twice\r\n");
			assert_int_equal(REDIRECT_LOG_CALL,
					 next_record(&bench, &record));
			assert_true(record.id > last);
			assert_int_equal(0, record.id >> 14 & 63);
			last = record.id;
		}
	}
	/* Borrowed at most a few milliseconds from the future. */
	assert_true((last >> 20) - START_US / 1000 < 20);
	bench_close(&bench);
}

/* RFC 3261 7.2, 7.3.1: a status line, lines with a name or folded ones, an
 * empty line, no body. Status codes that a redirect server never sends: 1xx,
 * 305, 380, 408, and 2xx to an INVITE. */
static void assert_well_formed(struct text answer, bool is_invite)
{
	const char *at = answer.ptr, *end = answer.ptr + answer.len;
	int lines = 0, status;

	assert_true(answer.len > 16 && !memcmp(at, "SIP/2.0 ", 8));
	status = (int)strtol(at + 8, NULL, 10);
	assert_true(status >= 200 && status <= 699 && status != 305 &&
		    status != 380 && status != 408);
	assert_false(is_invite && status < 300);
	while (end - at > 2 && memcmp(at, "\r\n", 2)) {
		const char *cr = memchr(at, '\r', (size_t)(end - at));
		const char *colon;

		assert_non_null(cr);
		assert_true(end - cr >= 4 && cr[1] == '\n');
		assert_null(memchr(at, '\n', (size_t)(cr - at)));
		colon = memchr(at, ':', (size_t)(cr - at));
		if (lines++ > 0 && *at != ' ' && *at != '\t')
			assert_true(colon && colon > at);
		at = cr + 2;
	}
	assert_int_equal(2, end - at);
	assert_true(fixture_contains(answer, "\r\nContent-Length: 0\r\n"));
}

static void any_bytes_are_survived_and_answered_well_formed_if_at_all(
	void **state)
{
	/* X15, X16, X20, R8 */
	static const char *const methods[] = { "INVITE",    "OPTIONS",
					       "MESSAGE",   "REGISTER",
					       "SUBSCRIBE", "BYE",
					       "CANCEL" };
	static const char *const uris[] = { "sip:alice@example.com",
					    "sip:example.com",
					    "sip:nobody@example.com" };
	struct bench bench;
	struct text answer;
	char seed[4096], buffer[4096];
	struct text whole;
	(void)state;

	bench_open(&bench, 100);
	for (size_t i = 0; i < 21000; i++) {
		char *exact;
		size_t len;

		whole = fixture_write(
			&(struct fixture_message){
				.method = methods[i % 7],
				.uri = uris[i / 7 % 3],
				.extra = "Supported: histinfo\r\n" },
			seed, sizeof(seed));
		len = randombytes_uniform((uint32_t)whole.len + 1);
		memcpy(buffer, whole.ptr, whole.len);
		for (uint32_t n = randombytes_uniform(8); n > 0; n--)
			buffer[randombytes_uniform((uint32_t)whole.len)] =
				(char)randombytes_uniform(256);
		if (i % 4)
			len = whole.len;
		exact = malloc(len ? len : 1);
		assert_non_null(exact);
		memcpy(exact, buffer, len);
		answer = send_text(&bench, (struct text){ exact, len });
		if (answer.len > 0)
			assert_well_formed(
				answer,
				len > 7 && !memcmp(exact, "INVITE ", 7));
		free(exact);
	}
	bench_close(&bench);
}

static struct text send_stranger(struct bench *bench,
				 const struct fixture_message *message)
{
	char buffer[4096];

	return send_from(bench, 0xc0000263, /* 192.0.2.99 */
			 fixture_write(message, buffer, sizeof(buffer)));
}

static void a_source_that_proved_nothing_gets_no_more_than_it_sent(void **state)
{
	static char padding[200];
	struct redirect_log_record record;
	struct bench bench;
	struct text answer;
	char tag[64];
	(void)state;

	bench_open(&bench, 10);
	move_alice_to_three(&bench);
	answer = send_stranger(&bench, &(struct fixture_message){ 0 });
	assert_true(fixture_contains(answer, "<sip:a@hotel.example.net>"));
	assert_false(fixture_contains(answer, "<sip:b@hotel.example.net>"));
	/* The log tells what was sent. */
	assert_int_equal(REDIRECT_LOG_CALL, next_record(&bench, &record));
	assert_true(
		text_equals(TEXT("sip:a@hotel.example.net"), record.targets));
	/* Whoever sends much may get much. */
	snprintf(padding, sizeof(padding), "Subject: %0150d\r\n", 0);
	answer = send_stranger(&bench,
			       &(struct fixture_message){ .branch = "z9hG4bK2",
							  .call_id = "2",
							  .extra = padding });
	assert_true(fixture_contains(answer, "<sip:c@hotel.example.net>"));
	fixture_to_tag(answer, tag);
	send_stranger(&bench, &(struct fixture_message){ .method = "ACK",
							 .branch = "z9hG4bK2",
							 .call_id = "2",
							 .to_tag = tag });
	answer = send_stranger(&bench,
			       &(struct fixture_message){ .branch = "z9hG4bK3",
							  .call_id = "3" });
	assert_true(fixture_contains(answer, "<sip:c@hotel.example.net>"));
	/* This machine's own. */
	answer = SEND(&bench, .branch = "z9hG4bK4", .call_id = "4");
	assert_true(fixture_contains(answer, "<sip:c@hotel.example.net>"));
	bench_close(&bench);
}

/* Q2; 11.2 wants them of a 200, which a stranger may ask again for. */
static void a_stranger_learns_what_is_served_in_twice_its_octets(void **state)
{
	static const char ping[] =
		"OPTIONS sip:example.com SIP/2.0\r\n"
		"v:SIP/2.0/UDP a;branch=z9hG4bK1\r\nf:sip:a@b;tag=1\r\n"
		"t:sip:a@b\r\ni:1\r\nCSeq:1 OPTIONS\r\n\r\n";
	const struct fixture_message call = { .method = "OPTIONS",
					      .uri = "sip:example.com",
					      .branch = "z9hG4bK2",
					      .call_id = "2",
					      .extra = FIXTURE_PADDING };
	struct bench bench;
	struct text answer;
	(void)state;

	bench_open(&bench, 10);
	answer = send_from(&bench, 0xc0000263, text_of(ping));
	assert_true(fixture_has_status(answer, "200"));
	assert_in_range(answer.len, 1, 2 * strlen(ping));
	assert_false(fixture_contains(answer, "\r\nAccept"));
	answer = send_stranger(&bench, &call);
	assert_true(fixture_contains(answer, "\r\nAllow: "));
	assert_true(fixture_contains(answer, "\r\nAccept: "));
	bench_close(&bench);
}

/* Q1: a long request, and then one that says it is its copy. */
static void a_short_copy_draws_no_long_answer(void **state)
{
	static char long_via[1024];
	const struct fixture_message whole = { .extra = long_via };
	const struct fixture_message stub = { 0 };
	struct bench bench;
	char buffer[4096];
	size_t len;
	(void)state;

	snprintf(long_via, sizeof(long_via),
		 "Via: SIP/2.0/UDP far.example;branch=z9hG4bK%0800d\r\n", 0);
	bench_open(&bench, 10);
	len = send_stranger(&bench, &whole).len;
	assert_true(len > 1000);
	assert_int_equal(0, send_stranger(&bench, &stub).len);
	assert_int_equal(len, send_stranger(&bench, &whole).len);
	/* This machine's own. */
	len = SEND(&bench, .branch = "z9hG4bK2", .call_id = "2",
		   .extra = long_via)
		      .len;
	assert_true(len > 1000);
	assert_int_equal(len, SEND(&bench, .branch = "z9hG4bK2").len);
	bench_close(&bench);
	/* What came over a connection, whose answers may be long. */
	bench_open(&bench, 10);
	len = send_over_tcp(&bench, 0xc0000201,
			    fixture_write(&whole, buffer, sizeof(buffer)))
		      .len;
	assert_true(len > 1000);
	assert_int_equal(0, send_stranger(&bench, &stub).len);
	bench_close(&bench);
}

/* Q1: asked for over a connection, from where the forger really is. */
static void a_tag_that_another_host_was_told_proves_nothing(void **state)
{
	struct bench bench;
	char buffer[1024], tag[64], told[64];
	(void)state;

	bench_open(&bench, 10);
	fixture_to_tag(send_from(&bench, 0xc0000201,
				 fixture_write(&(struct fixture_message){ 0 },
					       buffer, sizeof(buffer))),
		       tag);
	fixture_to_tag(
		send_over_tcp(&bench, 0xc6336401,
			      fixture_write(&(struct fixture_message){ 0 },
					    buffer, sizeof(buffer))),
		told);
	assert_string_equal(tag, told);
	send_from(&bench, 0xc0000201,
		  fixture_write(&(struct fixture_message){ .method = "ACK",
							   .to_tag = told },
				buffer, sizeof(buffer)));
	bench.resent_count = 0;
	send_from(&bench, 0xc0000201,
		  fixture_write(
			  &(struct fixture_message){ .branch = "z9hG4bK2",
						     .call_id = "2",
						     .extra = FIXTURE_PADDING },
			  buffer, sizeof(buffer)));
	for (int64_t now_us = SECOND_US; now_us < 40 * SECOND_US;
	     now_us += SECOND_US / 10)
		sip_pipeline_run_timers(bench.pipeline, now_us, 10, on_resend,
					&bench);
	assert_int_equal(1, bench.resent_count);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_call_is_redirected_acknowledged_and_logged_once),
		cmocka_unit_test(
			a_copy_gets_the_same_bytes_after_the_table_changed),
		cmocka_unit_test(
			a_copy_gets_the_first_answer_whatever_policy_and_time_say_by_then),
		cmocka_unit_test(
			a_call_again_without_its_refused_tag_is_redirected),
		cmocka_unit_test(an_answer_over_udp_has_its_bound),
		cmocka_unit_test(a_cancel_gets_200_with_the_invites_tag_or_481),
		cmocka_unit_test(
			a_cancel_from_elsewhere_does_not_learn_the_invites_tag),
		cmocka_unit_test(
			a_merged_request_gets_482_and_a_spiral_its_302),
		cmocka_unit_test(what_needs_no_answer_gets_none),
		cmocka_unit_test(
			a_faulty_request_is_answered_without_being_remembered),
		cmocka_unit_test(at_the_cap_calls_are_answered_statelessly),
		cmocka_unit_test(
			an_answer_goes_to_the_source_whatever_via_says),
		cmocka_unit_test(
			an_answer_to_invite_is_sent_again_until_its_ack),
		cmocka_unit_test(only_an_ack_with_our_tag_proves_a_source),
		cmocka_unit_test(
			a_source_that_proved_nothing_gets_no_more_than_it_sent),
		cmocka_unit_test(
			a_stranger_learns_what_is_served_in_twice_its_octets),
		cmocka_unit_test(a_short_copy_draws_no_long_answer),
		cmocka_unit_test(
			a_tag_that_another_host_was_told_proves_nothing),
		cmocka_unit_test(
			log_ids_are_unique_and_in_order_whatever_the_clock_does),
		cmocka_unit_test(a_forged_message_touches_its_own_call_alone),
		cmocka_unit_test(a_password_in_a_uri_is_not_logged),
		cmocka_unit_test(
			any_bytes_are_survived_and_answered_well_formed_if_at_all),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
