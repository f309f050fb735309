#include "base/clock.h"
#include "db/redirect_log_reader.h"
#include "db/redirect_log_segment.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

enum {
	MANY = 20000, /* enough for SQLite to look at its limits */
	PATH_SIZE = 128,
};

struct fixture {
	char folder[64];
	char path[PATH_SIZE];
	struct log_segment *segment;
	struct log_reader *reader;
};

static const atomic_bool yes = true, no = false;

static int fixture_set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	(void)snprintf(fixture->folder, sizeof(fixture->folder),
		       "/tmp/sipmoved-segment-XXXXXX");
	if (!mkdtemp(fixture->folder))
		return -1;
	(void)snprintf(fixture->path, sizeof(fixture->path), "%s/one.db",
		       fixture->folder);
	*state = fixture;
	return 0;
}

static int fixture_tear_down(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	struct fixture *fixture = *state;
	char path[PATH_SIZE + 8];

	log_reader_close(fixture->reader);
	log_segment_close(fixture->segment);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s%s", fixture->path,
			       suffixes[i]);
		(void)unlink(path);
	}
	(void)rmdir(fixture->folder);
	free(fixture);
	return 0;
}

static void insert(struct log_segment *segment, int64_t first, int64_t count)
{
	for (int64_t id = first; id < first + count; id++) {
		struct redirect_log_record record = {
			.id = id,
			.received_at_us = id * 1000000,
			.status = id % 2 ? 480 : 302,
			.address = TEXT("sip:alice@example.com"),
			.call_id = TEXT("1@2"),
		};

		assert_int_equal(0,
				 log_segment_insert(segment, &record, false));
	}
}

static void create_with(struct fixture *fixture, int64_t count)
{
	assert_int_equal(0,
			 log_segment_create(fixture->path, &fixture->segment));
	insert(fixture->segment, 1, count);
	assert_int_equal(0, log_segment_commit(fixture->segment));
}

static void close_segment(struct fixture *fixture)
{
	log_segment_close(fixture->segment);
	fixture->segment = NULL;
}

static int open_reader(struct fixture *fixture, int64_t deadline_us,
		       const atomic_bool *is_stopping)
{
	const struct log_reader_limits limits = { deadline_us, is_stopping };

	return log_reader_open(fixture->path, &limits, &fixture->reader);
}

/* A filter that no record matches: all of them have to be looked at. */
static int search_in_vain(struct log_reader *reader)
{
	const struct redirect_log_filter filter = {
		.address = "sip:bob@example.com",
	};
	const struct log_filter_range range = { 0, INT64_MAX, 10 };
	int64_t id = 0;
	int err = log_reader_select(reader, &filter, 0, &range);

	return err ? err : log_reader_next(reader, &id);
}

static mode_t mode_of(const char *path)
{
	struct stat status;

	assert_int_equal(0, stat(path, &status));
	return status.st_mode & 0777;
}

static void a_segment_is_the_owners_alone(void **state)
{
	struct fixture *fixture = *state;

	create_with(fixture, 1);

	assert_int_equal(0600, mode_of(fixture->path));
}

static void a_file_that_is_there_is_not_overwritten(void **state)
{
	struct fixture *fixture = *state;
	struct log_segment *other = NULL;

	create_with(fixture, 3);

	assert_int_equal(EEXIST, log_segment_create(fixture->path, &other));
	assert_null(other);
}

static void a_reopened_segment_knows_what_it_holds(void **state)
{
	struct fixture *fixture = *state;
	int64_t first_id, last_id;

	create_with(fixture, 50);
	close_segment(fixture);

	assert_int_equal(0,
			 log_segment_reopen(fixture->path, &fixture->segment));
	assert_int_equal(50, log_segment_records(fixture->segment));
	log_segment_range(fixture->segment, &first_id, &last_id);
	assert_int_equal(1, first_id);
	assert_int_equal(50, last_id);
}

static void a_crash_loses_only_what_was_not_committed(void **state)
{
	struct fixture *fixture = *state;
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		struct log_segment *segment = NULL;

		if (log_segment_create(fixture->path, &segment))
			_exit(1);
		insert(segment, 1, 500);
		if (log_segment_commit(segment))
			_exit(2);
		insert(segment, 501, 500);
		_exit(0);
	}
	assert_int_equal(child, waitpid(child, &status, 0));
	assert_int_equal(0, status);

	assert_int_equal(0,
			 log_segment_reopen(fixture->path, &fixture->segment));
	assert_int_equal(500, log_segment_records(fixture->segment));
	insert(fixture->segment, 501, 1);
	assert_int_equal(0, log_segment_commit(fixture->segment));
}

