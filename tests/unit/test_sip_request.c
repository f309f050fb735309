#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sip/sip_token.h"
#include "sip/sip_request.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The lines of a plain INVITE, to be put together with one of them changed. */
#define START	"INVITE sip:bob@example.com SIP/2.0\r\n"
#define VIA	"Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bKabc\r\n"
#define FROM	"From: \"A, B\" <sip:alice@example.org>;tag=a1\r\n"
#define TO	"To: <sip:bob@example.com>\r\n"
#define CALL_ID "Call-ID: 1@192.0.2.1\r\n"
#define CSEQ	"CSeq: 7 INVITE\r\n"
#define LENGTH	"Content-Length: 0\r\n"
#define END	"\r\n"
#define NAMES	VIA FROM TO CALL_ID
#define HEADERS NAMES CSEQ
#define MESSAGE START HEADERS END

enum {
	LARGE = 65536,
	SPACE = 2 * LARGE,
};

struct row {
	const char *what;
	const char *message;
	uint16_t status;
	const char *reason;
};

static void assert_text(const char *expected, struct text text)
{
	if (!text_equals(text_of(expected), text))
		fail_msg("'%.*s' is not '%s'", TEXT_ARG(text), expected);
}

static struct sip_request request_of(struct text message)
{
	struct sip_request request;

	memset(&request, 0, sizeof(request));
	if (sip_request_scan_datagram(message, &request) != SIP_SCAN_REQUEST)
		fail_msg("no request: %.*s", TEXT_ARG(message));
	return request;
}

static struct sip_request good(const char *message)
{
	struct sip_request request = request_of(text_of(message));

	if (request.fault.status)
		fail_msg("%.*s: %s", TEXT_ARG(request.fault.reason), message);
	return request;
}

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct sip_request request =
			request_of(text_of(rows[i].message));

		if (request.fault.status != rows[i].status)
			fail_msg("%s: %u %.*s", rows[i].what,
				 request.fault.status,
				 TEXT_ARG(request.fault.reason));
		if (rows[i].reason)
			assert_text(rows[i].reason, request.fault.reason);
	}
}

static void all_that_answering_needs_is_found(void **state)
{
	struct sip_request request =
		good(START VIA
		     "Via: SIP/2.0/TCP [2001:db8::1]:5070;maddr=192.0.2.9,"
		     " SIP/2.0/UDP h;x=\"a,b\"\r\n" FROM
		     "To: Bob <sip:bob@example.com>;tag=t2\r\n" CALL_ID CSEQ
		     "Require: 100rel, timer\r\n"
		     "Proxy-Require: foo\r\nrequire: bar\r\n"
		     "Supported: a\r\nk: b\r\nContact: <sip:c@d.example>\r\n"
		     "Timestamp: 5\r\nUser-Agent: Phone/1 \r\n"
		     "Max-Forwards: 70\r\nContent-Length: 3\r\n" END "abc");
	(void)state;

	assert_int_equal(SIP_INVITE, request.method);
	assert_text("sip:bob@example.com", request.uri_text);
	assert_true(request.uri_is_valid);
	assert_text("bob", request.uri.user);
	assert_int_equal(3, request.via_count);
	assert_text("SIP/2.0/UDP h;x=\"a,b\"", request.vias[2]);
	assert_text("192.0.2.1", request.via.host);
	assert_int_equal(5062, request.via.port);
	assert_int_equal(SIP_HOST_IPV4, request.via.host_kind);
	assert_text("UDP", request.via.transport);
	assert_text("z9hG4bKabc", request.via.branch);
	assert_text("rport", request.via.rport);
	assert_true(request.via.has_rport && request.via.has_magic_cookie);
	assert_text("a1", request.from_tag);
	assert_text("t2", request.to_tag);
	assert_true(request.has_to_tag);
	assert_text("1@192.0.2.1", request.call_id);
	assert_text("7 INVITE", request.cseq);
	assert_int_equal(7, request.cseq_number);
	assert_int_equal(3, request.require_count);
	assert_text("foo", request.requires[1]);
	assert_true(request.require_is_proxy[1]);
	assert_false(request.require_is_proxy[2]);
	assert_text("a", request.supported);
	assert_text("<sip:c@d.example>", request.contact);
	assert_text("5", request.timestamp);
	assert_text("Phone/1", request.user_agent);
	assert_text("70", request.max_forwards);
	assert_text("abc", request.body);
	assert_true(request.has_content_length);
}

