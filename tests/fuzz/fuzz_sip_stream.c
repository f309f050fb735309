/*
 * The framing of a stream on any bytes, in any pieces: the same messages come
 * out however they are cut, each step takes something or waits, what waits is
 * bounded, and where libre's decoder reads a message as well it ends where ours
 * does. Each piece is looked at in memory of its very size.
 *
 * The first byte: in its low half how many bytes that follow are lengths of
 * pieces, used again and again; in its high half how often the rest is doubled,
 * so that small inputs reach the caps.
 */
#include <stdlib.h>
#include <string.h>

/* Both sides have a struct of this name. */
#define sip_via libre_sip_via
#include <re.h>
#undef sip_via

#include "sip/sip_request.h"
#include "sip/stream_buffer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	STREAM_MAX = 80000,
	MESSAGES_MAX = STREAM_MAX / 4 + 1, /* a ping is the shortest */
	LENGTHS_MAX = 15,
	PIECES_MAX = 2000, /* then all that is left */
	LINE_ENDS_MAX = 3, /* that may wait before a message */
	PIECE_STEP = 257,
	SMALL_PIECE_MAX = 128,
};

/* One thing that was cut out of the stream. */
struct cut {
	enum sip_scan what;
	size_t consumed, message_len;
	uint16_t status;
	bool has_content_length;
};

struct cuts {
	size_t count;
	bool is_over; /* nobody knows where the next one starts */
	struct cut cut[MESSAGES_MAX];
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* --- libre --- */

static bool is_content_length(const struct pl *name)
{
	return !pl_strcasecmp(name, "Content-Length") ||
	       !pl_strcasecmp(name, "l");
}

/* libre knows headers by a short hash: is it the one that we mean? */
static bool has_real_length(const struct sip_msg *message)
{
	const struct sip_hdr *header =
		sip_msg_hdr(message, SIP_HDR_CONTENT_LENGTH);

	return header && is_content_length(&header->name) &&
	       sip_msg_hdr_count(message, SIP_HDR_CONTENT_LENGTH) == 1;
}

/* Where we saw no fault and libre sees none, head and body are the same. */
static void ask_libre(const struct sip_request *request)
{
	struct mbuf *buffer = mbuf_alloc(request->message.len + 1);
	struct sip_msg *message = NULL;
	struct text head = { request->message.ptr,
			     request->message.len - request->body.len };

	require(buffer != NULL);
	require(!mbuf_write_mem(buffer, (const uint8_t *)request->message.ptr,
				request->message.len));
	mbuf_set_pos(buffer, 0);
	if (!sip_msg_decode(&message, buffer) && message->req &&
	    has_real_length(message)) {
		require(message->mb->pos == head.len);
		require(pl_u32(&message->clen) == request->content_length);
		require(message->met.l == request->method_text.len &&
			message->ruri.l == request->uri_text.len);
	}
	mem_deref(message);
	mem_deref(buffer);
}

/* --- cutting --- */

static void require_waiting(struct text waiting,
			    const struct sip_stream_progress *progress)
{
	size_t most = progress->head_len > 0 ? SIP_MESSAGE_MAX : SIP_HEAD_MAX;

	require(waiting.len < most + LINE_ENDS_MAX);
	require(progress->searched <= waiting.len);
	require(progress->message_len <= SIP_MESSAGE_MAX);
}

static void keep(struct cuts *cuts, enum sip_scan what,
		 const struct sip_request *request, size_t consumed)
{
	struct cut *cut = &cuts->cut[cuts->count++];

	*cut = (struct cut){ .what = what, .consumed = consumed };
	if (what == SIP_SCAN_KEEPALIVE) {
		require(consumed == 4);
		return;
	}
	cut->message_len = request->message.len;
	cut->status = what == SIP_SCAN_REQUEST ? request->fault.status : 0;
	cut->has_content_length = request->has_content_length;
	require(consumed - cut->message_len <= LINE_ENDS_MAX);
	require(cut->message_len > 0 && cut->message_len <= SIP_MESSAGE_MAX);
	if (!request->has_content_length)
		cuts->is_over = true;
	else
		require(request->body.len == request->content_length);
	if (what == SIP_SCAN_REQUEST && request->fault.status == 0)
		ask_libre(request);
}

/* What is whole of what has arrived. Returns how many bytes that was. */
static size_t cut_arrived(struct text arrived,
			  struct sip_stream_progress *progress,
			  struct cuts *cuts)
{
	static struct sip_request request;
	size_t taken = 0;

