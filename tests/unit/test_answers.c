/* What a domain, or a peer's profile, makes of an answer: decided and written,
 * as bytes. */
#include "call_fixture.h"

#include "base/contact_template.h"

static const struct text own_hosts[] = { { "192.0.2.100", 11 } };

struct answer {
	char bytes[8192];
	size_t len;
	struct call_decision decision;
};

struct asked {
	const struct domain_settings *settings;
	const char *method, *uri, *headers;
	int64_t at; /* relative to FIXTURE_NOW_MS */
	size_t answer_max;
	const struct answer_style *profile;
	struct text server_header;
	enum diversion_reason reason; /* of all moves */
	const char *preset;	      /* NULL: "standard" */
};

static const struct answer *ask(struct asked asked)
{
	static struct answer answer;
	struct snapshot *snapshot;
	const struct call_settings settings = {
		.own_hosts = own_hosts,
		.own_host_count = 1,
		.profile = asked.profile,
		.server_header = asked.server_header,
	};
	const struct sip_source source = { .host = TEXT("192.0.2.7"),
					   .port = 5062,
					   .answer_max = asked.answer_max };
	struct fixture_request message;

	fixture_diversion_reason = asked.reason;
	snapshot = fixture_with_settings_and_preset(
		asked.settings, asked.preset ? asked.preset : "standard");
	memset(&answer.decision, 0xa5, sizeof(answer.decision));
	fixture_request(&message, asked.method ? asked.method : "INVITE",
			asked.uri, asked.headers ? asked.headers : "");
	call_decide(snapshot, &settings, &message.request, false,
		    FIXTURE_NOW_MS + asked.at, &answer.decision);
	answer.len = sip_response_write(&message.request, &source, &settings,
					&answer.decision, TEXT("to1"),
					answer.bytes, sizeof(answer.bytes) - 1);
	answer.bytes[answer.len] = '\0';
	fixture_request_free(&message);
	snapshot_free_whole(snapshot);
	return &answer;
}

#define ASK(...) ask((struct asked){ __VA_ARGS__ })

/* All lines with this name, with their line ends; "" if there is none. */
static const char *lines_of(const struct answer *answer, const char *name)
{
	static char found[4096];
	struct writer writer = writer_over(found, sizeof(found) - 1);
	const char *at = answer->bytes;
	size_t len = strlen(name);

	while ((at = strstr(at, "\r\n"))) {
		const char *end = strstr(at += 2, "\r\n");

		if (!end)
			break;
		if (!strncmp(at, name, len) && at[len] == ':')
			writer_put(&writer,
				   (struct text){ at, (size_t)(end + 2 - at) });
	}
	found[writer.len] = '\0';
	return found;
}

static void assert_status(const struct answer *answer, int status)
{
	if (answer->decision.status != status)
		print_message("%s", answer->bytes);
	assert_int_equal(status, answer->decision.status);
	assert_int_equal(status, atoi(answer->bytes + strlen("SIP/2.0 ")));
}

static struct domain_settings settings_with(void)
{
	return (struct domain_settings){ .style = ANSWER_STYLE_DEFAULT };
}

#define SETTINGS(name, ...)                            \
	struct domain_settings name = { __VA_ARGS__ }; \
	if (name.style.contacts_max == 0)              \
	name.style.contacts_max = MOVE_TARGETS_MAX

/* --- matching ------------------------------------------------------------ */

static void case_counts_unless_the_domain_ignores_it(void **state)
{
	SETTINGS(settings, .ignores_user_case = true);
	(void)state;

	assert_status(ASK(.uri = "sip:USER@example.com"), 404);
	assert_status(ASK(.settings = &settings, .uri = "sip:USER@example.com"),
		      302);
	/* Where the domain is another, case counts. */
	assert_status(ASK(.settings = &settings, .uri = "sip:USER@example.org"),
		      404);
	/* Another case of itself is itself. */
	assert_status(ASK(.uri = "sip:self@example.com"), 404);
	assert_status(ASK(.settings = &settings, .uri = "sip:SELF@example.com"),
		      404);
	assert_status(
		ASK(.settings = &settings, .uri = "sip:SELF@example.com:5070"),
		404);
}

/* --- contacts ------------------------------------------------------------ */

struct contact_case {
	struct answer_style style;
	const char *uri;
	int64_t at;
	const char *status_line, *contacts;
};

