#include "call_fixture.h"

struct call_case {
	const char *method, *uri, *headers;
	uint16_t status;
	const char *reason;  /* NULL: not looked at */
	const char *address; /* NULL: not looked at */
};

static void check(const struct snapshot *snapshot, const struct call_case *row,
		  bool is_merged)
{
	static const struct text own_hosts[] = { { "127.0.0.1", 9 },
						 { "[::1]", 5 } };
	const struct call_settings settings = { .own_hosts = own_hosts,
						.own_host_count = 2 };
	struct fixture_request message;
	struct call_decision decision;

	memset(&decision, 0xa5, sizeof(decision));
	fixture_request(&message, row->method, row->uri, row->headers);
	call_decide(snapshot, &settings, &message.request, is_merged,
		    FIXTURE_NOW_MS, &decision);
	if (decision.status != row->status)
		print_message("%s %s %s: %d\n", row->method, row->uri,
			      row->headers, decision.status);
	assert_int_equal(row->status, decision.status);
	assert_int_equal(7, decision.revision);
	if (row->reason) {
		struct text reason = text_of(row->reason);

		assert_int_equal(reason.len, decision.reason.len);
		assert_memory_equal(reason.ptr, decision.reason.ptr,
				    reason.len);
	}
	if (row->address) {
		struct text address = text_of(row->address);

		assert_int_equal(address.len, decision.address_len);
		assert_memory_equal(address.ptr, decision.address, address.len);
	}
	fixture_request_free(&message);
}

static void check_all(const char *preset, const struct call_case *rows,
		      size_t count, bool is_merged)
{
	struct snapshot *snapshot = fixture_with_preset(preset);

	for (size_t i = 0; i < count; i++)
		check(snapshot, &rows[i], is_merged);
	snapshot_free_whole(snapshot);
}

static void each_step_refuses_what_it_is_for(void **state)
{
	static const struct call_case rows[] = {
		{ "INVITE", "sip:user@example.com", "", 302,
		  "Moved Temporarily", "sip:user@example.com" },
		{ "ACK", "sip:user@example.com", "", 0, NULL, NULL },
		{ "BYE", "sip:user@example.com", "", 481, NULL, NULL },
		{ "PRACK", "sip:user@example.com", "", 481, NULL, NULL },
		{ "UPDATE", "sip:user@example.com", "", 481, NULL, NULL },
		{ "INFO", "sip:user@example.com", "", 481, NULL, NULL },
		{ "NOTIFY", "sip:user@example.com", "", 481, NULL, NULL },
		{ "CANCEL", "sip:user@example.com", "Require: foo\r\n", 481,
		  NULL, NULL },
		{ "REGISTER", "sip:example.com", "", 405, NULL, NULL },
		{ "INVITE", "mailto:user@example.com", "", 416,
		  "Unsupported URI Scheme", NULL },
		{ "INVITE", "urn:service:sos", "", 416, NULL, NULL },
		{ "INVITE", "sip:user@example.com?Route=%3Csip:x%3E", "", 400,
		  "Headers in Request-URI", NULL },
		{ "INVITE", "sip:user@other.example", "", 404, NULL, NULL },
		{ "INVITE", "sip:user@192.0.2.1", "", 404, NULL, NULL },
		{ "INVITE", "sip:user@127.0.0.1", "", 404, NULL, NULL },
		{ "INVITE", "sip:nobody@example.com", "", 404, "Not Found",
		  "sip:nobody@example.com" },
		{ "INVITE", "sip:example.com", "", 404, NULL, "" },
		{ "INVITE", "sip:user@example.com", "Require: foo\r\n", 420,
		  "Bad Extension", NULL },
		{ "INVITE", "sip:user@example.com", "Require: a b\r\n", 400,
		  "Malformed Require", NULL },
		{ "INVITE", "sip:later@example.com", "", 480, NULL, NULL },
		{ "INVITE", "sip:self@example.com", "", 404, NULL, NULL },
		{ "INVITE", "sip:gone@example.com", "", 301, NULL, NULL },
	};
	(void)state;

	check_all("standard", rows, COUNT(rows), false);
}

