#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>

#include "sip/response_store.h"
#include "sip/transactions.h"

enum {
	MS = 1000,
	SENDS_MAX = 64,
};

static struct hash_key secret;

/* What timer G sent, and when. */
struct sent {
	int64_t now_us;
	int64_t times_ms[SENDS_MAX];
	char last[TRANSACTION_RESPONSE_MAX];
	size_t last_len;
	size_t count;
};

static void on_resend(void *arg, struct text response,
		      const struct transaction_route *route)
{
	struct sent *sent = arg;

	(void)route;
	if (sent->count < SENDS_MAX)
		sent->times_ms[sent->count] = sent->now_us / MS;
	memcpy(sent->last, response.ptr, response.len);
	sent->last_len = response.len;
	sent->count++;
}

/* Jumps from event to event until the time has come, as the worker does. */
static void run_until(struct transactions *transactions, struct sent *sent,
		      int64_t until_ms)
{
	int64_t next_us = sent->now_us;

	while (next_us <= until_ms * MS) {
		sent->now_us = next_us;
		next_us = transactions_run(transactions, sent->now_us, 1000,
					   on_resend, sent);
		assert_true(next_us > sent->now_us);
	}
	sent->now_us = until_ms * MS;
}

/* The same for a worker that comes to each event a little late. */
static void run_late_until(struct transactions *transactions, struct sent *sent,
			   int64_t until_ms, int64_t late_ms)
{
	int64_t next_us = sent->now_us;

	while (next_us <= until_ms * MS) {
		sent->now_us = next_us + late_ms * MS;
		next_us = transactions_run(transactions, sent->now_us, 1000,
					   on_resend, sent);
	}
	sent->now_us = until_ms * MS;
}

static struct sip_request a_request(enum sip_method method, const char *branch)
{
	struct sip_request request = { 0 };
	size_t cookie_len = strlen("z9hG4bK");

	request.method = method;
	request.message = TEXT("as long as the answers of these tests");
	request.uri_text = TEXT("sip:alice@example.com");
	request.via.whole = TEXT("SIP/2.0/UDP client.example.org:5060");
	request.via.host = TEXT("client.example.org");
	request.via.port = 5060;
	request.via.branch = text_of(branch);
	request.via.has_magic_cookie = strlen(branch) > cookie_len &&
				       strncmp(branch, "z9hG4bK", cookie_len) ==
					       0;
	request.via_count = 1;
	request.from_tag = TEXT("from-1");
	request.call_id = TEXT("call-1@client.example.org");
	request.cseq_number = 1;
	return request;
}

static struct sip_request an_old_request(enum sip_method method)
{
	return a_request(method, "");
}

static struct transaction_answer an_answer(const char *response)
{
	struct transaction_answer answer = {
		.response = text_of(response),
		.to_tag = TEXT("0123456789abcdef"),
		.log_id = 77,
	};

	answer.route.peer.in.sin_family = AF_INET;
	answer.route.peer.in.sin_port = htons(5060);
	answer.route.peer.in.sin_addr.s_addr = htonl(0xc0000201);
	answer.route.peer_len = sizeof(answer.route.peer.in);
	return answer;
}

static struct transactions *new_transactions(
	const struct transactions_config *config)
{
	struct transactions *transactions = NULL;

	assert_int_equal(0, transactions_new(config, &secret, &transactions));
	return transactions;
}

static struct transactions *some_transactions(void)
{
	return new_transactions(&(struct transactions_config){
		.max = 1000, .unproven_retransmits = 1 });
}

static struct transactions *strict_transactions(void)
{
	return new_transactions(&(struct transactions_config){
		.max = 1000, .strict_timer_g = true });
}

static struct transaction *find(struct transactions *transactions,
				const struct sip_request *request)
{
	struct transaction_identity identity;

	return transactions_find(transactions, request, &identity);
}

static bool is_merged(struct transactions *transactions,
		      const struct sip_request *request)
{
	struct transaction_identity identity;

	transactions_find(transactions, request, &identity);
	return transactions_is_merged(transactions, &identity);
}

static int add_answer(struct transactions *transactions,
		      const struct sip_request *request,
		      const struct transaction_answer *answer, int64_t now_us)
{
	struct transaction_identity identity;

	transactions_find(transactions, request, &identity);
	return transactions_add(transactions, request, &identity, answer,
				now_us);
}

static void add(struct transactions *transactions,
		const struct sip_request *request, int64_t now_us)
{
	struct transaction_answer answer = an_answer("302");

	assert_int_equal(0, add_answer(transactions, request, &answer, now_us));
}