static void contacts_are_written_in_the_domains_style(void **state)
{
	static const struct contact_case rows[] = {
		{ { 0 },
		  "sip:multi@example.com",
		  0,
		  "SIP/2.0 302 Moved Temporarily",
		  "Contact: <sip:a@new.example.net>;q=1.0\r\n"
		  "Contact: <sip:c@new.example.net>;q=0.7\r\n"
		  "Contact: <sip:b@new.example.net>;q=0.5\r\n" },
		{ { .contacts_max = 2, .status = 300 },
		  "sip:multi@example.com",
		  0,
		  "SIP/2.0 300 Multiple Choices",
		  "Contact: <sip:a@new.example.net>;q=1.0\r\n"
		  "Contact: <sip:c@new.example.net>;q=0.7\r\n" },
		{ { .contacts_max = 1 },
		  "sip:multi@example.com",
		  0,
		  "SIP/2.0 302 Moved Temporarily",
		  "Contact: <sip:a@new.example.net>\r\n" },
		{ { .is_one_header = true },
		  "sip:multi@example.com",
		  0,
		  "SIP/2.0 302 Moved Temporarily",
		  "Contact: <sip:a@new.example.net>;q=1.0, "
		  "<sip:c@new.example.net>;q=0.7, "
		  "<sip:b@new.example.net>;q=0.5\r\n" },
		/* R8: 301 is the move's, unless the style says 302. */
		{ { 0 },
		  "sip:gone@example.com",
		  0,
		  "SIP/2.0 301 Moved Permanently",
		  "Contact: <sip:gone@new.example.net>\r\n" },
		{ { .status = 302 },
		  "sip:gone@example.com",
		  0,
		  "SIP/2.0 302 Moved Temporarily",
		  "Contact: <sip:gone@new.example.net>\r\n" },
		/* D10 */
		{ { .has_cause = true },
		  "sip:user@example.com",
		  0,
		  "SIP/2.0 302 Moved Temporarily",
		  "Contact: <sip:moved@new.example.net;cause=302>\r\n" },
		/* R4: whole seconds that are left, never 0. */
		{ { .expires = CONTACT_EXPIRES_NEXT_CHANGE },
		  "sip:hour@example.com",
		  FIXTURE_HOUR_MS - 90400,
		  "SIP/2.0 302 Moved Temporarily",
		  "Contact: <sip:hour@new.example.net>;expires=90\r\n" },
		{ { .expires = CONTACT_EXPIRES_NEXT_CHANGE },
		  "sip:hour@example.com",
		  FIXTURE_HOUR_MS - 999,
		  "SIP/2.0 302 Moved Temporarily",
		  "Contact: <sip:hour@new.example.net>\r\n" },
		{ { .expires = CONTACT_EXPIRES_NEXT_CHANGE },
		  "sip:user@example.com",
		  0,
		  "SIP/2.0 302 Moved Temporarily",
		  "Contact: <sip:moved@new.example.net>\r\n" },
		/* Templates: what they make is looked at like any target. */
		{ { .contact_template = "sip:{user}@gw.example.net{port}"
					"{params};transport=tcp" },
		  "sip:multi@example.com",
		  0,
		  "SIP/2.0 302 Moved Temporarily",
		  "Contact: <sip:a@gw.example.net;transport=tcp>;q=1.0\r\n"
		  "Contact: <sip:c@gw.example.net;transport=tcp>;q=0.7\r\n"
		  "Contact: <sip:b@gw.example.net;transport=tcp>;q=0.5\r\n" },
		/* R7: doubles that a template makes are one. */
		{ { .contact_template = "sip:desk@gw.example.net" },
		  "sip:multi@example.com",
		  0,
		  "SIP/2.0 302 Moved Temporarily",
		  "Contact: <sip:desk@gw.example.net>\r\n" },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct domain_settings settings = settings_with();
		const struct answer *answer;

		settings.style = rows[i].style;
		answer = ASK(.settings = &settings, .uri = rows[i].uri,
			     .at = rows[i].at);
		assert_memory_equal(rows[i].status_line, answer->bytes,
				    strlen(rows[i].status_line));
		assert_string_equal(rows[i].contacts,
				    lines_of(answer, "Contact"));
	}
}

static void a_template_never_leads_back_nor_to_what_may_not_be_sent(
	void **state)
{
	SETTINGS(back, .style = { .contact_template = "sip:user@example.com" });
	SETTINGS(bad, .style = { .contact_template = "sip:{host}" });
	SETTINGS(plain,
		 .style = { .contact_template = "sip:{user}@gw.example.net" });
	(void)state;

	assert_status(ASK(.settings = &back, .uri = "sip:user@example.com"),
		      404);
	assert_status(ASK(.settings = &bad, .uri = "sip:user@example.com"),
		      480);
	/* R10: nothing that loses a sips: call's protection. */
	assert_status(ASK(.settings = &plain, .uri = "sips:secure@example.com"),
		      480);
}

static void a_profile_stands_in_for_the_domains_style(void **state)
{
	SETTINGS(settings, .style = { .contacts_max = 1, .has_cause = true });
	const struct answer_style profile = { .status = 300,
					      .contacts_max = 2,
					      .is_one_header = true };
	const struct answer *answer = ASK(.settings = &settings,
					  .profile = &profile,
					  .uri = "sip:multi@example.com");
	(void)state;

	assert_status(answer, 300);
	assert_string_equal("Contact: <sip:a@new.example.net>;q=1.0, "
			    "<sip:c@new.example.net>;q=0.7\r\n",
			    lines_of(answer, "Contact"));
}

/* --- refusals ------------------------------------------------------------ */

static void calls_without_a_move_go_home_where_the_domain_says_so(void **state)
{
	SETTINGS(home, .redirects_otherwise = true,
		 .otherwise_template = "sip:{user}@pbx.example.net");
	SETTINGS(desk, .redirects_otherwise = true,
		 .otherwise_template = "sip:desk@example.com");
	const struct answer *answer;
	(void)state;

	answer = ASK(.settings = &home, .uri = "sip:nobody@example.com");
	assert_status(answer, 302);
	assert_string_equal("Contact: <sip:nobody@pbx.example.net>\r\n",
			    lines_of(answer, "Contact"));
	assert_null(answer->decision.redirect.move);
	assert_status(ASK(.settings = &home, .uri = "sip:later@example.com"),
		      302);
	assert_status(ASK(.settings = &home, .uri = "sip:self@example.com"),
		      302);
	assert_status(ASK(.settings = &home, .method = "OPTIONS",
			  .uri = "sip:nobody@example.com"),
		      302);
	assert_status(ASK(.settings = &home, .method = "MESSAGE",
			  .uri = "sip:nobody@example.com"),
		      302);
	/* A move goes before it, and a refused tag too. */
	answer = ASK(.settings = &home, .uri = "sip:user@example.com");
	assert_string_equal("Contact: <sip:moved@new.example.net>\r\n",
			    lines_of(answer, "Contact"));
	assert_status(ASK(.settings = &home, .uri = "sip:nobody@example.com",
			  .headers = "Proxy-Require: foo\r\n"),
		      420);
	/* No user, no protection, no way back. */
	assert_status(ASK(.settings = &home, .uri = "sip:example.com"), 404);
	assert_status(ASK(.settings = &home, .uri = "sips:nobody@example.com"),
		      404);
	assert_status(ASK(.settings = &desk, .uri = "sip:nobody@example.com"),
		      302);
	assert_status(ASK(.settings = &desk, .uri = "sip:desk@example.com"),
		      404);
	assert_status(
		ASK(.settings = &desk, .uri = "sip:desk@example.com:5070"),
		404);
	assert_status(ASK(.settings = &home, .uri = "sip:nobody@example.org"),
		      404);
	/* R13: what would break a Contact is escaped. */
	answer = ASK(.settings = &home, .uri = "sip:a,b;c?d@example.com");
	assert_string_equal("Contact: <sip:a%2Cb%3Bc%3Fd@pbx.example.net>\r\n",
			    lines_of(answer, "Contact"));
}

