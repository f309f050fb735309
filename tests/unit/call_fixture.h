/*
 * call_fixture.h - domains, moves and requests for the tests of the call path:
 * what tests/fixtures/torture/fixture.tsv says, as a snapshot.
 */
#ifndef SIPMOVED_TESTS_CALL_FIXTURE_H
#define SIPMOVED_TESTS_CALL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "db/snapshot_builder.h"
#include "sip/call.h"
#include "sip/sip_response.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	FIXTURE_REQUEST_SIZE = 70000,
	FIXTURE_HOUR_MS = 3600000,
};
#define FIXTURE_NOW_MS INT64_C(1700000000000)

struct fixture_target {
	const char *uri;
	uint16_t q_permille;
};

/* Times are relative to FIXTURE_NOW_MS; ends 0: open. */
struct fixture_move {
	const char *uri; /* canonicalised */
	struct fixture_target targets[MOVE_TARGETS_MAX];
	int64_t starts, ends;
	bool permanent;
};

#define MOVED(uri) .targets = { { uri, 1000 } }

static const char *const fixture_domains[] = {
	"example.com",
	"example.net",
	"example.org",
	"company.com",
	"chair-dnrc.example.com",
	"host.example.net",
	"biloxi.example.com",
	"[2001:db8::10]",
	"[2001:db8::c000:201]",
};

static const struct fixture_move fixture_moves[] = {
	{ "sip:user@example.com", MOVED("sip:moved@new.example.net") },
	{ "sip:user@example.org", MOVED("sip:moved@new.example.net") },
	{ "sip:t.watson@example.org", MOVED("sip:watson@new.example.net") },
	{ "sip:vivekg@chair-dnrc.example.com",
	  MOVED("sip:vivekg@new.example.net") },
	{ "sip:sips%3Auser%40example.com@example.net",
	  MOVED("sip:moved@new.example.net") },
	{ "sip:user;par=u%40example.net@example.com",
	  MOVED("sip:moved@new.example.net") },
	{ "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com",
	  MOVED("sip:moved@new.example.net") },
	{ "sip:UserB@example.com", MOVED("sip:userb@new.example.net") },
	{ "sip:remote-target@example.com", MOVED("sip:moved@new.example.net") },
	{ "sip:kumiko@example.org", MOVED("sip:kumiko@new.example.net") },
	{ "sip:user@company.com", MOVED("sip:moved@new.example.net") },
	{ "sip:user@[2001:db8::10]", MOVED("sip:moved@new.example.net") },
	{ "sip:user@[2001:db8::192.0.2.1]",
	  MOVED("sip:moved@new.example.net") },
	{ "sip:bob@biloxi.example.com",
	  MOVED("sip:bob@chicago.example.com;transport=tcp") },
	{ "tel:+15550100", MOVED("sip:+15550199@gw.example.net;user=phone") },
	{ "sip:later@example.com", MOVED("sip:x@new.example.net"),
	  .starts = 24 * FIXTURE_HOUR_MS },
	{ "sip:past@example.com", MOVED("sip:x@new.example.net"),
	  .starts = -48 * FIXTURE_HOUR_MS, .ends = -24 * FIXTURE_HOUR_MS },
	{ "sip:self@example.com", MOVED("sip:self@example.com") },
	{ "sip:multi@example.com",
	  .targets = { { "sip:b@new.example.net", 500 },
		       { "sip:a@new.example.net", 1000 },
		       { "sip:c@new.example.net", 700 } } },
	{ "sip:secure@example.com", MOVED("sips:secure@new.example.net") },
	/* Beyond fixture.tsv. */
	{ "sip:gone@example.com", MOVED("sip:gone@new.example.net"),
	  .permanent = true },
	{ "sip:hour@example.com", MOVED("sip:hour@new.example.net"),
	  .starts = 0, .ends = FIXTURE_HOUR_MS },
	{ "sip:both@example.com",
	  .targets = { { "sip:both@new.example.net", 900 },
		       { "sips:both@new.example.net", 800 } } },
	{ "sip:loop@example.com",
	  .targets = { { "sip:loop@EXAMPLE.com", 1000 },
		       { "sip:loop@new.example.net", 125 } } },
	{ "sip:six@[2001:db8::10]", MOVED("sip:six@[2001:DB8:0::10]") },
	{ "sip:idle@example.com", .targets = { { NULL, 0 } } },
};

/* Of all moves that are put from now on. */
static enum diversion_reason fixture_diversion_reason;

static inline struct text fixture_canonical(const char *uri_text, char *buffer)
{
	struct writer writer = writer_over(buffer, SIP_CANONICAL_SIZE);
	struct sip_uri uri;

	assert_int_equal(0, sip_uri_parse(text_of(uri_text), &uri));
	assert_int_equal(0, sip_uri_canonical(&uri, &writer));
	return writer_text(&writer);
}

