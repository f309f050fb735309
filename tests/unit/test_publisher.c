#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <sodium.h>

#include "db/publisher.h"
#include "db/snapshot_builder.h"
#include "db/snapshot_state.h"

enum {
	ADDRESSES = 8,
	READERS = 4,
	PUBLISHED = 3000,
	NEVER = -1, /* poll() without a time-out */
};

/* Every address carries the snapshot's number as its move's revision. */
static struct snapshot *snapshot_numbered(const struct snapshot *base,
					  int64_t number)
{
	struct snapshot_builder *builder;
	struct move move = {
		.targets[0] = { "sip:a@example.net", 1000 },
		.target_count = 1,
		.ends_at_ms = MOVE_OPEN_END,
		.revision = number,
	};
	char name[64];

	if (snapshot_builder_begin(base, &builder) != 0)
		return NULL;
	for (int i = 0; i < ADDRESSES; i++) {
		snprintf(name, sizeof(name), "sip:u%d@example.com", i);
		if (snapshot_builder_put_address(builder, text_of(name), &move,
						 1) != 0) {
			snapshot_builder_discard(builder);
			return NULL;
		}
	}
	return snapshot_builder_finish(builder, number);
}

static void publish(struct publisher *publisher, int64_t number)
{
	struct snapshot *snapshot =
		snapshot_numbered(publisher_current(publisher), number);

	assert_non_null(snapshot);
	publisher_publish(publisher, snapshot);
}

static bool is_of_one_number(const struct snapshot *snapshot)
{
	char name[64];

	for (int i = 0; i < ADDRESSES; i++) {
		const struct snapshot_address *address;

		snprintf(name, sizeof(name), "sip:u%d@example.com", i);
		address = snapshot_address(snapshot, text_of(name));
		if (!address || address->move_count != 1 ||
		    address->moves[0].revision != snapshot_revision(snapshot) ||
		    !text_equals(address->moves[0].targets[0].uri,
				 TEXT("sip:a@example.net")))
			return false;
	}
	return true;
}

static bool is_signalled(const struct wake *wake)
{
	struct pollfd poll_fd = { .fd = wake->fd, .events = POLLIN };

	return poll(&poll_fd, 1, 0) == 1;
}

/* cmocka's asserts belong to the main thread: readers report. */
struct reading {
	pthread_t thread;
	struct wake wake;
	struct snapshot_reader *reader;
	bool spins; /* looks all the time, without waiting for its wake */
	bool failed;
	unsigned adoptions;
};

static void wait_for_mail(const struct reading *reading)
{
	struct pollfd poll_fd = { .fd = reading->wake.fd, .events = POLLIN };

	if (!reading->spins)
		(void)poll(&poll_fd, 1, NEVER);
	wake_drain(&reading->wake);
}

static void *read_until_the_last(void *arg)
{
	struct reading *reading = arg;
	int64_t seen = -1;

	while (seen < PUBLISHED) {
		const struct snapshot *snapshot;

		wait_for_mail(reading);
		snapshot = snapshot_reader_adopt(reading->reader);
		if (!snapshot)
			continue;
		if (!is_of_one_number(snapshot) ||
		    snapshot_revision(snapshot) < seen ||
		    snapshot != snapshot_reader_current(reading->reader))
			reading->failed = true;
		reading->adoptions += snapshot_revision(snapshot) > seen;
		seen = snapshot_revision(snapshot);
	}
	snapshot_reader_stop(reading->reader);
	return NULL;
}

static void readers_see_whole_snapshots_that_never_go_back(void **state)
{
	struct reading readings[READERS] = { 0 };
	struct publisher *publisher;
	struct wake adopted;
	(void)state;

	assert_int_equal(0, wake_init(&adopted));
	assert_int_equal(0, publisher_new(&adopted, &publisher));
	publish(publisher, 0);
	for (size_t i = 0; i < READERS; i++) {
		struct reading *reading = &readings[i];

		reading->spins = i % 2;
		assert_int_equal(0, wake_init(&reading->wake));
		assert_int_equal(0,
				 publisher_add_reader(publisher, &reading->wake,
						      &reading->reader));
		assert_int_equal(0,
				 pthread_create(&reading->thread, NULL,
						read_until_the_last, reading));
	}
	for (int64_t number = 1; number <= PUBLISHED; number++)
		publish(publisher, number);
	for (size_t i = 0; i < READERS; i++) {
		assert_int_equal(0, pthread_join(readings[i].thread, NULL));
		assert_false(readings[i].failed);
		assert_true(readings[i].adoptions > 0);
		wake_clear(&readings[i].wake);
	}
	assert_true(publisher_adopted_revision(publisher) == INT64_MAX);
	assert_true(is_signalled(&adopted));
	publisher_free(publisher);
	wake_clear(&adopted);
}

static void a_reader_finds_what_was_published_before_it_came(void **state)
{
	struct publisher *publisher;
	struct snapshot_reader *early, *late;
	(void)state;

	assert_int_equal(0, publisher_new(NULL, &publisher));
	assert_int_equal(0, publisher_add_reader(publisher, NULL, &early));
	assert_null(snapshot_reader_adopt(early));
	publish(publisher, 5);
	assert_int_equal(0, publisher_add_reader(publisher, NULL, &late));
	assert_int_equal(5, snapshot_revision(snapshot_reader_adopt(early)));
	assert_int_equal(5, snapshot_revision(snapshot_reader_adopt(late)));
	publisher_free(publisher);
}