static void odd_but_right_requests_have_no_fault(void **state)
{
	static const struct row rows[] = {
		{ "version without case",
		  "INVITE sip:bob@example.com sip/2.0\r\n" HEADERS END, 0, "" },
		{ "line ends before", "\r\n\r\n\n" MESSAGE, 0, "" },
		{ "names without case",
		  START
		  "VIA: SIP/2.0/UDP h;branch=z9hG4bKa\r\nfRoM: sip:a@b\r\n"
		  "TO: sip:c@d\r\ncall-ID: x\r\ncSEQ: 1 INVITE\r\n"
		  "CONTENT-LENGTH: 0\r\n" END,
		  0, "" },
		{ "compact",
		  START "v: SIP/2.0/UDP h;branch=z9hG4bKa\r\nf: sip:a@b\r\n"
			"t: sip:c@d\r\ni: x\r\nCSeq: 1 INVITE\r\nl: 0\r\n" END,
		  0, "" },
		{ "blanks before the colon",
		  START "Via \t : SIP/2.0/UDP h\r\nFrom : sip:a@b\r\n"
			"To\t: sip:c@d\r\nCall-ID  : x\r\n" CSEQ END,
		  0, "" },
		{ "folds",
		  START VIA
		  "From:\r\n <sip:a@b>\r\n\t;\r\n  tag =\r\n x\r\n" TO CALL_ID
		  "CSeq: 1\r\n  INVITE\r\n" END,
		  0, "" },
		{ "no From tag",
		  START VIA "From: sip:a@b\r\n" TO CALL_ID CSEQ END, 0, "" },
		{ "CSeq 0", START NAMES "CSeq: 0 INVITE\r\n" END, 0, "" },
		{ "CSeq with zeros",
		  START NAMES "CSeq: 0000000000000000001 INVITE\r\n" END, 0,
		  "" },
		{ "CSeq at its end",
		  START NAMES "CSeq: 4294967295 INVITE\r\n" END, 0, "" },
		{ "To of tel", START VIA FROM CALL_ID CSEQ "To: tel:+1\r\n" END,
		  0, "" },
		{ "To of unknown scheme",
		  START VIA FROM CALL_ID CSEQ "To: isbn:2983792873\r\n" END, 0,
		  "" },
		{ "UTF-8 name",
		  START VIA TO CALL_ID CSEQ
		  "From: J\xc3\xbcrgen <sip:a@b>;tag=1\r\n" END,
		  0, "" },
		{ "malformed headers that nobody needs",
		  START HEADERS
		  "Contact: \"<;,\r\nExpires: never\r\nDate: ?\r\n"
		  "Accept: ,,;\r\nMax-Forwards: silly\r\n" END,
		  0, "" },
		{ "unknown scheme",
		  "INVITE urn:service:sos SIP/2.0\r\n" HEADERS END, 0, "" },
		{ "unknown method",
		  "FOO sip:a@b SIP/2.0\r\n" NAMES "CSeq: 1 FOO\r\n" END, 0,
		  "" },
		{ "RFC 2543: no branch",
		  START FROM TO CALL_ID CSEQ "Via: SIP/2.0/UDP h\r\n" END, 0,
		  "" },
		{ "Via with blanks",
		  START FROM TO CALL_ID CSEQ
		  "Via: SIP / 2.0 / udp  h : 5060 ; branch = z9hG4bKa\r\n" END,
		  0, "" },
		{ "headers in the Request-URI are the pipeline's to refuse",
		  "INVITE sip:a@b?Route=x SIP/2.0\r\n" HEADERS END, 0, "" },
		{ "unknown Via parameters and transport",
		  START FROM TO CALL_ID CSEQ
		  "Via: SIP/2.0/UNKNOWN "
		  "h;alias;oc=1;ttl=1;comp=sigcomp\r\n" END,
		  0, "" },
	};
	(void)state;

	check_rows(rows, COUNT(rows));
}

