#include "call_fixture.h"

static const struct text source_host = { "198.51.100.9", 12 };
enum {
	SOURCE_PORT = 40000,
};

/* The answer to a text, under a preset. NUL terminated. */
static size_t answer(const char *preset, struct text text, char *buffer,
		     size_t size)
{
	struct snapshot *snapshot = fixture_with_preset(preset);
	const struct call_settings settings = { 0 };
	const struct sip_source source = { source_host, SOURCE_PORT, 0, 0 };
	struct fixture_request message;
	struct call_decision decision;
	size_t len;

	fixture_scan(&message, text);
	call_decide(snapshot, &settings, &message.request, false,
		    FIXTURE_NOW_MS, &decision);
	len = sip_response_write(&message.request, &source, &settings,
				 &decision, TEXT("to1"), buffer, size - 1);
	buffer[len] = '\0';
	fixture_request_free(&message);
	snapshot_free_whole(snapshot);
	return len;
}

static void a_302_is_exactly_this(void **state)
{
	char response[4096];
	(void)state;

	answer("standard",
	       TEXT("INVITE sip:user@example.com SIP/2.0\r\n"
		    "Via: SIP/2.0/UDP pc.example.org;branch=z9hG4bKa;rport\r\n"
		    "Via: SIP/2.0/TCP 192.0.2.2:5070;branch=z9hG4bKb , "
		    "SIP/2.0/UDP [2001:db8::1];branch=z9hG4bKc\r\n"
		    "From: \"A\" <sip:a@example.org>;tag=f1\r\n"
		    "To: <sip:user@example.com>\r\n"
		    "Call-ID: c1@pc\r\n"
		    "CSeq: 314 INVITE\r\n"
		    "Timestamp: 54.2\r\n"
		    "Record-Route: <sip:proxy.example.org;lr>\r\n"
		    "Content-Length: 0\r\n\r\n"),
	       response, sizeof(response));

	assert_string_equal(
		"SIP/2.0 302 Moved Temporarily\r\n"
		"Via: SIP/2.0/UDP pc.example.org;branch=z9hG4bKa;rport=40000"
		";received=198.51.100.9\r\n"
		"Via: SIP/2.0/TCP 192.0.2.2:5070;branch=z9hG4bKb\r\n"
		"Via: SIP/2.0/UDP [2001:db8::1];branch=z9hG4bKc\r\n"
		"From: \"A\" <sip:a@example.org>;tag=f1\r\n"
		"To: <sip:user@example.com>;tag=to1\r\n"
		"Call-ID: c1@pc\r\n"
		"CSeq: 314 INVITE\r\n"
		"Timestamp: 54.2\r\n"
		"Contact: <sip:moved@new.example.net>\r\n"
		"Content-Length: 0\r\n\r\n",
		response);
}

struct via_case {
	const char *via, *expected;
	uint16_t port; /* that the answer goes to */
};

