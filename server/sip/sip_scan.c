#include "sip/sip_scan.h"

#include <errno.h>
#include <string.h>

#include "sip/sip_address.h"
#include "sip/sip_token.h"
#include "sip/sip_via.h"

enum {
	DIGITS_MAX = 64,
};

typedef void (*header_fn)(struct sip_scanner *scanner, struct text value);

struct header_row {
	header_fn read;
	struct text repeated; /* the fault of a second line; or empty */
};

void sip_scanner_fault(struct sip_scanner *scanner, const char *at,
		       uint16_t status, struct text reason)
{
	if (scanner->fault_at && scanner->fault_at <= at)
		return;
	scanner->fault_at = at;
	scanner->request->fault =
		(struct sip_fault){ .status = status, .reason = reason };
}

static void fault_here(struct sip_scanner *scanner, struct text reason)
{
	sip_scanner_fault(scanner, scanner->at, 400, reason);
}

static void read_via(struct sip_scanner *scanner, struct text value)
{
	struct sip_request *request = scanner->request;
	struct text via;
	int found;

	while ((found = sip_via_next(&value, &via)) != 0) {
		if (found < 0 || !sip_char_is(via.ptr[0], SIP_CHAR_TOKEN)) {
			fault_here(scanner, TEXT("Bad Via"));
			return;
		}
		if (request->via_count == SIP_VIAS_MAX) {
			fault_here(scanner, TEXT("Too Many Via Values"));
			return;
		}
		request->vias[request->via_count++] = via;
	}
}

/* What is too long is read as far as it may be long: where to answer 400. */
static int read_way_back(struct text whole, struct sip_via *via)
{
	struct text start = whole;
	int err;

	if (start.len > SIP_FIELD_MAX)
		start.len = SIP_FIELD_MAX;
	err = sip_via_read(start, via);
	via->whole = whole;
	return err;
}

/* The top Via says where the answer goes; the others are only given back. */
static void read_top_via(struct sip_scanner *scanner, struct text value)
{
	struct sip_via *via = &scanner->request->via;
	int err;

	if (scanner->request->via_count > 0) {
		read_via(scanner, value);
		return;
	}
	read_via(scanner, value);
	if (scanner->request->via_count == 0)
		return;
	err = read_way_back(scanner->request->vias[0], via);
	if (via->whole.len > SIP_FIELD_MAX)
		fault_here(scanner, TEXT("Via Too Long"));
	else if (err)
		fault_here(scanner, TEXT("Bad Via"));
	else if (via->branch.len > 0 && !via->has_magic_cookie &&
		 text_equals_nocase(via->branch, TEXT("z9hG4bK")))
		fault_here(scanner, TEXT("Bad Via Branch"));
	scanner->is_top_via_read = err != EBADMSG;
}

static void read_from(struct sip_scanner *scanner, struct text value)
{
	struct sip_request *request = scanner->request;

	request->from = value;
	if (value.len > SIP_ADDRESS_MAX)
		fault_here(scanner, TEXT("From Too Long"));
	else if (sip_address_read(value, &request->from_tag))
		fault_here(scanner, TEXT("Bad From"));
	else if (request->from_tag.len > SIP_FIELD_MAX)
		fault_here(scanner, TEXT("From Tag Too Long"));
}

static void read_to(struct sip_scanner *scanner, struct text value)
{
	struct sip_request *request = scanner->request;

	request->to = value;
	if (value.len > SIP_ADDRESS_MAX)
		fault_here(scanner, TEXT("To Too Long"));
	else if (sip_address_read(value, &request->to_tag))
		fault_here(scanner, TEXT("Bad To"));
	else if (request->to_tag.len > SIP_FIELD_MAX)
		fault_here(scanner, TEXT("To Tag Too Long"));
	request->has_to_tag = request->to_tag.len > 0;
}

static void read_call_id(struct sip_scanner *scanner, struct text value)
{
	struct sip_cursor cursor = sip_cursor_over(value);

	scanner->request->call_id = value;
	if (value.len > SIP_FIELD_MAX)
		fault_here(scanner, TEXT("Call-ID Too Long"));
	else if (sip_take(&cursor, SIP_CHAR_WORD).len == 0 ||
		 !sip_is_at_end(&cursor))
		fault_here(scanner, TEXT("Bad Call-ID"));
}

/* Saturates above 2^32, and takes no more digits than anybody needs. */
static uint64_t take_number(struct sip_cursor *cursor)
{
	const char *start = cursor->at;
	uint64_t number = 0;

	for (; cursor->at < cursor->end && cursor->at - start < DIGITS_MAX;
	     cursor->at++) {
		if (*cursor->at < '0' || *cursor->at > '9')
			break;
		if (number <= UINT32_MAX)
			number = number * 10 + (uint64_t)(*cursor->at - '0');
	}
	return number;
}

static void read_cseq(struct sip_scanner *scanner, struct text value)
{
	struct sip_request *request = scanner->request;
	struct sip_cursor cursor = sip_cursor_over(value);
	const char *number_end;
	bool has_number;
	uint64_t number;

	request->cseq = value;
	/* A number and a method, with room for folds. */
	if (value.len > 2 * (size_t)SIP_FIELD_MAX) {
		fault_here(scanner, TEXT("CSeq Too Long"));
		return;
	}
	number = take_number(&cursor);
	number_end = cursor.at;
	has_number = number_end != value.ptr;
	sip_skip_lws(&cursor);
	request->cseq_method = sip_take_token(&cursor);
	if (!has_number || cursor.at == number_end ||
	    request->cseq_method.len == 0 ||
	    request->cseq_method.ptr == number_end || !sip_is_at_end(&cursor))
		fault_here(scanner, TEXT("Bad CSeq"));
	else if (number > UINT32_MAX)
		fault_here(scanner, TEXT("CSeq Number Too Large"));
	else
		request->cseq_number = (uint32_t)number;
	/* A start line that was not read has its own fault. */
	if (request->cseq_method.len > 0 && request->method_text.len > 0 &&
	    !text_equals(request->cseq_method, request->method_text))
		sip_scanner_fault(scanner, scanner->at,
				  request->method == SIP_METHOD_OTHER ? 501
								      : 400,
				  TEXT("CSeq Method Mismatch"));
}

