#include "store_fixture.h"

#include "db/data_dir.h"

#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>

static const char alice[] = "sip:alice@example.com";
static const char hotel[] = "sip:alice@hotel.example.net";

static int read_policy_state(struct changes *changes, void *arg)
{
	return extension_policy_state_get(changes, arg);
}

static void a_fresh_folder_gets_the_standard_policy(void **state)
{
	struct fixture *fixture = *state;
	struct extension_policy_state policy;

	assert_int_equal(0, fixture_run(fixture, read_policy_state, &policy));
	assert_string_equal("standard", policy.preset);
	assert_true(policy.rule_count > 0);
	assert_int_equal(1, store_health(fixture->store).revision);
	assert_true(store_health(fixture->store).is_up);
}

static void a_move_is_there_after_the_store_was_opened_again(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call = a_move(alice, hotel, AT(0), MOVE_OPEN_END);
	const struct snapshot *snapshot;

	assert_int_equal(0, create_move(fixture, &call));
	fixture_reopen(fixture);

	snapshot = publisher_current(store_publisher(fixture->store));
	assert_int_equal(1, snapshot_move_count(snapshot));
	assert_int_equal(2, snapshot_revision(snapshot));
	assert_int_equal(2, store_health(fixture->store).revision);
}

static void nobody_else_may_read_the_database(void **state)
{
	struct fixture *fixture = *state;
	static const char *const names[] = { "sipmoved.db", "sipmoved.db-wal" };
	struct move_call call = a_move(alice, hotel, AT(0), MOVE_OPEN_END);
	struct stat info;
	char path[300];

	assert_int_equal(0, create_move(fixture, &call));
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", fixture->path, names[i]);
		assert_int_equal(0, stat(path, &info));
		assert_int_equal(0600, info.st_mode & 0777);
	}
}

static void a_folder_is_open_in_one_store_at_a_time(void **state)
{
	struct fixture *fixture = *state;
	struct fixture second = *fixture;
	const char *why = NULL;

	assert_int_equal(EBUSY, fixture_try_open(&second, &why));
	assert_non_null(strstr(why, "another sipmoved"));
	fixture_close(fixture);
	assert_int_equal(0, fixture_try_open(&second, &why));
	assert_null(why);
	fixture->store = second.store;
}

static void a_file_that_is_no_database_is_refused(void **state)
{
	struct fixture *fixture = *state;
	const char *why = NULL;
	char path[300];
	FILE *file;

	fixture_close(fixture);
	snprintf(path, sizeof(path), "%s/sipmoved.db", fixture->path);
	file = fopen(path, "w");
	assert_non_null(file);
	for (int i = 0; i < 1000; i++)
		fputs("this is not a database\n", file);
	fclose(file);

	assert_int_equal(EBADMSG, fixture_try_open(fixture, &why));
	assert_non_null(strstr(why, "damaged"));
}

static void a_file_system_that_is_shared_by_network_is_told(void **state)
{
	(void)state;
	assert_true(data_dir_is_network(0x6969));
	assert_true(data_dir_is_network((long)(int32_t)0xFF534D42));
	assert_true(data_dir_is_network(0x01021997));
	assert_false(data_dir_is_network(0xEF53));
	assert_false(data_dir_is_network(0x01021994));
}

static struct move_call call_for(int n)
{
	char address[64];

	snprintf(address, sizeof(address), "sip:user%d@example.com", n);
	return a_move(address, hotel, AT(0), AT(60));
}

static void changes_that_wait_together_share_a_commit(void **state)
{
	enum {
		COUNT = 100
	};
	struct fixture *fixture = *state;
	struct change *changes = calloc(COUNT, sizeof(*changes));
	struct move_call *calls = calloc(COUNT, sizeof(*calls));

	for (int i = 0; i < COUNT; i++) {
		calls[i] = call_for(i);
		change_init(&changes[i], run_move_create, &calls[i]);
		store_submit(fixture->store, &changes[i].job);
	}
	assert_int_equal(0, store_start(fixture->store));
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(0, change_wait(&changes[i]));
		assert_int_equal(2 + i, changes[i].revision);
		assert_int_equal(2 + i, calls[i].move.revision);
	}
	store_stop(fixture->store);

	assert_int_equal(2, store_health(fixture->store).commits);
	assert_int_equal(COUNT, store_health(fixture->store).changes);
	free(changes);
	free(calls);
}

