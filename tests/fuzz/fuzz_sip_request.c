/*
 * The scanner on any bytes: every text it hands over lies within them, and a
 * good request is the same one whether it comes as a datagram or in pieces.
 * The first byte says where a stream is cut.
 */
#include <stdlib.h>
#include <string.h>

#include "sip/sip_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void require_within(struct text text, struct text whole)
{
	require(text.len == 0 ||
		(text.ptr >= whole.ptr &&
		 text.ptr + text.len <= whole.ptr + whole.len));
}

static void require_via_within(const struct sip_via *via, struct text whole)
{
	require_within(via->whole, whole);
	require_within(via->transport, via->whole);
	require_within(via->host, via->whole);
	require_within(via->branch, via->whole);
	require_within(via->rport, via->whole);
	require_within(via->received, via->whole);
	require_within(via->maddr, via->whole);
	require(via->transport.len > 0 && via->host.len > 0);
	require(via->has_rport == (via->rport.len > 0));
}

static void require_request(const struct sip_request *request,
			    struct text whole)
{
	require(request->via_count > 0 && request->via_count <= SIP_VIAS_MAX);
	require(request->require_count <= SIP_REQUIRES_MAX);
	require_within(request->message, whole);
	for (size_t i = 0; i < request->via_count; i++)
		require_within(request->vias[i], request->message);
	for (size_t i = 0; i < request->require_count; i++)
		require_within(request->requires[i], request -> message);
	require_via_within(&request->via, request->vias[0]);
	require_within(request->method_text, request->message);
	require_within(request->uri_text, request->message);
	require_within(request->from, request->message);
	require_within(request->to, request->message);
	require_within(request->from_tag, request->from);
	require_within(request->to_tag, request->to);
	require_within(request->call_id, request->message);
	require_within(request->cseq, request->message);
	require_within(request->cseq_method, request->cseq);
	require_within(request->timestamp, request->message);
	require_within(request->user_agent, request->message);
	require_within(request->supported, request->message);
	require_within(request->contact, request->message);
	require_within(request->max_forwards, request->message);
	require_within(request->body, request->message);
	if (request->uri_is_valid)
		require_within(request->uri.scheme_text, request->uri_text);
	require((request->fault.status == 0) ==
		(request->fault.reason.len == 0));
	if (request->fault.status)
		return;
	require(request->uri_is_valid && request->from.len > 0 &&
		request->to.len > 0 && request->call_id.len > 0 &&
		text_equals(request->method_text, request->cseq_method));
}

/* Feeds the stream up to a cut, then a byte more each time for a while, then
 * all of it. */
static enum sip_scan scan_stream(struct text whole, size_t cut,
				 struct sip_request *request, size_t *consumed)
{
	struct sip_stream_progress progress = { .searched = 0 };
	enum sip_scan result = SIP_SCAN_INCOMPLETE;

	for (size_t step = 0; result == SIP_SCAN_INCOMPLETE; step++) {
		struct text arrived = { whole.ptr, cut + step };

		if (step == 64 || arrived.len > whole.len)
			arrived.len = whole.len;
		result = sip_request_scan_stream(arrived, &progress, request,
						 consumed);
		require(*consumed <= arrived.len);
		if (arrived.len == whole.len)
			break;
	}
	return result;
}

static void require_same(const struct sip_request *a,
			 const struct sip_request *b)
{
	require(text_equals(a->message, b->message) &&
		text_equals(a->uri_text, b->uri_text) &&
		text_equals(a->call_id, b->call_id) &&
		text_equals(a->from, b->from) && text_equals(a->to, b->to) &&
		text_equals(a->cseq, b->cseq) &&
		text_equals(a->body, b->body) &&
		text_equals(a->via.whole, b->via.whole) &&
		a->via_count == b->via_count &&
		a->require_count == b->require_count &&
		a->fault.status == b->fault.status);
}

static void walk_tokens(const struct sip_request *request)
{
	for (size_t i = 0; i < request->require_count; i++) {
		struct text rest = request->requires[i];
		struct text token;

		while (sip_token_list_next(&rest, &token) > 0)
			require(token.len > 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sip_request datagram;
	static struct sip_request stream;
	size_t consumed = 0;
	enum sip_scan result;
	enum sip_scan streamed;
	struct text whole;
	size_t cut;

	if (size < 1)
		return 0;
	whole = (struct text){ (const char *)data + 1, size - 1 };
	cut = whole.len * data[0] / 256;
	memset(&datagram, 0x5a, sizeof(datagram));
	memset(&stream, 0x5a, sizeof(stream));
	result = sip_request_scan_datagram(whole, &datagram);
	require(result != SIP_SCAN_INCOMPLETE);
	if (result == SIP_SCAN_REQUEST) {
		require_request(&datagram, whole);
		walk_tokens(&datagram);
	}
	streamed = scan_stream(whole, cut, &stream, &consumed);
	if (streamed == SIP_SCAN_REQUEST)
		require_request(&stream, whole);
	/* Both see a ping only in a stream, and a length is asked only there.
	 */
	if (result != SIP_SCAN_REQUEST || datagram.fault.status ||
	    !datagram.has_content_length || streamed == SIP_SCAN_KEEPALIVE)
		return 0;
	require(streamed == SIP_SCAN_REQUEST);
	require_same(&datagram, &stream);
	return 0;
}
