/*
 * A disk that fails: between SQLite and the file system stands a layer that
 * fails writes or syncs when it is told to. Locks and shared memory are not
 * needed: the store's connection is exclusive.
 */
#include "store_fixture.h"

#include "db/store_state.h"

static const char alice[] = "sip:alice@example.com";
static const char hotel[] = "sip:alice@hotel.example.net";

/* How many more times each fails, and with what; -1: always. */
static atomic_int failing_syncs, failing_writes;
/* Of the database file itself, which only a checkpoint syncs. */
static atomic_int failing_checkpoints;
static atomic_int write_error;

struct layer_file {
	sqlite3_file base;  /* first: SQLite's file is cast to ours */
	sqlite3_file *real; /* behind this struct, in the same memory */
	bool is_database;   /* rather than its log */
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs layer_vfs;

static sqlite3_file *real_of(sqlite3_file *file)
{
	return ((struct layer_file *)file)->real;
}

static bool fails_now(atomic_int *left)
{
	if (atomic_load(left) == 0)
		return false;
	if (atomic_load(left) > 0)
		atomic_fetch_sub(left, 1);
	return true;
}

static int layer_close(sqlite3_file *file)
{
	return real_of(file)->pMethods->xClose(real_of(file));
}

static int layer_read(sqlite3_file *file, void *bytes, int count,
		      sqlite3_int64 at)
{
	return real_of(file)->pMethods->xRead(real_of(file), bytes, count, at);
}

static int layer_write(sqlite3_file *file, const void *bytes, int count,
		       sqlite3_int64 at)
{
	if (fails_now(&failing_writes))
		return atomic_load(&write_error);
	return real_of(file)->pMethods->xWrite(real_of(file), bytes, count, at);
}

static int layer_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int layer_sync(sqlite3_file *file, int flags)
{
	bool is_database = ((struct layer_file *)file)->is_database;

	if (fails_now(&failing_syncs) ||
	    (is_database && fails_now(&failing_checkpoints)))
		return SQLITE_IOERR_FSYNC;
	return real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int layer_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int layer_lock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int layer_unlock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int layer_is_reserved(sqlite3_file *file, int *result)
{
	return real_of(file)->pMethods->xCheckReservedLock(real_of(file),
							   result);
}

static int layer_control(sqlite3_file *file, int operation, void *arg)
{
	return real_of(file)->pMethods->xFileControl(real_of(file), operation,
						     arg);
}

static int layer_sector_size(sqlite3_file *file)
{
	return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int layer_characteristics(sqlite3_file *file)
{
	return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static const sqlite3_io_methods layer_methods = {
	.iVersion = 1,
	.xClose = layer_close,
	.xRead = layer_read,
	.xWrite = layer_write,
	.xTruncate = layer_truncate,
	.xSync = layer_sync,
	.xFileSize = layer_size,
	.xLock = layer_lock,
	.xUnlock = layer_unlock,
	.xCheckReservedLock = layer_is_reserved,
	.xFileControl = layer_control,
	.xSectorSize = layer_sector_size,
	.xDeviceCharacteristics = layer_characteristics,
};

static int layer_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file,
		      int flags, int *ret_flags)
{
	struct layer_file *layer = (struct layer_file *)file;
	int result;

	(void)vfs;
	layer->base.pMethods = NULL;
	layer->real = (sqlite3_file *)(layer + 1);
	layer->is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
	result = real_vfs->xOpen(real_vfs, name, layer->real, flags, ret_flags);
	if (result == SQLITE_OK)
		layer->base.pMethods = &layer_methods;
	return result;
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
	real_vfs = sqlite3_vfs_find(NULL);
	layer_vfs = *real_vfs;
	layer_vfs.zName = "layer";
	layer_vfs.szOsFile += (int)sizeof(struct layer_file);
	layer_vfs.xOpen = layer_open;
	if (sqlite3_vfs_register(&layer_vfs, 1) != SQLITE_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