static void a_broken_start_line_is_refused(void **state)
{
	static const struct row rows[] = {
		{ "two blanks", "INVITE  sip:a@b SIP/2.0\r\n" HEADERS END, 400,
		  "Bad Request Line" },
		{ "two blanks behind",
		  "INVITE sip:a@b  SIP/2.0\r\n" HEADERS END, 400,
		  "Bad Request Line" },
		{ "a tab", "INVITE\tsip:a@b SIP/2.0\r\n" HEADERS END, 400,
		  "Bad Request Line" },
		{ "blank at the end", "INVITE sip:a@b SIP/2.0 \r\n" HEADERS END,
		  400, "Bad Request Line" },
		{ "blank at the start",
		  " INVITE sip:a@b SIP/2.0\r\n" HEADERS END, 400,
		  "Bad Request Line" },
		{ "no version", "INVITE sip:a@b\r\n" HEADERS END, 400,
		  "Bad Request Line" },
		{ "no URI", "INVITE SIP/2.0\r\n" HEADERS END, 400,
		  "Bad Request Line" },
		{ "empty URI", "INVITE  SIP/2.0\r\n" HEADERS END, 400, NULL },
		{ "no token", "INV@TE sip:a@b SIP/2.0\r\n" HEADERS END, 400,
		  "Bad Request Line" },
		{ "HTTP", "INVITE sip:a@b HTTP/1.1\r\n" HEADERS END, 400,
		  "Bad Request Line" },
		{ "half a version", "INVITE sip:a@b SIP/2\r\n" HEADERS END, 400,
		  "Bad Request Line" },
		{ "a longer word", "INVITE sip:a@b xSIP/2.0\r\n" HEADERS END,
		  400, "Bad Request Line" },
		{ "version 3", "INVITE sip:a@b SIP/3.0\r\n" HEADERS END, 505,
		  "Version Not Supported" },
		{ "version 2.1", "INVITE sip:a@b sip/2.1\r\n" HEADERS END, 505,
		  "Version Not Supported" },
		{ "version first", "INVITE <x> SIP/7.0\r\nCSeq: x\r\n" VIA END,
		  505, "Version Not Supported" },
		{ "blank in the URI",
		  "INVITE sip:a@b; lr SIP/2.0\r\n" HEADERS END, 400,
		  "Bad Request-URI" },
		{ "brackets", "INVITE <sip:a@b> SIP/2.0\r\n" HEADERS END, 400,
		  "Bad Request-URI" },
		{ "bad escape", "INVITE sip:a%zz@b SIP/2.0\r\n" HEADERS END,
		  400, "Bad Request-URI" },
		{ "IPv6 without brackets",
		  "INVITE sip:2001:db8::10 SIP/2.0\r\n" HEADERS END, 400,
		  "Bad Request-URI" },
		{ "a folded start line",
		  "INVITE sip:a@b\r\n SIP/2.0\r\n" HEADERS END, 400,
		  "Bad Request Line" },
	};
	(void)state;

	check_rows(rows, COUNT(rows));
}