static void a_home_is_good_until_the_next_move_begins(void **state)
{
	SETTINGS(home, .redirects_otherwise = true,
		 .otherwise_template = "sip:{user}@pbx.example.net",
		 .style = { .expires = CONTACT_EXPIRES_NEXT_CHANGE });
	(void)state;

	assert_string_equal(
		"Contact: <sip:later@pbx.example.net>;expires=86399\r\n",
		lines_of(ASK(.settings = &home, .uri = "sip:later@example.com",
			     .at = 1),
			 "Contact"));
	assert_string_equal("Contact: <sip:nobody@pbx.example.net>\r\n",
			    lines_of(ASK(.settings = &home,
					 .uri = "sip:nobody@example.com"),
				     "Contact"));
}

static void uniform_refusals_are_alike_in_every_byte(void **state)
{
	static const char *const uris[] = {
		"sip:idle@example.com",
		"sip:self@example.com",
		"sip:past@example.com",
		"sip:later@example.com",
	};
	static const char *const headers[] = { "", "Proxy-Require: foo\r\n" };
	SETTINGS(settings, .refuses_uniformly = true,
		 .retry_after = RETRY_AFTER_FIXED, .retry_after_s = 600);
	char unknown[8192];
	(void)state;

	for (size_t h = 0; h < COUNT(headers); h++) {
		text_copy(text_of(ASK(.settings = &settings,
				      .uri = "sip:nobody@example.com",
				      .headers = headers[h])
					  ->bytes),
			  unknown, sizeof(unknown));
		assert_int_equal(h ? 420 : 480, atoi(unknown + 8));
		for (size_t i = 0; i < COUNT(uris); i++)
			assert_string_equal(unknown, ASK(.settings = &settings,
							 .uri = uris[i],
							 .headers = headers[h])
							     ->bytes);
	}
	/* No Warning that tells of a target. */
	assert_string_equal("", lines_of(ASK(.settings = &settings,
					     .uri = "sips:user@example.com"),
					 "Warning"));
	assert_status(ASK(.settings = &settings, .uri = "sip:user@example.com"),
		      302);
	assert_status(
		ASK(.settings = &settings, .uri = "sip:nobody@example.org"),
		404);
}

static unsigned retry_after(const struct answer *answer)
{
	const char *line = lines_of(answer, "Retry-After");

	return line[0] ? (unsigned)atoi(line + strlen("Retry-After: ")) : 0;
}

static void a_480_may_say_when_to_try_again(void **state)
{
	SETTINGS(next, .retry_after = RETRY_AFTER_NEXT_START);
	SETTINGS(fixed, .retry_after = RETRY_AFTER_FIXED, .retry_after_s = 60);
	const unsigned day = 24 * 3600;
	unsigned said;
	(void)state;

	assert_int_equal(0, retry_after(ASK(.uri = "sip:later@example.com")));
	said = retry_after(ASK(.settings = &next,
			       .uri = "sip:later@example.com", .at = 1));
	assert_in_range(said, day, day + 30);
	/* Copies of a call are told the same. */
	assert_int_equal(said, retry_after(ASK(.settings = &next,
					       .uri = "sip:later@example.com",
					       .at = 1)));
	assert_int_equal(0, retry_after(ASK(.settings = &next,
					    .uri = "sip:past@example.com")));
	assert_in_range(retry_after(ASK(.settings = &fixed,
					.uri = "sip:past@example.com")),
			60, 66);
	assert_int_equal(0, retry_after(ASK(.settings = &fixed,
					    .uri = "sip:nobody@example.com")));
	assert_int_equal(0, retry_after(ASK(.settings = &fixed,
					    .uri = "sip:user@example.com")));
}

/* R14: of many that are told to come back, some come later than others. */
static void who_may_try_again_is_not_told_to_come_with_all_others(void **state)
{
	SETTINGS(fixed, .retry_after = RETRY_AFTER_FIXED,
		 .retry_after_s = 3600);
	const struct call_settings settings = { 0 };
	struct snapshot *snapshot = fixture_with_settings(&fixed);
	static struct call_decision decision;
	uint32_t first = 0;
	bool differs = false;
	(void)state;

	for (unsigned i = 0; i < 64; i++) {
		struct fixture_request message;
		char text[512];
		int len = snprintf(text, sizeof(text),
				   "INVITE sip:past@example.com SIP/2.0\r\n"
				   "Via: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
				   "From: <sip:a@b>;tag=1\r\n"
				   "To: <sip:past@example.com>\r\n"
				   "Call-ID: %u\r\nCSeq: 1 INVITE\r\n\r\n",
				   i);

		fixture_scan(&message, (struct text){ text, (size_t)len });
		call_decide(snapshot, &settings, &message.request, false,
			    FIXTURE_NOW_MS, &decision);
		assert_in_range(decision.retry_after_s, 3600, 3630);
		if (i == 0)
			first = decision.retry_after_s;
		differs |= decision.retry_after_s != first;
		fixture_request_free(&message);
	}
	assert_true(differs);
	snapshot_free_whole(snapshot);
}