static void the_top_via_is_put_right_and_nothing_else_in_it(void **state)
{
	static const struct via_case rows[] = {
		/* T3: a name, or another address than the source's. */
		{ "SIP/2.0/UDP pc;branch=z9hG4bK1",
		  "SIP/2.0/UDP pc;branch=z9hG4bK1;received=198.51.100.9",
		  5060 },
		{ "SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK1",
		  "SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK1"
		  ";received=198.51.100.9",
		  5062 },
		{ "SIP/2.0/UDP 198.51.100.9:5062;branch=z9hG4bK1",
		  "SIP/2.0/UDP 198.51.100.9:5062;branch=z9hG4bK1", 5062 },
		/* T4: rport wants both, even from its own address. */
		{ "SIP/2.0/UDP 198.51.100.9;rport;branch=z9hG4bK1",
		  "SIP/2.0/UDP 198.51.100.9;rport=40000;branch=z9hG4bK1"
		  ";received=198.51.100.9",
		  SOURCE_PORT },
		/* T6: what the client says of itself is not believed. */
		{ "SIP/2.0/UDP 198.51.100.9;rport=1;branch=z9hG4bK1",
		  "SIP/2.0/UDP 198.51.100.9;rport=40000;branch=z9hG4bK1"
		  ";received=198.51.100.9",
		  SOURCE_PORT },
		{ "SIP/2.0/UDP pc;received=203.0.113.1;branch=z9hG4bK1",
		  "SIP/2.0/UDP pc;branch=z9hG4bK1;received=198.51.100.9",
		  5060 },
		{ "SIP/2.0/UDP pc;branch=z9hG4bK1 ; received = 203.0.113.1",
		  "SIP/2.0/UDP pc;branch=z9hG4bK1;received=198.51.100.9",
		  5060 },
		{ "SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1;received=1.2.3.4",
		  "SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1", 5060 },
		{ "SIP/2.0/UDP pc;received=203.0.113.1;rport;branch=z9hG4bK1",
		  "SIP/2.0/UDP pc;rport=40000;branch=z9hG4bK1"
		  ";received=198.51.100.9",
		  SOURCE_PORT },
		{ "SIP/2.0/UDP pc;rport;received=203.0.113.1;branch=z9hG4bK1",
		  "SIP/2.0/UDP pc;rport=40000;branch=z9hG4bK1"
		  ";received=198.51.100.9",
		  SOURCE_PORT },
		/* T8: maddr leads nowhere. T14-T17: odd ones are kept. */
		{ "SIP/2.0/UDP pc:5070;maddr=203.0.113.9;branch=z9hG4bK1",
		  "SIP/2.0/UDP pc:5070;maddr=203.0.113.9;branch=z9hG4bK1"
		  ";received=198.51.100.9",
		  5070 },
		{ "SIP / 2.0 / udp  [2001:DB8::9] : 5071 ;branch=z9hG4bK1",
		  "SIP / 2.0 / udp  [2001:DB8::9] : 5071 ;branch=z9hG4bK1"
		  ";received=198.51.100.9",
		  5071 },
		{ "SIP/2.0/UNKNOWN pc;branch=z9hG4bK1;alias;oc",
		  "SIP/2.0/UNKNOWN pc;branch=z9hG4bK1;alias;oc"
		  ";received=198.51.100.9",
		  5060 },
		{ "SIP/2.0/UDP\r\n pc\r\n\t;branch=z9hG4bK1",
		  "SIP/2.0/UDP\r\n pc\r\n\t;branch=z9hG4bK1"
		  ";received=198.51.100.9",
		  5060 },
	};
	const struct sip_source source = { source_host, SOURCE_PORT, 0, 0 };
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[1024], response[4096], expected[512];
		struct fixture_request message;
		int len = snprintf(text, sizeof(text),
				   "OPTIONS sip:user@example.com SIP/2.0\r\n"
				   "Via: %s\r\n"
				   "From: <sip:a@example.org>;tag=f1\r\n"
				   "To: <sip:user@example.com>\r\n"
				   "Call-ID: c1\r\nCSeq: 1 OPTIONS\r\n\r\n",
				   rows[i].via);
		struct text view = { text, (size_t)len };

		answer("standard", view, response, sizeof(response));
		snprintf(expected, sizeof(expected),
			 "\r\nVia: %s\r\nFrom:", rows[i].expected);
		if (!strstr(response, expected))
			print_message("%s\n%s\n", rows[i].via, response);
		assert_non_null(strstr(response, expected));

		fixture_scan(&message, view);
		assert_int_equal(rows[i].port,
				 sip_response_port(&message.request, &source));
		fixture_request_free(&message);
	}
}

struct part_case {
	const char *preset, *method, *uri, *headers;
	const char *parts[4]; /* of the answer; "!x": not in it */
};