static void a_request_inside_a_dialog_is_481_because_there_is_none(void **state)
{
	struct snapshot *snapshot = fixture_with_preset("standard");
	const struct call_settings settings = { 0 };
	struct fixture_request message;
	struct call_decision decision;
	(void)state;

	fixture_scan(&message, TEXT("INVITE sip:user@example.com SIP/2.0\r\n"
				    "Via: SIP/2.0/UDP pc;branch=z9hG4bK1\r\n"
				    "From: <sip:a@b>;tag=1\r\n"
				    "To: <sip:user@example.com>;tag=2\r\n"
				    "Call-ID: c\r\nCSeq: 2 INVITE\r\n\r\n"));
	call_decide(snapshot, &settings, &message.request, false,
		    FIXTURE_NOW_MS, &decision);

	assert_int_equal(481, decision.status);
	fixture_request_free(&message);
	snapshot_free_whole(snapshot);
}

static void an_earlier_step_answers_before_a_later_one(void **state)
{
	static const struct call_case rows[] = {
		{ "BYE", "mailto:x@y", "Require: foo\r\n", 481, NULL, NULL },
		{ "REGISTER", "mailto:x@y", "Require: foo\r\n", 405, NULL,
		  NULL },
		{ "INVITE", "mailto:x@y", "Require: foo\r\n", 416, NULL, NULL },
		{ "INVITE", "sip:x@other.example?a=b", "", 400, NULL, NULL },
		{ "INVITE", "sip:x@other.example", "Require: foo\r\n", 404,
		  NULL, NULL },
		{ "INVITE", "sip:nobody@example.com", "Require: foo\r\n", 404,
		  NULL, NULL },
		{ "INVITE", "sip:later@example.com", "Require: foo\r\n", 420,
		  NULL, NULL },
		{ "INVITE", "sip:self@example.com", "Require: foo\r\n", 420,
		  NULL, NULL },
		{ "OPTIONS", "sip:example.com", "Proxy-Require: foo\r\n", 420,
		  NULL, NULL },
	};
	(void)state;

	check_all("standard", rows, COUNT(rows), false);
}

static void a_merged_request_is_482_behind_404_and_before_420(void **state)
{
	static const struct call_case rows[] = {
		{ "INVITE", "sip:user@example.com", "", 482, NULL, NULL },
		{ "INVITE", "sip:user@example.com", "Require: foo\r\n", 482,
		  NULL, NULL },
		{ "INVITE", "sip:nobody@example.com", "", 404, NULL, NULL },
		{ "BYE", "sip:user@example.com", "", 481, NULL, NULL },
	};
	(void)state;

	check_all("standard", rows, COUNT(rows), true);
}

static void a_method_nobody_knows_is_redirected_like_invite(void **state)
{
	static const struct call_case rows[] = {
		{ "MESSAGE", "sip:user@example.com", "", 302, NULL, NULL },
		{ "SUBSCRIBE", "sip:user@example.com", "", 302, NULL, NULL },
		{ "PUBLISH", "sip:user@example.com", "", 302, NULL, NULL },
		{ "REFER", "sip:user@example.com", "", 302, NULL, NULL },
		{ "NEWMETHOD", "sip:user@example.com", "", 302, NULL, NULL },
		{ "invite", "sip:user@example.com", "", 302, NULL, NULL },
		{ "NEWMETHOD", "sip:nobody@example.com", "", 404, NULL, NULL },
	};
	(void)state;

	check_all("standard", rows, COUNT(rows), false);
}

static void options_for_a_user_gets_what_an_invite_would(void **state)
{
	static const struct call_case rows[] = {
		{ "OPTIONS", "sip:user@example.com", "", 302, NULL, NULL },
		{ "OPTIONS", "sip:nobody@example.com", "", 404, NULL, NULL },
		{ "OPTIONS", "sip:later@example.com", "", 480, NULL, NULL },
		{ "OPTIONS", "sip:user@example.com", "Require: foo\r\n", 420,
		  NULL, NULL },
		{ "OPTIONS", "sip:example.com", "", 200, "OK", NULL },
		{ "OPTIONS", "sip:EXAMPLE.com:5070", "", 200, NULL, NULL },
		{ "OPTIONS", "sip:127.0.0.1", "", 200, NULL, NULL },
		{ "OPTIONS", "sip:127.0.0.1:5060;transport=udp", "", 200, NULL,
		  NULL },
		{ "OPTIONS", "sip:[0:0::1]", "", 200, NULL, NULL },
		{ "OPTIONS", "sip:other.example", "", 404, NULL, NULL },
		{ "OPTIONS", "sip:100@127.0.0.1", "", 404, NULL, NULL },
	};
	(void)state;

	check_all("standard", rows, COUNT(rows), false);
}