static void a_480_is_said_in_the_domains_words(void **state)
{
	SETTINGS(later, .unavailable_phrase = "Moved Later");
	SETTINGS(broken, .unavailable_phrase = "a\r\nX: y");
	const struct answer *answer;
	(void)state;

	answer = ASK(.settings = &later, .uri = "sip:later@example.com");
	assert_status(answer, 480);
	assert_non_null(strstr(answer->bytes, "SIP/2.0 480 Moved Later\r\n"));
	answer = ASK(.settings = &later, .uri = "sip:nobody@example.com");
	assert_non_null(strstr(answer->bytes, "SIP/2.0 404 Not Found\r\n"));
	answer = ASK(.settings = &later, .uri = "sip:idle@example.org");
	assert_status(answer, 404);
	answer = ASK(.settings = &broken, .uri = "sip:later@example.com");
	assert_non_null(strstr(answer->bytes,
			       "SIP/2.0 480 Temporarily Unavailable\r\n"));
}

static void a_register_goes_to_the_registrar_that_the_domain_names(void **state)
{
	SETTINGS(settings, .redirects_register = true,
		 .register_target = "sip:registrar.example.net");
	SETTINGS(self, .redirects_register = true,
		 .register_target = "sip:example.com");
	const struct answer *answer = ASK(.settings = &settings,
					  .method = "REGISTER",
					  .uri = "sip:example.com");
	(void)state;

	assert_status(answer, 302);
	assert_string_equal("Contact: <sip:registrar.example.net>\r\n",
			    lines_of(answer, "Contact"));
	assert_string_equal("", lines_of(ASK(.method = "REGISTER",
					     .uri = "sip:example.com"),
					 "Contact"));
	assert_status(ASK(.method = "REGISTER", .uri = "sip:example.com"), 405);
	assert_status(ASK(.settings = &settings, .method = "REGISTER",
			  .uri = "sip:example.org"),
		      405);
	assert_status(ASK(.settings = &settings, .method = "REGISTER",
			  .uri = "sips:example.com"),
		      405);
	assert_status(ASK(.settings = &settings, .method = "REGISTER",
			  .uri = "sip:example.com",
			  .headers = "Proxy-Require: foo\r\n"),
		      420);
	assert_status(ASK(.settings = &self, .method = "REGISTER",
			  .uri = "sip:example.com"),
		      405);
}

struct anonymous_case {
	const char *from, *privacy;
	int status;
};

static void anonymous_callers_are_refused_where_the_domain_says_so(void **state)
{
	static const struct anonymous_case rows[] = {
		{ "\"A\" <sip:a@example.org>;tag=1", "", 302 },
		{ "<sip:anonymous@anonymous.invalid>;tag=1", "", 433 },
		{ "sip:anonymous@Anonymous.Invalid;tag=1", "", 433 },
		{ "<sip:x@y.anonymous.invalid>;tag=1", "", 433 },
		{ "<sip:x@notanonymous.invalid>;tag=1", "", 302 },
		{ "\"Anonymous\" <sip:a@example.org>;tag=1", "", 433 },
		{ "anonymous <sip:a@example.org>;tag=1", "", 433 },
		{ "\"<sip:a@anonymous.invalid>\" <sip:a@b>;tag=1", "", 302 },
		{ "<sip:a@b>;tag=1", "Privacy: id\r\n", 433 },
		{ "<sip:a@b>;tag=1", "privacy : critical; USER\r\n", 433 },
		{ "<sip:a@b>;tag=1", "Privacy: none\r\n", 302 },
		{ "<sip:a@b>;tag=1", "Privacy: history\r\n", 302 },
		{ "<sip:a@b>;tag=1", "X-Privacy: id\r\n", 302 },
	};
	SETTINGS(settings, .rejects_anonymous = true);
	const struct call_settings call_settings = { 0 };
	struct snapshot *strict = fixture_with_settings(&settings);
	struct snapshot *lax = fixture_with_settings(NULL);
	static struct call_decision decision;
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture_request message;
		char text[1024];
		int len = snprintf(
			text, sizeof(text),
			"INVITE sip:user@example.com SIP/2.0\r\n"
			"Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1\r\n"
			"From: %s\r\nTo: <sip:user@example.com>\r\n"
			"Call-ID: c1\r\nCSeq: 1 INVITE\r\n%s\r\n",
			rows[i].from, rows[i].privacy);

		fixture_scan(&message, (struct text){ text, (size_t)len });
		call_decide(strict, &call_settings, &message.request, false,
			    FIXTURE_NOW_MS, &decision);
		if (decision.status != rows[i].status)
			print_message("%s %s\n", rows[i].from, rows[i].privacy);
		assert_int_equal(rows[i].status, decision.status);
		call_decide(lax, &call_settings, &message.request, false,
			    FIXTURE_NOW_MS, &decision);
		assert_int_equal(302, decision.status);
		fixture_request_free(&message);
	}
	snapshot_free_whole(strict);
	snapshot_free_whole(lax);
}

/* --- Diversion, History-Info --------------------------------------------- */