static void each_status_says_what_it_must(void **state)
{
	static const struct part_case rows[] = {
		{ "standard",
		  "INVITE",
		  "sip:multi@example.com",
		  "",
		  { "SIP/2.0 302 ",
		    "Contact: <sip:a@new.example.net>;q=1.0\r\n"
		    "Contact: <sip:c@new.example.net>;q=0.7\r\n"
		    "Contact: <sip:b@new.example.net>;q=0.5\r\n" } },
		/* One target is left: no q. */
		{ "standard",
		  "INVITE",
		  "sip:loop@example.com",
		  "",
		  { "Contact: <sip:loop@new.example.net>\r\n" } },
		{ "standard",
		  "INVITE",
		  "sip:both@example.com",
		  "",
		  { ";q=0.9\r\n", ";q=0.8\r\n" } },
		{ "standard",
		  "INVITE",
		  "sip:gone@example.com",
		  "",
		  { "SIP/2.0 301 Moved Permanently\r\n", "Contact: <" } },
		{ "standard",
		  "INVITE",
		  "sip:user@example.com",
		  "Require: foo, 100rel, Bar\r\nRequire: FOO\r\n",
		  { "SIP/2.0 420 Bad Extension\r\n",
		    "\r\nUnsupported: foo, Bar\r\n", "!Contact:" } },
		{ "standard",
		  "REGISTER",
		  "sip:example.com",
		  "",
		  { "SIP/2.0 405 Method Not Allowed\r\n",
		    "\r\nAllow: INVITE, ACK, CANCEL, OPTIONS" } },
		{ "standard",
		  "OPTIONS",
		  "sip:example.com",
		  "",
		  { "SIP/2.0 200 OK\r\n",
		    "\r\nAllow: INVITE, ACK, CANCEL, OPTIONS",
		    "\r\nAccept: application/sdp\r\n"
		    "Accept-Encoding: identity\r\n"
		    "Accept-Language: en\r\nSupported:\r\n",
		    "!Contact:" } },
		{ "standard",
		  "INVITE",
		  "sip:later@example.com",
		  "",
		  { "SIP/2.0 480 Temporarily Unavailable\r\n",
		    "!Contact:", "!Warning:", "!Retry-After:" } },
		{ "standard",
		  "INVITE",
		  "sips:user@example.com",
		  "",
		  { "SIP/2.0 480 ",
		    "\r\nWarning: 380 sipmoved \"SIPS Not Allowed\"\r\n" } },
		{ "standard",
		  "INVITE",
		  "sip:nobody@example.com",
		  "",
		  { "SIP/2.0 404 Not Found\r\n", "!Contact:" } },
		/* Nothing of the caller's is reflected. */
		{ "standard",
		  "INVITE",
		  "sip:user@example.com",
		  "Route: <sip:p;lr>\r\nRecord-Route: <sip:p;lr>\r\n"
		  "P-Asserted-Identity: <sip:p>\r\nIdentity: abc\r\n",
		  { "!Route", "!P-Asserted", "!Identity", "!Expires" } },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct part_case *row = &rows[i];
		struct fixture_request message;
		char response[4096];

		fixture_request(&message, row->method, row->uri, row->headers);
		answer(row->preset, message.request.message, response,
		       sizeof(response));
		for (size_t p = 0; p < COUNT(row->parts) && row->parts[p];
		     p++) {
			const char *part = row->parts[p];
			bool is_there =
				part[0] == '!' ? !strstr(response, part + 1)
					       : strstr(response, part) != NULL;

			if (!is_there)
				print_message("%s in\n%s\n", part, response);
			assert_true(is_there);
		}
		fixture_request_free(&message);
	}
}

static void q_has_at_most_three_decimals_and_is_never_zero(void **state)
{
	static const struct {
		uint16_t permille;
		const char *expected;
	} rows[] = {
		{ 1000, ">;q=1.0\r\n" }, { 999, ">;q=0.999\r\n" },
		{ 990, ">;q=0.99\r\n" }, { 500, ">;q=0.5\r\n" },
		{ 50, ">;q=0.05\r\n" },	 { 1, ">;q=0.001\r\n" },
		{ 0, ">;q=0.001\r\n" },	 { 2000, ">;q=1.0\r\n" },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct answer_style style = ANSWER_STYLE_DEFAULT;
		struct call_decision decision = { .status = 302,
						  .style = &style };
		const struct sip_source source = { source_host, SOURCE_PORT, 0,
						   0 };
		const struct call_settings settings = { 0 };
		struct fixture_request message;
		char response[4096];
		size_t len;

		decision.redirect.contacts[0] = (struct redirect_contact){
			.uri = TEXT("sip:a@b"), .q_permille = rows[i].permille
		};
		decision.redirect.contacts[1] = (struct redirect_contact){
			.uri = TEXT("sip:c@d"), .q_permille = rows[i].permille
		};
		decision.redirect.contact_count = 2;
		fixture_request(&message, "INVITE", "sip:x@y", "");
		len = sip_response_write(&message.request, &source, &settings,
					 &decision, TEXT("t"), response,
					 sizeof(response));
		assert_true(text_contains((struct text){ response, len },
					  rows[i].expected));
		fixture_request_free(&message);
	}
}

