#include "worker_fixture.h"

#include <errno.h>
#include <sys/epoll.h>

#include "sip/stream_buffer.h"
#include "sip/stream_connection.h"
#include "sip/stream_limits.h"

static void a_source_has_its_cap_and_all_sources_have_theirs(void **state)
{
	struct stream_limits *limits = NULL;
	(void)state;

	assert_int_equal(0, stream_limits_new(3, 2, &limits));
	assert_true(stream_limits_take(limits, 1));
	assert_true(stream_limits_take(limits, 1));
	assert_false(stream_limits_take(limits, 1));
	assert_true(stream_limits_take(limits, 2));
	assert_false(stream_limits_take(limits, 3));

	stream_limits_give_back(limits, 1);
	/* What was refused above was not counted. */
	assert_true(stream_limits_take(limits, 3));
	assert_false(stream_limits_take(limits, 1));
	stream_limits_free(limits);
}

static void a_buffer_without_bytes_has_no_memory(void **state)
{
	struct stream_memory memory = { .max = 1 << 20 };
	struct stream_buffer buffer = { 0 };
	(void)state;

	assert_int_equal(
		0, stream_buffer_put(&buffer, &memory, TEXT("hello world")));
	assert_true(memory.held > 0);
	stream_buffer_drop(&buffer, &memory, 6);
	assert_true(text_equals(TEXT("world"), stream_buffer_text(&buffer)));
	stream_buffer_drop(&buffer, &memory, 5);
	assert_null(buffer.ptr);
	assert_int_equal(0, memory.held);
}

static void all_buffers_share_one_bound(void **state)
{
	struct stream_memory memory = { .max = 2048 };
	struct stream_buffer first = { 0 }, second = { 0 };
	char bytes[1500] = { 0 };
	(void)state;

	assert_int_equal(0, stream_buffer_put(&first, &memory, TEXT("a")));
	assert_int_equal(0, stream_buffer_put(&second, &memory, TEXT("b")));
	assert_int_equal(
		ENOMEM,
		stream_buffer_put(&second, &memory,
				  (struct text){ bytes, sizeof(bytes) }));
	assert_true(text_equals(TEXT("b"), stream_buffer_text(&second)));
	stream_buffer_clear(&first, &memory);
	assert_int_equal(
		0, stream_buffer_put(&second, &memory,
				     (struct text){ bytes, sizeof(bytes) }));
	stream_buffer_clear(&second, &memory);
	assert_int_equal(0, memory.held);
}

static void an_index_used_again_is_another_connection(void **state)
{
	struct stream_table table = { 0 };
	uint32_t first, second, generation;
	(void)state;

	assert_int_equal(0, stream_table_add(&table, &first));
	generation = table.slots[first].generation;
	assert_non_null(stream_table_find(&table, first, generation));
	stream_table_remove(&table, first);
	assert_null(stream_table_find(&table, first, generation));
	assert_int_equal(0, stream_table_add(&table, &second));
	assert_int_equal(first, second);
	assert_null(stream_table_find(&table, first, generation));
	assert_null(stream_table_find(&table, 1 << 30, 1));
	stream_table_remove(&table, second);
	stream_table_clear(&table);
}

static void a_table_grows_and_keeps_what_it_has(void **state)
{
	struct stream_table table = { 0 };
	struct stream_connection *kept[1000];
	uint32_t index;
	(void)state;

	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(0, stream_table_add(&table, &index));
		assert_int_equal(i, index);
		kept[i] = table.slots[index].connection;
	}
	assert_int_equal(1000, table.count);
	for (uint32_t i = 0; i < 1000; i++) {
		assert_ptr_equal(kept[i], stream_table_find(&table, i, 1));
		stream_table_remove(&table, i);
	}
	assert_int_equal(0, table.count);
	stream_table_clear(&table);
}

/* A connection and what it waits for; times in seconds. */
static const struct {
	const char *name;
	struct stream_connection connection;
	int64_t deadline;
	uint32_t interest;
} waits[] = {
	{ "a handshake has its own time",
	  { .state = STREAM_HANDSHAKE, .waiting_since = 1, .active_at = 1 },
	  1 + 10,
	  EPOLLIN },
	{ "a first message must come",
	  { .state = STREAM_OPEN, .waiting_since = 1, .active_at = 20 },
	  1 + 32,
	  EPOLLIN },
	{ "who has spoken may be silent",
	  { .state = STREAM_OPEN,
	    .has_spoken = true,
	    .waiting_since = 1,
	    .active_at = 20 },
	  20 + 900,
	  EPOLLIN },
	{ "a message once begun must end",
	  { .state = STREAM_OPEN,
	    .has_spoken = true,
	    .has_begun = true,
	    .input.len = 1,
	    .waiting_since = 30,
	    .active_at = 20 },
	  30 + 32,
	  EPOLLIN },
	{ "line ends are no message begun",
	  { .state = STREAM_OPEN,
	    .has_spoken = true,
	    .input.len = 3,
	    .waiting_since = 30,
	    .active_at = 20 },
	  20 + 900,
	  EPOLLIN },
	{ "answers must be taken, and nothing is read until they are",
	  { .state = STREAM_OPEN,
	    .has_spoken = true,
	    .output.len = 1,
	    .taken_at = 40,
	    .active_at = 20 },
	  40 + 10,
	  EPOLLOUT },
	{ "a half-closed peer is read no more",
	  { .state = STREAM_OPEN,
	    .has_spoken = true,
	    .peer_ended = true,
	    .output.len = 1,
	    .taken_at = 40,
	    .active_at = 20 },
	  40 + 10,
	  EPOLLOUT },
	{ "TLS may need room before it reads",
	  { .state = STREAM_HANDSHAKE,
	    .io.wants_write = true,
	    .waiting_since = 1 },
	  1 + 10,
	  EPOLLIN | EPOLLOUT },
	{ "after the last answer it is soon over",
	  { .state = STREAM_DRAINING, .waiting_since = 50, .active_at = 50 },
	  50 + 2,
	  EPOLLIN },
};

static void each_wait_has_an_end(void **state)
{
	const struct stream_timeouts timeouts = { .handshake_us = 10000000,
						  .message_us = 32000000,
						  .idle_us = 900000000 };
	(void)state;

	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		struct stream_connection connection = waits[i].connection;

		print_message("  %s\n", waits[i].name);
		connection.waiting_since *= 1000000;
		connection.active_at *= 1000000;
		connection.taken_at *= 1000000;
		assert_int_equal(
			waits[i].deadline * 1000000,
			stream_connection_deadline_us(&connection, &timeouts));
		assert_int_equal(waits[i].interest,
				 stream_connection_interest(&connection));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_source_has_its_cap_and_all_sources_have_theirs),
		cmocka_unit_test(a_buffer_without_bytes_has_no_memory),
		cmocka_unit_test(all_buffers_share_one_bound),
		cmocka_unit_test(an_index_used_again_is_another_connection),
		cmocka_unit_test(a_table_grows_and_keeps_what_it_has),
		cmocka_unit_test(each_wait_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