static void diversion_tells_who_has_moved_to_an_invite_alone(void **state)
{
	SETTINGS(settings, .style = { .has_diversion = true });
	(void)state;

	assert_string_equal(
		"Diversion: <sip:user@example.com;x=y>;reason=unconditional"
		";counter=1\r\n",
		lines_of(ASK(.settings = &settings,
			     .uri = "sip:user@example.com;x=y",
			     .headers = "Diversion: <sip:z@z>;reason=away\r\n"),
			 "Diversion"));
	assert_string_equal(
		"", lines_of(ASK(.settings = &settings, .method = "OPTIONS",
				 .uri = "sip:user@example.com"),
			     "Diversion"));
	assert_string_equal("", lines_of(ASK(.settings = &settings,
					     .uri = "sip:later@example.com"),
					 "Diversion"));
	assert_string_equal(
		"", lines_of(ASK(.uri = "sip:user@example.com"), "Diversion"));
	/* N7, and a caller that hides where it was sent on. */
	assert_string_equal(
		"Diversion: <sip:user@example.com>;reason=unconditional"
		";counter=1;privacy=full\r\n",
		lines_of(ASK(.settings = &settings,
			     .uri = "sip:user:pw@example.com",
			     .headers = "Privacy: history\r\n"),
			 "Diversion"));
}

static void diversion_and_cause_tell_the_moves_reason(void **state)
{
	/* RFC 7544 5 */
	static const struct {
		const char *reason, *cause;
	} rows[] = {
		{ "unconditional", "302" }, { "time-of-day", "404" },
		{ "away", "404" },	    { "do-not-disturb", "404" },
		{ "follow-me", "404" },	    { "out-of-service", "404" },
		{ "unavailable", "503" },   { "user-busy", "486" },
		{ "no-answer", "408" },	    { "deflection", "480" },
		{ "unknown", "404" },
	};
	SETTINGS(settings,
		 .style = { .has_diversion = true, .has_cause = true });
	(void)state;

	assert_int_equal(DIVERSION_REASONS, COUNT(rows));
	for (size_t i = 0; i < COUNT(rows); i++) {
		char diversion[128], contact[128];
		const struct answer *answer;
		enum diversion_reason reason;

		assert_true(diversion_reason_of_name(text_of(rows[i].reason),
						     &reason));
		answer = ASK(.settings = &settings,
			     .uri = "sip:user@example.com", .reason = reason);
		snprintf(diversion, sizeof(diversion),
			 "Diversion: <sip:user@example.com>;reason=%s"
			 ";counter=1\r\n",
			 rows[i].reason);
		snprintf(contact, sizeof(contact),
			 "Contact: <sip:moved@new.example.net;cause=%s>\r\n",
			 rows[i].cause);
		assert_string_equal(diversion, lines_of(answer, "Diversion"));
		assert_string_equal(contact, lines_of(answer, "Contact"));
	}
}

static void nothing_that_steers_calls_comes_back_from_the_called_uri(
	void **state)
{
	SETTINGS(settings,
		 .style = { .has_diversion = true, .has_history_info = true });
	const struct answer *answer =
		ASK(.settings = &settings,
		    .uri = "sip:user@example.com;maddr=203.0.113.9;x=y"
			   ";METHOD=BYE;z;ttl=1;m;me;ma=b;ttls;maddr",
		    .headers = "Supported: histinfo\r\n");
	(void)state;

	assert_status(answer, 302);
	assert_string_equal("Diversion: <sip:user@example.com;x=y;z;m;me;"
			    "ma=b;ttls>;reason=unconditional;counter=1\r\n",
			    lines_of(answer, "Diversion"));
	assert_string_equal(
		"History-Info: <sip:user@example.com;x=y;z;m;me;ma=b;"
		"ttls>;index=1\r\n",
		lines_of(answer, "History-Info"));
}

struct history_case {
	const char *uri, *headers, *history, *contact;
};

#define MOVED_CONTACT(param) "Contact: <sip:moved@new.example.net>" param "\r\n"
#define OWN		     "History-Info: <sip:user@example.com>;index="