static void what_does_not_concern_a_redirect_is_passed_over(void **state)
{
	static const struct call_case rows[] = {
		{ "INVITE", "sip:user@example.com", "Max-Forwards: 0\r\n", 302,
		  NULL, NULL },
		{ "INVITE", "sip:user@example.com", "Max-Forwards: junk\r\n",
		  302, NULL, NULL },
		{ "INVITE", "sip:user@example.com", "Expires: 0\r\n", 302, NULL,
		  NULL },
		{ "INVITE", "sip:user@example.com", "Max-Breadth: 0\r\n", 302,
		  NULL, NULL },
		{ "INVITE", "sip:user@example.com",
		  "Request-Disposition: proxy\r\n", 302, NULL, NULL },
		{ "INVITE", "sip:user@example.com",
		  "Route: <sip:a;lr>\r\nRecord-Route: <sip:b;lr>\r\n", 302,
		  NULL, NULL },
		{ "INVITE", "sip:user@example.com",
		  "Supported: foo\r\nAccept: x/y\r\nDate: junk\r\n"
		  "Content-Type: a/b\r\nContact: \"junk\r\n",
		  302, NULL, NULL },
	};
	(void)state;

	check_all("standard", rows, COUNT(rows), false);
}

static void parameters_port_and_password_of_the_uri_play_no_part(void **state)
{
	static const char address[] = "sip:user@example.com";
	static const struct call_case rows[] = {
		{ "INVITE", "sip:user:secret@example.com", "", 302, NULL,
		  address },
		{ "INVITE", "sip:user@example.com:5099", "", 302, NULL,
		  address },
		{ "INVITE", "sip:user@EXAMPLE.COM", "", 302, NULL, address },
		{ "INVITE", "sip:us%65r@example.com.", "", 302, NULL, address },
		{ "INVITE",
		  "sip:user@example.com;method=BYE;maddr=203.0.113.9;"
		  "transport=tls;lr;user=phone",
		  "", 302, NULL, address },
		{ "INVITE", "sips:both@example.com", "", 302, NULL,
		  "sip:both@example.com" },
		{ "INVITE", "sip:USER@example.com", "", 404, NULL, NULL },
		{ "INVITE", "sip:user%00@example.com", "", 404, NULL, NULL },
		{ "INVITE", "sip:user%0d%0a@example.com", "", 404, NULL, NULL },
	};
	(void)state;

	check_all("standard", rows, COUNT(rows), false);
}

static void a_number_is_logged_as_the_address_that_answered(void **state)
{
	static const struct call_case rows[] = {
		{ "INVITE", "tel:+1-555-0100", "", 302, NULL, "tel:+15550100" },
		{ "INVITE", "sip:+1-555-0100@example.com;user=phone", "", 302,
		  NULL, "tel:+15550100" },
		{ "INVITE", "sip:+15550100@other.example", "", 404, NULL,
		  "sip:+15550100@other.example" },
		{ "INVITE", "tel:5550100;phone-context=example.com", "", 404,
		  NULL, "" },
		{ "INVITE", "tel:+15550109", "", 404, NULL, "tel:+15550109" },
	};
	(void)state;

	check_all("standard", rows, COUNT(rows), false);
}

static void a_tel_uri_meets_global_rules_alone(void **state)
{
	struct extension_rule rules[2] = {
		{ .id = "rul_a",
		  .domain = "example.com",
		  .tag = "foo",
		  .header = EXTENSION_BOTH,
		  .method = "*",
		  .action = EXTENSION_REJECT,
		  .enabled = true },
		{ .id = "rul_b",
		  .domain = "*",
		  .tag = "*",
		  .header = EXTENSION_BOTH,
		  .method = "*",
		  .action = EXTENSION_IGNORE,
		  .enabled = true },
	};
	static const struct call_case rows[] = {
		{ "INVITE", "tel:+15550100", "Require: foo\r\n", 302, NULL,
		  NULL },
		{ "INVITE", "sip:+15550100@example.com", "Require: foo\r\n",
		  420, NULL, NULL },
		{ "INVITE", "sip:+15550100@example.net", "Require: foo\r\n",
		  302, NULL, NULL },
	};
	struct snapshot *snapshot = fixture_with_rules(rules, COUNT(rules));
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++)
		check(snapshot, &rows[i], false);
	snapshot_free_whole(snapshot);
}