static void lateness_does_not_add_up_and_a_standstill_is_not_made_up_for(
	void **state)
{
	/* All of eleven within timer H; 20 s late, what is left of them. */
	static const struct {
		int64_t late_ms;
		size_t copies;
	} rows[] = { { 60, 10 }, { 240, 10 }, { 20000, 1 } };
	struct sip_request invite = a_request(SIP_INVITE, "z9hG4bK1");
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct transactions *transactions = strict_transactions();
		struct sent sent = { 0 };

		add(transactions, &invite, 0);
		run_late_until(transactions, &sent, 120000, rows[i].late_ms);
		assert_int_equal(rows[i].copies, sent.count);
		transactions_free(transactions);
	}
}

static void an_unanswered_302_is_sent_eleven_times_in_strict_mode(void **state)
{
	/* X1: RFC 3261 17.2.1, timer G; the first of eleven is the worker's. */
	static const int64_t times_ms[] = { 500,   1500,  3500,	 7500,	11500,
					    15500, 19500, 23500, 27500, 31500 };
	struct transactions *transactions = strict_transactions();
	struct sip_request invite = a_request(SIP_INVITE, "z9hG4bK1");
	struct sent sent = { 0 };
	(void)state;

	add(transactions, &invite, 0);
	run_until(transactions, &sent, 120000);

	assert_int_equal(10, sent.count);
	assert_memory_equal(times_ms, sent.times_ms, sizeof(times_ms));
	assert_memory_equal("302", sent.last, sent.last_len);
	assert_int_equal(0, transactions_count(transactions));
	transactions_free(transactions);
}

static void an_ack_stops_the_copies_and_is_absorbed_for_t4(void **state)
{
	/* X2 */
	struct transactions *transactions = strict_transactions();
	struct sip_request invite = a_request(SIP_INVITE, "z9hG4bK1");
	struct sip_request ack = a_request(SIP_ACK, "z9hG4bK1");
	struct sent sent = { 0 };
	struct transaction *found;
	(void)state;

	add(transactions, &invite, 0);
	found = find(transactions, &ack);
	assert_non_null(found);
	assert_int_equal(77,
			 transactions_ack(transactions, found, true, 200 * MS));
	assert_int_equal(0,
			 transactions_ack(transactions, found, true, 300 * MS));
	assert_ptr_equal(found, find(transactions, &invite));
	assert_int_equal(0, transaction_response(found).len);

	run_until(transactions, &sent, 5199);
	assert_non_null(find(transactions, &ack));
	run_until(transactions, &sent, 5200);
	assert_null(find(transactions, &ack));
	assert_int_equal(0, sent.count);
	transactions_free(transactions);
}

static void assert_told(struct redirect_log_ring *ring, unsigned requests,
			unsigned answers)
{
	struct redirect_log_record record;

	assert_int_equal(REDIRECT_LOG_REPEATS,
			 redirect_log_ring_peek(ring, &record));
	assert_int_equal(77, record.id);
	assert_int_equal(requests, record.repeats.requests);
	assert_int_equal(answers, record.repeats.answers);
	redirect_log_ring_release(ring);
	assert_int_equal(REDIRECT_LOG_NOTHING,
			 redirect_log_ring_peek(ring, &record));
}

static void what_was_repeated_is_told_at_the_ack_and_at_the_end(void **state)
{
	struct redirect_log_ring *ring = NULL;
	struct sip_request invite = a_request(SIP_INVITE, "z9hG4bK1");
	struct sip_request other = a_request(SIP_INVITE, "z9hG4bK2");
	struct transactions *transactions;
	struct redirect_log_record record;
	struct sent sent = { 0 };
	(void)state;

	assert_int_equal(0, redirect_log_ring_new(4096, &ring));
	transactions = new_transactions(&(struct transactions_config){
		.max = 1000, .strict_timer_g = true, .ring = ring });
	add(transactions, &invite, 0);
	add(transactions, &other, 0);
	transaction_note_repeat(find(transactions, &invite));
	run_until(transactions, &sent, 1600);
	transactions_ack(transactions, find(transactions, &other), true,
			 sent.now_us);
	assert_told(ring, 0, 2);
	transactions_ack(transactions, find(transactions, &invite), true,
			 sent.now_us);
	assert_told(ring, 1, 2);
	transaction_note_repeat(find(transactions, &invite));
	run_until(transactions, &sent, 40000);
	assert_told(ring, 2, 2);

	/* Nothing to tell of one that went as it should. */
	invite.via.branch = TEXT("z9hG4bK3");
	add(transactions, &invite, sent.now_us);
	transactions_ack(transactions, find(transactions, &invite), true,
			 sent.now_us);
	run_until(transactions, &sent, 80000);
	assert_int_equal(REDIRECT_LOG_NOTHING,
			 redirect_log_ring_peek(ring, &record));
	transactions_free(transactions);
	redirect_log_ring_free(ring);
}