static void a_broken_header_is_refused_by_name(void **state)
{
	static const struct row rows[] = {
		{ "no To", START VIA FROM CALL_ID CSEQ END, 400, "Missing To" },
		{ "no From", START VIA TO CALL_ID CSEQ END, 400,
		  "Missing From" },
		{ "no Call-ID", START VIA FROM TO CSEQ END, 400,
		  "Missing Call-ID" },
		{ "no CSeq", START NAMES END, 400, "Missing CSeq" },
		{ "two To", START HEADERS TO END, 400, "Multiple To" },
		{ "two From", START HEADERS "f: sip:a@b\r\n" END, 400,
		  "Multiple From" },
		{ "two Call-ID", START HEADERS CALL_ID END, 400,
		  "Multiple Call-ID" },
		{ "two CSeq", START HEADERS CSEQ END, 400, "Multiple CSeq" },
		{ "two Max-Forwards",
		  START HEADERS "Max-Forwards: 1\r\nmax-forwards: 1\r\n" END,
		  400, "Multiple Max-Forwards" },
		{ "two Content-Length", START HEADERS LENGTH "l: 0\r\n" END,
		  400, "Multiple Content-Length" },
		{ "negative length", START HEADERS "l: -1\r\n" END, 400,
		  "Bad Content-Length" },
		{ "length of words", START HEADERS "l: 1x\r\n" END, 400,
		  "Bad Content-Length" },
		{ "no length", START HEADERS "l:\r\n" END, 400,
		  "Bad Content-Length" },
		{ "length over the datagram",
		  START HEADERS "l: 4\r\n" END "abc", 400,
		  "Content-Length Too Large" },
		{ "length beyond counting",
		  START HEADERS "l: 99999999999999999999999999\r\n" END, 400,
		  "Content-Length Too Large" },
		{ "CSeq of another method", START NAMES "CSeq: 1 BYE\r\n" END,
		  400, "CSeq Method Mismatch" },
		{ "CSeq method's case", START NAMES "CSeq: 1 invite\r\n" END,
		  400, "CSeq Method Mismatch" },
		{ "unknown method, other CSeq",
		  "FOO sip:a@b SIP/2.0\r\n" NAMES "CSeq: 1 BAR\r\n" END, 501,
		  "CSeq Method Mismatch" },
		{ "CSeq too large",
		  START NAMES "CSeq: 4294967296 INVITE\r\n" END, 400,
		  "CSeq Number Too Large" },
		{ "CSeq without blank", START NAMES "CSeq: 1INVITE\r\n" END,
		  400, "Bad CSeq" },
		{ "CSeq without number", START NAMES "CSeq: INVITE\r\n" END,
		  400, "Bad CSeq" },
		{ "CSeq without method", START NAMES "CSeq: 1\r\n" END, 400,
		  "Bad CSeq" },
		{ "CSeq with more", START NAMES "CSeq: 1 INVITE x\r\n" END, 400,
		  "Bad CSeq" },
		{ "open quote",
		  START VIA FROM CALL_ID CSEQ "To: \"Bob <sip:a@b>\r\n" END,
		  400, "Bad To" },
		{ "blanks in brackets",
		  START VIA FROM CALL_ID CSEQ "To: < sip:a@b >\r\n" END, 400,
		  "Bad To" },
		{ "comma in a name",
		  START VIA TO CALL_ID CSEQ "From: B, A <sip:a@b>\r\n" END, 400,
		  "Bad From" },
		{ "no scheme",
		  START VIA TO CALL_ID CSEQ "From: a@b.example\r\n" END, 400,
		  "Bad From" },
		{ "no end of brackets",
		  START VIA TO CALL_ID CSEQ "From: <sip:a@b;tag=1\r\n" END, 400,
		  "Bad From" },
		{ "empty tag",
		  START VIA TO CALL_ID CSEQ "From: <sip:a@b>;tag=\r\n" END, 400,
		  "Bad From" },
		{ "two tags",
		  START VIA TO CALL_ID CSEQ
		  "From: <sip:a@b>;tag=1;tag=2\r\n" END,
		  400, "Bad From" },
		{ "two addresses",
		  START VIA TO CALL_ID CSEQ "From: sip:a@b, sip:c@d\r\n" END,
		  400, "Bad From" },
		{ "empty To", START VIA FROM CALL_ID CSEQ "To:\r\n" END, 400,
		  "Bad To" },
		{ "Call-ID of two words",
		  START VIA FROM TO CSEQ "Call-ID: a b\r\n" END, 400,
		  "Bad Call-ID" },
		{ "empty Call-ID", START VIA FROM TO CSEQ "Call-ID: \r\n" END,
		  400, "Bad Call-ID" },
		{ "a line without colon", START HEADERS "Foobar roobar\r\n" END,
		  400, "Bad Header Line" },
		{ "a fold of nothing", START " x\r\n" HEADERS END, 400,
		  "Bad Header Line" },
		{ "a name of nothing", START HEADERS ": x\r\n" END, 400,
		  "Bad Header Line" },
		{ "the bare cookie",
		  START FROM TO CALL_ID CSEQ
		  "Via: SIP/2.0/UDP h;branch=z9hG4bK\r\n" END,
		  400, "Bad Via Branch" },
		{ "empty Via values",
		  START FROM TO CALL_ID CSEQ "Via: SIP/2.0/UDP h;;,;,,\r\n" END,
		  400, "Bad Via" },
		{ "a comma at the end",
		  START FROM TO CALL_ID CSEQ "Via: SIP/2.0/UDP h,\r\n" END, 400,
		  "Bad Via" },
		{ "sent-by port",
		  START FROM TO CALL_ID CSEQ "Via: SIP/2.0/UDP h:99999\r\n" END,
		  400, "Bad Via" },
		{ "two branches",
		  START FROM TO CALL_ID CSEQ
		  "Via: SIP/2.0/UDP h;branch=z9hG4bKa;branch=z9hG4bKb\r\n" END,
		  400, "Bad Via" },
		{ "open quote in a Via",
		  START FROM TO CALL_ID CSEQ "Via: SIP/2.0/UDP h;x=\"\r\n" END,
		  400, "Bad Via" },
		{ "bare LF", START NAMES "CSeq: 7 INVITE\n" END, 400,
		  "Bad Line End" },
		{ "bare CR", START HEADERS "X: a\rb\r\n" END, 400,
		  "Bad Control Byte" },
		{ "no empty line", START HEADERS, 400, "Missing Empty Line" },
		{ "the first fault", START VIA FROM "To: x\r\nCSeq: x\r\n" END,
		  400, "Bad To" },
	};
	(void)state;

	check_rows(rows, COUNT(rows));
}

