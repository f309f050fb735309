#include "sip/sip_request.h"

#include <string.h>

#include "sip/sip_scan.h"
#include "sip/sip_token.h"

enum {
	STUN_HEADER_SIZE = 20,
	IDLE_BYTES_MAX = 64, /* before a message, or instead of one */
	KEEPALIVE_SIZE = 4,  /* CRLF CRLF, RFC 5626 3.5.1 */
};

/* Sixteen bytes that are worked on at once. */
typedef uint8_t lanes __attribute__((vector_size(16)));

struct mandatory_row {
	enum sip_header_id id;
	struct text missing;
};

static const struct mandatory_row mandatory[] = {
	{ SIP_HEADER_TO, TEXT("Missing To") },
	{ SIP_HEADER_FROM, TEXT("Missing From") },
	{ SIP_HEADER_CALL_ID, TEXT("Missing Call-ID") },
	{ SIP_HEADER_CSEQ, TEXT("Missing CSeq") },
};

/* Not the arrays: they are long, and their counts say what is in them. */
static void clear(struct sip_request *request)
{
	const struct text none = { "", 0 };

	request->message = none;
	request->method_text = none;
	request->method = SIP_METHOD_OTHER;
	request->uri_text = none;
	request->uri_is_valid = false;
	request->fault = (struct sip_fault){ 0, none };
	request->via_count = 0;
	request->from = none;
	request->to = none;
	request->call_id = none;
	request->cseq = none;
	request->from_tag = none;
	request->to_tag = none;
	request->has_to_tag = false;
	request->cseq_number = 0;
	request->cseq_method = none;
	request->timestamp = none;
	request->user_agent = none;
	request->require_count = 0;
	request->supported = none;
	request->contact = none;
	request->max_forwards = none;
	request->authorization_count = 0;
	request->has_content_length = false;
	request->content_length = 0;
	request->body = none;
	request->missing_head_bytes = 0;
}

/* A CR belongs before a LF, a NUL behind a backslash (quoted-pair). */
static const char *find_bad_byte(struct text head, size_t from, size_t until)
{
	for (size_t i = from; i < until; i++) {
		if (head.ptr[i] == '\r' &&
		    (i + 1 == head.len || head.ptr[i + 1] != '\n'))
			return head.ptr + i;
		if (head.ptr[i] == '\0' && (i == 0 || head.ptr[i - 1] != '\\'))
			return head.ptr + i;
	}
	return NULL;
}

/* Sixteen bytes at once, each beside the one before it and the one behind. */
static bool has_bad_byte(const char *at)
{
	lanes bytes, before, next, bad;
	uint64_t words[2];

	memcpy(&bytes, at, sizeof(bytes));
	memcpy(&before, at - 1, sizeof(before));
	memcpy(&next, at + 1, sizeof(next));
	bad = ((lanes)(bytes == 0) & (lanes)(before != '\\')) |
	      ((lanes)(bytes == '\r') & (lanes)(next != '\n'));
	memcpy(words, &bad, sizeof(words));
	return (words[0] | words[1]) != 0;
}

static const char *find_bad_control(struct text head)
{
	const char *bad;
	size_t at = 0;

	if (head.len > sizeof(lanes) + 2) {
		bad = find_bad_byte(head, 0, 1);
		if (bad)
			return bad;
		for (at = 1; head.len - at > sizeof(lanes); at += sizeof(lanes))
			if (has_bad_byte(head.ptr + at))
				break;
	}
	return find_bad_byte(head, at, head.len);
}

static void check_control_bytes(struct sip_scanner *scanner, const char *start)
{
	struct text head = { start, (size_t)(scanner->lines.at - start) };
	const char *bad;

	if (scanner->lines.bare_lf)
		sip_scanner_fault(scanner, scanner->lines.bare_lf, 400,
				  TEXT("Bad Line End"));
	bad = find_bad_control(head);
	if (bad)
		sip_scanner_fault(scanner, bad, 400, TEXT("Bad Control Byte"));
}

static void check_mandatory(struct sip_scanner *scanner)
{
	for (size_t i = 0; i < sizeof(mandatory) / sizeof(mandatory[0]); i++)
		if (!(scanner->seen & 1U << mandatory[i].id))
			sip_scanner_fault(scanner, scanner->lines.at, 400,
					  mandatory[i].missing);
}

/* Everything but message and body. is_cut: the head goes on behind its end. */
static void scan_head(struct sip_scanner *scanner, struct text head,
		      bool is_cut, struct sip_request *request)
{
	*scanner = (struct sip_scanner){ .request = request };
	scanner->lines.at = head.ptr;
	scanner->lines.end = head.ptr + head.len;
	clear(request);
	sip_scan_start_line(scanner);
	sip_scan_headers(scanner);
	if (!scanner->is_complete)
		sip_scanner_fault(scanner, scanner->lines.at,
				  is_cut ? 513 : 400,
				  is_cut ? TEXT("Header Section Too Long")
					 : TEXT("Missing Empty Line"));
	check_control_bytes(scanner, head.ptr);
	check_mandatory(scanner);
}

static enum sip_scan result_of(const struct sip_scanner *scanner)
{
	return scanner->is_top_via_read ? SIP_SCAN_REQUEST : SIP_SCAN_NOISE;
}

static bool is_response(struct text message)
{
	size_t blanks = 0;

	while (blanks < message.len && blanks < IDLE_BYTES_MAX &&
	       (message.ptr[blanks] == ' ' || message.ptr[blanks] == '\t'))
		blanks++;
	message.ptr += blanks;
	message.len -= blanks;
	return text_starts_with_nocase(message, TEXT("SIP/"));
}

