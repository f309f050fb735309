#include <errno.h>

#include "call_fixture.h"

#include "sip/sip_server.h"

/* Big: not for the stack of every test. */
static struct call_simulation simulation;

static int simulate_with(const struct call_settings *settings,
			 const char *preset, const char *request)
{
	struct snapshot *snapshot = fixture_with_preset(preset);
	const struct call_question question = { .request = text_of(request),
						.now_ms = FIXTURE_NOW_MS };
	int err;

	memset(&simulation, 0xa5, sizeof(simulation));
	err = sip_simulate(settings, snapshot, &question, &simulation);
	snapshot_free_whole(snapshot);
	return err;
}

static int simulate(const char *preset, const char *request)
{
	return simulate_with(NULL, preset, request);
}

static void a_pasted_request_is_answered_as_on_the_wire(void **state)
{
	(void)state;

	assert_int_equal(
		0,
		simulate("standard",
			 "INVITE sip:user@example.com SIP/2.0\r\n"
			 "Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1\r\n"
			 "From: <sip:a@b>;tag=1\r\n"
			 "To: <sip:user@example.com>\r\n"
			 "Call-ID: c\r\nCSeq: 5 INVITE\r\n"
			 "Content-Length: 0\r\n\r\n"));

	assert_int_equal(302, simulation.status);
	assert_string_equal("Moved Temporarily", simulation.reason_phrase);
	assert_string_equal("sip:user@example.com", simulation.address);
	assert_string_equal("mov_00000000000000000000000000",
			    simulation.move_id);
	assert_string_equal(
		"SIP/2.0 302 Moved Temporarily\r\n"
		"Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1\r\n"
		"From: <sip:a@b>;tag=1\r\n"
		"To: <sip:user@example.com>;tag=simulation\r\n"
		"Call-ID: c\r\nCSeq: 5 INVITE\r\n"
		"Contact: <sip:moved@new.example.net>\r\n"
		"Content-Length: 0\r\n\r\n",
		simulation.response);
	assert_int_equal(strlen(simulation.response), simulation.response_len);
}

static void a_call_comes_from_where_the_question_says(void **state)
{
	struct snapshot *snapshot = fixture_with_preset("standard");
	const struct call_question question = {
		.request = TEXT("INVITE sip:user@example.com SIP/2.0\r\n"
				"Via: SIP/2.0/UDP 192.0.2.9:5070;rport;"
				"branch=z9hG4bK1\r\n\r\n"),
		.now_ms = FIXTURE_NOW_MS,
		.source_host = TEXT("203.0.113.7"),
		.source_port = 5099,
	};
	(void)state;

	assert_int_equal(0,
			 sip_simulate(NULL, snapshot, &question, &simulation));
	assert_non_null(strstr(simulation.response, ";rport=5099"));
	assert_non_null(strstr(simulation.response, ";received=203.0.113.7"));
	assert_string_equal("", simulation.profile);
	assert_string_equal("example.com", simulation.domain);
	snapshot_free_whole(snapshot);
}

static void only_a_redirect_has_contacts(void **state)
{
	(void)state;

	assert_int_equal(0,
			 simulate("standard",
				  "INVITE sip:user@example.com SIP/2.0\n\n"));
	assert_int_equal(1, simulation.contact_count);
	assert_string_equal("sip:moved@new.example.net",
			    simulation.contacts[0].uri);
	assert_int_equal(1000, simulation.contacts[0].q_permille);
	assert_int_equal(0, simulate("standard",
				     "INVITE sip:user@example.com SIP/2.0\n"
				     "Require: foo\n\n"));
	assert_int_equal(420, simulation.status);
	assert_int_equal(0, simulation.contact_count);
}

static void a_start_line_and_one_header_are_enough(void **state)
{
	(void)state;

	assert_int_equal(0, simulate("standard",
				     "\n  INVITE sip:user@example.com SIP/2.0\n"
				     "Require: foo, 100rel"));

	assert_int_equal(420, simulation.status);
	assert_non_null(
		strstr(simulation.response, "\r\nUnsupported: foo\r\n"));
	assert_non_null(strstr(simulation.response,
			       "\r\nTo: <sip:user@example.com>;tag="));
	assert_string_equal("", simulation.move_id);
}

