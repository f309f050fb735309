#include "db/redirect_log_record.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum {
	SMALL_RING = 16384,
	STRESS_RECORDS = 200000,
};

static char filler[4096];

static struct redirect_log_ring *ring_of(size_t size_bytes)
{
	struct redirect_log_ring *ring = NULL;

	assert_int_equal(0, redirect_log_ring_new(size_bytes, &ring));
	return ring;
}

/* A record whose texts tell from which number they were made. */
static struct redirect_log_record a_record(int64_t number)
{
	size_t length = (size_t)number % 300;

	return (struct redirect_log_record){
		.id = number,
		.received_at_us = number * 3,
		.status = (uint16_t)(300 + number % 100),
		.reason = (uint8_t)(number % 16),
		.transport = LOG_TLS,
		.handling_us = (uint32_t)number,
		.method = TEXT("INVITE"),
		.request_uri = { filler + number % 26, length },
		.call_id = { filler + number % 7, length / 3 },
		.targets = { filler + number % 5, length * 2 },
		.move_revision = number + 1,
		.revision = number + 2,
	};
}

static bool texts_match(struct text a, struct text b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.ptr, b.ptr, a.len));
}

static bool records_match(const struct redirect_log_record *a,
			  const struct redirect_log_record *b)
{
	return a->id == b->id && a->received_at_us == b->received_at_us &&
	       a->status == b->status && a->reason == b->reason &&
	       a->transport == b->transport &&
	       a->handling_us == b->handling_us &&
	       a->move_revision == b->move_revision &&
	       a->revision == b->revision &&
	       texts_match(a->method, b->method) &&
	       texts_match(a->request_uri, b->request_uri) &&
	       texts_match(a->address, b->address) &&
	       texts_match(a->from, b->from) &&
	       texts_match(a->call_id, b->call_id) &&
	       texts_match(a->source, b->source) &&
	       texts_match(a->user_agent, b->user_agent) &&
	       texts_match(a->targets, b->targets) &&
	       texts_match(a->move_id, b->move_id) &&
	       texts_match(a->profile, b->profile) &&
	       texts_match(a->tags_asked, b->tags_asked) &&
	       texts_match(a->tags_refused, b->tags_refused);
}

static int fill_the_filler(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(filler); i++)
		filler[i] = (char)('a' + i % 26);
	return 0;
}

static void a_record_comes_out_as_it_went_in(void **state)
{
	struct redirect_log_ring *ring = ring_of(SMALL_RING);
	struct redirect_log_record in = {
		.id = INT64_MAX,
		.received_at_us = -1,
		.status = 302,
		.transport = LOG_TCP,
		.handling_us = UINT32_MAX,
		.method = TEXT("INVITE"),
		.request_uri = TEXT("sip:a@b;x=\0y"),
		.address = TEXT("sip:a@b"),
		.from = TEXT("\"\xff\xfe\" <sip:c@d>"),
		.call_id = TEXT("1@2"),
		.source = TEXT("192.0.2.1:5060"),
		.user_agent = TEXT("phone"),
		.targets = TEXT("sip:x@y\nsip:z@w"),
		.move_id = TEXT("mov_06DPY4T2V8Q5W1XG7NYKZ3B0RA"),
		.move_revision = 7,
		.profile = TEXT("asterisk 192.0.2.0/24"),
		.revision = 8,
		.tags_asked = TEXT("require:foo"),
		.tags_refused = TEXT("foo=-"),
	};
	struct redirect_log_record out;
	(void)state;

	assert_true(redirect_log_ring_put(ring, &in));

	assert_int_equal(REDIRECT_LOG_CALL, redirect_log_ring_peek(ring, &out));
	assert_true(records_match(&in, &out));
	redirect_log_ring_release(ring);
	assert_int_equal(REDIRECT_LOG_NOTHING,
			 redirect_log_ring_peek(ring, &out));
	redirect_log_ring_free(ring);
}