static void read_content_length(struct sip_scanner *scanner, struct text value)
{
	struct sip_cursor cursor = sip_cursor_over(value);
	uint64_t length = take_number(&cursor);

	scanner->length_at = scanner->at;
	if (value.len == 0 || !sip_is_at_end(&cursor)) {
		fault_here(scanner, TEXT("Bad Content-Length"));
		return;
	}
	scanner->request->has_content_length = true;
	scanner->request->content_length = (size_t)length;
}

static void add_require(struct sip_scanner *scanner, struct text value,
			bool is_proxy)
{
	struct sip_request *request = scanner->request;

	if (request->require_count == SIP_REQUIRES_MAX) {
		fault_here(scanner, TEXT("Too Many Require Lines"));
		return;
	}
	request->requires[request->require_count] = value;
	request->require_is_proxy[request->require_count++] = is_proxy;
}

static void read_require(struct sip_scanner *scanner, struct text value)
{
	add_require(scanner, value, false);
}

static void read_proxy_require(struct sip_scanner *scanner, struct text value)
{
	add_require(scanner, value, true);
}

static void keep_first(struct text *field, struct text value)
{
	if (field->len == 0)
		*field = value;
}

static void read_max_forwards(struct sip_scanner *scanner, struct text value)
{
	keep_first(&scanner->request->max_forwards, value);
}

static void read_supported(struct sip_scanner *scanner, struct text value)
{
	keep_first(&scanner->request->supported, value);
}

static void read_contact(struct sip_scanner *scanner, struct text value)
{
	keep_first(&scanner->request->contact, value);
}

static void read_timestamp(struct sip_scanner *scanner, struct text value)
{
	keep_first(&scanner->request->timestamp, value);
}

static void read_user_agent(struct sip_scanner *scanner, struct text value)
{
	keep_first(&scanner->request->user_agent, value);
}

/* RFC 8760 2.4: one for each realm, or for each challenge. */
static void read_authorization(struct sip_scanner *scanner, struct text value)
{
	struct sip_request *request = scanner->request;

	if (request->authorization_count < SIP_AUTHORIZATIONS_MAX)
		request->authorizations[request->authorization_count++] = value;
}

static const struct header_row rows[SIP_HEADERS_KNOWN] = {
	[SIP_HEADER_VIA] = { .read = read_top_via },
	[SIP_HEADER_FROM] = { .read = read_from,
			      .repeated = TEXT("Multiple From") },
	[SIP_HEADER_TO] = { .read = read_to, .repeated = TEXT("Multiple To") },
	[SIP_HEADER_CALL_ID] = { .read = read_call_id,
				 .repeated = TEXT("Multiple Call-ID") },
	[SIP_HEADER_CSEQ] = { .read = read_cseq,
			      .repeated = TEXT("Multiple CSeq") },
	[SIP_HEADER_CONTENT_LENGTH] = { .read = read_content_length,
					.repeated = TEXT(
						"Multiple Content-Length") },
	[SIP_HEADER_MAX_FORWARDS] = { .read = read_max_forwards,
				      .repeated =
					      TEXT("Multiple Max-Forwards") },
	[SIP_HEADER_REQUIRE] = { .read = read_require },
	[SIP_HEADER_PROXY_REQUIRE] = { .read = read_proxy_require },
	[SIP_HEADER_SUPPORTED] = { .read = read_supported },
	[SIP_HEADER_CONTACT] = { .read = read_contact },
	[SIP_HEADER_TIMESTAMP] = { .read = read_timestamp },
	[SIP_HEADER_USER_AGENT] = { .read = read_user_agent },
	[SIP_HEADER_AUTHORIZATION] = { .read = read_authorization },
};

static void read_header(struct sip_scanner *scanner, struct text line)
{
	struct sip_header header;
	const struct header_row *row;
	unsigned bit;

	if (!sip_header_read(line, &header)) {
		fault_here(scanner, TEXT("Bad Header Line"));
		return;
	}
	if (header.id == SIP_HEADER_OTHER)
		return;
	row = &rows[header.id];
	bit = 1U << header.id;
	if (row->repeated.len > 0 && scanner->seen & bit) {
		fault_here(scanner, row->repeated);
		/* Which of two lengths holds is anybody's guess. */
		if (header.id == SIP_HEADER_CONTENT_LENGTH)
			scanner->request->has_content_length = false;
		return;
	}
	scanner->seen |= bit;
	row->read(scanner, header.value);
}

void sip_scan_headers(struct sip_scanner *scanner)
{
	enum sip_line kind;
	struct text line;

	for (;;) {
		scanner->at = scanner->lines.at;
		kind = sip_lines_next_folded(&scanner->lines, &line);
		if (kind != SIP_LINE_TEXT && kind != SIP_LINE_FOLDED_TOO_OFTEN)
			break;
		if (kind != SIP_LINE_TEXT ||
		    scanner->header_count++ == SIP_HEADERS_MAX) {
			fault_here(scanner, TEXT("Too Many Header Lines"));
			return;
		}
		read_header(scanner, line);
	}
	scanner->is_complete = kind == SIP_LINE_EMPTY;
}