static void what_was_readable_is_filled_beside_a_fault(void **state)
{
	struct sip_request request = request_of(text_of(
		"INVITE <sip:a@b> SIP/3.0\r\nCSeq: x INVITE\r\nTo: \"\r\n"
		"Call-ID: a b\r\n" VIA FROM END));
	(void)state;

	assert_int_equal(505, request.fault.status);
	assert_int_equal(SIP_INVITE, request.method);
	assert_false(request.uri_is_valid);
	assert_text("<sip:a@b>", request.uri_text);
	assert_text("x INVITE", request.cseq);
	assert_text("\"", request.to);
	assert_text("a b", request.call_id);
	assert_text("a1", request.from_tag);
	assert_int_equal(1, request.via_count);
}

static void nul_stands_only_behind_a_backslash(void **state)
{
	struct text quoted =
		TEXT(START VIA TO CALL_ID CSEQ
		     "From: \"N:\\\0 B:\\\x07\" <sip:a@b>;tag=1\r\n" END);
	struct text bare = TEXT(START HEADERS "X: a\0b\r\n" END);
	struct text early = TEXT(START "X: a\0b\r\n" HEADERS END);
	struct text in_body = TEXT(START HEADERS END "a\0\r\n\0\n");
	(void)state;

	assert_int_equal(0, request_of(quoted).fault.status);
	assert_int_equal(400, request_of(bare).fault.status);
	assert_int_equal(400, request_of(early).fault.status);
	assert_int_equal(0, request_of(in_body).fault.status);
	/* Wherever it is among those that are looked at together. */
	for (size_t pad = 0; pad < 32; pad++) {
		char buffer[1024];
		struct writer writer = writer_over(buffer, sizeof(buffer));

		writer_put(&writer, TEXT(START HEADERS "X: "));
		for (size_t i = 0; i < pad; i++)
			writer_byte(&writer, 'a');
		writer_put(&writer, TEXT("\\\0\r\n" END));
		assert_int_equal(0,
				 request_of(writer_text(&writer)).fault.status);
	}
}

static void methods_compare_with_case(void **state)
{
	struct sip_request request = good("Invite sip:a@b SIP/2.0\r\n" NAMES
					  "CSeq: 1 Invite\r\n" END);
	(void)state;

	assert_int_equal(SIP_METHOD_OTHER, request.method);
	assert_text("Invite", request.method_text);
	assert_string_equal("SUBSCRIBE", sip_method_name(SIP_SUBSCRIBE));
}

static void a_header_is_known_by_its_whole_name(void **state)
{
	/* These names, or a shorter hash of them, are taken for others
	 * elsewhere. */
	struct sip_request request = good(
		START HEADERS
		"Foo-3318: a\r\nFoo-123: b\r\nFoo-10128: x\r\nfih: c\r\n"
		"Foo-2222: y\r\nDC-Info: z\r\nkhd: 99\r\ngda: v\r\n"
		"Content-Transfer-Encoding: binary\r\nRequir: d\r\n"
		"Requires: e\r\nVi: x\r\nCall_ID: q\r\nr: 1\r\n"
		"Content-Lengt: 5\r\nContent-Length-X: 5\r\nTo-Do: x\r\n" END);
	(void)state;

	assert_int_equal(0, request.require_count);
	assert_int_equal(1, request.via_count);
	assert_text("1@192.0.2.1", request.call_id);
	assert_int_equal(0, request.supported.len);
	assert_false(request.has_content_length);
}

static void via_parameters_are_found_as_they_stand(void **state)
{
	struct sip_request request =
		good(START FROM TO CALL_ID CSEQ
		     "Via: SIP/2.0/UDP [::ffff:192.0.2.10]:19823 ;rport = 1;"
		     "received=[2001:db8::9:255];branch=390skdjuw;"
		     "maddr=192.0.2.7\r\n" END);
	(void)state;

	assert_text("::ffff:192.0.2.10", request.via.host);
	assert_int_equal(SIP_HOST_IPV6, request.via.host_kind);
	assert_int_equal(19823, request.via.port);
	assert_text("rport = 1", request.via.rport);
	assert_text("received=[2001:db8::9:255]", request.via.received);
	assert_text("192.0.2.7", request.via.maddr);
	assert_text("390skdjuw", request.via.branch);
	assert_false(request.via.has_magic_cookie);
	request = good(START FROM TO CALL_ID CSEQ
		       "Via: SIP/2.0/UDP [2001:db8::9:1];"
		       "received=2001:db8::9:255;branch=z9hG4bKas3\r\n" END);
	assert_text("received=2001:db8::9:255", request.via.received);
	assert_int_equal(0, request.via.port);
	assert_true(request.via.has_magic_cookie);
	assert_false(request.via.has_rport);
}