static void history_info_is_kept_as_rfc_7044_has_it(void **state)
{
	static const struct history_case rows[] = {
		/* D1: only to whom asked. */
		{ "sip:user@example.com", "", "", MOVED_CONTACT("") },
		{ "sip:user@example.com", "Supported: timer\r\n", "",
		  MOVED_CONTACT("") },
		{ "sip:user@example.com", "Supported: timer, histinfo\r\n",
		  OWN "1\r\n", MOVED_CONTACT(";mp=1") },
		{ "sip:user@example.com", "Supported: timer\r\nk: HISTINFO\r\n",
		  OWN "1\r\n", MOVED_CONTACT(";mp=1") },
		/* D2: what came stays as it came, and a gap is told. */
		{ "sip:user@example.com",
		  "History-Info: <sip:bob@example.org>;index=1\r\n",
		  "History-Info: <sip:bob@example.org>;index=1\r\n" OWN
		  "1.0.1\r\n",
		  MOVED_CONTACT(";mp=1.0.1") },
		{ "sip:user@example.com",
		  "History-Info: <sip:user@EXAMPLE.com?Reason=SIP%3B"
		  "cause%3D302>;index=1.2\r\n",
		  "History-Info: <sip:user@EXAMPLE.com?Reason=SIP%3B"
		  "cause%3D302>;index=1.2\r\n",
		  MOVED_CONTACT(";mp=1.2") },
		{ "sip:user@example.com",
		  "History-Info: \"B,<\" <sip:b@example.org>;index=1 , "
		  "<sip:c@example.org;x=,>;mp=1;index=1.1;y=\"a,b\"\r\n"
		  "history-info : <sip:d@example.org>;index=1.1.1\r\n",
		  "History-Info: \"B,<\" <sip:b@example.org>;index=1 , "
		  "<sip:c@example.org;x=,>;mp=1;index=1.1;y=\"a,b\"\r\n"
		  "History-Info: <sip:d@example.org>;index=1.1.1\r\n" OWN
		  "1.1.1.0.1\r\n",
		  MOVED_CONTACT(";mp=1.1.1.0.1") },
		/* What is malformed is as if it was not there. */
		{ "sip:user@example.com", "History-Info: sip:b@b;index=1\r\n",
		  OWN "1\r\n", MOVED_CONTACT(";mp=1") },
		{ "sip:user@example.com", "History-Info: <sip:b@b>\r\n",
		  OWN "1\r\n", MOVED_CONTACT(";mp=1") },
		{ "sip:user@example.com",
		  "History-Info: <sip:b@b>;index=1.\r\n", OWN "1\r\n",
		  MOVED_CONTACT(";mp=1") },
		{ "sip:user@example.com",
		  "History-Info: <sip:b@b>;index=\"1\r\n", OWN "1\r\n",
		  MOVED_CONTACT(";mp=1") },
		{ "sip:user@example.com", "History-Info: <sip:b@b\r\n",
		  OWN "1\r\n", MOVED_CONTACT(";mp=1") },
		{ "sip:user@example.com", "History-Info: \"\\\r\n", OWN "1\r\n",
		  MOVED_CONTACT(";mp=1") },
		/* D3: the same user at another place. */
		{ "sip:hour@example.com", "Supported: histinfo\r\n",
		  "History-Info: <sip:hour@example.com>;index=1\r\n",
		  "Contact: <sip:hour@new.example.net>;rc=1\r\n" },
		/* D6 */
		{ "sip:user@example.com",
		  "Supported: histinfo\r\nPrivacy: history\r\n",
		  "History-Info: <sip:anonymous@anonymous.invalid>;index=1\r\n",
		  MOVED_CONTACT(";mp=1") },
		{ "sip:user@example.com",
		  "Supported: histinfo\r\nPrivacy: id;header\r\n",
		  "History-Info: <sip:anonymous@anonymous.invalid>;index=1\r\n",
		  MOVED_CONTACT(";mp=1") },
		/* N7 */
		{ "sip:user:pw@example.com", "Supported: histinfo\r\n",
		  OWN "1\r\n", MOVED_CONTACT(";mp=1") },
	};
	SETTINGS(settings, .style = { .has_history_info = true });
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct answer *answer = ASK(.settings = &settings,
						  .uri = rows[i].uri,
						  .headers = rows[i].headers);

		assert_status(answer, 302);
		assert_string_equal(rows[i].history,
				    lines_of(answer, "History-Info"));
		assert_string_equal(rows[i].contact,
				    lines_of(answer, "Contact"));
		/* D11, D13 */
		assert_string_equal("", lines_of(answer, "Reason"));
	}
	assert_string_equal("",
			    lines_of(ASK(.uri = "sip:user@example.com",
					 .headers = "Supported: histinfo\r\n"),
				     "History-Info"));
}

static void a_number_is_noted_in_history_info_as_a_sip_uri(void **state)
{
	const struct answer_style profile = { .has_history_info = true };
	const struct answer *answer = ASK(.profile = &profile,
					  .uri = "tel:+1-555-0100",
					  .headers = "Supported: histinfo\r\n");
	(void)state;

	assert_string_equal("History-Info: <sip:+1-555-0100@192.0.2.100"
			    ";user=phone>;index=1\r\n",
			    lines_of(answer, "History-Info"));
	answer = ASK(.profile = &profile, .uri = "tel:+1-555-0100",
		     .headers = "History-Info: <sip:+15550100@gw;user=phone>"
				";index=1\r\n");
	assert_string_equal("History-Info: <sip:+15550100@gw;user=phone>"
			    ";index=1\r\n",
			    lines_of(answer, "History-Info"));
	assert_string_equal(
		"Contact: <sip:+15550199@gw.example.net;user=phone>;mp=1\r\n",
		lines_of(answer, "Contact"));
}

/* RFC 7044 9.1 and the like, as far as a header can mean something. */
static void of_headers_that_are_too_long_the_callers_safety_is_kept(
	void **state)
{
	static char headers[6000];
	SETTINGS(settings,
		 .style = { .has_diversion = true, .has_history_info = true });
	const struct answer *answer;
	(void)state;

	snprintf(headers, sizeof(headers), "Privacy: none;%0*d\r\n", 300, 1);
	answer = ASK(.settings = &settings, .uri = "sip:user@example.com",
		     .headers = headers);
	assert_non_null(strstr(lines_of(answer, "Diversion"), ";privacy=full"));
	snprintf(headers, sizeof(headers), "Privacy: none;%0*d\r\n", 200, 1);
	answer = ASK(.settings = &settings, .uri = "sip:user@example.com",
		     .headers = headers);
	assert_null(strstr(lines_of(answer, "Diversion"), ";privacy=full"));

	snprintf(headers, sizeof(headers),
		 "History-Info: <sip:a@b>;index=1;x=%0*d\r\n", 5000, 1);
	answer = ASK(.settings = &settings, .uri = "sip:user@example.com",
		     .headers = headers);
	assert_string_equal("History-Info: <sip:user@example.com>;index=1\r\n",
			    lines_of(answer, "History-Info"));
	snprintf(headers, sizeof(headers), "Supported: %0*d, histinfo\r\n",
		 1100, 1);
	answer = ASK(.settings = &settings, .uri = "sip:user@example.com",
		     .headers = headers);
	assert_string_equal("", lines_of(answer, "History-Info"));
}

/* 11.2: with "accept", what is there is supported; "ignore" promises nothing.
 */