	while (taken < arrived.len && !cuts->is_over) {
		struct text rest = { arrived.ptr + taken, arrived.len - taken };
		size_t consumed;
		enum sip_scan what = sip_request_scan_stream(
			rest, progress, &request, &consumed);

		if (what == SIP_SCAN_INCOMPLETE) {
			require(consumed == 0);
			require_waiting(rest, progress);
			break;
		}
		require(consumed > 0 && consumed <= rest.len);
		require(what != SIP_SCAN_STUN);
		keep(cuts, what, &request, consumed);
		*progress = (struct sip_stream_progress){ 0 };
		taken += consumed;
	}
	return taken;
}

static void cut_whole(struct text stream, struct cuts *cuts)
{
	struct sip_stream_progress progress = { 0 };

	cuts->count = 0;
	cuts->is_over = false;
	(void)cut_arrived(stream, &progress, cuts);
}

/* As a connection does it, but what waits is moved for each piece. */
static void cut_pieces(struct text stream, struct text lengths,
		       struct cuts *cuts)
{
	struct stream_memory memory = { .max = SIZE_MAX };
	struct sip_stream_progress progress = { 0 };
	struct stream_buffer waiting = { 0 };
	size_t at = 0;

	cuts->count = 0;
	cuts->is_over = false;
	for (size_t i = 0; at < stream.len && !cuts->is_over; i++) {
		uint8_t byte = (uint8_t)lengths.ptr[i % lengths.len];
		size_t len = byte < SMALL_PIECE_MAX ? byte + 1U
						    : (byte - SMALL_PIECE_MAX +
						       1U) * PIECE_STEP;
		char *exact;

		if (len > stream.len - at || i == PIECES_MAX)
			len = stream.len - at;
		require(!stream_buffer_put(
			&waiting, &memory,
			(struct text){ stream.ptr + at, len }));
		at += len;
		exact = realloc(waiting.ptr, waiting.len);
		require(exact != NULL);
		memory.held -= waiting.size - waiting.len;
		waiting.ptr = exact;
		waiting.size = waiting.len;
		stream_buffer_drop(&waiting, &memory,
				   cut_arrived(stream_buffer_text(&waiting),
					       &progress, cuts));
	}
	stream_buffer_clear(&waiting, &memory);
	require(memory.held == 0);
}

static void require_same(const struct cuts *a, const struct cuts *b)
{
	require(a->count == b->count && a->is_over == b->is_over);
	for (size_t i = 0; i < a->count; i++) {
		const struct cut *x = &a->cut[i];
		const struct cut *y = &b->cut[i];

		require(x->what == y->what && x->consumed == y->consumed &&
			x->message_len == y->message_len &&
			x->status == y->status &&
			x->has_content_length == y->has_content_length);
	}
}

/* The rest, doubled so often; fewer times if that were too much. */
static size_t unfold(const uint8_t *data, size_t size, unsigned doublings,
		     char *stream)
{
	size_t len = size < STREAM_MAX ? size : STREAM_MAX;

	memcpy(stream, data, len);
	for (; doublings > 0 && len <= STREAM_MAX / 2; doublings--, len *= 2)
		memcpy(stream + len, stream, len);
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char stream[STREAM_MAX];
	static struct cuts whole, pieces;
	struct text lengths, all = { stream, 0 };

	if (size < 2)
		return 0;
	lengths =
		(struct text){ (const char *)data + 1, data[0] & LENGTHS_MAX };
	if (lengths.len == 0 || lengths.len > size - 1)
		lengths.len = 1;
	all.len = unfold(data + 1 + lengths.len, size - 1 - lengths.len,
			 data[0] >> 4, stream);
	cut_whole(all, &whole);
	cut_pieces(all, lengths, &pieces);
	require_same(&whole, &pieces);
	/* Small ones a byte at a time as well. */
	if (all.len <= SIP_HEAD_MAX / 4) {
		cut_pieces(all, (struct text){ "", 1 }, &pieces);
		require_same(&whole, &pieces);
	}
	return 0;
}