static void the_lowest_adopted_revision_is_what_all_readers_run(void **state)
{
	struct publisher *publisher;
	struct snapshot_reader *a, *b;
	(void)state;

	assert_int_equal(0, publisher_new(NULL, &publisher));
	assert_true(publisher_adopted_revision(publisher) == INT64_MAX);
	assert_int_equal(0, publisher_add_reader(publisher, NULL, &a));
	assert_int_equal(0, publisher_add_reader(publisher, NULL, &b));
	publish(publisher, 1);
	assert_true(publisher_adopted_revision(publisher) < 1);
	(void)snapshot_reader_adopt(a);
	assert_true(publisher_adopted_revision(publisher) < 1);
	(void)snapshot_reader_adopt(b);
	assert_int_equal(1, publisher_adopted_revision(publisher));
	publish(publisher, 2);
	(void)snapshot_reader_adopt(a);
	assert_int_equal(1, publisher_adopted_revision(publisher));
	snapshot_reader_stop(b);
	assert_int_equal(2, publisher_adopted_revision(publisher));
	publisher_free(publisher);
}

static void adopting_tells_the_store_only_when_something_was_taken(void **state)
{
	struct publisher *publisher;
	struct snapshot_reader *reader;
	struct wake adopted, wake;
	(void)state;

	assert_int_equal(0, wake_init(&adopted));
	assert_int_equal(0, wake_init(&wake));
	assert_int_equal(0, publisher_new(&adopted, &publisher));
	assert_int_equal(0, publisher_add_reader(publisher, &wake, &reader));
	(void)snapshot_reader_adopt(reader);
	assert_false(is_signalled(&adopted));
	publish(publisher, 1);
	assert_true(is_signalled(&wake));
	assert_false(is_signalled(&adopted));
	(void)snapshot_reader_adopt(reader);
	assert_true(is_signalled(&adopted));
	wake_drain(&adopted);
	(void)snapshot_reader_adopt(reader);
	assert_false(is_signalled(&adopted));
	publisher_free(publisher);
	wake_clear(&adopted);
	wake_clear(&wake);
}

static void a_held_snapshot_stays_whole_while_others_come_and_go(void **state)
{
	struct publisher *publisher;
	struct snapshot_reader *slow, *quick;
	const struct snapshot *held;
	(void)state;

	assert_int_equal(0, publisher_new(NULL, &publisher));
	assert_int_equal(0, publisher_add_reader(publisher, NULL, &slow));
	assert_int_equal(0, publisher_add_reader(publisher, NULL, &quick));
	publish(publisher, 1);
	held = snapshot_reader_adopt(slow);
	for (int64_t number = 2; number < 50; number++) {
		publish(publisher, number);
		assert_true(is_of_one_number(snapshot_reader_adopt(quick)));
		assert_true(is_of_one_number(held));
		assert_int_equal(1, snapshot_revision(held));
	}
	assert_int_equal(49, publisher_kept_count(publisher));
	assert_int_equal(49, snapshot_revision(snapshot_reader_adopt(slow)));
	publisher_reclaim(publisher);
	assert_int_equal(1, publisher_kept_count(publisher));
	publisher_free(publisher);
}

static void what_no_reader_can_see_is_freed(void **state)
{
	struct publisher *publisher;
	struct snapshot_reader *often, *never;
	(void)state;

	assert_int_equal(0, publisher_new(NULL, &publisher));
	assert_int_equal(0, publisher_add_reader(publisher, NULL, &often));
	assert_int_equal(0, publisher_add_reader(publisher, NULL, &never));
	for (int64_t number = 1; number < 100; number++) {
		publish(publisher, number);
		(void)snapshot_reader_adopt(often);
		/* The newest, and the one that was in use until now. */
		assert_true(publisher_kept_count(publisher) <= 2);
		publisher_reclaim(publisher);
		assert_int_equal(1, publisher_kept_count(publisher));
	}
	publish(publisher, 100);
	assert_int_equal(2, publisher_kept_count(publisher));
	snapshot_reader_stop(often);
	publisher_reclaim(publisher);
	assert_int_equal(1, publisher_kept_count(publisher));
	publisher_free(publisher);
}

static void a_reader_that_stopped_gets_no_mail(void **state)
{
	struct publisher *publisher;
	struct snapshot_reader *reader;
	(void)state;

	assert_int_equal(0, publisher_new(NULL, &publisher));
	assert_int_equal(0, publisher_add_reader(publisher, NULL, &reader));
	publish(publisher, 1);
	(void)snapshot_reader_adopt(reader);
	snapshot_reader_stop(reader);
	publish(publisher, 2);
	assert_null(snapshot_reader_adopt(reader));
	assert_true(publisher_adopted_revision(publisher) == INT64_MAX);
	publisher_free(publisher);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			readers_see_whole_snapshots_that_never_go_back),
		cmocka_unit_test(
			a_reader_finds_what_was_published_before_it_came),
		cmocka_unit_test(
			the_lowest_adopted_revision_is_what_all_readers_run),
		cmocka_unit_test(
			adopting_tells_the_store_only_when_something_was_taken),
		cmocka_unit_test(
			a_held_snapshot_stays_whole_while_others_come_and_go),
		cmocka_unit_test(what_no_reader_can_see_is_freed),
		cmocka_unit_test(a_reader_that_stopped_gets_no_mail),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests_name("publisher", tests, NULL, NULL);
}