static void notes_come_out_between_records(void **state)
{
	struct redirect_log_ring *ring = ring_of(SMALL_RING);
	const struct redirect_log_repeats repeats = { 3, UINT16_MAX };
	struct redirect_log_record in = a_record(7), out;
	(void)state;

	assert_true(redirect_log_ring_put_ack(ring, 5));
	assert_true(redirect_log_ring_put_repeats(ring, 6, repeats));
	assert_true(redirect_log_ring_put(ring, &in));

	assert_int_equal(REDIRECT_LOG_ACK, redirect_log_ring_peek(ring, &out));
	assert_int_equal(5, out.id);
	redirect_log_ring_release(ring);
	assert_int_equal(REDIRECT_LOG_REPEATS,
			 redirect_log_ring_peek(ring, &out));
	assert_int_equal(6, out.id);
	assert_int_equal(3, out.repeats.requests);
	assert_int_equal(UINT16_MAX, out.repeats.answers);
	redirect_log_ring_release(ring);
	assert_int_equal(REDIRECT_LOG_CALL, redirect_log_ring_peek(ring, &out));
	assert_true(records_match(&in, &out));
	redirect_log_ring_free(ring);
}

static void a_peek_without_a_release_shows_the_same_again(void **state)
{
	struct redirect_log_ring *ring = ring_of(SMALL_RING);
	struct redirect_log_record out;
	(void)state;

	assert_true(redirect_log_ring_put_ack(ring, 1));
	assert_true(redirect_log_ring_put_ack(ring, 2));

	assert_int_equal(REDIRECT_LOG_ACK, redirect_log_ring_peek(ring, &out));
	assert_int_equal(REDIRECT_LOG_ACK, redirect_log_ring_peek(ring, &out));
	assert_int_equal(1, out.id);
	redirect_log_ring_release(ring);
	assert_int_equal(REDIRECT_LOG_ACK, redirect_log_ring_peek(ring, &out));
	assert_int_equal(2, out.id);
	redirect_log_ring_free(ring);
}

static void texts_stay_until_the_release(void **state)
{
	struct redirect_log_ring *ring = ring_of(256);
	struct redirect_log_record first = { .id = 1, .from = TEXT("first") };
	struct redirect_log_record second = { .id = 2, .from = TEXT("second") };
	struct redirect_log_record out, later;
	(void)state;

	assert_true(redirect_log_ring_put(ring, &first));
	assert_true(redirect_log_ring_put(ring, &second));
	assert_int_equal(REDIRECT_LOG_CALL, redirect_log_ring_peek(ring, &out));
	redirect_log_ring_advance(ring);
	assert_int_equal(REDIRECT_LOG_CALL,
			 redirect_log_ring_peek(ring, &later));
	redirect_log_ring_advance(ring);
	assert_int_equal(REDIRECT_LOG_NOTHING,
			 redirect_log_ring_peek(ring, &later));

	/* There is room for three. */
	assert_true(redirect_log_ring_put(ring, &second));
	assert_false(redirect_log_ring_put(ring, &second));
	assert_true(records_match(&first, &out));
	redirect_log_ring_release(ring);
	assert_true(redirect_log_ring_put(ring, &second));
	redirect_log_ring_free(ring);
}

static void records_of_every_size_survive_the_wrap(void **state)
{
	struct redirect_log_ring *ring = ring_of(4096);
	(void)state;

	for (int64_t i = 0; i < 20000; i++) {
		struct redirect_log_record in = a_record(i), out;

		assert_true(redirect_log_ring_put(ring, &in));
		assert_true(redirect_log_ring_put_ack(ring, i));
		assert_int_equal(REDIRECT_LOG_CALL,
				 redirect_log_ring_peek(ring, &out));
		assert_true(records_match(&in, &out));
		redirect_log_ring_release(ring);
		assert_int_equal(REDIRECT_LOG_ACK,
				 redirect_log_ring_peek(ring, &out));
		assert_int_equal(i, out.id);
		redirect_log_ring_release(ring);
	}
	assert_int_equal(0, redirect_log_ring_used_bytes(ring));
	assert_int_equal(0, redirect_log_ring_dropped(ring));
	redirect_log_ring_free(ring);
}

