#include "sip/sip_response.h"

#include <string.h>

#include "sip/digest_challenge.h"
#include "sip/redirect_headers.h"
#include "sip/sip_echo.h"
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

/* A header that was missing stays so. */
static void put_echo(struct writer *writer, const struct sip_request *request,
		     struct text name, struct text value)
{
	if (value.len == 0)
		return;
	put(writer, name);
	sip_echo_put(writer, request, value);
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
		sip_echo_put(writer, request, between(at, edits[i].from));
		if (edits[i].is_rport) {
			put(writer, TEXT("rport="));
			writer_u64(writer, source->port);
		}
		at = edits[i].until;
	}
	sip_echo_put(writer, request,
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
		sip_echo_put(writer, request, request->to);
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
	struct call_decision *decision; /* what had to go is noted there */
	struct redirect_sizes sizes;	/* status 3xx: as written last */
};

static void put_number(struct writer *writer, struct text name, uint64_t value)
{
	put(writer, name);
	writer_u64(writer, value);
	put(writer, TEXT("\r\n"));
}

/* 11.2; an empty Supported says that there is none. Not for a CANCEL (20,
 * table 2). */
static void put_served(struct writer *writer, const struct response *response)
{
	const struct call_decision *decision = response->decision;

	if (response->request->method != SIP_OPTIONS ||
	    decision->left_out & LEAVE_SERVED)
		return;
	put(writer, TEXT(ALLOW "Accept: application/sdp\r\n"
			       "Accept-Encoding: identity\r\n"
			       "Accept-Language: en\r\n"));
	put(writer, decision->tells_histinfo ? TEXT("Supported: histinfo\r\n")
					     : TEXT("Supported:\r\n"));
}

static void put_status_headers(struct writer *writer, struct response *response)
{
	const struct call_decision *decision = response->decision;

	switch (decision->status) {
	case 300:
	case 301:
	case 302:
		redirect_headers_write(writer, response->request, decision,
				       &response->sizes);
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
static void put_start(struct writer *writer, const struct response *response)
{
	put_status_line(writer, response->decision);
	put_request_headers(writer, response->request, response->source,
			    response->to_tag);
}

static const struct text server_name = TEXT("Server: ");
static const struct text line_end = TEXT("\r\n");

static size_t server_size(const struct call_settings *settings)
{
	return server_name.len + settings->server_header.len + line_end.len;
}

static void put_rest(struct writer *writer, struct response *response)
{
	struct text server = response->settings->server_header;

	put_status_headers(writer, response);
	if (server.len > 0 && !(response->decision->left_out & LEAVE_SERVER)) {
		put(writer, server_name);
		put(writer, server);
		put(writer, line_end);
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

static size_t size_of(const struct response *response, unsigned part)
{
	switch (part) {
	case REDIRECT_DIVERSION:
		return response->sizes.diversion;
	case REDIRECT_HISTORY_INFO:
		return response->sizes.history_info;
	default:
		return server_size(response->settings);
	}
}

/* The next part goes; false: there is none left that may. */
static bool leave_out_next(struct response *response, size_t *ret_size)
{
	struct call_decision *decision = response->decision;
	unsigned left = spare_parts(response->settings, decision) &
			~decision->left_out;

	if (left) {
		decision->left_out |= left & -left;
		*ret_size = size_of(response, left & -left);
		return true;
	}
	if (contact_count(decision) < 2)
		return false;
	*ret_size =
		response->sizes.contacts[--decision->redirect.contact_count];
	return true;
}

/* 18.1.1: as many parts go as there are bytes too many; false: none could. */
static bool leave_out(struct response *response, size_t excess)
{
	size_t size, gone = 0;
	bool any = false;

	while (gone < excess && leave_out_next(response, &size)) {
		gone += size;
		any = true;
	}
	return any;
}

/* What should be there, and yet must not flood whom a forger names. */
static bool leave_out_more(struct response *response)
{
	struct call_decision *decision = response->decision;

	if (decision->status == 401)
		return digest_challenge_shorten(&decision->challenge);
	if (decision->status != 200 || decision->left_out & LEAVE_SERVED)
		return false;
	decision->left_out |= LEAVE_SERVED;
	return true;
}

/* Bytes too many for the source, or for the buffer (then at least so many):
 * over a stream there is no other bound. */
static size_t excess_of(const struct writer *writer, size_t max)
{
	if (writer->overflowed)
		return 1;
	return max > 0 && writer->len > max ? writer->len - max : 0;
}

/* False: it fits, or nothing more may go. */
static bool shorten(const struct writer *writer, struct response *response)
{
	const struct sip_source *source = response->source;

	if (leave_out(response, excess_of(writer, source->answer_max)))
		return true;
	return excess_of(writer, source->bare_max) > 0 &&
	       leave_out_more(response);
}

size_t sip_response_write(const struct sip_request *request,
			  const struct sip_source *source,
			  const struct call_settings *settings,
			  struct call_decision *decision, struct text to_tag,
			  char *buffer, size_t size)
{
	struct writer writer = writer_over(buffer, size), start;
	struct response response = { .request = request,
				     .source = source,
				     .settings = settings,
				     .to_tag = to_tag,
				     .decision = decision };

	if (decision->status == 0 || request->via_count == 0)
		return 0;
	put_start(&writer, &response);
	start = writer;
	put_rest(&writer, &response);
	while (shorten(&writer, &response)) {
		writer = start;
		put_rest(&writer, &response);
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
