/*
 * The published torture messages, by the index that stands beside them: what
 * has to be answered by the scanner's fault, what by the rules behind it, and
 * what not at all. Run from the project's top folder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sip/sip_request.h"

#define FOLDER "tests/fixtures/torture/"

enum {
	MESSAGE_SIZE = 65536,
	LINE_SIZE = 2048,
};

struct torture {
	char line[LINE_SIZE];
	const char *file;
	const char *expected;
};

typedef void (*torture_fn)(const struct torture *torture, struct text message);

static struct text read_message(const char *file, char *buffer)
{
	char path[512];
	FILE *stream;
	size_t len;

	(void)snprintf(path, sizeof(path), FOLDER "%s", file);
	stream = fopen(path, "rb");
	if (!stream)
		fail_msg("cannot read %s", path);
	len = fread(buffer, 1, MESSAGE_SIZE, stream);
	(void)fclose(stream);
	return (struct text){ buffer, len };
}

/* Cuts the line into its columns; false for what is no row. */
static bool split_row(struct torture *torture)
{
	char *columns[6];
	char *at = torture->line;

	for (size_t i = 0; i < 6; i++) {
		columns[i] = at;
		at = strchr(at, '\t');
		if (!at)
			return false;
		*at++ = '\0';
	}
	torture->file = columns[0];
	torture->expected = columns[5];
	return strcmp(torture->file, "file") != 0;
}

static size_t for_each_message(torture_fn check)
{
	char *buffer = malloc(MESSAGE_SIZE);
	FILE *index = fopen(FOLDER "index.tsv", "r");
	struct torture torture;
	size_t count = 0;

	assert_non_null(buffer);
	assert_non_null(index);
	while (fgets(torture.line, sizeof(torture.line), index)) {
		if (!split_row(&torture))
			continue;
		check(&torture, read_message(torture.file, buffer));
		count++;
	}
	(void)fclose(index);
	free(buffer);
	return count;
}

/* The fault that the index asks of the scanner. */
static unsigned fault_of(const struct torture *torture)
{
	unsigned status = (unsigned)strtoul(torture->expected, NULL, 10);

	/* Headers in a Request-URI are grammar; to refuse them is policy. */
	if (!strcmp(torture->file, "rfc4475/escruri.dat"))
		return 0;
	return status == 400 || status == 501 || status == 505 ? status : 0;
}

static void check_datagram(const struct torture *torture, struct text message)
{
	struct sip_request request;
	enum sip_scan result = sip_request_scan_datagram(message, &request);

	if (!strcmp(torture->expected, "DROP")) {
		if (result != SIP_SCAN_RESPONSE && result != SIP_SCAN_NOISE)
			fail_msg("%s is answered", torture->file);
		return;
	}
	if (result != SIP_SCAN_REQUEST ||
	    request.fault.status != fault_of(torture))
		fail_msg("%s: %d, %u %.*s", torture->file, (int)result,
			 request.fault.status, TEXT_ARG(request.fault.reason));
}

static void the_torture_messages_are_judged_as_their_index_says(void **state)
{
	(void)state;
	assert_int_equal(65, for_each_message(check_datagram));
}

static struct text file_of(const char *file)
{
	static char buffer[MESSAGE_SIZE];

	return read_message(file, buffer);
}

static void the_short_tortuous_invite_is_read_right(void **state)
{
	struct sip_request request;
	enum sip_scan result = sip_request_scan_datagram(
		file_of("rfc4475/wsinv.dat"), &request);
	(void)state;

	assert_int_equal(SIP_SCAN_REQUEST, result);
	assert_int_equal(3, request.via_count);
	assert_true(text_equals(TEXT("192.0.2.2"), request.via.host));
	assert_true(text_equals(TEXT("390skdjuw"), request.via.branch));
	assert_true(text_equals(TEXT("1918181833n"), request.to_tag));
	assert_true(text_equals(TEXT("98asjd8"), request.from_tag));
	assert_int_equal(9, request.cseq_number);
	assert_int_equal(150, request.content_length);
	assert_true(text_equals(TEXT("0068"), request.max_forwards));
}

static void a_long_request_keeps_all_its_vias(void **state)
{
	struct sip_request request;
	enum sip_scan result = sip_request_scan_datagram(
		file_of("rfc4475/longreq.dat"), &request);
	(void)state;

	assert_int_equal(SIP_SCAN_REQUEST, result);
	assert_int_equal(34, request.via_count);
	assert_true(text_equals(TEXT("sip33.example.com"), request.via.host));
}

static void one_datagram_is_one_request(void **state)
{
	struct sip_request request;
	struct text datagram = file_of("rfc4475/dblreq.dat");
	enum sip_scan result = sip_request_scan_datagram(datagram, &request);
	(void)state;

	assert_int_equal(SIP_SCAN_REQUEST, result);
	assert_int_equal(SIP_REGISTER, request.method);
	assert_true(request.message.len < datagram.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_torture_messages_are_judged_as_their_index_says),
		cmocka_unit_test(the_short_tortuous_invite_is_read_right),
		cmocka_unit_test(a_long_request_keeps_all_its_vias),
		cmocka_unit_test(one_datagram_is_one_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
