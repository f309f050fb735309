/*
 * Backups on the store: a copy that is made while changes go on holds the state
 * of one revision, and a look that was put off refuses changes when it finds
 * damage.
 */
#include "store_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "db/backup_folder.h"
#include "db/backups.h"
#include "db/restore.h"
#include "db/store_state.h"

static const char hotel[] = "sip:alice@hotel.example.net";

enum {
	MANY = 12000, /* moves: more than ten steps of a copy */
};

struct copy_wait {
	struct store_copy copy;
	sem_t done;
	int err;
};

static void copy_done(struct store_copy *copy, int err)
{
	struct copy_wait *wait = (struct copy_wait *)copy;

	wait->err = err;
	sem_post(&wait->done);
}

static int fill(struct changes *changes, void *arg)
{
	const int *count = arg;
	int err = 0;

	for (int i = 0; !err && i < *count; i++) {
		char address[64];
		struct move_call call;

		snprintf(address, sizeof(address), "sip:many%d@example.com", i);
		call = a_move(address, hotel, AT(0), AT(60));
		err = run_move_create(changes, &call);
		faults_clear(&call.faults);
	}
	return err;
}

static void fill_store(struct fixture *fixture, int count)
{
	assert_int_equal(0, fixture_run(fixture, fill, &count));
}

