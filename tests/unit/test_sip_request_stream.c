#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sip/sip_request.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HEAD                                               \
	"INVITE sip:bob@example.com SIP/2.0\r\n"           \
	"Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKabc\r\n" \
	"From: <sip:alice@example.org>;tag=a1\r\n"         \
	"To: <sip:bob@example.com>\r\nCall-ID: 1@b\r\nCSeq: 7 INVITE\r\n"
#define FIRST  HEAD "Content-Length: 5\r\n\r\nhello"
#define SECOND HEAD "l: 0\r\n\r\n"

static enum sip_scan scan(struct text arrived, struct sip_request *request,
			  size_t *ret_consumed)
{
	struct sip_stream_progress progress = { .searched = 0 };

	return sip_request_scan_stream(arrived, &progress, request,
				       ret_consumed);
}

static void two_requests_in_one_segment_are_two(void **state)
{
	struct text arrived = TEXT(FIRST "\r\n" SECOND);
	struct sip_request request;
	size_t consumed;
	(void)state;

	assert_int_equal(SIP_SCAN_REQUEST, scan(arrived, &request, &consumed));
	assert_int_equal(strlen(FIRST), consumed);
	assert_true(text_equals(TEXT("hello"), request.body));
	assert_true(text_equals(TEXT(FIRST), request.message));
	arrived.ptr += consumed;
	arrived.len -= consumed;
	assert_int_equal(SIP_SCAN_REQUEST, scan(arrived, &request, &consumed));
	assert_int_equal(arrived.len, consumed);
	assert_int_equal(0, request.fault.status);
	assert_true(text_equals(TEXT(SECOND), request.message));
}

static void a_request_may_come_a_byte_at_a_time(void **state)
{
	struct text whole = TEXT("\r\n" FIRST);
	struct sip_stream_progress progress = { .searched = 0 };
	struct sip_request request;
	size_t consumed = 9;
	(void)state;

	for (size_t len = 0; len < whole.len; len++) {
		struct text arrived = { whole.ptr, len };

		assert_int_equal(SIP_SCAN_INCOMPLETE,
				 sip_request_scan_stream(arrived, &progress,
							 &request, &consumed));
		assert_int_equal(0, consumed);
		assert_true(progress.searched <= len);
	}
	assert_int_equal(
		SIP_SCAN_REQUEST,
		sip_request_scan_stream(whole, &progress, &request, &consumed));
	assert_int_equal(whole.len, consumed);
	assert_int_equal(0, request.fault.status);
	assert_true(text_equals(TEXT("hello"), request.body));
}

/* Else a body that comes a byte at a time costs the head once a byte. */
static void a_head_is_scanned_once_while_its_body_comes(void **state)
{
	struct text whole = TEXT(FIRST);
	struct sip_stream_progress progress = { .searched = 0 };
	struct sip_request request;
	struct sip_request untouched;
	size_t consumed;
	(void)state;

	whole.len -= 4;
	assert_int_equal(
		SIP_SCAN_INCOMPLETE,
		sip_request_scan_stream(whole, &progress, &request, &consumed));
	memset(&request, 0x5a, sizeof(request));
	memset(&untouched, 0x5a, sizeof(untouched));
	for (size_t more = 1; more < 4; more++) {
		whole.len++;
		assert_int_equal(SIP_SCAN_INCOMPLETE,
				 sip_request_scan_stream(whole, &progress,
							 &request, &consumed));
	}
	assert_memory_equal(&untouched, &request, sizeof(request));
}

static void a_request_without_a_length_is_refused(void **state)
{
	static const struct {
		const char *message;
		const char *reason;
	} rows[] = {
		{ HEAD "\r\nbody", "Missing Content-Length" },
		{ HEAD "l: -1\r\n\r\nbody", "Bad Content-Length" },
		{ HEAD "l: 1\r\nl: 1\r\n\r\nbody", "Multiple Content-Length" },
		{ HEAD "l: 66000\r\n\r\nbody", "Message Too Large" },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sip_request request;
		size_t consumed;

		assert_int_equal(
			SIP_SCAN_REQUEST,
			scan(text_of(rows[i].message), &request, &consumed));
		assert_int_equal(i == 3 ? 513 : 400, request.fault.status);
		assert_true(text_equals(text_of(rows[i].reason),
					request.fault.reason));
		assert_false(request.has_content_length);
		assert_int_equal(strlen(rows[i].message) - 4, consumed);
	}
}