static void a_retransmission_gets_the_bytes_of_the_first_answer(void **state)
{
	/* X4, X5: whatever the caller's buffer holds by then. */
	struct transactions *transactions = some_transactions();
	static const enum sip_method methods[] = { SIP_INVITE, SIP_OPTIONS };
	(void)state;

	for (size_t i = 0; i < 2; i++) {
		struct sip_request request = a_request(methods[i], "z9hG4bK1");
		char buffer[] = "SIP/2.0 302 Moved";
		struct transaction_answer answer = an_answer(buffer);
		struct text kept;

		assert_int_equal(
			0, add_answer(transactions, &request, &answer, 0));
		memset(buffer, 'x', sizeof(buffer) - 1);
		kept = transaction_response(find(transactions, &request));
		assert_true(text_equals(TEXT("SIP/2.0 302 Moved"), kept));
	}
	transactions_free(transactions);
}

static void a_non_invite_is_remembered_for_64_t1_and_never_sent_again(
	void **state)
{
	struct transactions *transactions = strict_transactions();
	struct sip_request options = a_request(SIP_OPTIONS, "z9hG4bK1");
	struct sent sent = { 0 };
	(void)state;

	add(transactions, &options, 0);
	run_until(transactions, &sent, 31999);
	assert_non_null(find(transactions, &options));
	run_until(transactions, &sent, 32000);
	assert_null(find(transactions, &options));
	assert_int_equal(0, sent.count);
	transactions_free(transactions);
}

static void over_tcp_nothing_is_repeated_and_an_ack_ends_it(void **state)
{
	/* X3: no G, H runs, I and J are 0. */
	struct transactions *transactions = strict_transactions();
	struct sip_request invite = a_request(SIP_INVITE, "z9hG4bK1");
	struct sip_request other = a_request(SIP_INVITE, "z9hG4bK2");
	struct sip_request options = a_request(SIP_OPTIONS, "z9hG4bK3");
	struct transaction_answer answer = an_answer("302");
	struct sent sent = { 0 };
	(void)state;

	answer.route.is_reliable = true;
	other.call_id = TEXT("call-2");
	assert_int_equal(0, add_answer(transactions, &invite, &answer, 0));
	assert_int_equal(0, add_answer(transactions, &other, &answer, 0));
	assert_int_equal(0, add_answer(transactions, &options, &answer, 0));
	assert_int_equal(2, transactions_count(transactions));
	assert_int_equal(77, transactions_ack(transactions,
					      find(transactions, &invite), true,
					      0));
	assert_int_equal(1, transactions_count(transactions));
	run_until(transactions, &sent, 31999);
	assert_int_equal(1, transactions_count(transactions));
	run_until(transactions, &sent, 32000);
	assert_int_equal(0, transactions_count(transactions));
	assert_int_equal(0, sent.count);
	transactions_free(transactions);
}

struct change {
	const char *name;
	void (*apply)(struct sip_request *request);
	bool cookie_matches; /* 17.2.3, with the magic cookie */
	bool old_matches;    /* and without */
};

static void change_nothing(struct sip_request *request)
{
	(void)request;
}
static void change_branch(struct sip_request *request)
{
	request->via.branch = TEXT("z9hG4bKother");
	request->via.whole = TEXT("SIP/2.0/UDP client.example.org;branch=x");
}
static void change_host(struct sip_request *request)
{
	request->via.host = TEXT("other.example.org");
	request->via.whole = TEXT("SIP/2.0/UDP other.example.org");
}
static void change_host_case(struct sip_request *request)
{
	request->via.host = TEXT("CLIENT.example.ORG");
}
static void change_port(struct sip_request *request)
{
	request->via.port = 5062;
	request->via.whole = TEXT("SIP/2.0/UDP client.example.org:5062");
}
static void change_method(struct sip_request *request)
{
	request->method = SIP_MESSAGE;
}
static void change_call_id(struct sip_request *request)
{
	request->call_id = TEXT("call-2@client.example.org");
}
static void change_from_tag(struct sip_request *request)
{
	request->from_tag = TEXT("from-2");
}
static void change_cseq(struct sip_request *request)
{
	request->cseq_number = 2;
}
static void change_uri(struct sip_request *request)
{
	request->uri_text = TEXT("sip:bob@example.com");
}
static void change_field_borders(struct sip_request *request)
{
	/* The same bytes in a row, cut elsewhere. */
	request->from_tag = TEXT("from-1c");
	request->call_id = TEXT("all-1@client.example.org");
}

static const struct change changes[] = {
	{ "nothing", change_nothing, true, true },
	{ "branch", change_branch, false, false },
	{ "sent-by host", change_host, false, false },
	{ "sent-by host's case", change_host_case, true, true },
	{ "sent-by port", change_port, false, false },
	{ "method", change_method, false, false },
	{ "Call-ID", change_call_id, true, false },
	{ "From tag", change_from_tag, true, false },
	{ "CSeq", change_cseq, true, false },
	{ "Request-URI", change_uri, true, false },
	{ "borders of fields", change_field_borders, true, false },
};