/* RFC 5389 6: two zero bits, a length of whole words, the magic cookie. */
static bool is_stun(struct text datagram)
{
	const unsigned char *bytes = (const unsigned char *)datagram.ptr;

	return datagram.len >= STUN_HEADER_SIZE && bytes[0] < 0x40 &&
	       (bytes[3] & 3) == 0 && !memcmp(bytes + 4, "\x21\x12\xa4\x42", 4);
}

static bool is_keepalive(struct text text)
{
	if (text.len > IDLE_BYTES_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != '\0' && !sip_is_lws(text.ptr[i]))
			return false;
	return true;
}

/* RFC 3261 7.5 */
static struct text skip_line_ends(struct text text)
{
	size_t count = 0;

	while (count < text.len && count < IDLE_BYTES_MAX &&
	       (text.ptr[count] == '\r' || text.ptr[count] == '\n'))
		count++;
	return (struct text){ text.ptr + count, text.len - count };
}

static void set_body(struct sip_scanner *scanner, struct text message)
{
	struct sip_request *request = scanner->request;
	const char *end = message.ptr + message.len;
	struct text rest = { scanner->lines.at,
			     (size_t)(end - scanner->lines.at) };

	/* Without the empty line all of it is head. */
	if (!scanner->is_complete)
		rest = (struct text){ end, 0 };
	request->body = rest;
	if (!request->has_content_length)
		return;
	if (request->content_length > rest.len)
		sip_scanner_fault(scanner, scanner->length_at, 400,
				  TEXT("Content-Length Too Large"));
	else
		request->body.len = request->content_length;
}

enum sip_scan sip_request_scan_datagram(struct text datagram,
					struct sip_request *ret_request)
{
	struct text message;
	struct sip_scanner scanner;
	struct text head;

	if (is_stun(datagram))
		return SIP_SCAN_STUN;
	message = skip_line_ends(datagram);
	if (is_keepalive(message))
		return SIP_SCAN_KEEPALIVE;
	if (is_response(message))
		return SIP_SCAN_RESPONSE;
	head = message;
	if (head.len > SIP_HEAD_MAX)
		head.len = SIP_HEAD_MAX;
	scan_head(&scanner, head, head.len < message.len, ret_request);
	set_body(&scanner, message);
	ret_request->message =
		(struct text){ message.ptr,
			       (size_t)(ret_request->body.ptr +
					ret_request->body.len - message.ptr) };
	return result_of(&scanner);
}

/*
 * The length of the head with its empty line; 0: it is not there yet. What was
 * searched is not searched again.
 */
static size_t find_head(struct text message, size_t *searched)
{
	while (*searched < message.len) {
		const char *at = message.ptr + *searched;
		size_t left = message.len - *searched;
		const char *line_end = memchr(at, '\n', left);

		if (!line_end) {
			*searched = message.len;
			break;
		}
		/* A line end counts as searched when it is known what follows.
		 */
		*searched = (size_t)(line_end - message.ptr);
		left = message.len - *searched - 1;
		if (left >= 1 && line_end[1] == '\n')
			return *searched + 2;
		if (left >= 2 && line_end[1] == '\r' && line_end[2] == '\n')
			return *searched + 3;
		if (left == 0 || (left == 1 && line_end[1] == '\r'))
			break;
		*searched += 1;
	}
	return 0;
}

/* Without a length that is kept to, nobody knows where the next one starts. */
static void check_framing(struct sip_scanner *scanner, size_t head_len)
{
	struct sip_request *request = scanner->request;

	if (!scanner->is_complete) {
		request->has_content_length = false;
	} else if (!scanner->length_at) {
		sip_scanner_fault(scanner, scanner->lines.at, 400,
				  TEXT("Missing Content-Length"));
	} else if (request->has_content_length &&
		   request->content_length > SIP_MESSAGE_MAX - head_len) {
		request->has_content_length = false;
		sip_scanner_fault(scanner, scanner->length_at, 513,
				  TEXT("Message Too Large"));
	}
}

static size_t count_line_ends(struct text arrived)
{
	size_t count = 0;

	while (count < arrived.len && count < KEEPALIVE_SIZE &&
	       (arrived.ptr[count] == '\r' || arrived.ptr[count] == '\n'))
		count++;
	return count;
}

enum sip_scan sip_request_scan_stream(struct text arrived,
				      struct sip_stream_progress *progress,
				      struct sip_request *ret_request,
				      size_t *ret_consumed)
{
	size_t skipped = count_line_ends(arrived);
	struct text message = { arrived.ptr + skipped, arrived.len - skipped };
	struct sip_scanner scanner;
	struct text head = message;

	if (head.len > SIP_HEAD_MAX)
		head.len = SIP_HEAD_MAX;
	*ret_consumed = 0;
	if (skipped == KEEPALIVE_SIZE) {
		*ret_consumed = skipped;
		return SIP_SCAN_KEEPALIVE;
	}
	if (message.len < progress->message_len)
		return SIP_SCAN_INCOMPLETE;
	if (progress->head_len == 0)
		progress->head_len = find_head(head, &progress->searched);
	if (progress->head_len > 0)
		head.len = progress->head_len;
	else if (head.len < SIP_HEAD_MAX)
		return SIP_SCAN_INCOMPLETE;
	scan_head(&scanner, head, true, ret_request);
	check_framing(&scanner, head.len);
	if (ret_request->has_content_length) {
		progress->message_len = head.len + ret_request->content_length;
		if (message.len < progress->message_len)
			return SIP_SCAN_INCOMPLETE;
		ret_request->body =
			(struct text){ message.ptr + head.len,
				       ret_request->content_length };
	}
	message.len = head.len + ret_request->body.len;
	ret_request->message = message;
	*ret_consumed = skipped + message.len;
	return is_response(message) ? SIP_SCAN_RESPONSE : result_of(&scanner);
}
