#include "store_fixture.h"

#include "db/migrations.h"

#include <dirent.h>

#define FILE_OF(name, sql)                                          \
	{                                                           \
		name, (const unsigned char *)(sql), sizeof(sql) - 1 \
	}

static const struct embedded_file files[] = {
	FILE_OF("001_start.sql", "CREATE TABLE a (x INTEGER) STRICT;"
				 "INSERT INTO a VALUES (1);"),
	FILE_OF("002_more.sql", "ALTER TABLE a ADD COLUMN y INTEGER;"
				"INSERT INTO a VALUES (2, 2);"),
};

struct trial {
	struct fixture fixture;
	struct data_dir dir;
	struct database *database;
	const char *why;
};

static int set_up(void **state)
{
	struct trial *trial = calloc(1, sizeof(*trial));

	assert_non_null(trial);
	fixture_folder(&trial->fixture);
	assert_int_equal(0, data_dir_open(&trial->dir, trial->fixture.path,
					  &trial->why));
	*state = trial;
	return 0;
}

static void open_database(struct trial *trial)
{
	char path[DATA_DIR_PATH_SIZE];

	data_dir_file(&trial->dir, "trial.db", path);
	assert_int_equal(
		0,
		database_open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
			      &trial->database));
}

static int tear_down(void **state)
{
	struct trial *trial = *state;

	database_close(trial->database);
	data_dir_close(&trial->dir);
	nftw(trial->fixture.path, fixture_remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(trial);
	return 0;
}

static int apply(struct trial *trial, const struct embedded_file *list,
		 size_t count)
{
	int err;

	database_close(trial->database);
	open_database(trial);
	trial->why = "";
	err = migrations_apply(trial->database, &trial->dir, list, count,
			       &trial->why);
	return err;
}

static int64_t number(struct trial *trial, const char *sql)
{
	struct changes changes = { .database = trial->database };
	struct number_query query = { .sql = sql };

	query_number(&changes, &query);
	return query.value;
}

static int count_backups(const struct trial *trial)
{
	DIR *folder = opendir(trial->fixture.path);
	const struct dirent *entry;
	int count = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder)))
		count += strncmp(entry->d_name, "before-", 7) == 0;
	closedir(folder);
	return count;
}

static void a_fresh_database_gets_every_migration_once(void **state)
{
	struct trial *trial = *state;

	assert_int_equal(0, apply(trial, files, 2));
	assert_int_equal(2, number(trial, "PRAGMA user_version"));
	assert_int_equal(2, number(trial, "SELECT count(*) FROM a"));
	assert_int_equal(1,
			 number(trial, "SELECT count(*) FROM schema_migration "
				       "WHERE version = 2 AND name = 'more' "
				       "AND length(sha256) = 64"));
	assert_int_equal(0, apply(trial, files, 2));
	assert_int_equal(2, number(trial, "SELECT count(*) FROM a"));
	assert_int_equal(0, count_backups(trial));
}

static void an_older_database_is_copied_before_it_is_migrated(void **state)
{
	struct trial *trial = *state;

	assert_int_equal(0, apply(trial, files, 1));
	assert_int_equal(0, apply(trial, files, 2));
	assert_int_equal(1, count_backups(trial));
	assert_int_equal(2, number(trial, "SELECT count(*) FROM a"));
}

static void a_database_that_is_newer_than_the_program_is_refused(void **state)
{
	struct trial *trial = *state;

	assert_int_equal(0, apply(trial, files, 2));
	assert_int_equal(ENOTSUP, apply(trial, files, 1));
	assert_non_null(strstr(trial->why, "newer"));
}

static void a_database_made_by_another_text_is_refused(void **state)
{
	static const struct embedded_file tampered[] = {
		FILE_OF("001_start.sql", "CREATE TABLE a (x INTEGER) STRICT;"),
		FILE_OF("002_more.sql", "CREATE TABLE b (x INTEGER) STRICT;"),
	};
	struct trial *trial = *state;

	assert_int_equal(0, apply(trial, files, 1));
	assert_int_equal(ENOTSUP, apply(trial, tampered, 2));
	assert_non_null(strstr(trial->why, "other migrations"));
	assert_int_equal(1, number(trial, "PRAGMA user_version"));
}

static void a_database_of_another_program_is_refused(void **state)
{
	struct trial *trial = *state;

	open_database(trial);
	assert_int_equal(0, database_execute(trial->database,
					     "CREATE TABLE theirs (x)"));
	assert_int_equal(ENOTSUP, apply(trial, files, 2));
	assert_non_null(strstr(trial->why, "not sipmoved's"));
}

static void a_migration_that_fails_leaves_nothing_of_itself(void **state)
{
	static const struct embedded_file broken[] = {
		FILE_OF("001_start.sql", "CREATE TABLE a (x INTEGER) STRICT;"
					 "INSERT INTO a VALUES (1);"),
		FILE_OF("002_more.sql", "CREATE TABLE b (x INTEGER) STRICT;"
					"INSERT INTO nowhere VALUES (1);"),
	};
	struct trial *trial = *state;

	assert_int_equal(EIO, apply(trial, broken, 2));
	assert_int_equal(1, number(trial, "PRAGMA user_version"));
	assert_int_equal(0, number(trial, "SELECT count(*) FROM sqlite_schema "
					  "WHERE name = 'b'"));
	assert_int_equal(0, apply(trial, files, 2));
}

static void a_migration_is_named_by_its_number(void **state)
{
	static const char *const names[] = {
		"1_start.sql",
		"001start.sql",
		"002_start.sql",
		"001_start.txt",
		"0x1_start.sql",
		"001_.sql",
		"",
	};
	struct trial *trial = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct embedded_file file = files[0];

		file.name = names[i];
		assert_int_equal(EINVAL, apply(trial, &file, 1));
	}
}

static int tamper(struct changes *changes, void *arg)
{
	(void)arg;
	changes_revision(changes);
	return database_execute(changes->database,
				"UPDATE schema_migration SET sha256 = 'x'");
}

static void the_store_does_not_open_what_other_migrations_made(void **state)
{
	struct fixture fixture;
	const char *why = NULL;
	(void)state;

	fixture_folder(&fixture);
	fixture_open(&fixture);
	assert_int_equal(0, fixture_run(&fixture, tamper, NULL));
	fixture_close(&fixture);
	assert_int_equal(ENOTSUP, fixture_try_open(&fixture, &why));
	assert_non_null(strstr(why, "other migrations"));
	nftw(fixture.path, fixture_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_fresh_database_gets_every_migration_once),
		TEST(an_older_database_is_copied_before_it_is_migrated),
		TEST(a_database_that_is_newer_than_the_program_is_refused),
		TEST(a_database_made_by_another_text_is_refused),
		TEST(a_database_of_another_program_is_refused),
		TEST(a_migration_that_fails_leaves_nothing_of_itself),
		TEST(a_migration_is_named_by_its_number),
		cmocka_unit_test(
			the_store_does_not_open_what_other_migrations_made),
	};
#undef TEST

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
