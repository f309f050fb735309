#include "sip/sip_response.h"

#include <string.h>

#include "sip/digest_challenge.h"
#include "sip/redirect_headers.h"
#include "sip/writer_put.h"

/* What is served, ACK and CANCEL with it (20.5): the same in every answer. */
#define ALLOW                                                                \
	"Allow: INVITE, ACK, CANCEL, OPTIONS, MESSAGE, SUBSCRIBE, PUBLISH, " \
	"REFER\r\n"

static void put_status_line(struct writer *writer,
			    const struct call_decision *decision)
{
	put(writer, TEXT("SIP/2.0 "));
	writer_u64(writer, decision->status);
	put(writer, TEXT(" "));
	put(writer, decision->reason.len > 0
			    ? decision->reason
			    : sip_reason_phrase(decision->status));
	put(writer, TEXT("\r\n"));
}

/* A fold is CRLF and a blank; any other CR or LF would end a line here. */
static bool is_fold(struct text value, size_t at)
{
	return at + 2 < value.len && value.ptr[at] == '\r' &&
	       value.ptr[at + 1] == '\n' &&
	       (value.ptr[at + 2] == ' ' || value.ptr[at + 2] == '\t');
}

static bool is_in_fold(struct text value, size_t at)
{
	if (value.ptr[at] == '\n')
		return at > 0 && is_fold(value, at - 1);
	return is_fold(value, at);
}

/* Sixteen bytes that are worked on at once. */
typedef uint8_t lanes __attribute__((vector_size(16)));

static lanes load(const char *bytes)
{
	lanes loaded;

	memcpy(&loaded, bytes, sizeof(loaded));
	return loaded;
}

static lanes are_blank(lanes bytes)
{
	return (lanes)(bytes == ' ') | (lanes)(bytes == '\t');
}

/* One byte before these sixteen, and two behind them, are the value's. */
static void mend_lanes(const char *from, char *copy)
{
	const lanes bytes = load(from), next = load(from + 1);
	const lanes crs = (lanes)(bytes == '\r'), lfs = (lanes)(bytes == '\n');
	lanes folds = crs & (lanes)(next == '\n') & are_blank(load(from + 2));
	lanes bad, mended;

	folds |= lfs & (lanes)(load(from - 1) == '\r') & are_blank(next);
	bad = (crs | lfs) & ~folds;
	mended = (bytes & ~bad) | (bad & ' ');
	memcpy(copy, &mended, sizeof(mended));
}

static void mend_byte(struct text value, size_t at, char *copy)
{
	if ((value.ptr[at] == '\r' || value.ptr[at] == '\n') &&
	    !is_in_fold(value, at))
		copy[at] = ' ';
}

/* From a request that breaks the grammar: our answer keeps to it, and is as
 * long. */
static void put_mended(struct writer *writer, struct text value)
{
	char *copy = writer->buffer + writer->len;
	size_t at = 0;

	put(writer, value);
	if (writer->overflowed || value.len == 0)
		return;
	mend_byte(value, at++, copy);
	for (; value.len - at >= sizeof(lanes) + 2; at += sizeof(lanes))
		mend_lanes(value.ptr + at, copy + at);
	for (; at < value.len; at++)
		mend_byte(value, at, copy);
}

/* What is valid is copied as it came, folds and all. */
static void put_received(struct writer *writer,
			 const struct sip_request *request, struct text value)
{
	if (request->fault.status)
		put_mended(writer, value);
	else
		put(writer, value);
}

