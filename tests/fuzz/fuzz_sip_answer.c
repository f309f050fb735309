/*
 * The answer to any bytes: scan, decide on one fixed snapshot, write. Every
 * answer is bounded by its request, its lines are ours by name and number, no
 * CR, LF or empty line stands where none belongs, and what answers a good
 * request is itself read without a fault. The first byte says where it came
 * from and whether it was merged.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "db/snapshot_builder.h"
#include "sip/sip_response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	NOW_MS = 1000,
	/* Names in full, lists taken apart, received, rport, our own lines. */
	ADDED_MAX = 3072,
	ANSWER_SIZE = SIP_RESPONSE_MAX,
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* --- the snapshot --- */

static const struct {
	const char *address;
	const char *targets[3];
} moves[] = {
	{ "sip:alice@example.com", { "sip:alice@hotel.example.net" } },
	{ "sip:multi@example.com",
	  { "sip:a@x.example.net", "sips:b@x.example.net", "tel:+15550101" } },
	{ "sip:self@example.com", { "sip:self@example.com" } },
	{ "tel:+15550100", { "sip:+15550199@gw.example.net;user=phone" } },
	{ "sip:six@[2001:db8::1]", { "sip:six@[2001:db8::2]:5070" } },
	{ "sip:idle@example.com", { NULL } },
};

static const char *const domains[] = { "example.com", "[2001:db8::1]" };

static void put_move(struct snapshot_builder *builder, size_t row)
{
	static struct move move;
	struct text address = text_of(moves[row].address);

	memset(&move, 0, sizeof(move));
	move.ends_at_ms = MOVE_OPEN_END;
	while (move.target_count < 3 && moves[row].targets[move.target_count]) {
		struct move_target *target = &move.targets[move.target_count];

		text_copy(text_of(moves[row].targets[move.target_count++]),
			  target->uri, sizeof(target->uri));
		target->q_permille = 500;
	}
	require(!snapshot_builder_put_address(builder, address, &move,
					      move.target_count > 0));
}

static void put_policy(struct snapshot_builder *builder)
{
	struct extension_rule *rules = NULL;
	size_t count = 0;

	require(!extension_preset(TEXT("standard"), &rules, &count));
	require(!snapshot_builder_set_rules(builder, rules, count));
	free(rules);
}

static struct snapshot *make_snapshot(void)
{
	static struct domain list[2];
	struct snapshot_builder *builder = NULL;

	require(sodium_init() >= 0 && !snapshot_builder_begin(NULL, &builder));
	for (size_t i = 0; i < 2; i++) {
		list[i].row_id = (int64_t)i + 1;
		text_copy(text_of(domains[i]), list[i].name,
			  sizeof(list[i].name));
	}
	require(!snapshot_builder_set_domains(builder, list, 2));
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		put_move(builder, i);
	put_policy(builder);
	return snapshot_builder_finish(builder, 1);
}

/* --- what an answer must be --- */

struct line_kind {
	struct text name;
	bool is_echo; /* may be folded, as it was received */
	unsigned most;
};

#define KINDS 13
static const struct line_kind kinds[KINDS] = {
	{ TEXT("Via: "), true, SIP_VIAS_MAX },
	{ TEXT("From: "), true, 1 },
	{ TEXT("To: "), true, 1 },
	{ TEXT("Call-ID: "), true, 1 },
	{ TEXT("CSeq: "), true, 1 },
	{ TEXT("Timestamp: "), true, 1 },
	{ TEXT("Contact: <"), false, 8 },
	{ TEXT("Unsupported: "), false, 1 },
	{ TEXT("Allow: "), false, 1 },
	{ TEXT("Accept"), false, 3 },
	{ TEXT("Supported:"), false, 1 },
	{ TEXT("Warning: "), false, 1 },
	{ TEXT("Content-Length: 0"), false, 1 },
};

static void require_clean_line_ends(struct text answer)
{
	const char *empty = memmem(answer.ptr, answer.len, "\r\n\r\n", 4);

	require(empty == answer.ptr + answer.len - 4);
	for (size_t i = 0; i < answer.len; i++) {
		if (answer.ptr[i] == '\r')
			require(i + 1 < answer.len &&
				answer.ptr[i + 1] == '\n');
		if (answer.ptr[i] == '\n')
			require(i > 0 && answer.ptr[i - 1] == '\r');
	}
}

/* KINDS: none of ours. */
static size_t kind_of(struct text line)
{
	size_t kind = 0;

	while (kind < KINDS &&
	       !(line.len >= kinds[kind].name.len &&
		 !memcmp(line.ptr, kinds[kind].name.ptr, kinds[kind].name.len)))
		kind++;
	return kind;
}