static void what_came_is_echoed_byte_for_byte(void **state)
{
	static const char from[] =
		"\"\\\0\x07\x7f \xc3\xa9\" <sip:%00@b>;tag=1";
	char text[1024], response[4096];
	struct writer writer = writer_over(text, sizeof(text));
	struct text view;
	size_t len;
	(void)state;

	writer_put(&writer, TEXT("INVITE sip:user@example.com SIP/2.0\r\n"
				 "v: SIP/2.0/UDP pc;branch=z9hG4bK1\r\n"
				 "f: "));
	writer_put(&writer, (struct text){ from, sizeof(from) - 1 });
	writer_put(&writer,
		   TEXT("\r\nt: \"Tab\there\"\r\n <sip:user@example.com>"
			"\r\n  ;x=1\r\n"
			"i: c(1)\r\n"
			"CSeq: 0009\r\n  INVITE\r\n\r\n"));
	view = writer_text(&writer);
	len = answer("standard", view, response, sizeof(response));
	view = (struct text){ response, len };

	assert_non_null(memmem(view.ptr, view.len, from, sizeof(from) - 1));
	assert_true(text_contains(view, "\r\nTo: \"Tab\there\"\r\n "
					"<sip:user@example.com>\r\n  ;x=1"
					";tag=to1\r\n"));
	assert_true(text_contains(view, "\r\nCall-ID: c(1)\r\n"));
	assert_true(text_contains(view, "\r\nCSeq: 0009\r\n  INVITE\r\n"));
}

static void a_stray_cr_or_lf_cannot_start_a_line_of_the_answer(void **state)
{
	char response[4096];
	(void)state;

	answer("standard",
	       TEXT("INVITE sip:user@example.com SIP/2.0\r\n"
		    "Via: SIP/2.0/UDP pc;branch=z9hG4bK1\r\n"
		    "From: \"a\rb\" <sip:a@b>\n ;tag=1\r\n\t;x=2\r\n"
		    "To: <sip:c@d>\r\n"
		    "Call-ID: c\r\nCSeq: 2 INVITE\r\n\r\n"),
	       response, sizeof(response));

	assert_non_null(strstr(response, "SIP/2.0 400 "));
	assert_non_null(strstr(response, "\r\nFrom: \"a b\" <sip:a@b>  ;tag=1"
					 "\r\n\t;x=2\r\n"));
}

static void a_to_tag_that_is_there_stays_the_only_one(void **state)
{
	char response[4096];
	(void)state;

	answer("standard",
	       TEXT("BYE sip:user@example.com SIP/2.0\r\n"
		    "Via: SIP/2.0/UDP pc;branch=z9hG4bK1\r\n"
		    "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=theirs\r\n"
		    "Call-ID: c\r\nCSeq: 2 BYE\r\n\r\n"),
	       response, sizeof(response));

	assert_non_null(strstr(response, "SIP/2.0 481 "));
	assert_non_null(strstr(response, "\r\nTo: <sip:c@d>;tag=theirs\r\n"));
}

static void a_header_that_was_missing_is_not_made_up(void **state)
{
	char response[4096];
	(void)state;

	answer("standard",
	       TEXT("INVITE sip:user@example.com SIP/2.0\r\n"
		    "Via: SIP/2.0/UDP pc;branch=z9hG4bK1\r\n"
		    "CSeq: 2 INVITE\r\n\r\n"),
	       response, sizeof(response));

	assert_non_null(strstr(response, "SIP/2.0 400 "));
	assert_null(strstr(response, "SIP/2.0 400 Bad Request\r\n"));
	assert_null(strstr(response, "To:"));
	assert_null(strstr(response, "From:"));
	assert_null(strstr(response, "Call-ID:"));
}