static int create_then_fail(struct changes *changes, void *arg)
{
	int err = run_move_create(changes, arg);

	return err ? err : EPERM;
}

static void a_job_that_fails_is_rolled_back_alone(void **state)
{
	struct fixture *fixture = *state;
	struct move_call calls[] = { call_for(0), call_for(1), call_for(2) };
	struct change changes[3];
	const struct snapshot *snapshot;

	change_init(&changes[0], run_move_create, &calls[0]);
	change_init(&changes[1], create_then_fail, &calls[1]);
	change_init(&changes[2], run_move_create, &calls[2]);
	for (int i = 0; i < 3; i++)
		store_submit(fixture->store, &changes[i].job);
	assert_int_equal(0, store_start(fixture->store));
	assert_int_equal(0, change_wait(&changes[0]));
	assert_int_equal(EPERM, change_wait(&changes[1]));
	assert_int_equal(0, change_wait(&changes[2]));
	store_stop(fixture->store);

	assert_int_equal(1, store_health(fixture->store).commits);
	assert_int_equal(2, changes[0].revision);
	assert_int_equal(3, changes[2].revision);
	snapshot = publisher_current(store_publisher(fixture->store));
	assert_int_equal(3, snapshot_revision(snapshot));
	assert_int_equal(2, snapshot_address_count(snapshot));
	assert_null(snapshot_address(snapshot, TEXT("sip:user1@example.com")));
	assert_int_equal(
		2, fixture_number(fixture, "SELECT count(*) FROM address"));
	assert_int_equal(0,
			 fixture_number(fixture, "SELECT count(*) FROM audit "
						 "WHERE after LIKE '%user1%'"));
}

static int change_nothing(struct changes *changes, void *arg)
{
	(void)changes;
	(void)arg;
	return 0;
}

static void a_change_that_writes_nothing_commits_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct change change;

	change_init(&change, change_nothing, NULL);
	assert_int_equal(0, store_run_offline(fixture->store, &change.job));
	assert_int_equal(1, change.job.revision);
	assert_int_equal(0, store_health(fixture->store).commits);
	sem_destroy(&change.done);
}

enum {
	SUBMITTERS = 4,
	PER_SUBMITTER = 25,
};

struct submitter {
	struct store *store;
	int number;
	int64_t revisions[PER_SUBMITTER];
	int failed;
};

static void *submit_moves(void *arg)
{
	struct submitter *submitter = arg;

	for (int i = 0; i < PER_SUBMITTER; i++) {
		struct move_call call = call_for(1000 * submitter->number + i);
		struct change change;

		change_init(&change, run_move_create, &call);
		store_submit(submitter->store, &change.job);
		submitter->failed += change_wait(&change) != 0;
		submitter->revisions[i] = change.revision;
	}
	return NULL;
}

static void *adopt_all(void *arg)
{
	struct snapshot_reader *reader = arg;
	int64_t last = SUBMITTERS * PER_SUBMITTER + 1;

	while (snapshot_revision(snapshot_reader_adopt(reader)) < last)
		;
	snapshot_reader_stop(reader);
	return NULL;
}

static void submitters_in_four_threads_each_see_their_own_order(void **state)
{
	struct fixture *fixture = *state;
	struct submitter submitters[SUBMITTERS] = { 0 };
	bool seen[SUBMITTERS * PER_SUBMITTER + 2] = { false };
	struct snapshot_reader *reader;
	pthread_t threads[SUBMITTERS], reading;

	assert_int_equal(0,
			 publisher_add_reader(store_publisher(fixture->store),
					      NULL, &reader));
	assert_int_equal(0, store_start(fixture->store));
	pthread_create(&reading, NULL, adopt_all, reader);
	for (int i = 0; i < SUBMITTERS; i++) {
		submitters[i].store = fixture->store;
		submitters[i].number = i;
		pthread_create(&threads[i], NULL, submit_moves, &submitters[i]);
	}
	for (int i = 0; i < SUBMITTERS; i++)
		pthread_join(threads[i], NULL);
	pthread_join(reading, NULL);
	store_stop(fixture->store);

	for (int i = 0; i < SUBMITTERS; i++) {
		assert_int_equal(0, submitters[i].failed);
		for (int j = 0; j < PER_SUBMITTER; j++) {
			int64_t revision = submitters[i].revisions[j];

			assert_in_range(revision, 2,
					SUBMITTERS * PER_SUBMITTER + 1);
			assert_false(seen[revision]);
			seen[revision] = true;
			if (j > 0)
				assert_true(revision >
					    submitters[i].revisions[j - 1]);
		}
	}
	assert_int_equal(SUBMITTERS * PER_SUBMITTER,
			 snapshot_move_count(publisher_current(
				 store_publisher(fixture->store))));
}