static void a_request_matches_by_what_rfc_3261_17_2_3_compares(void **state)
{
	/* X6 and X7 */
	struct transactions *transactions = some_transactions();
	struct sip_request cookie = a_request(SIP_INVITE, "z9hG4bK1");
	struct sip_request old = an_old_request(SIP_INVITE);
	(void)state;

	add(transactions, &cookie, 0);
	add(transactions, &old, 0);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct sip_request request = cookie;

		print_message("%s\n", changes[i].name);
		changes[i].apply(&request);
		assert_int_equal(changes[i].cookie_matches,
				 find(transactions, &request) != NULL);
		request = old;
		changes[i].apply(&request);
		request.via.branch = TEXT("");
		assert_int_equal(changes[i].old_matches,
				 find(transactions, &request) != NULL);
	}
	transactions_free(transactions);
}

static void a_long_field_counts_to_its_last_byte(void **state)
{
	struct transactions *transactions = some_transactions();
	char branch[3000] = "z9hG4bK";
	struct sip_request request;
	(void)state;

	memset(branch + 7, 'b', sizeof(branch) - 8);
	request = a_request(SIP_INVITE, branch);
	add(transactions, &request, 0);
	assert_non_null(find(transactions, &request));
	branch[sizeof(branch) - 2] = 'c';
	assert_null(find(transactions, &request));
	transactions_free(transactions);
}

static void a_nul_byte_does_not_move_the_borders_of_fields(void **state)
{
	struct sip_request one = an_old_request(SIP_INVITE), other = one;
	struct transactions *transactions = some_transactions();
	(void)state;

	one.from_tag = TEXT("x");
	one.call_id = TEXT("y\0z");
	other.from_tag = TEXT("x\0y");
	other.call_id = TEXT("z");
	add(transactions, &one, 0);
	assert_null(find(transactions, &other));
	transactions_free(transactions);
}

static void an_rfc_2543_ack_needs_our_to_tag(void **state)
{
	/* X7 */
	struct transactions *transactions = some_transactions();
	struct sip_request invite = an_old_request(SIP_INVITE);
	struct sip_request ack = an_old_request(SIP_ACK);
	(void)state;

	add(transactions, &invite, 0);
	assert_null(find(transactions, &ack));
	ack.to_tag = TEXT("somebody's");
	assert_null(find(transactions, &ack));
	ack.to_tag = TEXT("0123456789abcdef");
	assert_ptr_equal(find(transactions, &invite), find(transactions, &ack));
	transactions_free(transactions);
}

static void an_rfc_2543_ack_in_a_dialog_repeats_the_invites_tag(void **state)
{
	struct transactions *transactions = some_transactions();
	struct sip_request invite = an_old_request(SIP_INVITE);
	struct sip_request ack = an_old_request(SIP_ACK);
	struct transaction_answer answer = an_answer("481");
	(void)state;

	invite.to_tag = ack.to_tag = TEXT("the dialog's");
	invite.has_to_tag = true;
	answer.to_tag = TEXT("");
	assert_int_equal(0, add_answer(transactions, &invite, &answer, 0));
	assert_ptr_equal(find(transactions, &invite), find(transactions, &ack));
	transactions_free(transactions);
}

static void a_cancel_finds_the_invite_and_is_its_own_transaction(void **state)
{
	/* X9, X10 */
	struct transactions *transactions = some_transactions();
	struct sip_request invites[] = { a_request(SIP_INVITE, "z9hG4bK1"),
					 an_old_request(SIP_INVITE) };
	struct sip_request cancels[] = { a_request(SIP_CANCEL, "z9hG4bK1"),
					 an_old_request(SIP_CANCEL) };
	(void)state;

	for (size_t i = 0; i < 2; i++) {
		struct transaction *found;

		assert_null(
			transactions_find_cancelled(transactions, &cancels[i]));
		add(transactions, &invites[i], 0);
		found = transactions_find_cancelled(transactions, &cancels[i]);
		assert_ptr_equal(find(transactions, &invites[i]), found);
		assert_true(text_equals(TEXT("0123456789abcdef"),
					transaction_to_tag(found)));
		assert_null(find(transactions, &cancels[i]));
	}
	transactions_free(transactions);
}