static void bytes_beyond_the_body_are_dropped(void **state)
{
	struct sip_request request =
		good("\r\n" START HEADERS "l: 2\r\n" END "abINVITE again");
	(void)state;

	assert_text("ab", request.body);
	assert_int_equal(strlen(START HEADERS "l: 2\r\n" END "ab"),
			 request.message.len);
	assert_text("tail", good(MESSAGE "tail").body);
}

static void what_is_no_request_is_told_apart(void **state)
{
	static const struct {
		struct text bytes;
		enum sip_scan result;
	} rows[] = {
		{ TEXT(""), SIP_SCAN_KEEPALIVE },
		{ TEXT("\r\n\r\n"), SIP_SCAN_KEEPALIVE },
		{ TEXT("\0\0\0\0"), SIP_SCAN_KEEPALIVE },
		{ TEXT("\r\n \t\0"), SIP_SCAN_KEEPALIVE },
		{ TEXT("\0\1\0\0\x21\x12\xa4\x42xxxxxxxxxxxx"), SIP_SCAN_STUN },
		{ TEXT("\0\1\0\0\x21\x12\xa4\x41xxxxxxxxxxxx"),
		  SIP_SCAN_NOISE },
		{ TEXT("SIP/2.0 200 OK\r\n" HEADERS END), SIP_SCAN_RESPONSE },
		{ TEXT("sip/2.0 200 OK\r\n" HEADERS END), SIP_SCAN_RESPONSE },
		{ TEXT("\r\n SIP/9.x\r\n" HEADERS END), SIP_SCAN_RESPONSE },
		{ TEXT("SIP/"), SIP_SCAN_RESPONSE },
		{ TEXT("jaK"), SIP_SCAN_NOISE },
		{ TEXT("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), SIP_SCAN_NOISE },
		{ TEXT(START FROM TO CALL_ID CSEQ END), SIP_SCAN_NOISE },
		{ TEXT(START FROM TO CALL_ID CSEQ "Via: x\r\n" END),
		  SIP_SCAN_NOISE },
		{ TEXT(START FROM TO CALL_ID CSEQ "Via: SIP/2.0/UDP\r\n" END),
		  SIP_SCAN_NOISE },
		{ TEXT(START FROM TO CALL_ID CSEQ
		       "Via: SIP/2.0/UDP [::g]\r\n" END),
		  SIP_SCAN_NOISE },
		{ TEXT(START FROM TO CALL_ID CSEQ "Via: SIP/2.0/UDP ;\r\n" END),
		  SIP_SCAN_NOISE },
		{ TEXT(START FROM TO CALL_ID CSEQ "Via:\r\n" END),
		  SIP_SCAN_NOISE },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sip_request request;

		if (sip_request_scan_datagram(rows[i].bytes, &request) !=
		    rows[i].result)
			fail_msg("row %zu: %.*s", i, TEXT_ARG(rows[i].bytes));
	}
}

/* start, then as many pieces as fit before end. */
static struct text filled(char *buffer, size_t size, const char *start,
			  const char *piece, const char *end)
{
	struct writer writer = writer_over(buffer, size - strlen(end));
	struct writer whole;

	writer_put(&writer, text_of(start));
	while (writer.size - writer.len >= strlen(piece))
		writer_put(&writer, text_of(piece));
	whole = writer_over(buffer, size);
	whole.len = writer.len;
	writer_put(&whole, text_of(end));
	return writer_text(&whole);
}

static void every_list_has_an_end(void **state)
{
	static const struct {
		const char *start;
		const char *piece;
		size_t size;
		uint16_t status;
		const char *reason;
	} rows[] = {
		{ START HEADERS, "X: y\r\n", 700, 0, "" },
		{ START HEADERS, "X: y\r\n", 1500, 400,
		  "Too Many Header Lines" },
		{ START HEADERS "Via: SIP/2.0/UDP h", ",SIP/2.0/UDP h", 1100, 0,
		  "" },
		{ START HEADERS "Via: SIP/2.0/UDP h", ",SIP/2.0/UDP h", 1500,
		  400, "Too Many Via Values" },
		{ START HEADERS, "Require: x\r\n", 900, 0, "" },
		{ START HEADERS, "Require: x\r\n", 1100, 400,
		  "Too Many Require Lines" },
		{ START HEADERS "X: y", "\r\n ", 900, 0, "" },
		{ START HEADERS "X: y", "\r\n ", 1200, 400,
		  "Too Many Header Lines" },
		{ START HEADERS "X: ", "y", SIP_HEAD_MAX, 0, "" },
		{ START HEADERS "X: ", "y", SIP_HEAD_MAX + 1, 513,
		  "Header Section Too Long" },
		{ START HEADERS "X: ", "y", 65507, 513,
		  "Header Section Too Long" },
		{ START HEADERS END, "y", 65507, 0, "" },
	};
	char *buffer = malloc(SPACE);
	(void)state;

	assert_non_null(buffer);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sip_request request =
			request_of(filled(buffer, rows[i].size, rows[i].start,
					  rows[i].piece, "\r\n\r\n"));

		if (rows[i].status != request.fault.status)
			fail_msg("row %zu: %u", i, request.fault.status);
		assert_text(rows[i].reason, request.fault.reason);
		assert_text("a1", request.from_tag);
	}
	free(buffer);
}

/* Q10: exactly so many, and not one more. */
static void every_cap_is_what_it_is_said_to_be(void **state)
{
	static const struct {
		const char *start, *piece, *end;
		size_t count;	    /* of pieces that are taken */
		const char *reason; /* with one more */
	} rows[] = {
		{ START HEADERS, "X: y\r\n", END, 128 - 5,
		  "Too Many Header Lines" },
		{ START HEADERS "Via: SIP/2.0/UDP h", ",SIP/2.0/UDP h",
		  "\r\n" END, 70 - 2, "Too Many Via Values" },
		{ "INVITE sip:a@b;p=", "x", " SIP/2.0\r\n" HEADERS END,
		  1024 - 10, "Request-URI Too Long" },
		{ START HEADERS, "Require: x\r\n", END, 64,
		  "Too Many Require Lines" },
		{ START VIA FROM CALL_ID CSEQ "To: <sip:a@b>", ";a", "\r\n" END,
		  128, "Bad To" },
	};
	char *buffer = malloc(SPACE);
	(void)state;

	assert_non_null(buffer);
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t more = 0; more < 2; more++) {
			struct writer writer = writer_over(buffer, SPACE);

			writer_put(&writer, text_of(rows[i].start));
			for (size_t n = 0; n < rows[i].count + more; n++)
				writer_put(&writer, text_of(rows[i].piece));
			writer_put(&writer, text_of(rows[i].end));
			assert_text(
				more ? rows[i].reason : "",
				request_of(writer_text(&writer)).fault.reason);
		}
	}
	free(buffer);
}