/* A header that was missing stays so. */
static void put_echo(struct writer *writer, const struct sip_request *request,
		     struct text name, struct text value)
{
	if (value.len == 0)
		return;
	put(writer, name);
	put_received(writer, request, value);
	put(writer, TEXT("\r\n"));
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The text between two places of it; empty if they overlap. */
static struct text between(const char *from, const char *until)
{
	return (struct text){ from, until > from ? (size_t)(until - from) : 0 };
}

/* Where a parameter begins with its ';' and the blanks before that. */
static const char *parameter_start(struct text whole, struct text parameter)
{
	const char *start = parameter.ptr;

	while (start > whole.ptr && start[-1] != ';')
		start--;
	if (start > whole.ptr)
		start--;
	while (start > whole.ptr && is_blank(start[-1]))
		start--;
	return start;
}

/* One change to the top Via: what stands from..until is left out, or becomes
 * the right rport. */
struct via_edit {
	const char *from, *until;
	bool is_rport;
};

/* RFC 3261 18.2.1: a name, or an address that is not the source's. */
static bool needs_received(const struct sip_via *via,
			   const struct sip_source *source)
{
	return via->has_rport || via->host_kind == SIP_HOST_NAME ||
	       !text_equals_nocase(via->host, source->host);
}

/*
 * What the client says it was received from is dropped; rport gets the port in
 * its place (RFC 3581 4); received goes to the end. All else stays as it came.
 */
static void put_top_via(struct writer *writer,
			const struct sip_request *request,
			const struct sip_source *source)
{
	const struct sip_via *via = &request->via;
	struct via_edit edits[2];
	size_t count = 0;
	const char *at = via->whole.ptr;

	if (via->has_rport && via->rport.len > 0)
		edits[count++] = (struct via_edit){
			via->rport.ptr, via->rport.ptr + via->rport.len, true
		};
	if (via->received.len > 0)
		edits[count++] = (struct via_edit){
			parameter_start(via->whole, via->received),
			via->received.ptr + via->received.len, false
		};
	if (count == 2 && edits[1].from < edits[0].from) {
		struct via_edit first = edits[1];

		edits[1] = edits[0];
		edits[0] = first;
	}

	put(writer, TEXT("Via: "));
	for (size_t i = 0; i < count; i++) {
		put_received(writer, request, between(at, edits[i].from));
		if (edits[i].is_rport) {
			put(writer, TEXT("rport="));
			writer_u64(writer, source->port);
		}
		at = edits[i].until;
	}
	put_received(writer, request,
		     between(at, via->whole.ptr + via->whole.len));
	if (needs_received(via, source)) {
		put(writer, TEXT(";received="));
		put(writer, source->host);
	}
	put(writer, TEXT("\r\n"));
}

/* 8.2.6.2: what the answer has in common with its request. */
static void put_request_headers(struct writer *writer,
				const struct sip_request *request,
				const struct sip_source *source,
				struct text to_tag)
{
	put_top_via(writer, request, source);
	for (size_t i = 1; i < request->via_count; i++)
		put_echo(writer, request, TEXT("Via: "), request->vias[i]);
	put_echo(writer, request, TEXT("From: "), request->from);
	if (request->to.len > 0) {
		put(writer, TEXT("To: "));
		put_received(writer, request, request->to);
		if (!request->has_to_tag && to_tag.len > 0) {
			put(writer, TEXT(";tag="));
			put(writer, to_tag);
		}
		put(writer, TEXT("\r\n"));
	}
	put_echo(writer, request, TEXT("Call-ID: "), request->call_id);
	put_echo(writer, request, TEXT("CSeq: "), request->cseq);
	put_echo(writer, request, TEXT("Timestamp: "), request->timestamp);
}

/* 20.40: every rejected tag, once, as it was spelled. */
static void put_unsupported(struct writer *writer,
			    const struct extension_decision *extension)
{
	struct text separator = TEXT("Unsupported: ");

	for (size_t i = 0; i < extension->tag_count; i++) {
		if (extension->tags[i].verdict.action != EXTENSION_REJECT)
			continue;
		put(writer, separator);
		put(writer, extension->tags[i].tag);
		separator = TEXT(", ");
	}
	put(writer, TEXT("\r\n"));
}

/* What of an answer may be left out; Server after the parts of a redirect. */
enum {
	LEAVE_SERVER = REDIRECT_HISTORY_INFO << 1,
	LEAVE_SERVED = LEAVE_SERVER << 1,
};

/* What all that is written of an answer is made from. */
struct response {
	const struct sip_request *request;
	const struct sip_source *source;
	const struct call_settings *settings;
	struct text to_tag;
	unsigned left_out;
	struct redirect_words words; /* status 3xx */
};

static void put_number(struct writer *writer, struct text name, uint64_t value)
{
	put(writer, name);
	writer_u64(writer, value);
	put(writer, TEXT("\r\n"));
}

/* 11.2; no extension is supported, so none is named. Not for a CANCEL (20,
 * table 2). */
static void put_served(struct writer *writer, const struct response *response)
{
	if (response->request->method == SIP_OPTIONS &&
	    !(response->left_out & LEAVE_SERVED))
		put(writer, TEXT(ALLOW "Accept: application/sdp\r\n"
				       "Accept-Encoding: identity\r\n"
				       "Accept-Language: en\r\n"
				       "Supported:\r\n"));
}

static void put_status_headers(struct writer *writer,
			       const struct response *response,
			       const struct call_decision *decision)
{
	switch (decision->status) {
	case 300:
	case 301:
	case 302:
		redirect_headers_write(writer, response->request,
				       &response->words, decision,
				       response->left_out);
		break;
	case 401:
		digest_challenge_write(&decision->challenge, writer);
		break;
	case 420:
		put_unsupported(writer, &decision->extension);
		break;
	case 405:
		put(writer, TEXT(ALLOW));
		break;
	case 200:
		put_served(writer, response);
		break;
	case 480: /* RFC 5630 5.4; 20.33 */
		if (decision->redirect.is_sips_refused)
			put(writer, TEXT("Warning: 380 sipmoved \"SIPS Not "
					 "Allowed\"\r\n"));
		if (decision->retry_after_s > 0)
			put_number(writer, TEXT("Retry-After: "),
				   decision->retry_after_s);
		break;
	default:
		break;
	}
}

/* What stays the same whatever is left out. */
static void put_start(struct writer *writer, const struct response *response,
		      const struct call_decision *decision)
{
	put_status_line(writer, decision);
	put_request_headers(writer, response->request, response->source,
			    response->to_tag);
}

static void put_rest(struct writer *writer, const struct response *response,
		     const struct call_decision *decision)
{
	struct text server = response->settings->server_header;

	put_status_headers(writer, response, decision);
	if (server.len > 0 && !(response->left_out & LEAVE_SERVER)) {
		put(writer, TEXT("Server: "));
		put(writer, server);
		put(writer, TEXT("\r\n"));
	}
	put(writer, TEXT("Content-Length: 0\r\n\r\n"));
}

static bool is_redirect(const struct call_decision *decision)
{
	return decision->status >= 300 && decision->status < 400;
}

/* A decision keeps the Contacts of a call that a later step refuses. */
static size_t contact_count(const struct call_decision *decision)
{
	return is_redirect(decision) ? decision->redirect.contact_count : 0;
}

/* The parts that this answer has and that may be left out. */
static unsigned spare_parts(const struct call_settings *settings,
			    const struct call_decision *decision)
{
	const struct answer_style *style = decision->style;
	unsigned parts = settings->server_header.len > 0 ? LEAVE_SERVER : 0;

	if (contact_count(decision) == 0)
		return parts;
	if (style->has_diversion)
		parts |= REDIRECT_DIVERSION;
	if (style->has_history_info)
		parts |= REDIRECT_HISTORY_INFO;
	return parts;
}

bool sip_response_has_spare(const struct call_settings *settings,
			    const struct call_decision *decision)
{
	return contact_count(decision) > 1 || decision->status == 401 ||
	       decision->status == 200 || spare_parts(settings, decision) != 0;
}

/* 18.1.1: the next part goes; false: there is none left that may. */
static bool leave_out(struct response *response, struct call_decision *decision)
{
	unsigned left = spare_parts(response->settings, decision) &
			~response->left_out;

	if (left) {
		response->left_out |= left & -left;
		return true;
	}
	if (contact_count(decision) < 2)
		return false;
	decision->redirect.contact_count--;
	return true;
}

/* What should be there, and yet must not flood whom a forger names. */
static bool leave_out_more(struct response *response,
			   struct call_decision *decision)
{
	if (decision->status == 401)
		return digest_challenge_shorten(&decision->challenge);
	if (decision->status != 200 || response->left_out & LEAVE_SERVED)
		return false;
	response->left_out |= LEAVE_SERVED;
	return true;
}

/* For the source, or for the buffer: over a stream there is no other bound. */
static bool is_over(const struct writer *writer, size_t max)
{
	return writer->overflowed || (max > 0 && writer->len > max);
}

/* False: it fits, or nothing more may go. */
static bool shorten(const struct writer *writer, struct response *response,
		    struct call_decision *decision)
{
	const struct sip_source *source = response->source;