static void the_same_call_over_two_paths_is_merged_and_a_spiral_is_not(
	void **state)
{
	/* X12, X13: RFC 3261 8.2.2.2. */
	struct transactions *transactions = some_transactions();
	struct sip_request first = a_request(SIP_INVITE, "z9hG4bK1");
	struct sip_request second = a_request(SIP_INVITE, "z9hG4bK2");
	struct sip_request spiral = second, in_dialog = second, later = second;
	struct sent sent = { 0 };
	(void)state;

	spiral.uri_text = TEXT("sip:alice@hotel.example.net");
	in_dialog.has_to_tag = true;
	later.cseq_number = 2;
	assert_false(is_merged(transactions, &first));
	add(transactions, &first, 0);

	assert_false(is_merged(transactions, &first));
	assert_true(is_merged(transactions, &second));
	assert_false(is_merged(transactions, &spiral));
	assert_false(is_merged(transactions, &in_dialog));
	assert_false(is_merged(transactions, &later));
	run_until(transactions, &sent, 32000);
	assert_false(is_merged(transactions, &second));
	transactions_free(transactions);
}

static void a_source_that_proved_nothing_gets_few_copies(void **state)
{
	/* Q1 */
	static const unsigned allowed[] = { 0, 1, 2 };
	(void)state;

	for (size_t i = 0; i < 3; i++) {
		struct transactions *transactions = new_transactions(&(
			struct transactions_config){
			.max = 10, .unproven_retransmits = allowed[i] });
		struct sip_request invite = a_request(SIP_INVITE, "z9hG4bK1");
		struct sent sent = { 0 };

		add(transactions, &invite, 0);
		run_until(transactions, &sent, 60000);
		assert_int_equal(allowed[i], sent.count);
		assert_int_equal(0, transactions_count(transactions));
		transactions_free(transactions);
	}
}

static size_t copies_to_an_unproven_source(size_t request_len,
					   size_t response_len)
{
	static char bytes[TRANSACTION_RESPONSE_MAX];
	struct transactions *transactions =
		new_transactions(&(struct transactions_config){
			.max = 10, .unproven_retransmits = 2 });
	struct sip_request invite = a_request(SIP_INVITE, "z9hG4bK1");
	struct transaction_answer answer = an_answer("302");
	struct sent sent = { 0 };

	invite.message = (struct text){ bytes, request_len };
	answer.response = (struct text){ bytes, response_len };
	assert_int_equal(0, add_answer(transactions, &invite, &answer, 0));
	run_until(transactions, &sent, 60000);
	transactions_free(transactions);
	return sent.count;
}

static void copies_never_double_what_an_unproven_source_sent(void **state)
{
	/* Q1 */
	(void)state;

	assert_int_equal(2, copies_to_an_unproven_source(600, 400));
	assert_int_equal(1, copies_to_an_unproven_source(599, 400));
	assert_int_equal(1, copies_to_an_unproven_source(400, 400));
	assert_int_equal(0, copies_to_an_unproven_source(399, 400));
	assert_int_equal(0, copies_to_an_unproven_source(0, 400));
}

static void prove(struct transactions *transactions,
		  const struct transaction_answer *answer, bool proves)
{
	struct sip_request invite = a_request(SIP_INVITE, "z9hG4bKprove");

	invite.call_id = TEXT("proving");
	assert_int_equal(0, add_answer(transactions, &invite, answer, 0));
	transactions_ack(transactions, find(transactions, &invite), proves, 0);
}

static size_t copies_after_proof(const struct transaction_answer *prover,
				 const struct transaction_answer *caller,
				 bool proves, int64_t later_us)
{
	struct transactions *transactions = some_transactions();
	struct sip_request invite = a_request(SIP_INVITE, "z9hG4bK1");
	struct sent sent = { .now_us = later_us };

	prove(transactions, prover, proves);
	assert_int_equal(0,
			 add_answer(transactions, &invite, caller, later_us));
	run_until(transactions, &sent, later_us / MS + 60000);
	transactions_free(transactions);
	return sent.count;
}

static struct transaction_answer an_ipv6_answer(const char *address)
{
	struct transaction_answer answer = an_answer("302");

	memset(&answer.route.peer, 0, sizeof(answer.route.peer));
	answer.route.peer.in6.sin6_family = AF_INET6;
	assert_int_equal(1, inet_pton(AF_INET6, address,
				      &answer.route.peer.in6.sin6_addr));
	answer.route.peer_len = sizeof(answer.route.peer.in6);
	return answer;
}

static void an_ack_with_our_tag_earns_all_copies_for_an_hour(void **state)
{
	struct transaction_answer here = an_answer("302"), there = here;
	struct transaction_answer port = here;
	struct transaction_answer a = an_ipv6_answer("2001:db8::1");
	struct transaction_answer b = an_ipv6_answer("2001:db8::ffff:1");
	struct transaction_answer c = an_ipv6_answer("2001:db8:0:1::1");
	(void)state;

	there.route.peer.in.sin_addr.s_addr = htonl(0xc0000202);
	port.route.peer.in.sin_port = htons(6060);
	assert_int_equal(10, copies_after_proof(&here, &here, true, 1));
	assert_int_equal(10, copies_after_proof(&here, &port, true, 1));
	assert_int_equal(1, copies_after_proof(&here, &here, false, 1));
	assert_int_equal(1, copies_after_proof(&here, &there, true, 1));
	assert_int_equal(1, copies_after_proof(&here, &here, true,
					       INT64_C(3600) * 1000 * MS));
	assert_int_equal(10, copies_after_proof(&a, &b, true, 1));
	assert_int_equal(1, copies_after_proof(&a, &c, true, 1));
}