static void options_tells_of_history_info_where_it_is_sent_and_accepted(
	void **state)
{
	SETTINGS(settings, .style = { .has_history_info = true });
	static const struct {
		const char *preset, *supported;
	} rows[] = { { "standard", "Supported: histinfo\r\n" },
		     { "redirect-server", "Supported:\r\n" },
		     { "refuse-all", "Supported:\r\n" } };
	struct asked asked = { .method = "OPTIONS", .uri = "sip:example.com" };
	(void)state;

	assert_string_equal("Supported:\r\n",
			    lines_of(ask(asked), "Supported"));
	asked.settings = &settings;
	for (size_t i = 0; i < COUNT(rows); i++) {
		asked.preset = rows[i].preset;
		assert_string_equal(rows[i].supported,
				    lines_of(ask(asked), "Supported"));
	}
	/* Nor where no domain is asked for. */
	asked.preset = NULL;
	asked.uri = "sip:192.0.2.100";
	assert_string_equal("Supported:\r\n",
			    lines_of(ask(asked), "Supported"));
}

/* --- sizes --------------------------------------------------------------- */

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	while ((text = strstr(text, part))) {
		count++;
		text += strlen(part);
	}
	return count;
}

static void optional_parts_go_in_order_until_the_answer_fits(void **state)
{
	/* What is left out first comes first. */
	static const char *const parts[] = { "Diversion:", "History-Info:",
					     "Server:", "sip:b@", "sip:c@" };
	SETTINGS(settings,
		 .style = { .has_diversion = true, .has_history_info = true });
	const struct asked asked = {
		.settings = &settings,
		.uri = "sip:multi@example.com",
		.headers = "Supported: histinfo\r\n",
		.server_header = TEXT("sipmoved"),
	};
	size_t whole = ask(asked)->len;
	size_t gone_before = 0;
	(void)state;

	for (size_t max = whole; max > 0; max--) {
		struct asked limited = asked;
		const struct answer *answer;
		size_t gone = 0;

		limited.answer_max = max;
		answer = ask(limited);
		while (gone < COUNT(parts) &&
		       !strstr(answer->bytes, parts[gone]))
			gone++;
		for (size_t i = gone; i < COUNT(parts); i++)
			assert_non_null(strstr(answer->bytes, parts[i]));
		/* One by one, and no sooner than needed. */
		assert_in_range(gone, gone_before, gone_before + 1);
		gone_before = gone;
		assert_true(answer->len <= max || gone == COUNT(parts));
		assert_non_null(strstr(answer->bytes, "sip:a@"));
		/* The log tells what was sent. */
		assert_int_equal(count_of(answer->bytes, "Contact:"),
				 answer->decision.redirect.contact_count);
		assert_int_equal(gone >= 2,
				 strstr(answer->bytes, ";mp=") == NULL);
	}
}

static void what_may_be_left_out_never_costs_an_answer_its_contacts(
	void **state)
{
	static char headers[6000];
	SETTINGS(settings, .style = { .has_history_info = true });
	const struct answer *answer;
	(void)state;

	/* Each of three Contacts, and an entry of ours, would repeat it: more
	 * than the buffer holds. */
	snprintf(headers, sizeof(headers),
		 "History-Info: <sip:a@b>;index=1%0*d\r\n", 2500, 1);
	answer = ASK(.settings = &settings, .uri = "sip:multi@example.com",
		     .headers = headers);

	assert_status(answer, 302);
	assert_string_equal("Contact: <sip:a@new.example.net>;q=1.0\r\n"
			    "Contact: <sip:c@new.example.net>;q=0.7\r\n"
			    "Contact: <sip:b@new.example.net>;q=0.5\r\n",
			    lines_of(answer, "Contact"));
	assert_string_equal("", lines_of(answer, "History-Info"));
}

static void contacts_that_are_not_sent_are_no_spare_part(void **state)
{
	const struct answer *answer = ASK(.uri = "sip:multi@example.com",
					  .headers = "Require: foo\r\n",
					  .answer_max = 1);
	(void)state;

	assert_status(answer, 420);
	assert_int_equal(3, answer->decision.redirect.contact_count);
	assert_false(sip_response_has_spare(&(struct call_settings){ 0 },
					    &answer->decision));
}

static void a_udp_answer_may_have_1300_bytes_or_200_more_than_its_request(
	void **state)
{
	struct fixture_request message;
	(void)state;

	fixture_request(&message, "INVITE", "sip:user@example.com", "");
	assert_int_equal(1300, sip_response_max_udp(&message.request));
	message.request.message.len = 1101;
	assert_int_equal(1301, sip_response_max_udp(&message.request));
	fixture_request_free(&message);
}

/* Pieces that readers of these headers look for. */
static void write_noise(struct writer *writer, unsigned *seed)
{
	static const char *const pieces[] = {
		"<",
		">",
		"\"",
		"\\",
		",",
		";",
		"=",
		"index",
		"1",
		".",
		"0.1",
		" ",
		"\r\n ",
		"sip:",
		"a",
		"@b",
		"?",
		"%41",
		"tel:+1",
		"histinfo",
		"id",
		"sip:user@example.com",
		"<sip:a@b>;index=1",
		"anonymous.invalid",
		"\xc3\xa9",
		"{user}",
	};
	unsigned count;

	*seed = *seed * 1103515245 + 12345;
	count = (*seed >> 16) % 12;
	while (count-- > 0) {
		*seed = *seed * 1103515245 + 12345;
		writer_put(writer,
			   text_of(pieces[(*seed >> 16) % COUNT(pieces)]));
	}
}