static void a_retry_without_the_refused_tags_is_redirected(void **state)
{
	static const struct call_case rows[] = {
		{ "INVITE", "sip:user@example.com", "Require: foo, 100rel\r\n",
		  420, NULL, NULL },
		{ "INVITE", "sip:user@example.com", "Require: 100rel\r\n", 302,
		  NULL, NULL },
	};
	(void)state;

	check_all("standard", rows, COUNT(rows), false);
}

static void a_header_that_only_looks_like_require_is_not_one(void **state)
{
	static const struct call_case rows[] = {
		{ "INVITE", "sip:user@example.com", "Foo-3318: foo\r\n", 302,
		  NULL, NULL },
		{ "INVITE", "sip:user@example.com", "Foo-123: foo\r\n", 302,
		  NULL, NULL },
		{ "INVITE", "sip:user@example.com",
		  "Content-Transfer-Encoding: binary\r\n", 302, NULL, NULL },
	};
	(void)state;

	check_all("standard", rows, COUNT(rows), false);
}

/* A policy given in the settings stands in for the snapshot's. */
static void another_policy_can_be_tried(void **state)
{
	struct snapshot *snapshot = fixture_with_preset("standard");
	struct extension_policy *policy = NULL;
	struct call_settings settings = { 0 };
	struct fixture_request message;
	struct call_decision decision;
	(void)state;

	assert_int_equal(0, extension_policy_compile(NULL, 0, &policy));
	fixture_request(&message, "INVITE", "sip:user@example.com",
			"Require: 100rel\r\n");
	settings.policy = policy;
	call_decide(snapshot, &settings, &message.request, false,
		    FIXTURE_NOW_MS, &decision);

	assert_int_equal(420, decision.status);
	fixture_request_free(&message);
	extension_policy_free(policy);
	snapshot_free_whole(snapshot);
}

static void every_refusal_of_a_request_as_it_stands_is_called_malformed(
	void **state)
{
	static const uint16_t statuses[] = { 400, 414, 501, 505, 513 };
	struct snapshot *snapshot = fixture_with_preset("standard");
	(void)state;

	for (size_t i = 0; i < COUNT(statuses); i++) {
		const struct call_settings settings = { 0 };
		struct fixture_request message;
		struct call_decision decision;

		fixture_request(&message, "INVITE", "sip:user@example.com", "");
		message.request.fault.status = statuses[i];
		call_decide(snapshot, &settings, &message.request, false,
			    FIXTURE_NOW_MS, &decision);
		assert_int_equal(statuses[i], decision.status);
		assert_int_equal(CALL_MALFORMED, decision.why);
		fixture_request_free(&message);
	}
	snapshot_free_whole(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_refusal_of_a_request_as_it_stands_is_called_malformed),
		cmocka_unit_test(each_step_refuses_what_it_is_for),
		cmocka_unit_test(
			a_request_inside_a_dialog_is_481_because_there_is_none),
		cmocka_unit_test(an_earlier_step_answers_before_a_later_one),
		cmocka_unit_test(
			a_merged_request_is_482_behind_404_and_before_420),
		cmocka_unit_test(
			a_method_nobody_knows_is_redirected_like_invite),
		cmocka_unit_test(options_for_a_user_gets_what_an_invite_would),
		cmocka_unit_test(
			what_does_not_concern_a_redirect_is_passed_over),
		cmocka_unit_test(
			parameters_port_and_password_of_the_uri_play_no_part),
		cmocka_unit_test(
			a_number_is_logged_as_the_address_that_answered),
		cmocka_unit_test(a_tel_uri_meets_global_rules_alone),
		cmocka_unit_test(
			a_retry_without_the_refused_tags_is_redirected),
		cmocka_unit_test(
			a_header_that_only_looks_like_require_is_not_one),
		cmocka_unit_test(another_policy_can_be_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