static void at_the_cap_nothing_is_added_and_room_comes_back(void **state)
{
	/* X19 */
	struct transactions *transactions =
		new_transactions(&(struct transactions_config){ .max = 2 });
	struct sip_request requests[] = { a_request(SIP_INVITE, "z9hG4bK1"),
					  a_request(SIP_INVITE, "z9hG4bK2"),
					  a_request(SIP_INVITE, "z9hG4bK3") };
	struct transaction_answer answer = an_answer("302");
	struct sent sent = { 0 };
	(void)state;

	add(transactions, &requests[0], 0);
	add(transactions, &requests[1], 0);
	assert_int_equal(ENOSPC,
			 add_answer(transactions, &requests[2], &answer, 0));
	assert_null(find(transactions, &requests[2]));
	assert_int_equal(2, transactions_count(transactions));
	run_until(transactions, &sent, 32000);
	add(transactions, &requests[2], sent.now_us);
	assert_int_equal(1, transactions_count(transactions));
	transactions_free(transactions);
}

static void an_answer_over_the_limit_is_not_kept(void **state)
{
	struct transactions *transactions = some_transactions();
	struct sip_request invite = a_request(SIP_INVITE, "z9hG4bK1");
	struct transaction_answer answer = an_answer("302");
	static char longest[TRANSACTION_RESPONSE_MAX + 1];
	(void)state;

	answer.response = (struct text){ longest, sizeof(longest) };
	assert_int_equal(EMSGSIZE,
			 add_answer(transactions, &invite, &answer, 0));
	answer.response.len--;
	assert_int_equal(0, add_answer(transactions, &invite, &answer, 0));
	transactions_free(transactions);
}

static void a_hundred_thousand_calls_fit_and_all_end(void **state)
{
	enum {
		CALLS = 100000
	};
	struct transactions *transactions =
		new_transactions(&(struct transactions_config){
			.max = CALLS, .unproven_retransmits = 1 });
	struct transaction_answer answer = an_answer("302");
	struct sent sent = { 0 };
	char branch[32], call_id[32];
	(void)state;

	for (int round = 0; round < 2; round++) {
		int64_t start_us = sent.now_us;

		sent.count = 0;
		for (int i = 0; i < CALLS; i++) {
			struct sip_request invite;

			snprintf(branch, sizeof(branch), "z9hG4bK%d", i);
			snprintf(call_id, sizeof(call_id), "%d", i);
			invite = a_request(SIP_INVITE, branch);
			invite.call_id = text_of(call_id);
			assert_int_equal(0, add_answer(transactions, &invite,
						       &answer, start_us + i));
		}
		assert_int_equal(CALLS, transactions_count(transactions));
		run_until(transactions, &sent, start_us / MS + 40000);
		assert_int_equal(CALLS, sent.count);
		assert_int_equal(0, transactions_count(transactions));
	}
	transactions_free(transactions);
}

static void a_clock_that_steps_back_neither_revives_nor_kills(void **state)
{
	/* M5: the monotonic clock does not; the queues would stay in order. */
	struct transactions *transactions = strict_transactions();
	struct sip_request first = a_request(SIP_INVITE, "z9hG4bK1");
	struct sip_request second = a_request(SIP_INVITE, "z9hG4bK2");
	int64_t start_us = (INT64_C(1) << 42) * MS; /* 139 years */
	struct sent sent = { .now_us = start_us };
	(void)state;

	run_until(transactions, &sent, start_us / MS);
	add(transactions, &first, start_us - INT64_C(3600) * 1000 * MS);
	add(transactions, &second, start_us);
	run_until(transactions, &sent, start_us / MS + 499);
	assert_int_equal(0, sent.count);
	run_until(transactions, &sent, start_us / MS + 501);
	assert_int_equal(2, sent.count);
	transactions_free(transactions);
}

