/*
 * Memory that runs out in the database: each of its allocations during a change
 * fails once. The change is then made whole, or not at all.
 */
#include "store_fixture.h"

static sqlite3_mem_methods real;
/* 0: none fails; n: the n-th from now. */
static int failing_in;

static bool fails_now(void)
{
	return failing_in > 0 && --failing_in == 0;
}

static void *failing_malloc(int size)
{
	return fails_now() ? NULL : real.xMalloc(size);
}

static void *failing_realloc(void *memory, int size)
{
	return fails_now() ? NULL : real.xRealloc(memory, size);
}

static const char alice[] = "sip:alice@example.com";

static int edit_and_create(struct changes *changes, void *arg)
{
	struct move_call *calls = arg;
	int err = run_move_update(changes, &calls[0]);

	return err ? err : run_move_create(changes, &calls[1]);
}

static void assert_whole(struct fixture *fixture, int64_t changes_made)
{
	assert_int_equal(1 + changes_made,
			 snapshot_revision(publisher_current(
				 store_publisher(fixture->store))));
	assert_int_equal(1 + changes_made,
			 fixture_number(fixture, "SELECT revision FROM meta"));
	assert_int_equal(changes_made,
			 fixture_number(fixture, "SELECT count(*) FROM move "
						 "WHERE external_id IS NOT "
						 "NULL AND note = 'a note'"));
	assert_int_equal(
		0, fixture_number(fixture,
				  "SELECT count(*) FROM audit "
				  "WHERE action LIKE 'move.%' AND (after IS "
				  "NULL OR after ->> '$.note' <> 'a note' OR "
				  "(action = 'move.update' AND (before IS NULL "
				  "OR before ->> '$.note' <> 'a note')))"));
}

static struct move_call a_full_move(const char *address, int n)
{
	struct move_call call = a_move(address, "sip:a@hotel.example.net",
				       AT(10 * n), AT(10 * n + 10));

	text_copy(TEXT("a note"), call.move.note, MOVE_NOTE_MAX);
	snprintf(call.move.external_id, sizeof(call.move.external_id), "id-%d",
		 n);
	return call;
}

static void a_change_is_whole_or_not_there_when_memory_runs_out(void **state)
{
	struct fixture *fixture = *state;
	struct move_call first = a_full_move(alice, 0);
	int failed = 0;
	int err = ENOMEM;

	assert_int_equal(0, create_move(fixture, &first));
	for (int n = 1; err && n < 100000; n++) {
		struct move_call calls[2] = { first, a_full_move(alice, 1) };

		failing_in = n;
		err = fixture_run(fixture, edit_and_create, calls);
		failing_in = 0;
		faults_clear(&calls[0].faults);
		faults_clear(&calls[1].faults);
		if (!err)
			break;
		failed++;
		assert_int_equal(ENOMEM, err);
		assert_int_equal(1, fixture_number(fixture, "SELECT count(*) "
							    "FROM move"));
	}
	assert_true(failed > 10);
	assert_whole(fixture, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_change_is_whole_or_not_there_when_memory_runs_out,
			fixture_set_up, fixture_tear_down),
	};
	sqlite3_mem_methods failing;

	if (sodium_init() < 0 ||
	    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real) != SQLITE_OK)
		return 1;
	failing = real;
	failing.xMalloc = failing_malloc;
	failing.xRealloc = failing_realloc;
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) != SQLITE_OK ||
	    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK ||
	    sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0) != SQLITE_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