static void make_file(const struct fixture *fixture, const char *name,
		      char path[300])
{
	int fd;

	snprintf(path, 300, "%s/%s", fixture->path, name);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static int64_t number_in(const char *path, const char *sql)
{
	struct database *database;
	sqlite3_stmt *statement;
	int64_t number;
	bool row;

	assert_int_equal(0,
			 database_open(path, SQLITE_OPEN_READWRITE, &database));
	assert_int_equal(0, database_statement(database, sql, &statement));
	assert_int_equal(0, statement_step(statement, &row));
	assert_true(row);
	number = sqlite3_column_int64(statement, 0);
	database_close(database);
	return number;
}

static struct move_call nth_call(int n)
{
	char address[64];

	snprintf(address, sizeof(address), "sip:user%d@example.com", n);
	return a_move(address, hotel, AT(0), AT(60));
}

static int create_in_store(struct fixture *fixture, int n)
{
	struct move_call call = nth_call(n);
	struct change change;
	int err;

	change_init(&change, run_move_create, &call);
	store_submit(fixture->store, &change.job);
	err = change_wait(&change);
	faults_clear(&call.faults);
	return err;
}

static void a_copy_made_while_changes_go_on_holds_one_revision(void **state)
{
	struct fixture *fixture = *state;
	struct copy_wait wait = { .copy = { .done = copy_done } };
	struct backup backup = { .revision = 0 };
	int64_t first;
	char path[300];
	int made = 0;

	fill_store(fixture, MANY);
	make_file(fixture, "copy", path);
	wait.copy.path = path;
	sem_init(&wait.done, 0, 0);
	first = store_health(fixture->store).revision;
	assert_int_equal(0, store_start(fixture->store));
	store_copy_submit(fixture->store, &wait.copy);
	while (sem_trywait(&wait.done) != 0)
		assert_int_equal(0, create_in_store(fixture, made++));
	assert_int_equal(0, wait.err);
	store_stop(fixture->store);

	assert_int_equal(0, backup_examine(path, NULL, &backup));
	/* Changes went on, and the copy has those of before its end. */
	assert_true(made > 2);
	assert_true(backup.revision > first);
	assert_int_equal(MANY + (backup.revision - first),
			 number_in(path, "SELECT count(*) FROM move"));
	assert_int_equal(
		0, number_in(path, "SELECT count(*) FROM move WHERE revision > "
				   "(SELECT revision FROM meta)"));
	sem_destroy(&wait.done);
}

static void a_copy_that_is_given_up_disturbs_nobody(void **state)
{
	struct fixture *fixture = *state;
	struct copy_wait wait = { .copy = { .done = copy_done } };
	char path[300];

	fill_store(fixture, MANY);
	make_file(fixture, "copy", path);
	wait.copy.path = path;
	sem_init(&wait.done, 0, 0);
	assert_int_equal(0, store_start(fixture->store));
	store_copy_submit(fixture->store, &wait.copy);
	atomic_store(&wait.copy.is_cancelled, true);
	assert_int_equal(0, sem_wait(&wait.done));
	assert_int_equal(ECANCELED, wait.err);
	assert_int_equal(0, create_in_store(fixture, 1));

	atomic_store(&wait.copy.is_cancelled, false);
	store_copy_submit(fixture->store, &wait.copy);
	store_stop(fixture->store);
	assert_int_equal(0, sem_wait(&wait.done));
	assert_true(wait.err == ECANCELED || wait.err == 0);
	sem_destroy(&wait.done);
}

static void a_file_that_is_damaged_is_no_backup(void **state)
{
	struct fixture *fixture = *state;
	struct backup backup = { .revision = 0 };
	unsigned char page[4096];
	char path[300];
	int fd;

	fill_store(fixture, 100);
	make_file(fixture, "copy", path);
	assert_int_equal(0, store_copy_offline(fixture->store, path));
	assert_int_equal(0, backup_examine(path, NULL, &backup));
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	memset(page, 0xff, sizeof(page));
	assert_int_equal(sizeof(page),
			 pwrite(fd, page, sizeof(page), 8 * sizeof(page)));
	close(fd);
	assert_int_equal(EBADMSG, backup_examine(path, NULL, &backup));
}

static void a_manifest_reads_as_it_was_written(void **state)
{
	struct fixture *fixture = *state;
	struct backup backup = {
		.revision = 17,
		.schema_version = 11,
		.program_version = "0.1.0",
		.size_bytes = INT64_C(5000000000),
		.created_at_ms = AT(0) + 123,
		.created_by = "a \"token\"",
		.is_scheduled = true,
		.note = "\xc3\xa4 \\ \n",
	};
	struct backup found;
	char path[300];

	object_id_new("bak", AT(0), backup.id);
	object_id_new("epo", AT(0), backup.epoch);
	memset(backup.sha256, 'a', sizeof(backup.sha256) - 1);
	snprintf(path, sizeof(path), "%s/manifest", fixture->path);
	assert_int_equal(0, backup_manifest_write(path, &backup));
	assert_int_equal(EEXIST, backup_manifest_write(path, &backup));
	assert_int_equal(0, backup_manifest_read(path, &found));
	assert_string_equal(backup.id, found.id);
	assert_string_equal(backup.epoch, found.epoch);
	assert_string_equal(backup.sha256, found.sha256);
	assert_string_equal(backup.created_by, found.created_by);
	assert_string_equal(backup.note, found.note);
	assert_string_equal(backup.program_version, found.program_version);
	assert_int_equal(backup.revision, found.revision);
	assert_int_equal(backup.schema_version, found.schema_version);
	assert_int_equal(backup.size_bytes, found.size_bytes);
	assert_int_equal(backup.created_at_ms, found.created_at_ms);
	assert_true(found.is_scheduled);
}

static void what_is_no_manifest_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"{}",
		"[]",
		"null",
		"{",
		"\"\\u0000\"",
		"{\"id\":\"bak_../../../../../etc/pass\"}",
	};
	struct fixture *fixture = *state;
	struct backup found;
	char path[300];

	snprintf(path, sizeof(path), "%s/manifest", fixture->path);
	assert_int_equal(ENOENT, backup_manifest_read(path, &found));
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		fputs(texts[i], file);
		fclose(file);
		assert_int_equal(EBADMSG, backup_manifest_read(path, &found));
	}
}

static void a_backup_is_due_when_its_time_is_over(void **state)
{
	static const int64_t hour = 3600000;
	(void)state;

	assert_int_equal(AT(0) + 600000, backup_due_at_ms(0, AT(0), 24));
	assert_int_equal(AT(0) + 24 * hour,
			 backup_due_at_ms(AT(0), AT(0) + 23 * hour, 24));
}

/* --- the look that was put off
 * ------------------------------------------------
 */

static int open_later(struct fixture *fixture)
{
	const struct store_config config = { .data_dir = fixture->path,
					     .checks_later = true };
	const char *why = NULL;

	return store_open(&config, &fixture->store, &why);
}

/* More than what is checked at once, in a table that no snapshot is made of. */
static int bloat(struct changes *changes, void *arg)
{
	(void)arg;
	(void)changes_revision(changes); /* without one nothing is kept */
	return database_execute(
		changes->database,
		"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM "
		"n WHERE i < 70) INSERT INTO audit (revision, at, actor_kind, "
		"actor_name, peer, request_id, action, object_id, after) "
		"SELECT 1, 1, '', '', '', '', 'x', i, "
		"hex(zeroblob(524288)) FROM n");
}

static void leave_unclean(struct fixture *fixture)
{
	char path[300];

	make_file(fixture, "unclean", path);
}