static void no_more_events_run_in_one_call_than_asked_for(void **state)
{
	struct transactions *transactions = some_transactions();
	struct sip_request invite;
	struct sent sent = { 0 };
	char branch[32];
	(void)state;

	for (int i = 0; i < 10; i++) {
		snprintf(branch, sizeof(branch), "z9hG4bK%d", i);
		invite = a_request(SIP_INVITE, branch);
		add(transactions, &invite, 0);
	}
	/* What is left is due at once. */
	assert_int_equal(500 * MS, transactions_run(transactions, 600 * MS, 4,
						    on_resend, &sent));
	assert_int_equal(4, sent.count);
	assert_int_equal(32000 * MS, transactions_run(transactions, 600 * MS, 6,
						      on_resend, &sent));
	assert_int_equal(10, sent.count);
	transactions_free(transactions);
}

static void a_to_tag_is_the_same_for_every_copy_and_new_for_every_call(
	void **state)
{
	/* X17, X18; and one learnt at one address proves nothing at another. */
	struct sip_request request = a_request(SIP_INVITE, "z9hG4bK1");
	struct transaction_answer here = an_answer(""), there = here;
	struct transaction_key key, other;
	char tags[5][SIP_TO_TAG_SIZE];
	(void)state;

	there.route.peer.in.sin_addr.s_addr = htonl(0xc0000202);
	key = transaction_key_of(&secret, &request, SIP_INVITE, TEXT(""));
	request.via.branch = TEXT("z9hG4bK2");
	other = transaction_key_of(&secret, &request, SIP_INVITE, TEXT(""));
	transaction_key_to_tag(&secret, &key, 1, &here.route.peer.any, tags[0]);
	transaction_key_to_tag(&secret, &key, 1, &here.route.peer.any, tags[1]);
	transaction_key_to_tag(&secret, &key, 2, &here.route.peer.any, tags[2]);
	transaction_key_to_tag(&secret, &other, 1, &here.route.peer.any,
			       tags[3]);
	transaction_key_to_tag(&secret, &key, 1, &there.route.peer.any,
			       tags[4]);
	assert_string_equal(tags[0], tags[1]);
	assert_int_equal(16, strspn(tags[0], "0123456789abcdef"));
	for (int i = 2; i < 5; i++)
		assert_string_not_equal(tags[0], tags[i]);
}

static void who_does_not_have_the_secret_makes_neither_keys_nor_tags(
	void **state)
{
	/* X18, Q11 */
	struct sip_request requests[] = { a_request(SIP_INVITE, "z9hG4bK1"),
					  an_old_request(SIP_INVITE) };
	struct transaction_answer answer = an_answer("");
	char ours[SIP_TO_TAG_SIZE], theirs[SIP_TO_TAG_SIZE];
	struct hash_key other;
	(void)state;

	hash_key_init(&other);
	for (size_t i = 0; i < 2; i++) {
		struct transaction_key key = transaction_key_of(
			&secret, &requests[i], SIP_INVITE, TEXT(""));
		struct transaction_key guessed = transaction_key_of(
			&other, &requests[i], SIP_INVITE, TEXT(""));

		assert_memory_not_equal(&key, &guessed, sizeof(key));
		assert_true(transaction_key_merge(&secret, &requests[i]) !=
			    transaction_key_merge(&other, &requests[i]));
		transaction_key_to_tag(&secret, &key, 1, &answer.route.peer.any,
				       ours);
		transaction_key_to_tag(&other, &key, 1, &answer.route.peer.any,
				       theirs);
		assert_string_not_equal(ours, theirs);
	}
	assert_true(transaction_key_source(&secret, &answer.route.peer.any) !=
		    transaction_key_source(&other, &answer.route.peer.any));
}