/* What a call is told apart by, and what is given back, is bounded, so that no
 * datagram costs many times a normal one. */
static void no_value_may_be_endless(void **state)
{
	static const struct {
		const char *start, *piece, *end;
		size_t size;
		const char *reason;
	} rows[] = {
		{ "To: <sip:a@b>", ";a", "", 250, "" },
		{ "To: <sip:a@b>", ";a", "", 600, "Bad To" },
		{ "To: ", "a", " <sip:a@b>", 4000, "" },
		{ "To: ", "a", " <sip:a@b>", 5000, "To Too Long" },
		{ "To: <sip:a@b>;tag=", "a", "", 900, "" },
		{ "To: <sip:a@b>;tag=", "a", "", 1500, "To Tag Too Long" },
		{ "From: ", "a", " <sip:a@b>", 5000, "From Too Long" },
		{ "From: <sip:a@b>;tag=", "a", "", 1500, "From Tag Too Long" },
		{ "Call-ID: ", "a", "", 1000, "" },
		{ "Call-ID: ", "a", "", 1500, "Call-ID Too Long" },
		{ "CSeq: 1", "1", " INVITE", 2100, "CSeq Too Long" },
		{ "Via: SIP/2.0/UDP h;branch=", "a", "", 1000, "" },
		{ "Via: SIP/2.0/UDP h;branch=", "a", "", 1500, "Via Too Long" },
		{ "Via: SIP/2.0/UDP h", ";a", "", 900, "Bad Via" },
	};
	char *line = malloc(SPACE), *buffer = malloc(SPACE);
	(void)state;

	assert_non_null(line);
	assert_non_null(buffer);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text value = filled(line, rows[i].size, rows[i].start,
					   rows[i].piece, rows[i].end);
		struct writer writer = writer_over(buffer, SPACE);
		static const char *const usual[] = {
			"Via: SIP/2.0/UDP h\r\n",
			"From: <sip:a@b>;tag=a1\r\n",
			"To: <sip:a@b>\r\n",
			"Call-ID: c\r\n",
		};
		struct sip_request request;

		writer_put(&writer, TEXT("INVITE sip:a@b SIP/2.0\r\n"));
		for (size_t j = 0; j < COUNT(usual); j++)
			if (strncmp(usual[j], rows[i].start, 3) != 0)
				writer_put(&writer, text_of(usual[j]));
		writer_put(&writer, value);
		writer_put(&writer, TEXT("\r\nCSeq: 1 INVITE\r\n\r\n"));
		request = request_of(writer_text(&writer));
		assert_text(rows[i].reason, request.fault.reason);
	}
	free(buffer);
	free(line);
}