	if (is_over(writer, source->answer_max) &&
	    leave_out(response, decision))
		return true;
	return is_over(writer, source->bare_max) &&
	       leave_out_more(response, decision);
}

size_t sip_response_write(const struct sip_request *request,
			  const struct sip_source *source,
			  const struct call_settings *settings,
			  struct call_decision *decision, struct text to_tag,
			  char *buffer, size_t size)
{
	struct writer writer = writer_over(buffer, size), start;
	struct response response;

	if (decision->status == 0 || request->via_count == 0)
		return 0;
	response.request = request;
	response.source = source;
	response.settings = settings;
	response.to_tag = to_tag;
	response.left_out = 0;
	if (is_redirect(decision))
		redirect_words_find(&response.words, request, settings,
				    decision);
	put_start(&writer, &response, decision);
	start = writer;
	put_rest(&writer, &response, decision);
	while (shorten(&writer, &response, decision)) {
		writer = start;
		put_rest(&writer, &response, decision);
	}
	return writer_is_complete(&writer) ? writer.len : 0;
}

size_t sip_response_max_udp(const struct sip_request *request)
{
	size_t most = request->message.len + 200;

	return most > 1300 ? most : 1300;
}

uint16_t sip_response_port(const struct sip_request *request,
			   const struct sip_source *source)
{
	if (request->via.has_rport)
		return source->port;
	return request->via.port ? request->via.port : 5060;
}