static void a_full_ring_drops_and_counts_and_keeps_what_it_has(void **state)
{
	struct redirect_log_ring *ring = ring_of(SMALL_RING);
	struct redirect_log_record out;
	int64_t stored = 0;
	(void)state;

	for (int64_t round = 0; round < 50; round++) {
		uint64_t dropped = redirect_log_ring_dropped(ring);
		int64_t count = 0;

		for (;; count++) {
			struct redirect_log_record in =
				a_record(stored + count);

			if (!redirect_log_ring_put(ring, &in))
				break;
		}
		assert_int_equal(dropped + 1, redirect_log_ring_dropped(ring));
		assert_in_range(redirect_log_ring_used_bytes(ring),
				SMALL_RING / 2, SMALL_RING);
		for (int64_t i = stored; i < stored + count; i++) {
			struct redirect_log_record in = a_record(i);

			assert_int_equal(REDIRECT_LOG_CALL,
					 redirect_log_ring_peek(ring, &out));
			assert_true(records_match(&in, &out));
			redirect_log_ring_release(ring);
		}
		stored += count;
		assert_int_equal(REDIRECT_LOG_NOTHING,
				 redirect_log_ring_peek(ring, &out));
	}
	redirect_log_ring_free(ring);
}

static void a_ring_can_be_filled_to_its_last_byte(void **state)
{
	struct redirect_log_ring *ring = ring_of(64);
	struct redirect_log_record out;
	(void)state;

	for (int64_t i = 0; i < 4; i++)
		assert_true(redirect_log_ring_put_ack(ring, i));
	assert_int_equal(64, redirect_log_ring_used_bytes(ring));

	assert_false(redirect_log_ring_put_ack(ring, 4));
	assert_int_equal(1, redirect_log_ring_dropped(ring));
	assert_int_equal(REDIRECT_LOG_ACK, redirect_log_ring_peek(ring, &out));
	assert_int_equal(0, out.id);
	redirect_log_ring_free(ring);
}

static void a_record_larger_than_the_ring_is_dropped(void **state)
{
	struct redirect_log_ring *ring = ring_of(256);
	struct redirect_log_record in = a_record(299), out;
	(void)state;

	assert_false(redirect_log_ring_put(ring, &in));

	assert_int_equal(1, redirect_log_ring_dropped(ring));
	assert_int_equal(REDIRECT_LOG_NOTHING,
			 redirect_log_ring_peek(ring, &out));
	redirect_log_ring_free(ring);
}

static void long_texts_are_cut(void **state)
{
	struct redirect_log_ring *ring = ring_of(SMALL_RING);
	const struct text longest = { filler, sizeof(filler) };
	struct redirect_log_record out, in = {
		.method = longest,
		.request_uri = longest,
		.address = longest,
		.from = longest,
		.call_id = longest,
		.source = longest,
		.user_agent = longest,
		.targets = longest,
		.move_id = longest,
		.profile = longest,
		.tags_asked = longest,
		.tags_refused = longest,
	};
	(void)state;

	assert_true(redirect_log_ring_put(ring, &in));
	assert_int_equal(REDIRECT_LOG_CALL, redirect_log_ring_peek(ring, &out));

	assert_int_equal(LOG_METHOD_MAX, out.method.len);
	assert_int_equal(LOG_TEXT_MAX, out.request_uri.len);
	assert_int_equal(LOG_TEXT_MAX, out.address.len);
	assert_int_equal(LOG_TEXT_MAX, out.from.len);
	assert_int_equal(LOG_TEXT_MAX, out.call_id.len);
	assert_int_equal(LOG_SOURCE_MAX, out.source.len);
	assert_int_equal(LOG_TEXT_MAX, out.user_agent.len);
	assert_int_equal(LOG_TARGETS_TEXT_MAX, out.targets.len);
	assert_int_equal(MOVE_ID_SIZE - 1, out.move_id.len);
	assert_int_equal(LOG_PROFILE_MAX, out.profile.len);
	assert_int_equal(LOG_TEXT_MAX, out.tags_asked.len);
	assert_int_equal(LOG_TAGS_REFUSED_MAX, out.tags_refused.len);
	assert_memory_equal(filler, out.tags_refused.ptr, LOG_TAGS_REFUSED_MAX);
	redirect_log_ring_free(ring);
}

