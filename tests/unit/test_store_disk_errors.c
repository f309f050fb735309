/*
 * A disk that fails: between SQLite and the file system stands a layer that
 * fails writes or syncs when it is told to.
 */
#include "store_fixture.h"
#include "vfs_layer.h"

#include "db/store_state.h"

static const char alice[] = "sip:alice@example.com";
static const char hotel[] = "sip:alice@hotel.example.net";

/* How many more times each fails, and with what; -1: always. */
static atomic_int failing_syncs, failing_writes;
/* Of the database file itself, which only a checkpoint syncs. */
static atomic_int failing_checkpoints;
static atomic_int write_error;

static bool fails_now(atomic_int *left)
{
	if (atomic_load(left) == 0)
		return false;
	if (atomic_load(left) > 0)
		atomic_fetch_sub(left, 1);
	return true;
}

static int may_write(const struct layer_file *file, const void *bytes,
		     int count, sqlite3_int64 at)
{
	(void)file;
	(void)bytes;
	(void)count;
	(void)at;
	return fails_now(&failing_writes) ? atomic_load(&write_error)
					  : SQLITE_OK;
}

static int may_sync(const struct layer_file *file)
{
	bool fails = fails_now(&failing_syncs) ||
		     (file->is_database && fails_now(&failing_checkpoints));

	return fails ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int set_up(void **state)
{
	failing_syncs = 0;
	failing_writes = 0;
	failing_checkpoints = 0;
	return fixture_set_up(state);
}

static struct move_call call_for(int n)
{
	char address[64];

	snprintf(address, sizeof(address), "sip:user%d@example.com", n);
	return a_move(address, hotel, AT(0), AT(60));
}

static int create_nth(struct fixture *fixture, int n)
{
	struct move_call call = call_for(n);

	return create_move(fixture, &call);
}

/* What calls are answered from is what the disk holds. */
static void assert_snapshot_agrees(struct fixture *fixture)
{
	const struct snapshot *snapshot =
		publisher_current(store_publisher(fixture->store));

	assert_int_equal(fixture_number(fixture, "SELECT revision FROM meta"),
			 snapshot_revision(snapshot));
	assert_int_equal(fixture_number(fixture, "SELECT count(*) FROM move"),
			 snapshot_move_count(snapshot));
	assert_int_equal(
		fixture_number(fixture, "SELECT count(*) FROM address"),
		snapshot_address_count(snapshot));
}

static void a_commit_whose_sync_failed_is_not_acknowledged(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(0, create_nth(fixture, 0));
	failing_syncs = 1;
	assert_int_equal(EIO, create_nth(fixture, 1));
	assert_false(store_health(fixture->store).is_up);
	assert_int_equal(2, store_health(fixture->store).revision);

	/* Opened again, and what was in doubt shows as the disk has it. */
	assert_int_equal(0, create_nth(fixture, 2));
	assert_true(store_health(fixture->store).is_up);
	assert_snapshot_agrees(fixture);
	fixture_reopen(fixture);
	assert_snapshot_agrees(fixture);
}

static void a_commit_that_reached_the_disk_after_all_is_published(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(0, create_nth(fixture, 0));
	/* The second is the closing's: the log stays, with the commit in it. */
	failing_syncs = 2;
	assert_int_equal(EIO, create_nth(fixture, 1));
	assert_int_equal(2, store_health(fixture->store).revision);
	assert_int_equal(EEXIST, create_nth(fixture, 1));
	assert_int_equal(0, failing_syncs);
	assert_int_equal(3, store_health(fixture->store).revision);
	assert_int_equal(2, snapshot_move_count(publisher_current(
				    store_publisher(fixture->store))));
	assert_snapshot_agrees(fixture);
}

static void a_write_that_failed_leaves_nothing_behind(void **state)
{
	struct fixture *fixture = *state;

	write_error = SQLITE_IOERR_WRITE;
	failing_writes = 1;
	assert_int_equal(EIO, create_nth(fixture, 1));
	assert_int_equal(0, create_nth(fixture, 2));
	assert_int_equal(1,
			 fixture_number(fixture, "SELECT count(*) FROM move"));
	assert_snapshot_agrees(fixture);
}

static void a_full_disk_refuses_a_change_and_goes_on(void **state)
{
	struct fixture *fixture = *state;

	write_error = SQLITE_FULL;
	failing_writes = 1;
	assert_int_equal(ENOSPC, create_nth(fixture, 1));
	assert_false(store_health(fixture->store).is_up);
	assert_int_equal(0, create_nth(fixture, 1));
	assert_true(store_health(fixture->store).is_up);
	assert_int_equal(2, store_health(fixture->store).revision);
	assert_snapshot_agrees(fixture);
}

static int fail_by_itself(struct changes *changes, void *arg)
{
	int err = run_move_create(changes, arg);

	return err ? err : EPERM;
}

static void a_group_fails_as_one_but_for_what_failed_by_itself(void **state)
{
	struct fixture *fixture = *state;
	struct move_call calls[] = { call_for(0), call_for(1), call_for(2) };
	struct change changes[3];

	change_init(&changes[0], run_move_create, &calls[0]);
	change_init(&changes[1], fail_by_itself, &calls[1]);
	change_init(&changes[2], run_move_create, &calls[2]);
	for (int i = 0; i < 3; i++)
		store_submit(fixture->store, &changes[i].job);
	write_error = SQLITE_FULL;
	failing_writes = 1;
	assert_int_equal(0, store_start(fixture->store));
	assert_int_equal(ENOSPC, change_wait(&changes[0]));
	assert_int_equal(EPERM, change_wait(&changes[1]));
	assert_int_equal(ENOSPC, change_wait(&changes[2]));
	store_stop(fixture->store);
	assert_int_equal(0, store_health(fixture->store).commits);
	assert_snapshot_agrees(fixture);
}

static void calls_are_answered_while_the_disk_is_gone(void **state)
{
	struct fixture *fixture = *state;
	const struct snapshot_address *address;

	made_move(fixture, alice, hotel, AT(0), AT(60));
	write_error = SQLITE_IOERR_WRITE;
	failing_writes = -1;
	failing_syncs = -1;
	for (int i = 0; i < 5; i++)
		assert_int_equal(EIO, create_nth(fixture, i));
	assert_false(store_health(fixture->store).is_up);
	address = snapshot_address(
		publisher_current(store_publisher(fixture->store)),
		text_of(alice));
	assert_non_null(address);
	assert_non_null(snapshot_active_move(address, AT(1)));

	/* Not a clean stop: the next start looks closely, and has it all. */
	fixture_close(fixture);
	failing_writes = 0;
	failing_syncs = 0;
	fixture_open(fixture);
	assert_int_equal(1, fixture_number(fixture, "SELECT count(*) FROM move "
						    "WHERE address = "
						    "'sip:alice@example.com'"));
	assert_snapshot_agrees(fixture);
}

static void a_checkpoint_that_fails_loses_nothing(void **state)
{
	struct fixture *fixture = *state;
	int made = 0;

	failing_checkpoints = 1;
	while (store_health(fixture->store).is_up && made < 2000)
		assert_int_equal(0, create_nth(fixture, made++));
	assert_false(store_health(fixture->store).is_up);
	assert_int_equal(0, failing_checkpoints);

	assert_int_equal(0, create_nth(fixture, made++));
	assert_true(store_health(fixture->store).is_up);
	assert_int_equal(made,
			 fixture_number(fixture, "SELECT count(*) FROM move"));
	assert_snapshot_agrees(fixture);
}

static void a_start_without_the_database_but_with_its_log_is_refused(
	void **state)
{
	struct fixture *fixture = *state;
	char path[300], away[300], mark[300];
	const char *why = NULL;

	snprintf(path, sizeof(path), "%s/sipmoved.db", fixture->path);
	snprintf(away, sizeof(away), "%s/away.db", fixture->path);
	assert_int_equal(0, create_nth(fixture, 1));
	assert_int_equal(0, rename(path, away));
	assert_int_equal(EIO, create_nth(fixture, 2));
	fixture_close(fixture);

	assert_int_equal(EBADMSG, fixture_try_open(fixture, &why));
	assert_non_null(strstr(why, "sipmoved.db-wal"));
	/* The mark of the stop that was not clean is still there. */
	snprintf(mark, sizeof(mark), "%s/unclean", fixture->path);
	assert_int_equal(0, access(mark, F_OK));
	assert_int_equal(0, rename(away, path));
	fixture_open(fixture);
	assert_int_equal(1,
			 fixture_number(fixture, "SELECT count(*) FROM move"));
}

static void the_store_is_up_again_without_a_change_to_try(void **state)
{
	struct fixture *fixture = *state;
	const struct {
		int error, expected;
	} rows[] = {
		{ SQLITE_IOERR_WRITE, EIO },
		{ SQLITE_FULL, ENOSPC },
	};

	for (int i = 0; i < 2; i++) {
		write_error = rows[i].error;
		failing_writes = -1;
		assert_int_equal(rows[i].expected, create_nth(fixture, i));
		failing_writes = 0;
		assert_false(store_health(fixture->store).is_up);

		store_recover(fixture->store);
		assert_true(store_health(fixture->store).is_up);
	}
	assert_int_equal(0, create_nth(fixture, 9));
	assert_snapshot_agrees(fixture);
}

static void a_database_that_was_taken_away_acknowledges_nothing(void **state)
{
	struct fixture *fixture = *state;
	char path[300], away[300];

	snprintf(path, sizeof(path), "%s/sipmoved.db", fixture->path);
	snprintf(away, sizeof(away), "%s/away.db", fixture->path);
	assert_int_equal(0, create_nth(fixture, 1));
	assert_int_equal(0, rename(path, away));

	assert_int_equal(EIO, create_nth(fixture, 2));
	assert_false(store_health(fixture->store).is_up);
	/* Nor is a new one begun in its place. */
	assert_int_equal(-1, access(path, F_OK));
	assert_int_equal(0, rename(away, path));
	assert_int_equal(0, create_nth(fixture, 3));
	assert_snapshot_agrees(fixture);
	fixture_reopen(fixture);
	assert_int_equal(2,
			 fixture_number(fixture, "SELECT count(*) FROM move"));
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_commit_whose_sync_failed_is_not_acknowledged),
		TEST(a_commit_that_reached_the_disk_after_all_is_published),
		TEST(a_write_that_failed_leaves_nothing_behind),
		TEST(a_full_disk_refuses_a_change_and_goes_on),
		TEST(a_group_fails_as_one_but_for_what_failed_by_itself),
		TEST(calls_are_answered_while_the_disk_is_gone),
		TEST(a_checkpoint_that_fails_loses_nothing),
		TEST(a_database_that_was_taken_away_acknowledges_nothing),
		TEST(a_start_without_the_database_but_with_its_log_is_refused),
		TEST(the_store_is_up_again_without_a_change_to_try),
	};
#undef TEST

	if (sodium_init() < 0)
		return 1;
	layer_hooks =
		(struct layer_hooks){ .write = may_write, .sync = may_sync };
	if (layer_register() != SQLITE_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