static int waits(struct change *change)
{
	int value;

	sem_getvalue(&change->done, &value);
	return value == 0;
}

static void done_comes_after_every_reader_runs_the_change(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call = call_for(1);
	struct snapshot_reader *reader;
	struct change change;
	struct wake wake;
	struct pollfd pollfd;

	assert_int_equal(0, wake_init(&wake));
	assert_int_equal(0,
			 publisher_add_reader(store_publisher(fixture->store),
					      &wake, &reader));
	snapshot_reader_adopt(reader);
	wake_drain(&wake);
	assert_int_equal(0, store_start(fixture->store));
	change_init(&change, run_move_create, &call);
	store_submit(fixture->store, &change.job);

	pollfd = (struct pollfd){ .fd = wake.fd, .events = POLLIN };
	assert_int_equal(1, poll(&pollfd, 1, 10000));
	assert_true(waits(&change)); /* published, but not adopted */
	assert_int_equal(2, snapshot_revision(snapshot_reader_adopt(reader)));
	assert_int_equal(0, change_wait(&change));
	assert_int_equal(2, change.revision);
	assert_int_equal(0, store_health(fixture->store).late_adoptions);

	store_stop(fixture->store);
	snapshot_reader_stop(reader);
	wake_clear(&wake);
}

static void a_reader_that_hangs_delays_a_change_but_does_not_stop_it(
	void **state)
{
	struct fixture *fixture = *state;
	struct move_call call = call_for(1);
	struct snapshot_reader *reader;
	struct change change;
	struct wake wake;

	assert_int_equal(0, wake_init(&wake));
	assert_int_equal(0,
			 publisher_add_reader(store_publisher(fixture->store),
					      &wake, &reader));
	assert_int_equal(0, store_start(fixture->store));
	change_init(&change, run_move_create, &call);
	store_submit(fixture->store, &change.job);
	assert_int_equal(0, change_wait(&change));
	assert_int_equal(1, store_health(fixture->store).late_adoptions);

	store_stop(fixture->store);
	snapshot_reader_stop(reader);
	wake_clear(&wake);
}

static void a_read_sees_what_was_committed(void **state)
{
	struct fixture *fixture = *state;
	struct number_query query = { .sql = "SELECT count(*) FROM move" };
	struct move_call call = call_for(1);
	struct change write, read;

	assert_int_equal(0, store_start(fixture->store));
	change_init(&write, run_move_create, &call);
	store_submit(fixture->store, &write.job);
	assert_int_equal(0, change_wait(&write));
	change_init(&read, query_number, &query);
	read.job.kind = STORE_READ;
	store_submit(fixture->store, &read.job);
	assert_int_equal(0, change_wait(&read));
	assert_int_equal(1, query.value);
	assert_int_equal(2, read.revision);
	store_stop(fixture->store);
}

static void a_read_that_writes_changes_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call = call_for(1);
	struct change read;

	change_init(&read, run_move_create, &call);
	read.job.kind = STORE_READ;
	store_run_offline(fixture->store, &read.job);
	sem_destroy(&read.done);
	assert_int_equal(0,
			 fixture_number(fixture, "SELECT count(*) FROM move"));
	assert_int_equal(1, store_health(fixture->store).revision);
}

/* What ran, in its order: 'r' a read, 'c' the change, 'd' that it was done. */
struct order {
	struct fixture *fixture;
	struct change change;
	struct snapshot_reader *reader;
	char ran[8];
	size_t count;
};