static inline void fixture_put_move(struct snapshot_builder *builder,
				    const struct fixture_move *row,
				    size_t number)
{
	struct move *move = calloc(1, sizeof(*move));
	char buffer[SIP_CANONICAL_SIZE];
	struct text address = fixture_canonical(row->uri, buffer);

	assert_non_null(move);
	snprintf(move->id, sizeof(move->id), "mov_%026zu", number);
	text_copy(address, move->address, sizeof(move->address));
	while (move->target_count < MOVE_TARGETS_MAX &&
	       row->targets[move->target_count].uri) {
		size_t i = move->target_count++;

		text_copy(text_of(row->targets[i].uri), move->targets[i].uri,
			  sizeof(move->targets[i].uri));
		move->targets[i].q_permille = row->targets[i].q_permille;
	}
	move->starts_at_ms = FIXTURE_NOW_MS + row->starts;
	move->ends_at_ms = row->ends ? FIXTURE_NOW_MS + row->ends
				     : MOVE_OPEN_END;
	move->permanent = row->permanent;
	move->diversion_reason = fixture_diversion_reason;
	move->revision = 1;
	assert_int_equal(0, snapshot_builder_put_address(
				    builder, address, move,
				    move->target_count > 0 ? 1 : 0));
	free(move);
}

/* settings: of example.com; NULL: none. */
static inline void fixture_put_domains(struct snapshot_builder *builder,
				       const struct domain_settings *settings)
{
	struct domain *domains =
		calloc(COUNT(fixture_domains), sizeof(*domains));

	assert_non_null(domains);
	for (size_t i = 0; i < COUNT(fixture_domains); i++) {
		domains[i].row_id = (int64_t)i + 1;
		text_copy(text_of(fixture_domains[i]), domains[i].name,
			  sizeof(domains[i].name));
	}
	if (settings)
		domains[0].settings = *settings;
	assert_int_equal(0, snapshot_builder_set_domains(
				    builder, domains, COUNT(fixture_domains)));
	free(domains);
}

/* The fixture with some rules, and settings of example.com.
 * snapshot_free_whole() it. */
static inline struct snapshot *fixture_with(
	const struct extension_rule *rules, size_t count,
	const struct domain_settings *settings)
{
	struct snapshot_builder *builder = NULL;

	assert_int_equal(0, snapshot_builder_begin(NULL, &builder));
	fixture_put_domains(builder, settings);
	for (size_t i = 0; i < COUNT(fixture_moves); i++)
		fixture_put_move(builder, &fixture_moves[i], i);
	assert_int_equal(0, snapshot_builder_set_rules(builder, rules, count));
	return snapshot_builder_finish(builder, 7);
}

static inline struct snapshot *fixture_with_rules(
	const struct extension_rule *rules, size_t count)
{
	return fixture_with(rules, count, NULL);
}

static inline struct snapshot *fixture_with_settings_and_preset(
	const struct domain_settings *settings, const char *preset)
{
	struct extension_rule *rules = NULL;
	struct snapshot *snapshot;
	size_t count = 0;

	assert_int_equal(0, extension_preset(text_of(preset), &rules, &count));
	snapshot = fixture_with(rules, count, settings);
	free(rules);
	return snapshot;
}

static inline struct snapshot *fixture_with_settings(
	const struct domain_settings *settings)
{
	return fixture_with_settings_and_preset(settings, "standard");
}

static inline struct snapshot *fixture_with_preset(const char *preset)
{
	return fixture_with_settings_and_preset(NULL, preset);
}

/* A request with the usual headers and some more; extra lines end with CRLF.
 * A heap copy of its exact size, so that reading beyond it is seen. */
struct fixture_request {
	char *bytes;
	struct sip_request request;
};

static inline void fixture_scan(struct fixture_request *message,
				struct text text)
{
	message->bytes = malloc(text.len > 0 ? text.len : 1);
	assert_non_null(message->bytes);
	memcpy(message->bytes, text.ptr, text.len);
	assert_int_equal(SIP_SCAN_REQUEST,
			 sip_request_scan_datagram(
				 (struct text){ message->bytes, text.len },
				 &message->request));
}

static inline void fixture_request(struct fixture_request *message,
				   const char *method, const char *uri,
				   const char *extra)
{
	static char text[FIXTURE_REQUEST_SIZE];
	int len = snprintf(text, sizeof(text),
			   "%s %s SIP/2.0\r\n"
			   "Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bK1\r\n"
			   "From: \"A\" <sip:caller@example.org>;tag=f1\r\n"
			   "To: <sip:someone@example.com>\r\n"
			   "Call-ID: c1@192.0.2.7\r\n"
			   "CSeq: 1 %s\r\n"
			   "%s"
			   "Content-Length: 0\r\n\r\n",
			   method, uri, method, extra);

	assert_true(len > 0 && (size_t)len < sizeof(text));
	fixture_scan(message, (struct text){ text, (size_t)len });
}

static inline void fixture_request_free(struct fixture_request *message)
{
	free(message->bytes);
}

static inline bool text_contains(struct text text, const char *part)
{
	return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

#endif