/* head: behind the status line, without the empty line. */
static void require_our_lines(struct text head)
{
	unsigned seen[KINDS] = { 0 };
	size_t kind = KINDS;

	while (head.len > 0) {
		const char *end = memchr(head.ptr, '\n', head.len);
		struct text line = { head.ptr, (size_t)(end + 1 - head.ptr) };

		if (line.ptr[0] == ' ' || line.ptr[0] == '\t') {
			require(kind < KINDS && kinds[kind].is_echo);
		} else {
			kind = kind_of(line);
			require(kind < KINDS);
			require(++seen[kind] <= kinds[kind].most);
		}
		head.ptr += line.len;
		head.len -= line.len;
	}
	require(seen[0] > 0 && seen[KINDS - 1] == 1);
}

static void require_same_fields(const struct sip_request *request,
				const struct sip_request *read,
				const struct sip_source *source)
{
	require(read->fault.status == 0);
	require(text_equals(read->from, request->from) &&
		text_equals(read->call_id, request->call_id) &&
		text_equals(read->cseq, request->cseq) &&
		text_equals(read->timestamp, request->timestamp));
	require(read->has_to_tag && read->to.len >= request->to.len &&
		!memcmp(read->to.ptr, request->to.ptr, request->to.len));
	require(read->via_count == request->via_count);
	for (size_t i = 1; i < request->via_count; i++)
		require(text_equals(read->vias[i], request->vias[i]));
	require(text_equals(read->via.branch, request->via.branch) &&
		text_equals(read->via.host, request->via.host) &&
		read->via.port == request->via.port &&
		read->via.has_rport == request->via.has_rport);
	require(request->via.has_rport ? read->via.received.len > 0 : true);
	require(read->via.received.len == 0 ||
		(read->via.received.len == 9 + source->host.len &&
		 !memcmp(read->via.received.ptr + 9, source->host.ptr,
			 source->host.len)));
	require(read->require_count == 0);
}

/* An answer's headers under a start line are a request's. */
static void require_readable(const struct sip_request *request,
			     const struct sip_source *source, struct text head)
{
	static char bytes[2 * ANSWER_SIZE];
	static struct sip_request read;
	struct writer writer = writer_over(bytes, sizeof(bytes));

	writer_put(&writer, request->method_text);
	writer_put(&writer, TEXT(" "));
	writer_put(&writer, request->uri_text);
	writer_put(&writer, TEXT(" SIP/2.0\r\n"));
	writer_put(&writer, head);
	writer_put(&writer, TEXT("\r\n"));
	require(writer_is_complete(&writer));
	if (writer.len > SIP_HEAD_MAX)
		return;
	require(sip_request_scan_datagram(writer_text(&writer), &read) ==
		SIP_SCAN_REQUEST);
	require_same_fields(request, &read, source);
}

static void require_answer(const struct sip_request *request,
			   const struct sip_source *source, struct text answer)
{
	const char *end;
	struct text head;

	require(answer.len <= request->message.len + ADDED_MAX &&
		answer.len <= SIP_HEAD_MAX + ADDED_MAX);
	require(!memcmp(answer.ptr, "SIP/2.0 ", 8) && answer.ptr[8] >= '2' &&
		answer.ptr[8] <= '5' && answer.ptr[11] == ' ');
	require_clean_line_ends(answer);
	end = memchr(answer.ptr, '\n', answer.len);
	head.ptr = end + 1;
	head.len = answer.len - (size_t)(head.ptr - answer.ptr) - 2;
	require_our_lines(head);
	if (request->fault.status == 0)
		require_readable(request, source, head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sip_source sources[] = {
		{ TEXT("192.0.2.99"), 5060, 0, 0 },
		{ TEXT("2001:db8::99"), 65535, 0, 0 },
	};
	static const struct call_settings settings = { 0 };
	static struct snapshot *snapshot;
	static struct sip_request request;
	static struct call_decision decision;
	static char answer[ANSWER_SIZE];
	const struct sip_source *source;
	size_t len;

	if (!snapshot)
		snapshot = make_snapshot();
	if (size < 1)
		return 0;
	source = &sources[data[0] & 1];
	if (sip_request_scan_datagram(
		    (struct text){ (const char *)data + 1, size - 1 },
		    &request) != SIP_SCAN_REQUEST)
		return 0;
	call_decide(snapshot, &settings, &request, data[0] & 2, NOW_MS,
		    &decision);
	len = sip_response_write(&request, source, &settings, &decision,
				 TEXT("0123456789abcdef"), answer,
				 sizeof(answer));
	require((len > 0) == (decision.status > 0));
	require(decision.status != 483);
	require(request.method != SIP_ACK || len == 0);
	if (len > 0)
		require_answer(&request, source, (struct text){ answer, len });
	return 0;
}