static void a_request_uri_has_a_limit(void **state)
{
	char buffer[4096];
	struct sip_request request;
	(void)state;

	request = request_of(filled(buffer, 1400, "INVITE sip:a@b;p=", "x",
				    " SIP/2.0\r\n" HEADERS END));
	assert_int_equal(414, request.fault.status);
	assert_false(request.uri_is_valid);
	request = request_of(filled(buffer, 1100, "INVITE sip:a@b;p=", "x",
				    " SIP/2.0\r\n" HEADERS END));
	assert_int_equal(0, request.fault.status);
}

static void token_lists_are_walked(void **state)
{
	static const struct {
		const char *list;
		const char *tokens; /* each with a blank behind it */
		int end;
	} rows[] = {
		{ "", "", 0 },
		{ " \r\n ", "", 0 },
		{ "100rel", "100rel ", 0 },
		{ "foo , bar\r\n\t,\r\n  b-z", "foo bar b-z ", 0 },
		{ "foo bar", "", -1 },
		{ "foo,", "", -1 },
		{ ",foo", "", -1 },
		{ "a,,b", "a ", -1 },
		{ "a;b", "", -1 },
		{ "a,\"b\"", "a ", -1 },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text rest = text_of(rows[i].list);
		char buffer[64];
		struct writer seen = writer_over(buffer, sizeof(buffer));
		struct text token;
		int found;

		while ((found = sip_token_list_next(&rest, &token)) > 0) {
			writer_put(&seen, token);
			writer_byte(&seen, ' ');
		}
		if (found != rows[i].end)
			fail_msg("'%s': %d", rows[i].list, found);
		assert_text(rows[i].tokens, writer_text(&seen));
	}
}

/* RFC 3261 25.1, byte by byte. */
static size_t quoted_length(const char *text, size_t len)
{
	for (size_t i = 1; i < len; i++) {
		if (text[i] == '"')
			return i + 1;
		if (text[i] == '\\')
			i++;
	}
	return 0;
}

static void a_quoted_string_ends_at_the_first_quote_that_is_not_escaped(
	void **state)
{
	static const char bytes[] = { '\\', '\\', '"', 'a', '\0' };
	unsigned seed = 1;
	(void)state;

	for (size_t i = 0; i < 200000; i++) {
		char text[40] = "\"";
		size_t len = 1 + i % (sizeof(text) - 1), found;
		size_t kinds = i % 3 ? sizeof(bytes) : 2;
		struct sip_cursor cursor;

		for (size_t at = 1; at < len; at++) {
			seed = seed * 1103515245 + 12345;
			text[at] = bytes[(seed >> 16) % kinds];
		}
		if (kinds == 2 && len > 2)
			text[len - 1] = '"';
		cursor = sip_cursor_over((struct text){ text, len });
		found = quoted_length(text, len);
		assert_int_equal(found > 0, sip_skip_quoted(&cursor));
		assert_ptr_equal(text + (found > 0 ? found : len), cursor.at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_quoted_string_ends_at_the_first_quote_that_is_not_escaped),
		cmocka_unit_test(all_that_answering_needs_is_found),
		cmocka_unit_test(odd_but_right_requests_have_no_fault),
		cmocka_unit_test(a_broken_start_line_is_refused),
		cmocka_unit_test(a_broken_header_is_refused_by_name),
		cmocka_unit_test(what_was_readable_is_filled_beside_a_fault),
		cmocka_unit_test(nul_stands_only_behind_a_backslash),
		cmocka_unit_test(methods_compare_with_case),
		cmocka_unit_test(a_header_is_known_by_its_whole_name),
		cmocka_unit_test(via_parameters_are_found_as_they_stand),
		cmocka_unit_test(bytes_beyond_the_body_are_dropped),
		cmocka_unit_test(what_is_no_request_is_told_apart),
		cmocka_unit_test(every_list_has_an_end),
		cmocka_unit_test(every_cap_is_what_it_is_said_to_be),
		cmocka_unit_test(no_value_may_be_endless),
		cmocka_unit_test(a_request_uri_has_a_limit),
		cmocka_unit_test(token_lists_are_walked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