static void any_headers_are_survived_with_all_switched_on(void **state)
{
	static const char *const names[] = { "History-Info: ", "Privacy: ",
					     "k: ", "Diversion: " };
	SETTINGS(settings, .rejects_anonymous = true, .ignores_user_case = true,
		 .redirects_otherwise = true,
		 .otherwise_template = "sip:{user}@pbx.example.net{params}",
		 .style = { .has_diversion = true,
			    .has_history_info = true,
			    .has_cause = true,
			    .expires = CONTACT_EXPIRES_NEXT_CHANGE,
			    .contact_template = "sip:{user}@gw{port}{params}",
			    .is_one_header = true });
	const struct call_settings call_settings = {
		.own_hosts = own_hosts,
		.own_host_count = 1,
	};
	const struct sip_source source = { .host = TEXT("192.0.2.7"),
					   .answer_max = 600 };
	struct snapshot *snapshot = fixture_with_settings(&settings);
	static struct call_decision decision;
	static char answer_bytes[8192];
	unsigned seed = 1;
	(void)state;

	for (size_t i = 0; i < 20000; i++) {
		struct fixture_request message;
		char headers[2048];
		struct writer writer = writer_over(headers, sizeof(headers));
		size_t len;

		for (size_t n = 0; n < COUNT(names); n++) {
			writer_put(&writer, text_of(names[n]));
			write_noise(&writer, &seed);
			writer_put(&writer, TEXT("\r\n"));
		}
		writer_byte(&writer, '\0');
		fixture_request(&message, "INVITE",
				i % 2 ? "sip:MULTI@example.com"
				      : "sip:no,body@example.com;x=y",
				headers);
		call_decide(snapshot, &call_settings, &message.request, false,
			    FIXTURE_NOW_MS, &decision);
		len = sip_response_write(&message.request, &source,
					 &call_settings, &decision, TEXT("t"),
					 answer_bytes, sizeof(answer_bytes));
		assert_true(len > 0);
		fixture_request_free(&message);
	}
	snapshot_free_whole(snapshot);
}

/* --- templates ----------------------------------------------------------- */

static void a_template_takes_the_parts_of_a_uri(void **state)
{
	static const char *const rows[][3] = {
		{ "sip:{user}@gw", "sip:al,ice@a.example", "sip:al%2Cice@gw" },
		{ "sips:{user}@{host}{port}{params}",
		  "sip:a@[2001:db8::1]:5070;x=y;z",
		  "sips:a@[2001:db8::1]:5070;x=y;z" },
		{ "sip:{user}@{host}{port}{params}", "sip:a@b.example",
		  "sip:a@b.example" },
		{ "sip:{user}@gw;user=phone", "tel:+1-555",
		  "sip:+1-555@gw;user=phone" },
		{ "sip:x{user}{user}@gw", "sip:a@b", "sip:xaa@gw" },
		{ "sip:{User}@gw", "sip:a@b", NULL },
		{ "sip:{user@gw", "sip:a@b", NULL },
		{ "sip:user}@gw", "sip:a@b", NULL },
		{ "sip:{}@gw", "sip:a@b", NULL },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char buffer[256];
		struct writer writer = writer_over(buffer, sizeof(buffer));
		struct sip_uri uri;
		int err;

		assert_int_equal(0, sip_uri_parse(text_of(rows[i][1]), &uri));
		err = contact_template_write(text_of(rows[i][0]), &uri,
					     &writer);
		assert_int_equal(rows[i][2] == NULL, err != 0);
		if (rows[i][2])
			assert_true(text_equals(text_of(rows[i][2]),
						writer_text(&writer)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_counts_unless_the_domain_ignores_it),
		cmocka_unit_test(contacts_are_written_in_the_domains_style),
		cmocka_unit_test(
			a_template_never_leads_back_nor_to_what_may_not_be_sent),
		cmocka_unit_test(a_profile_stands_in_for_the_domains_style),
		cmocka_unit_test(
			calls_without_a_move_go_home_where_the_domain_says_so),
		cmocka_unit_test(a_home_is_good_until_the_next_move_begins),
		cmocka_unit_test(uniform_refusals_are_alike_in_every_byte),
		cmocka_unit_test(a_480_may_say_when_to_try_again),
		cmocka_unit_test(
			who_may_try_again_is_not_told_to_come_with_all_others),
		cmocka_unit_test(a_480_is_said_in_the_domains_words),
		cmocka_unit_test(
			a_register_goes_to_the_registrar_that_the_domain_names),
		cmocka_unit_test(
			anonymous_callers_are_refused_where_the_domain_says_so),
		cmocka_unit_test(
			diversion_tells_who_has_moved_to_an_invite_alone),
		cmocka_unit_test(diversion_and_cause_tell_the_moves_reason),
		cmocka_unit_test(
			nothing_that_steers_calls_comes_back_from_the_called_uri),
		cmocka_unit_test(history_info_is_kept_as_rfc_7044_has_it),
		cmocka_unit_test(
			a_number_is_noted_in_history_info_as_a_sip_uri),
		cmocka_unit_test(
			of_headers_that_are_too_long_the_callers_safety_is_kept),
		cmocka_unit_test(
			options_tells_of_history_info_where_it_is_sent_and_accepted),
		cmocka_unit_test(
			optional_parts_go_in_order_until_the_answer_fits),
		cmocka_unit_test(
			what_may_be_left_out_never_costs_an_answer_its_contacts),
		cmocka_unit_test(contacts_that_are_not_sent_are_no_spare_part),
		cmocka_unit_test(
			a_udp_answer_may_have_1300_bytes_or_200_more_than_its_request),
		cmocka_unit_test(any_headers_are_survived_with_all_switched_on),
		cmocka_unit_test(a_template_takes_the_parts_of_a_uri),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