static void what_was_pasted_is_not_made_up_again(void **state)
{
	(void)state;

	assert_int_equal(0, simulate("standard",
				     "MESSAGE sip:user@example.com SIP/2.0\n"
				     "v: SIP/2.0/TCP pc ;branch=z9hG4bK77\n"
				     "F : <sip:x@y>;tag=9\n"
				     "t:\n <sip:z@w>\n"
				     "i: own\n"
				     "cseq: 8 MESSAGE\n"
				     "\n"));

	assert_int_equal(302, simulation.status);
	assert_non_null(strstr(simulation.response, "CSeq: 8 MESSAGE\r\n"));
	assert_non_null(strstr(simulation.response, "Call-ID: own\r\n"));
	assert_null(strstr(simulation.response, "simulation.invalid"));
}

static void a_folded_line_is_not_taken_for_a_header(void **state)
{
	(void)state;

	assert_int_equal(0, simulate("standard",
				     "INVITE sip:user@example.com SIP/2.0\n"
				     "Subject: about\n"
				     " To: somebody\n\n"));

	assert_int_equal(302, simulation.status);
}

static void a_fault_in_the_paste_is_answered_not_mended(void **state)
{
	(void)state;

	assert_int_equal(0, simulate("standard",
				     "INVITE sip:user@example.com SIP/2.0\n"
				     "CSeq: 1 BYE\n\n"));

	assert_int_equal(400, simulation.status);
	assert_true(strlen(simulation.reason_phrase) > 0);
}

static void each_tag_is_shown_with_its_rule_in_each_header(void **state)
{
	(void)state;

	assert_int_equal(0, simulate("standard",
				     "INVITE sip:user@example.com SIP/2.0\n"
				     "Require: 199, Foo\n"
				     "Proxy-Require: 199\n\n"));

	assert_int_equal(3, simulation.tag_count);
	assert_string_equal("199", simulation.tags[0].tag);
	assert_string_equal("require", simulation.tags[0].header);
	assert_string_equal("accept", simulation.tags[0].action);
	assert_string_equal("exact-global", simulation.tags[0].level);
	assert_string_equal("199", simulation.tags[1].tag);
	assert_string_equal("proxy-require", simulation.tags[1].header);
	assert_string_equal("accept", simulation.tags[1].action);
	assert_string_equal("Foo", simulation.tags[2].tag);
	assert_string_equal("reject", simulation.tags[2].action);
	assert_string_equal("any-global", simulation.tags[2].level);
}

static void a_policy_can_be_tried_before_it_is_saved(void **state)
{
	const struct extension_rule rule = { .id = "rul_try",
					     .domain = "example.com",
					     .tag = "100rel",
					     .method = "INVITE",
					     .header = EXTENSION_REQUIRE,
					     .action = EXTENSION_REJECT,
					     .enabled = true };
	struct snapshot *snapshot = fixture_with_preset("standard");
	struct extension_policy *policy = NULL;
	struct call_question question = {
		.request = TEXT("INVITE sip:user@example.com SIP/2.0\n"
				"Require: 100rel\n\n"),
		.now_ms = FIXTURE_NOW_MS,
	};
	(void)state;

	assert_int_equal(0, extension_policy_compile(&rule, 1, &policy));
	question.policy = policy;
	assert_int_equal(0,
			 sip_simulate(NULL, snapshot, &question, &simulation));

	assert_int_equal(420, simulation.status);
	assert_string_equal("rul_try", simulation.tags[0].rule_id);
	assert_string_equal("exact-domain", simulation.tags[0].level);
	extension_policy_free(policy);
	snapshot_free_whole(snapshot);
}

static void what_the_server_says_of_itself_is_simulated_too(void **state)
{
	static const struct text hosts[] = { { "192.0.2.100", 11 } };
	const struct call_settings settings = { .server_header = TEXT("pbx"),
						.own_hosts = hosts,
						.own_host_count = 1 };
	(void)state;

	assert_int_equal(0, simulate_with(&settings, "standard",
					  "OPTIONS sip:192.0.2.100 SIP/2.0\n"));
	assert_int_equal(200, simulation.status);
	assert_non_null(strstr(simulation.response, "\r\nServer: pbx\r\n"));
	assert_int_equal(0, simulate_with(NULL, "standard",
					  "OPTIONS sip:192.0.2.100 SIP/2.0\n"));
	assert_int_equal(404, simulation.status);
	assert_null(strstr(simulation.response, "Server:"));
}