static void a_head_without_end_is_refused(void **state)
{
	struct text arrived = { NULL, SIP_HEAD_MAX };
	struct sip_request request;
	size_t consumed;
	char *bytes = malloc(arrived.len);
	(void)state;

	assert_non_null(bytes);
	memset(bytes, 'x', arrived.len);
	memcpy(bytes, HEAD, strlen(HEAD));
	arrived.ptr = bytes;
	arrived.len--;
	assert_int_equal(SIP_SCAN_INCOMPLETE,
			 scan(arrived, &request, &consumed));
	arrived.len++;
	assert_int_equal(SIP_SCAN_REQUEST, scan(arrived, &request, &consumed));
	assert_int_equal(513, request.fault.status);
	assert_false(request.has_content_length);
	assert_int_equal(arrived.len, consumed);
	memset(bytes, 'x', arrived.len);
	assert_int_equal(SIP_SCAN_NOISE, scan(arrived, &request, &consumed));
	free(bytes);
}

static void a_ping_is_two_line_ends(void **state)
{
	struct sip_request request;
	size_t consumed;
	(void)state;

	assert_int_equal(SIP_SCAN_INCOMPLETE,
			 scan(TEXT("\r\n"), &request, &consumed));
	assert_int_equal(SIP_SCAN_KEEPALIVE,
			 scan(TEXT("\r\n\r\n\r\n\r\n"), &request, &consumed));
	assert_int_equal(4, consumed);
	assert_int_equal(SIP_SCAN_KEEPALIVE,
			 scan(TEXT("\r\n\r\n" SECOND), &request, &consumed));
	assert_int_equal(4, consumed);
}

/* Each is looked at once, and no more than three wait for what follows. */
static void a_million_line_ends_are_pings_and_nothing_waits(void **state)
{
	enum {
		LEN = 1 << 20
	};
	static const char *const kinds[] = { "\r\n", "\n\n", "\r\r" };
	char *bytes = malloc(LEN);
	(void)state;

	assert_non_null(bytes);
	for (size_t kind = 0; kind < COUNT(kinds); kind++) {
		struct sip_stream_progress progress = { 0 };
		struct text arrived = { bytes, LEN - 1 };
		struct sip_request request;
		size_t consumed;

		for (size_t i = 0; i < LEN; i++)
			bytes[i] = kinds[kind][i % 2];
		while (sip_request_scan_stream(arrived, &progress, &request,
					       &consumed) ==
		       SIP_SCAN_KEEPALIVE) {
			assert_int_equal(4, consumed);
			arrived.ptr += consumed;
			arrived.len -= consumed;
		}
		assert_int_equal(3, arrived.len);
		assert_int_equal(0, progress.searched);
	}
	free(bytes);
}

static void a_response_is_taken_off_the_stream_whole(void **state)
{
	struct text arrived = TEXT("SIP/2.0 200 OK\r\nl: 3\r\n\r\nabc" SECOND);
	struct sip_request request;
	size_t consumed;
	(void)state;

	assert_int_equal(SIP_SCAN_RESPONSE, scan(arrived, &request, &consumed));
	assert_int_equal(arrived.len - strlen(SECOND), consumed);
	assert_true(request.has_content_length);
	assert_int_equal(
		SIP_SCAN_RESPONSE,
		scan(TEXT("SIP/2.0 200 OK\r\n\r\nabc"), &request, &consumed));
	assert_false(request.has_content_length);
}

static void a_faulty_request_keeps_the_stream_in_step(void **state)
{
	struct text arrived =
		TEXT(HEAD "CSeq: 8 INVITE\r\nl: 2\r\n\r\nab" SECOND);
	struct sip_request request;
	size_t consumed;
	(void)state;

	assert_int_equal(SIP_SCAN_REQUEST, scan(arrived, &request, &consumed));
	assert_int_equal(400, request.fault.status);
	assert_true(request.has_content_length);
	assert_int_equal(arrived.len - strlen(SECOND), consumed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_requests_in_one_segment_are_two),
		cmocka_unit_test(a_request_may_come_a_byte_at_a_time),
		cmocka_unit_test(a_head_is_scanned_once_while_its_body_comes),
		cmocka_unit_test(a_request_without_a_length_is_refused),
		cmocka_unit_test(a_head_without_end_is_refused),
		cmocka_unit_test(a_ping_is_two_line_ends),
		cmocka_unit_test(
			a_million_line_ends_are_pings_and_nothing_waits),
		cmocka_unit_test(a_response_is_taken_off_the_stream_whole),
		cmocka_unit_test(a_faulty_request_keeps_the_stream_in_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