static int compare_tags(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void a_hundred_thousand_to_tags_all_differ(void **state)
{
	/* X18 */
	enum {
		TAGS = 100000
	};
	char(*tags)[SIP_TO_TAG_SIZE] = calloc(TAGS, sizeof(*tags));
	struct transaction_answer answer = an_answer("");
	char branch[32];
	(void)state;

	assert_non_null(tags);
	for (int i = 0; i < TAGS; i++) {
		struct sip_request request;
		struct transaction_key key;

		snprintf(branch, sizeof(branch), "z9hG4bK%d", i);
		request = a_request(SIP_INVITE, branch);
		key = transaction_key_of(&secret, &request, SIP_INVITE,
					 TEXT(""));
		transaction_key_to_tag(&secret, &key, 1, &answer.route.peer.any,
				       tags[i]);
	}
	qsort(tags, TAGS, sizeof(*tags), compare_tags);
	for (int i = 1; i < TAGS; i++)
		assert_string_not_equal(tags[i - 1], tags[i]);
	free(tags);
}

static void the_response_store_gives_its_memory_to_any_size(void **state)
{
	static const size_t sizes[] = { 1, 512, 513, 1024, 2000, 2048, 300 };
	struct response_store *store = NULL;
	char *blocks[512];
	size_t counts[7];
	(void)state;

	assert_int_equal(0, response_store_new(3 * 65536, &store));
	assert_null(response_store_take(store, RESPONSE_STORE_BLOCK_MAX + 1));
	for (size_t s = 0; s < 7; s++) {
		counts[s] = 0;
		while ((blocks[counts[s]] =
				response_store_take(store, sizes[s]))) {
			memset(blocks[counts[s]], (int)counts[s], sizes[s]);
			counts[s]++;
		}
		for (size_t i = 0; i < counts[s]; i++) {
			for (size_t b = 0; b < sizes[s]; b++)
				assert_int_equal((unsigned char)i,
						 (unsigned char)blocks[i][b]);
			response_store_give_back(store, blocks[i]);
		}
	}
	assert_int_equal(384, counts[0]);
	assert_int_equal(384, counts[1]);
	assert_int_equal(192, counts[2]);
	assert_int_equal(96, counts[5]);
	assert_int_equal(384, counts[6]);
	response_store_free(store);
}

/* All under one name, they would be one list, and its end far away: a flood of
 * them once took a worker minutes to forget. */
static void merged_requests_leave_nothing_to_be_found_by(void **state)
{
	enum {
		COUNT = 200000
	};
	struct transactions *transactions =
		new_transactions(&(struct transactions_config){
			.max = COUNT, .unproven_retransmits = 0 });
	const struct sip_request first = a_request(SIP_INVITE, "z9hG4bKfirst");
	const struct sip_request last = a_request(SIP_INVITE, "z9hG4bKlast");
	struct sent sent = { 0 };
	char branch[32];
	(void)state;

	add(transactions, &first, 0);
	for (int64_t i = 1; i < COUNT; i++) {
		struct sip_request merged;

		snprintf(branch, sizeof(branch), "z9hG4bK%d", (int)i);
		merged = a_request(SIP_INVITE, branch);
		assert_true(is_merged(transactions, &merged));
		add(transactions, &merged, 1000 + i);
	}
	/* Only the first one is looked for. */
	run_until(transactions, &sent, 32000);
	assert_int_equal(COUNT - 1, transactions_count(transactions));
	assert_false(is_merged(transactions, &last));
	run_until(transactions, &sent, 40000);
	assert_int_equal(0, transactions_count(transactions));
	transactions_free(transactions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_unanswered_302_is_sent_eleven_times_in_strict_mode),
		cmocka_unit_test(
			lateness_does_not_add_up_and_a_standstill_is_not_made_up_for),
		cmocka_unit_test(
			an_ack_stops_the_copies_and_is_absorbed_for_t4),
		cmocka_unit_test(
			what_was_repeated_is_told_at_the_ack_and_at_the_end),
		cmocka_unit_test(
			a_retransmission_gets_the_bytes_of_the_first_answer),
		cmocka_unit_test(
			a_non_invite_is_remembered_for_64_t1_and_never_sent_again),
		cmocka_unit_test(
			over_tcp_nothing_is_repeated_and_an_ack_ends_it),
		cmocka_unit_test(
			a_request_matches_by_what_rfc_3261_17_2_3_compares),
		cmocka_unit_test(a_long_field_counts_to_its_last_byte),
		cmocka_unit_test(
			a_nul_byte_does_not_move_the_borders_of_fields),
		cmocka_unit_test(an_rfc_2543_ack_needs_our_to_tag),
		cmocka_unit_test(
			an_rfc_2543_ack_in_a_dialog_repeats_the_invites_tag),
		cmocka_unit_test(
			a_cancel_finds_the_invite_and_is_its_own_transaction),
		cmocka_unit_test(
			the_same_call_over_two_paths_is_merged_and_a_spiral_is_not),
		cmocka_unit_test(merged_requests_leave_nothing_to_be_found_by),
		cmocka_unit_test(a_source_that_proved_nothing_gets_few_copies),
		cmocka_unit_test(
			copies_never_double_what_an_unproven_source_sent),
		cmocka_unit_test(
			an_ack_with_our_tag_earns_all_copies_for_an_hour),
		cmocka_unit_test(
			at_the_cap_nothing_is_added_and_room_comes_back),
		cmocka_unit_test(an_answer_over_the_limit_is_not_kept),
		cmocka_unit_test(a_hundred_thousand_calls_fit_and_all_end),
		cmocka_unit_test(
			a_clock_that_steps_back_neither_revives_nor_kills),
		cmocka_unit_test(no_more_events_run_in_one_call_than_asked_for),
		cmocka_unit_test(
			a_to_tag_is_the_same_for_every_copy_and_new_for_every_call),
		cmocka_unit_test(
			who_does_not_have_the_secret_makes_neither_keys_nor_tags),
		cmocka_unit_test(a_hundred_thousand_to_tags_all_differ),
		cmocka_unit_test(
			the_response_store_gives_its_memory_to_any_size),
	};

	if (sodium_init() < 0)
		return 1;
	hash_key_init(&secret);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
