#include "api/event_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum {
	LARGE = 100000,
};

static void assert_sent(struct event_stream *stream, const char *expected)
{
	char buffer[512];
	size_t len = event_stream_take(stream, buffer, sizeof(buffer) - 1);

	buffer[len] = '\0';
	assert_string_equal(expected, buffer);
	assert_int_equal(0, event_stream_waiting(stream));
	event_stream_clear(stream);
}

static void an_event_is_its_id_its_data_and_an_empty_line(void **state)
{
	struct event_stream stream = { 0 };
	(void)state;

	event_stream_put(&stream, TEXT("log_1"), TEXT(""), TEXT("{\"a\":1}"));

	assert_sent(&stream, "id: log_1\ndata: {\"a\":1}\n\n");
}

static void an_event_with_a_name_and_no_id_leaves_the_last_id_as_it_is(
	void **state)
{
	struct event_stream stream = { 0 };
	(void)state;

	event_stream_put(&stream, TEXT(""), TEXT("gap"), TEXT("{}"));

	assert_sent(&stream, "event: gap\ndata: {}\n\n");
}

static void every_line_of_the_data_is_a_line_of_data(void **state)
{
	struct event_stream stream = { 0 };
	(void)state;

	event_stream_put(&stream, TEXT(""), TEXT(""),
			 TEXT("one\ntwo\r\nthree\rfour\n"));

	assert_sent(&stream, "data: one\ndata: two\ndata: three\ndata: four\n"
			     "data: \n\n");
}

static void no_byte_of_an_id_or_name_begins_a_line(void **state)
{
	struct event_stream stream = { 0 };
	(void)state;

	event_stream_put(&stream, TEXT("a\ndata: x"), TEXT("b\r\rid: y"),
			 TEXT(""));

	assert_sent(&stream, "id: a\nevent: b\ndata: \n\n");
}

static void a_heartbeat_and_a_delay_are_no_events(void **state)
{
	struct event_stream stream = { 0 };
	(void)state;

	event_stream_put_retry(&stream, 3000);
	event_stream_put_comment(&stream);

	assert_sent(&stream, "retry: 3000\n\n:\n\n");
}

static void what_is_taken_in_pieces_is_the_whole(void **state)
{
	static char data[LARGE], taken[LARGE + 64];
	struct event_stream stream = { 0 };
	size_t len = 0, step = 1;
	(void)state;

	memset(data, 'x', sizeof(data));
	event_stream_put(&stream, TEXT("i"), TEXT(""),
			 (struct text){ data, sizeof(data) });
	while (event_stream_waiting(&stream) > 0) {
		len += event_stream_take(&stream, taken + len, step);
		step = step * 3 % 5000 + 1;
	}

	assert_int_equal(sizeof("id: i\ndata: \n\n") - 1 + LARGE, len);
	assert_memory_equal("id: i\ndata: xxx", taken, 15);
	assert_memory_equal("xxx\n\n", taken + len - 5, 5);
	assert_false(event_stream_failed(&stream));
	event_stream_clear(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_is_its_id_its_data_and_an_empty_line),
		cmocka_unit_test(
			an_event_with_a_name_and_no_id_leaves_the_last_id_as_it_is),
		cmocka_unit_test(every_line_of_the_data_is_a_line_of_data),
		cmocka_unit_test(no_byte_of_an_id_or_name_begins_a_line),
		cmocka_unit_test(a_heartbeat_and_a_delay_are_no_events),
		cmocka_unit_test(what_is_taken_in_pieces_is_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
