/*
 * Reading must stay linear in what arrives, whatever it is. Measured as a ratio
 * within one run: eight times the bytes may cost at most 32 times the time,
 * where a square would take 64. Heads end at their limit, so messages are tried
 * up to it too, and the readers behind it are fed directly as well.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/sip_uri.h"
#include "sip/sip_address.h"
#include "sip/sip_request.h"
#include "sip/sip_via.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define START \
	"INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: sip:a@b\r\n"

enum {
	LARGE = 65536,
	TIMES = 8, /* the small input's length fits so often */
	ROUNDS = 7,
	MOST = 32,
};

struct shape {
	const char *start;
	const char *piece;
};

typedef void (*read_fn)(struct text text);

static const struct shape messages[] = {
	{ START "CSeq: ", "1" },
	{ START "CSeq: ", "A " },
	{ START "Contact: ", "," },
	{ START "To: ", "\"" },
	{ START "To: ", "\\\"" },
	{ START "To: ", "<" },
	{ START "To: <sip:a@b>", ";" },
	{ START "To: <sip:a@b>", ";a=b" },
	{ START "Call-ID: ", " x" },
	{ START "X: ", "\r\n " },
	{ START "Via: h", "," },
	{ START "Via: ", "SIP/2.0/UDP h," },
	{ START "Via: ", "\"," },
	{ START, "Via: SIP/2.0/UDP h;branch=z9hG4bK\r\n" },
	{ START, "From: \"\r\n" },
	{ START, "Require: a,b,c\r\n" },
	{ START, "X\r\n" },
	{ START, "\n " },
	{ START, "\\" },
	{ "INVITE sip:", "a@" },
	{ "INVITE ", " " },
	{ "", "A " },
	{ "", "\r\n" },
	{ "", "\r" },
	{ START "Content-Length: ", "9" },
};

static const struct shape values[] = {
	{ "", "," },
	{ "", "\"" },
	{ "", "a," },
	{ "", "\"a," },
	{ "SIP/2.0/UDP h", ";rport" },
	{ "SIP/2.0/UDP h", " ;a = b" },
	{ "SIP/2.0/UDP ", "1." },
	{ "SIP/2.0/UDP [", ":" },
	{ "sip:a@b", ";tag=x" },
	{ "sip:a@b", ";p=\"" },
	{ "", "<" },
	{ "", "a b" },
	{ "\"", "\\" },
	{ "", "\r\n " },
};

static const struct shape uris[] = {
	{ "sip:", "a" },
	{ "sip:", "%41" },
	{ "sip:", "@" },
	{ "sip:a@", "a." },
	{ "sip:a@b", ";a" },
	{ "sip:a@b;lr", ";lr" },
	{ "sip:a@b;a=b", ";c=d" },
	{ "sip:a@b?a=b", "&a=b" },
	{ "sip:a@[", ":" },
	{ "sip:a@b:", "5" },
	{ "tel:+", "-" },
	{ "tel:+1", ";a=b" },
	{ "", "a" },
};

/* What was found goes somewhere, so that looking for it is not left out. */
static size_t seen;

static void read_message(struct text text)
{
	struct sip_request request;
	struct sip_stream_progress progress = { .searched = 0 };
	size_t consumed;

	(void)sip_request_scan_datagram(text, &request);
	(void)sip_request_scan_stream(text, &progress, &request, &consumed);
}

static void read_value(struct text text)
{
	struct text rest = text;
	struct text part;
	struct sip_via via;

	while (sip_via_next(&rest, &part))
		seen++;
	seen += sip_via_read(text, &via) == 0;
	seen += sip_address_read(text, &part) == 0;
	rest = text;
	while (sip_token_list_next(&rest, &part) > 0)
		seen++;
}

static void read_uri(struct text text)
{
	static char buffer[LARGE];
	struct writer writer = writer_over(buffer, sizeof(buffer));
	struct sip_uri uri;
	struct sip_uri other;
	struct text value;

	if (sip_uri_parse(text, &uri))
		return;
	other = uri;
	if (other.params.len > 0)
		other.params.len--;
	if (other.headers.len > 0)
		other.headers.len--;
	seen += sip_uri_equals(&uri, &other);
	seen += sip_uri_param(&uri, TEXT("maddr"), &value);
	seen += sip_uri_canonical(&uri, &writer) == 0;
	seen += sip_uri_canonical_number(&uri, &writer) == 0;
}

/* As many pieces as fit. A message gets its end, or its last line would not be
 * read at all. */
static struct text filled(char *buffer, size_t size, const struct shape *shape,
			  bool is_message)
{
	struct writer writer = writer_over(buffer, size);

	writer_put(&writer, text_of(shape->start));
	while (writer_is_complete(&writer))
		writer_put(&writer, text_of(shape->piece));
	if (is_message)
		memcpy(buffer + writer.len - 4, "\r\n\r\n", 4);
	return writer_text(&writer);
}

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The best of some rounds: others work on the same machine. */
static int64_t cost_ns(read_fn read, struct text text)
{
	int64_t best = INT64_MAX;

	for (size_t i = 0; i < ROUNDS; i++) {
		int64_t start = now_ns();

		read(text);
		if (now_ns() - start < best)
			best = now_ns() - start;
	}
	return best;
}

static void assert_linear(read_fn read, const struct shape *shapes,
			  size_t count, size_t size)
{
	char *buffer = malloc(LARGE);
	bool is_message = shapes == messages;

	assert_non_null(buffer);
	for (size_t i = 0; i < count; i++) {
		int64_t small = cost_ns(read, filled(buffer, size / TIMES,
						     &shapes[i], is_message));
		int64_t large = cost_ns(
			read, filled(buffer, size, &shapes[i], is_message));

		/* Below a microsecond it is the clock that is measured. */
		if (large > MOST * (small > 1000 ? small : 1000))
			fail_msg("'%s': %d ns, then %d ns", shapes[i].piece,
				 (int)small, (int)large);
	}
	free(buffer);
}

static void no_message_costs_more_than_its_length(void **state)
{
	(void)state;
	assert_linear(read_message, messages, COUNT(messages), SIP_HEAD_MAX);
	assert_linear(read_message, messages, COUNT(messages), LARGE);
}

static void no_value_costs_more_than_its_length(void **state)
{
	(void)state;
	assert_linear(read_value, values, COUNT(values), LARGE);
}

static void no_uri_costs_more_than_its_length(void **state)
{
	(void)state;
	assert_linear(read_uri, uris, COUNT(uris), LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_message_costs_more_than_its_length),
		cmocka_unit_test(no_value_costs_more_than_its_length),
		cmocka_unit_test(no_uri_costs_more_than_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