static void the_server_header_is_there_if_it_is_configured(void **state)
{
	const struct call_settings settings = { .server_header =
							TEXT("sipmoved") };
	const struct sip_source source = { source_host, SOURCE_PORT, 0, 0 };
	struct call_decision decision = { .status = 404 };
	struct fixture_request message;
	char response[4096];
	size_t len;
	(void)state;

	fixture_request(&message, "INVITE", "sip:x@y", "");
	len = sip_response_write(&message.request, &source, &settings,
				 &decision, TEXT("t"), response,
				 sizeof(response));

	assert_true(text_contains((struct text){ response, len },
				  "\r\nServer: sipmoved\r\n"
				  "Content-Length: 0\r\n\r\n"));
	fixture_request_free(&message);
}

static void an_answer_that_does_not_fit_is_no_answer(void **state)
{
	const struct call_settings settings = { 0 };
	const struct sip_source source = { source_host, SOURCE_PORT, 0, 0 };
	struct snapshot *snapshot = fixture_with_preset("standard");
	struct fixture_request message;
	struct call_decision decision;
	char whole[4096];
	size_t len;
	(void)state;

	/* One Contact: nothing of it may be left out. */
	fixture_request(&message, "INVITE", "sip:user@example.com", "");
	call_decide(snapshot, &settings, &message.request, false,
		    FIXTURE_NOW_MS, &decision);
	len = sip_response_write(&message.request, &source, &settings,
				 &decision, TEXT("t"), whole, sizeof(whole));
	assert_true(len > 0);
	for (size_t size = 1; size <= len; size++) {
		char *exact = malloc(size);

		assert_non_null(exact);
		assert_int_equal(size == len ? len : 0,
				 sip_response_write(&message.request, &source,
						    &settings, &decision,
						    TEXT("t"), exact, size));
		free(exact);
	}
	fixture_request_free(&message);
	snapshot_free_whole(snapshot);
}

static void every_via_comes_back_in_order(void **state)
{
	char text[8192], response[16384];
	struct writer writer = writer_over(text, sizeof(text));
	const char *at = response;
	(void)state;

	writer_put(&writer, TEXT("OPTIONS sip:user@example.com SIP/2.0\r\n"));
	for (unsigned i = 0; i < SIP_VIAS_MAX; i++) {
		writer_put(&writer, TEXT("Via: SIP/2.0/UDP h"));
		writer_u64(&writer, i);
		writer_put(&writer, TEXT(";branch=z9hG4bKx\r\n"));
	}
	writer_put(&writer, TEXT("From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"
				 "Call-ID: c\r\nCSeq: 2 OPTIONS\r\n\r\n"));
	answer("standard", writer_text(&writer), response, sizeof(response));

	for (unsigned i = 0; i < SIP_VIAS_MAX; i++) {
		char name[32];

		snprintf(name, sizeof(name), "\r\nVia: SIP/2.0/UDP h%u;", i);
		at = strstr(at, name);
		assert_non_null(at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_302_is_exactly_this),
		cmocka_unit_test(
			the_top_via_is_put_right_and_nothing_else_in_it),
		cmocka_unit_test(each_status_says_what_it_must),
		cmocka_unit_test(
			q_has_at_most_three_decimals_and_is_never_zero),
		cmocka_unit_test(what_came_is_echoed_byte_for_byte),
		cmocka_unit_test(
			a_stray_cr_or_lf_cannot_start_a_line_of_the_answer),
		cmocka_unit_test(a_to_tag_that_is_there_stays_the_only_one),
		cmocka_unit_test(a_header_that_was_missing_is_not_made_up),
		cmocka_unit_test(
			the_server_header_is_there_if_it_is_configured),
		cmocka_unit_test(an_answer_that_does_not_fit_is_no_answer),
		cmocka_unit_test(every_via_comes_back_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