static void an_answer_is_shown_whole_however_long(void **state)
{
	static char request[20000];
	int len = snprintf(request, sizeof(request),
			   "INVITE sip:user@example.com SIP/2.0\n"
			   "Timestamp: %0*d\n",
			   12000, 7);
	(void)state;

	assert_true(len > 12000 && (size_t)len < sizeof(request));
	assert_int_equal(0, simulate("standard", request));
	assert_int_equal(302, simulation.status);
	assert_true(simulation.response_len > 12000);
	assert_int_equal(strlen(simulation.response), simulation.response_len);
}

static void all_tags_are_shown_where_both_headers_have_them(void **state)
{
	char tags[256] = "t0", request[700];
	size_t used = 2;
	(void)state;

	for (int i = 1; i < 32; i++)
		used += (size_t)snprintf(tags + used, sizeof(tags) - used,
					 ",t%d", i);
	snprintf(request, sizeof(request),
		 "INVITE sip:user@example.com SIP/2.0\n"
		 "Require: %s\nProxy-Require: %s\n",
		 tags, tags);

	assert_int_equal(0, simulate("standard", request));
	assert_int_equal(420, simulation.status);
	assert_int_equal(64, simulation.tag_count);
	assert_string_equal("t31", simulation.tags[63].tag);
	assert_string_equal("proxy-require", simulation.tags[63].header);
}

static void a_request_that_nobody_answers_says_so(void **state)
{
	(void)state;

	assert_int_equal(0, simulate("standard",
				     "ACK sip:user@example.com SIP/2.0\n\n"));

	assert_int_equal(0, simulation.status);
	assert_int_equal(0, simulation.response_len);
	assert_string_equal("", simulation.response);
	assert_string_equal("No answer would be sent",
			    simulation.reason_phrase);
}

static void a_text_that_is_no_request_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"\r\n\r\n",
		"hello",
		"hello there everybody",
		"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
	};
	(void)state;

	for (size_t i = 0; i < COUNT(texts); i++) {
		int err = simulate("standard", texts[i]);

		if (err != EBADMSG)
			print_message("%s: %d\n", texts[i], err);
		assert_int_equal(EBADMSG, err);
	}
}

static void a_paste_of_any_size_is_survived(void **state)
{
	size_t len = 200000;
	char *text = malloc(len + 1);
	static const char start[] = "INVITE sip:user@example.com SIP/2.0\n";
	(void)state;

	assert_non_null(text);
	memset(text, '\n', len);
	text[len] = '\0';
	assert_int_equal(EBADMSG, simulate("standard", text));
	memcpy(text, start, sizeof(start) - 1);
	assert_int_equal(0, simulate("standard", text));
	assert_int_equal(302, simulation.status);
	memset(text + sizeof(start) - 1, 'a', len - sizeof(start) + 1);
	assert_int_equal(0, simulate("standard", text));
	assert_true(simulation.status >= 400);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pasted_request_is_answered_as_on_the_wire),
		cmocka_unit_test(a_call_comes_from_where_the_question_says),
		cmocka_unit_test(only_a_redirect_has_contacts),
		cmocka_unit_test(a_start_line_and_one_header_are_enough),
		cmocka_unit_test(what_was_pasted_is_not_made_up_again),
		cmocka_unit_test(a_folded_line_is_not_taken_for_a_header),
		cmocka_unit_test(a_fault_in_the_paste_is_answered_not_mended),
		cmocka_unit_test(
			each_tag_is_shown_with_its_rule_in_each_header),
		cmocka_unit_test(a_policy_can_be_tried_before_it_is_saved),
		cmocka_unit_test(
			what_the_server_says_of_itself_is_simulated_too),
		cmocka_unit_test(an_answer_is_shown_whole_however_long),
		cmocka_unit_test(
			all_tags_are_shown_where_both_headers_have_them),
		cmocka_unit_test(a_request_that_nobody_answers_says_so),
		cmocka_unit_test(a_text_that_is_no_request_is_refused),
		cmocka_unit_test(a_paste_of_any_size_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