static void what_was_rolled_back_is_gone_and_counted(void **state)
{
	struct fixture *fixture = *state;
	bool found = true;

	create_with(fixture, 10);
	insert(fixture->segment, 11, 7);
	assert_int_equal(7, log_segment_rollback(fixture->segment));

	assert_int_equal(10, log_segment_records(fixture->segment));
	assert_int_equal(0,
			 log_segment_mark_acked(fixture->segment, 11, &found));
	assert_false(found);
	assert_int_equal(0, log_segment_rollback(fixture->segment));
	insert(fixture->segment, 11, 7);
	assert_int_equal(0, log_segment_commit(fixture->segment));
	assert_int_equal(17, log_segment_records(fixture->segment));
}

static void what_is_no_segment_is_not_reopened(void **state)
{
	struct fixture *fixture = *state;
	FILE *file = fopen(fixture->path, "w");

	assert_non_null(file);
	for (int i = 0; i < 3000; i++)
		(void)fputs("hello", file);
	(void)fclose(file);

	assert_int_equal(EBADMSG,
			 log_segment_reopen(fixture->path, &fixture->segment));
	assert_int_equal(EBADMSG, open_reader(fixture, INT64_MAX, &no));
	assert_int_equal(EBADMSG, log_segment_finish(fixture->path, &no));
}

static void finishing_may_be_repeated(void **state)
{
	struct fixture *fixture = *state;

	create_with(fixture, 100);
	close_segment(fixture);
	assert_int_equal(0, log_segment_finish(fixture->path, &no));
	assert_int_equal(0400, mode_of(fixture->path));
	assert_int_equal(0, chmod(fixture->path, 0600));

	assert_int_equal(0, log_segment_finish(fixture->path, &no));
	assert_int_equal(0400, mode_of(fixture->path));
	assert_int_equal(0, open_reader(fixture, INT64_MAX, &no));
	assert_int_equal(0, search_in_vain(fixture->reader));
}

static void finishing_that_is_broken_off_leaves_the_records(void **state)
{
	struct fixture *fixture = *state;
	int64_t first_id, last_id;

	create_with(fixture, MANY);
	close_segment(fixture);

	assert_int_equal(ECANCELED, log_segment_finish(fixture->path, &yes));
	assert_int_equal(0600, mode_of(fixture->path));
	assert_int_equal(0, open_reader(fixture, INT64_MAX, &no));
	assert_int_equal(
		0, log_reader_range(fixture->reader, &first_id, &last_id));
	assert_int_equal(MANY, last_id);
}

static void finishing_waits_for_its_turn_while_somebody_reads(void **state)
{
	struct fixture *fixture = *state;
	const struct redirect_log_filter any = { .limit = 1 };
	const struct log_filter_range range = { 0, INT64_MAX, 10 };
	int64_t id = 0;

	create_with(fixture, 100);
	close_segment(fixture);
	assert_int_equal(0, open_reader(fixture, INT64_MAX, &no));
	assert_int_equal(0,
			 log_reader_select(fixture->reader, &any, 0, &range));
	assert_int_equal(0, log_reader_next(fixture->reader, &id));
	assert_int_equal(100, id);

	assert_int_equal(EBUSY, log_segment_finish(fixture->path, &no));
	assert_int_equal(0, log_reader_next(fixture->reader, &id));
	assert_int_equal(99, id);
	log_reader_close(fixture->reader);
	fixture->reader = NULL;
	assert_int_equal(0, log_segment_finish(fixture->path, &no));
}

static void a_search_past_its_deadline_gives_up(void **state)
{
	struct fixture *fixture = *state;

	create_with(fixture, MANY);
	assert_int_equal(0,
			 open_reader(fixture, clock_monotonic_us() - 1, &no));

	assert_int_equal(ETIMEDOUT, search_in_vain(fixture->reader));
}

static void a_search_gives_up_when_the_log_stops(void **state)
{
	struct fixture *fixture = *state;

	create_with(fixture, MANY);
	assert_int_equal(0, open_reader(fixture, INT64_MAX, &yes));

	assert_int_equal(ECANCELED, search_in_vain(fixture->reader));
}

/* How SQLite goes about a search, in its own words. */
static void plan_of(struct database *database,
		    const struct redirect_log_filter *filter, uint16_t status,
		    char *plan, size_t size)
{
	char sql[1024];
	struct writer writer = writer_over(sql, sizeof(sql) - 1);
	struct writer out = writer_over(plan, size - 1);
	sqlite3_stmt *statement = NULL;

	writer_put(&writer, TEXT("EXPLAIN QUERY PLAN SELECT * FROM redirect"));
	log_filter_write(filter, status, &writer);
	sql[writer.len] = '\0';
	assert_int_equal(SQLITE_OK,
			 sqlite3_prepare_v2(database_handle(database), sql, -1,
					    &statement, NULL));
	while (sqlite3_step(statement) == SQLITE_ROW)
		writer_put(&out, statement_text(statement, 3));
	sqlite3_finalize(statement);
	plan[out.len] = '\0';
}