static int note_read(struct changes *changes, void *arg)
{
	struct order *order = arg;

	(void)changes;
	order->ran[order->count++] = 'r';
	/* The change comes while the first read is under way. */
	if (order->count == 1)
		store_submit(order->fixture->store, &order->change.job);
	else /* and calls obey it while the second is. */
		(void)snapshot_reader_adopt(order->reader);
	return 0;
}

static int note_change(struct changes *changes, void *arg)
{
	struct order *order = arg;
	struct move_call call = call_for(1);

	order->ran[order->count++] = 'c';
	return run_move_create(changes, &call);
}

static void note_done(struct store_job *job, int err, int64_t revision)
{
	struct order *order = ((struct change *)job)->arg;

	order->ran[order->count++] = 'd';
	change_done(job, err, revision);
}

static void a_change_waits_for_one_read_and_not_for_all(void **state)
{
	struct fixture *fixture = *state;
	struct order order = { .fixture = fixture };
	struct change reads[3];
	struct wake wake;

	assert_int_equal(0, wake_init(&wake));
	assert_int_equal(0,
			 publisher_add_reader(store_publisher(fixture->store),
					      &wake, &order.reader));
	change_init(&order.change, note_change, &order);
	order.change.job.done = note_done;
	for (int i = 0; i < 3; i++) {
		change_init(&reads[i], note_read, &order);
		reads[i].job.kind = STORE_READ;
		store_submit(fixture->store, &reads[i].job);
	}
	assert_int_equal(0, store_start(fixture->store));
	for (int i = 0; i < 3; i++)
		assert_int_equal(0, change_wait(&reads[i]));
	assert_int_equal(0, change_wait(&order.change));
	store_stop(fixture->store);
	snapshot_reader_stop(order.reader);
	wake_clear(&wake);

	assert_string_equal("rcrdr", order.ran);
}

static void stopping_cancels_what_waits(void **state)
{
	struct fixture *fixture = *state;
	struct move_call calls[] = { call_for(1), call_for(2) };
	struct change before, after;

	change_init(&before, run_move_create, &calls[0]);
	change_init(&after, run_move_create, &calls[1]);
	store_submit(fixture->store, &before.job);
	store_stop(fixture->store);
	store_submit(fixture->store, &after.job);

	assert_int_equal(ECANCELED, change_wait(&before));
	assert_int_equal(ECANCELED, change_wait(&after));
}

static int note_low_and_create(struct changes *changes, void *arg)
{
	changes->is_low_on_disk = true;
	return run_move_create(changes, arg);
}

static int note_low_and_cancel(struct changes *changes, void *arg)
{
	struct move *move = arg;

	changes->is_low_on_disk = true;
	return move_end(changes, text_of(move->id), 0, move);
}

static void a_move_can_still_be_ended_when_the_disk_is_nearly_full(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call = made_move(fixture, alice, hotel, AT(0), AT(9));
	struct move_call other = call_for(2);

	assert_int_equal(ENOSPC,
			 fixture_run(fixture, note_low_and_create, &other));
	assert_int_equal(0,
			 fixture_run(fixture, note_low_and_cancel, &call.move));
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_fresh_folder_gets_the_standard_policy),
		TEST(a_move_is_there_after_the_store_was_opened_again),
		TEST(nobody_else_may_read_the_database),
		TEST(a_folder_is_open_in_one_store_at_a_time),
		TEST(a_file_that_is_no_database_is_refused),
		cmocka_unit_test(
			a_file_system_that_is_shared_by_network_is_told),
		TEST(changes_that_wait_together_share_a_commit),
		TEST(a_job_that_fails_is_rolled_back_alone),
		TEST(a_change_that_writes_nothing_commits_nothing),
		TEST(submitters_in_four_threads_each_see_their_own_order),
		TEST(done_comes_after_every_reader_runs_the_change),
		TEST(a_reader_that_hangs_delays_a_change_but_does_not_stop_it),
		TEST(a_read_sees_what_was_committed),
		TEST(a_read_that_writes_changes_nothing),
		TEST(a_change_waits_for_one_read_and_not_for_all),
		TEST(stopping_cancels_what_waits),
		TEST(a_move_can_still_be_ended_when_the_disk_is_nearly_full),
	};
#undef TEST

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