static void a_sound_database_is_looked_at_before_the_first_change(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(0, fixture_run(fixture, bloat, NULL));
	fixture_close(fixture);
	leave_unclean(fixture);
	assert_int_equal(0, open_later(fixture));
	assert_false(store_health(fixture->store).is_up);
	assert_int_equal(0, store_start(fixture->store));
	assert_int_equal(0, create_in_store(fixture, 1));
	assert_true(store_health(fixture->store).is_up);
	assert_false(store_health(fixture->store).is_damaged);
}

static void a_damaged_database_takes_no_change_and_still_answers(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call = nth_call(0);
	char path[300], mark[300];
	struct stat status;
	unsigned char byte;
	const char *why;
	off_t at;
	int fd;

	assert_int_equal(0, create_move(fixture, &call));
	assert_int_equal(0, fixture_run(fixture, bloat, NULL));
	fixture_close(fixture);
	leave_unclean(fixture);
	/* The index of the audit, which nothing at the start reads. */
	snprintf(path, sizeof(path), "%s/sipmoved.db", fixture->path);
	at = 4096 * (number_in(path, "SELECT rootpage FROM sqlite_schema WHERE "
				     "name = 'audit_object'") -
		     1);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(0, fstat(fd, &status));
	byte = 0x55; /* no kind of page that there is */
	assert_int_equal(1, pwrite(fd, &byte, 1, at));
	close(fd);

	assert_int_equal(EBADMSG, fixture_try_open(fixture, &why));
	assert_non_null(strstr(why, "sipmoved restore FILE"));
	assert_int_equal(0, open_later(fixture));
	assert_int_equal(1, snapshot_move_count(publisher_current(
				    store_publisher(fixture->store))));
	assert_int_equal(0, store_start(fixture->store));
	assert_int_equal(EBADMSG, create_in_store(fixture, 1));
	assert_true(store_health(fixture->store).is_damaged);
	assert_false(store_health(fixture->store).is_up);
	fixture_close(fixture);
	/* The next start is told as well. */
	snprintf(mark, sizeof(mark), "%s/unclean", fixture->path);
	assert_int_equal(0, access(mark, F_OK));
	assert_int_equal(EBADMSG, fixture_try_open(fixture, &why));
}

static void a_restore_gives_the_state_of_the_backup_in_a_new_epoch(void **state)
{
	struct fixture *fixture = *state;
	struct fixture restored = { .store = NULL };
	struct backup backup = { .created_by = "test" };
	struct restore_request request = { .is_forced = false };
	struct restore_report report;
	struct backups_config config = { .data_dir = fixture->path,
					 .dir = "",
					 .program_version = "0.1.0" };
	char file[300];
	const char *why;

	fill_store(fixture, 50);
	config.store = fixture->store;
	assert_int_equal(0, backups_make_offline(&config, &backup));
	fill_store(fixture, 0);
	snprintf(file, sizeof(file), "%s/backups/%s.db", fixture->path,
		 backup.id);
	fixture_folder(&restored);
	request.data_dir = restored.path;
	request.file = file;
	assert_int_equal(0, restore_run(&request, &report, &why));
	assert_string_equal(backup.id, report.backup.id);
	assert_int_equal(backup.revision + 1, report.position.revision);
	assert_string_not_equal(backup.epoch, report.position.epoch);
	assert_string_equal("", report.moved_to);

	fixture_open(&restored);
	assert_int_equal(
		50, fixture_number(&restored, "SELECT count(*) FROM move"));
	assert_int_equal(1, fixture_number(&restored,
					   "SELECT count(*) FROM audit WHERE "
					   "action = 'backup.restore'"));
	/* In use: not even looked at. */
	assert_int_equal(EBUSY, restore_run(&request, &report, &why));
	fixture_close(&restored);
	nftw(restored.path, fixture_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_copy_made_while_changes_go_on_holds_one_revision),
		TEST(a_copy_that_is_given_up_disturbs_nobody),
		TEST(a_file_that_is_damaged_is_no_backup),
		TEST(a_manifest_reads_as_it_was_written),
		TEST(what_is_no_manifest_is_refused),
		TEST(a_backup_is_due_when_its_time_is_over),
		TEST(a_sound_database_is_looked_at_before_the_first_change),
		TEST(a_damaged_database_takes_no_change_and_still_answers),
		TEST(a_restore_gives_the_state_of_the_backup_in_a_new_epoch),
	};
#undef TEST

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