static void a_finished_segment_is_searched_along_an_index_and_nothing_is_sorted(
	void **state)
{
	static const struct {
		struct redirect_log_filter filter;
		uint16_t status;
		const char *index;
	} cases[] = {
		{ { .address = "a" }, 0, "redirect_address (" },
		{ { .address = "a" }, 302, "redirect_address (" },
		{ { .call_id = "c" }, 0, "redirect_call_id (" },
		{ { .call_id = "c", .address = "a" },
		  480,
		  "redirect_call_id (" },
		{ { .from_ms = 0 }, 302, "redirect_status (" },
		{ { .from_ms = 0 }, 480, "redirect_status (" },
		{ { .oldest_first = true }, 404, "redirect_status (" },
		{ { .from_ms = 0 }, 0, "PRIMARY KEY (" },
	};
	struct fixture *fixture = *state;
	struct database *database = NULL;
	char plan[512];

	create_with(fixture, 100);
	close_segment(fixture);
	assert_int_equal(0, log_segment_finish(fixture->path, &no));
	assert_int_equal(0, database_open(fixture->path, SQLITE_OPEN_READONLY,
					  &database));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		plan_of(database, &cases[i].filter, cases[i].status, plan,
			sizeof(plan));
		if (!strstr(plan, cases[i].index) || strstr(plan, "TEMP"))
			print_error("case %zu: %s\n", i, plan);
		assert_non_null(strstr(plan, cases[i].index));
		assert_null(strstr(plan, "TEMP"));
	}
	database_close(database);
}

static void a_reader_sees_what_was_committed_and_no_more(void **state)
{
	struct fixture *fixture = *state;
	int64_t first_id, last_id;

	create_with(fixture, 10);
	insert(fixture->segment, 11, 10);
	assert_int_equal(0, open_reader(fixture, INT64_MAX, &no));
	assert_int_equal(
		0, log_reader_range(fixture->reader, &first_id, &last_id));
	assert_int_equal(10, last_id);

	assert_int_equal(0, log_segment_commit(fixture->segment));
	assert_int_equal(
		0, log_reader_range(fixture->reader, &first_id, &last_id));
	assert_int_equal(20, last_id);
}

static void a_segment_that_is_gone_is_told_from_a_bad_one(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(ENOENT, open_reader(fixture, INT64_MAX, &no));
}

static void minutes_add_up_to_the_records(void **state)
{
	struct fixture *fixture = *state;
	sqlite3_stmt *statement;
	struct database *database = NULL;
	bool row = false;

	/* One call a second: far more minutes than are kept at a time. */
	create_with(fixture, 10000);
	insert(fixture->segment, 10001, 10);
	assert_int_equal(0, log_segment_commit(fixture->segment));
	close_segment(fixture);
	assert_int_equal(0, database_open(fixture->path, SQLITE_OPEN_READONLY,
					  &database));
	assert_int_equal(
		0, database_statement(database,
				      "SELECT sum(calls), count(*), max(calls)"
				      " FROM minute WHERE status = 480",
				      &statement));
	assert_int_equal(0, statement_step(statement, &row));

	assert_true(row);
	assert_int_equal(5005, sqlite3_column_int(statement, 0));
	assert_int_equal(167, sqlite3_column_int(statement, 1));
	assert_int_equal(30, sqlite3_column_int(statement, 2));
	database_close(database);
}

#define A_TEST(function)                                          \
	cmocka_unit_test_setup_teardown(function, fixture_set_up, \
					fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		A_TEST(a_segment_is_the_owners_alone),
		A_TEST(a_file_that_is_there_is_not_overwritten),
		A_TEST(a_reopened_segment_knows_what_it_holds),
		A_TEST(a_crash_loses_only_what_was_not_committed),
		A_TEST(what_was_rolled_back_is_gone_and_counted),
		A_TEST(what_is_no_segment_is_not_reopened),
		A_TEST(finishing_may_be_repeated),
		A_TEST(finishing_that_is_broken_off_leaves_the_records),
		A_TEST(finishing_waits_for_its_turn_while_somebody_reads),
		A_TEST(a_search_past_its_deadline_gives_up),
		A_TEST(a_search_gives_up_when_the_log_stops),
		A_TEST(a_finished_segment_is_searched_along_an_index_and_nothing_is_sorted),
		A_TEST(a_reader_sees_what_was_committed_and_no_more),
		A_TEST(a_segment_that_is_gone_is_told_from_a_bad_one),
		A_TEST(minutes_add_up_to_the_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