static void a_cut_does_not_fall_within_a_character(void **state)
{
	struct redirect_log_ring *ring = ring_of(SMALL_RING);
	char euros[LOG_TEXT_MAX + 10];
	struct redirect_log_record out, in = {
		.from = { euros, sizeof(euros) },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(euros); i++)
		euros[i] = "\xe2\x82\xac"[i % 3];
	assert_true(redirect_log_ring_put(ring, &in));

	assert_int_equal(REDIRECT_LOG_CALL, redirect_log_ring_peek(ring, &out));
	assert_int_equal(LOG_TEXT_MAX / 3 * 3, out.from.len);
	redirect_log_ring_free(ring);
}

static void a_size_that_is_no_power_of_two_is_refused(void **state)
{
	static const size_t sizes[] = { 0, 1, 32, 65, 1000, 16383, 16385 };
	struct redirect_log_ring *ring = NULL;
	(void)state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		assert_int_equal(EINVAL,
				 redirect_log_ring_new(sizes[i], &ring));
	assert_null(ring);
	redirect_log_ring_free(NULL);
}

static void *produce(void *argument)
{
	struct redirect_log_ring *ring = argument;

	for (int64_t i = 0; i < STRESS_RECORDS; i++) {
		struct redirect_log_record in = a_record(i);

		while (!redirect_log_ring_put(ring, &in))
			sched_yield();
		while (!redirect_log_ring_put_ack(ring, i))
			sched_yield();
	}
	return NULL;
}

static void two_threads_pass_every_record_in_order(void **state)
{
	struct redirect_log_ring *ring = ring_of(SMALL_RING);
	pthread_t producer;
	(void)state;

	assert_int_equal(0, pthread_create(&producer, NULL, produce, ring));
	for (int64_t i = 0; i < 2 * STRESS_RECORDS;) {
		struct redirect_log_record out, expected = a_record(i / 2);
		enum redirect_log_entry_kind kind =
			redirect_log_ring_peek(ring, &out);

		if (kind == REDIRECT_LOG_NOTHING) {
			assert_in_range(redirect_log_ring_used_bytes(ring), 0,
					SMALL_RING);
			sched_yield();
			continue;
		}
		assert_int_equal(i % 2 ? REDIRECT_LOG_ACK : REDIRECT_LOG_CALL,
				 kind);
		if (kind == REDIRECT_LOG_CALL)
			assert_true(records_match(&expected, &out));
		assert_int_equal(i / 2, out.id);
		redirect_log_ring_release(ring);
		i++;
	}
	assert_int_equal(0, pthread_join(producer, NULL));
	assert_int_equal(0, redirect_log_ring_used_bytes(ring));
	redirect_log_ring_free(ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_comes_out_as_it_went_in),
		cmocka_unit_test(notes_come_out_between_records),
		cmocka_unit_test(a_peek_without_a_release_shows_the_same_again),
		cmocka_unit_test(texts_stay_until_the_release),
		cmocka_unit_test(records_of_every_size_survive_the_wrap),
		cmocka_unit_test(
			a_full_ring_drops_and_counts_and_keeps_what_it_has),
		cmocka_unit_test(a_ring_can_be_filled_to_its_last_byte),
		cmocka_unit_test(a_record_larger_than_the_ring_is_dropped),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(a_cut_does_not_fall_within_a_character),
		cmocka_unit_test(a_size_that_is_no_power_of_two_is_refused),
		cmocka_unit_test(two_threads_pass_every_record_in_order),
	};

	return cmocka_run_group_tests(tests, fill_the_filler, NULL);
}
