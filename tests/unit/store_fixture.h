/*
 * store_fixture.h - a store in a folder of its own, and jobs that run one
 * function in it and wait.
 */
#ifndef SIPMOVED_TESTS_STORE_FIXTURE_H
#define SIPMOVED_TESTS_STORE_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <semaphore.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/changes_state.h"
#include "db/store.h"

struct fixture {
	char path[256];
	struct store *store;
};

static inline int fixture_remove_one(const char *path, const struct stat *info,
				     int type, struct FTW *ftw)
{
	(void)info;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void fixture_folder(struct fixture *fixture)
{
	const char *parent = getenv("TMPDIR");

	snprintf(fixture->path, sizeof(fixture->path), "%s/sipmoved-XXXXXX",
		 parent ? parent : "/tmp");
	assert_non_null(mkdtemp(fixture->path));
	fixture->store = NULL;
}

static inline int fixture_try_open(struct fixture *fixture, const char **why)
{
	struct store_config config = { .data_dir = fixture->path };

	return store_open(&config, &fixture->store, why);
}

static inline void fixture_open(struct fixture *fixture)
{
	const char *why = NULL;
	int err = fixture_try_open(fixture, &why);

	if (err)
		fail_msg("store_open: %s: %s", strerror(err), why);
}

static inline void fixture_close(struct fixture *fixture)
{
	store_close(fixture->store);
	fixture->store = NULL;
}

static inline void fixture_reopen(struct fixture *fixture)
{
	fixture_close(fixture);
	fixture_open(fixture);
}

/* For cmocka: each test has its own folder and store. */
static inline int fixture_set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture_folder(fixture);
	fixture_open(fixture);
	*state = fixture;
	return 0;
}

static inline int fixture_tear_down(void **state)
{
	struct fixture *fixture = *state;

	fixture_close(fixture);
	nftw(fixture->path, fixture_remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(fixture);
	return 0;
}

typedef int (*change_fn)(struct changes *changes, void *arg);

struct change {
	struct store_job job;
	change_fn fn;
	void *arg;
	int err;
	int64_t revision;
	sem_t done;
};

static inline int change_run(struct changes *changes, struct store_job *job)
{
	struct change *change = (struct change *)job;

	return change->fn(changes, change->arg);
}

static inline void change_done(struct store_job *job, int err, int64_t revision)
{
	struct change *change = (struct change *)job;

	change->err = err;
	change->revision = revision;
	sem_post(&change->done);
}

static inline void change_init(struct change *change, change_fn fn, void *arg)
{
	*change = (struct change){ .fn = fn, .arg = arg };
	change->job.kind = STORE_CHANGE;
	change->job.run = change_run;
	change->job.done = change_done;
	sem_init(&change->done, 0, 0);
}

static inline int change_wait(struct change *change)
{
	while (sem_wait(&change->done) != 0)
		assert_int_equal(EINTR, errno);
	sem_destroy(&change->done);
	return change->err;
}

/* In this thread: the store is not started. */
static inline int fixture_run(struct fixture *fixture, change_fn fn, void *arg)
{
	struct change change;

	change_init(&change, fn, arg);
	sem_destroy(&change.done);
	return store_run_offline(fixture->store, &change.job);
}

/* One number out of the database, for what no function shows. */
struct number_query {
	const char *sql;
	int64_t value;
};

static inline int query_number(struct changes *changes, void *arg)
{
	struct number_query *query = arg;
	sqlite3_stmt *statement;

	assert_int_equal(SQLITE_OK,
			 sqlite3_prepare_v2(database_handle(changes->database),
					    query->sql, -1, &statement, NULL));
	assert_int_equal(SQLITE_ROW, sqlite3_step(statement));
	query->value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return 0;
}

static inline int64_t fixture_number(struct fixture *fixture, const char *sql)
{
	struct number_query query = { .sql = sql };

	assert_int_equal(0, fixture_run(fixture, query_number, &query));
	return query.value;
}

/* --- moves ------------------------------------------------------------ */

/* A move to be written, and what came of it. */
struct move_call {
	struct move move;
	struct move_write write;
	struct faults faults;
	struct move_conflict conflict;
};

static inline int run_move_create(struct changes *changes, void *arg)
{
	struct move_call *call = arg;

	call->write.faults = &call->faults;
	call->write.conflict = &call->conflict;
	return move_create(changes, &call->move, &call->write);
}

static inline int run_move_update(struct changes *changes, void *arg)
{
	struct move_call *call = arg;

	call->write.faults = &call->faults;
	call->write.conflict = &call->conflict;
	return move_update(changes, &call->move, &call->write);
}

/* Times in 2030, so that what is not about now does not depend on it. */
#define AT(minutes) (INT64_C(1893456000000) + INT64_C(60000) * (minutes))

static inline struct move_call a_move(const char *address, const char *target,
				      int64_t starts_at_ms, int64_t ends_at_ms)
{
	struct move_call call = { 0 };

	text_copy(text_of(address), call.move.address,
		  sizeof(call.move.address));
	text_copy(text_of(target), call.move.targets[0].uri,
		  sizeof(call.move.targets[0].uri));
	call.move.targets[0].q_permille = 1000;
	call.move.target_count = 1;
	call.move.starts_at_ms = starts_at_ms;
	call.move.ends_at_ms = ends_at_ms;
	call.write.may_create_domain = true;
	return call;
}

static inline int create_move(struct fixture *fixture, struct move_call *call)
{
	int err = fixture_run(fixture, run_move_create, call);

	faults_clear(&call->faults);
	return err;
}

static inline struct move_call made_move(struct fixture *fixture,
					 const char *address,
					 const char *target,
					 int64_t starts_at_ms,
					 int64_t ends_at_ms)
{
	struct move_call call =
		a_move(address, target, starts_at_ms, ends_at_ms);

	assert_int_equal(0, create_move(fixture, &call));
	return call;
}

/* One that is over: nobody makes it so, but time, or an edit. */
static inline struct move_call ended_move(struct fixture *fixture,
					  const char *address,
					  const char *target,
					  int64_t starts_at_ms,
					  int64_t ends_at_ms)
{
	struct move_call call = made_move(fixture, address, target,
					  starts_at_ms, MOVE_OPEN_END);

	call.move.ends_at_ms = ends_at_ms;
	assert_int_equal(0, fixture_run(fixture, run_move_update, &call));
	return call;
}

#endif
