/*
 * One group of changes (design 3, "one change"):
 *
 *   BEGIN -> each job in its savepoint -> build the next snapshot -> COMMIT
 *         -> publish
 *
 * A job that fails is rolled back alone. When the database itself fails, the
 * whole group does. After an I/O error nothing more is acknowledged before the
 * database was closed, opened again and checked: an fsync that failed once may
 * not be asked again and believed (the kernel has dropped what it could not
 * write). A commit that failed that way may yet be on the disk; what the group
 * has touched is then loaded from what the disk says.
 */
#include "db/store_state.h"

#include "base/clock.h"

#include <errno.h>

enum {
	CHECKPOINT_PAGES = 1000,
	REOPEN_INTERVAL_US = 1000000,
};

/* A literal's statement, without parameters or results. */
static int run_sql(struct store *store, const char *literal)
{
	sqlite3_stmt *statement;
	int err = database_statement(store->database, literal, &statement);

	return err ? err : statement_run(statement);
}

static bool has_transaction(struct store *store)
{
	return !sqlite3_get_autocommit(database_handle(store->database));
}

static bool is_disk_error(int err)
{
	return err == EIO || err == EBADMSG || err == EROFS || err == EBUSY;
}

static void break_off(struct store *store)
{
	store->is_broken = true;
	store->reopen_at_us = 0;
	atomic_store(&store->is_up, false);
}

/* Gives room for a few more changes, and keeps it for those that end things. */
static void go_low(struct store *store)
{
	data_dir_drop_ballast(&store->dir);
	store->changes.is_low_on_disk = true;
	atomic_store(&store->has_room, false);
}

static void look_at_disk(struct store *store)
{
	atomic_store(&store->disk_free_bytes, data_dir_free_bytes(&store->dir));
	if (data_dir_is_low(&store->dir)) {
		go_low(store);
		return;
	}
	if (!store->changes.is_low_on_disk) {
		atomic_store(&store->has_room, true);
		return;
	}
	/* The ballast's room is not free for all as soon as it is given back:
	 * low ends when there is room for the ballast again. */
	data_dir_take_ballast(&store->dir);
	store->changes.is_low_on_disk = !store->dir.has_ballast;
	atomic_store(&store->has_room, store->dir.has_ballast);
}

static void begin_job(struct store *store)
{
	changes_begin(&store->changes, clock_wall_ms());
	store->changes.snapshot = publisher_current(store->publisher);
}

/* Did the database fail under the job, rather than the job by itself? */
static int failure_beneath(struct store *store, int job_err)
{
	int result = sqlite3_errcode(database_handle(store->database)) & 0xff;

	if (result == SQLITE_IOERR || result == SQLITE_CORRUPT ||
	    result == SQLITE_NOTADB || result == SQLITE_FULL)
		return database_errno(result);
	if (job_err == EIO || !has_transaction(store))
		return job_err;
	return 0;
}

/* An error is the whole group's; the job's own is in job->err. */
static int run_job(struct store *store, struct store_job *job)
{
	struct changes *changes = &store->changes;
	struct changes_mark mark = changes_mark(changes);
	int err = run_sql(store, "SAVEPOINT job");

	if (err)
		return err;
	begin_job(store);
	job->err = job->run(changes, job);
	if (job->err) {
		err = failure_beneath(store, job->err);
		if (err)
			return err;
		changes_rewind(changes, &mark);
		err = run_sql(store, "ROLLBACK TO job");
	} else {
		job->writes = changes->revision != 0;
		if (job->writes)
			changes->last_revision = changes->revision;
		/* What it saw of the jobs before it is theirs to publish. */
		job->revision = changes->last_revision;
	}
	return err ? err : run_sql(store, "RELEASE job");
}

static int write_revision(struct store *store)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		store->database, "UPDATE meta SET revision = ?1 WHERE one = 1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, store->changes.last_revision);
	return statement_run(statement);
}

/* The next snapshot, from what the database holds now. */
static int build(struct store *store, struct snapshot_builder **ret_builder)
{
	struct snapshot_builder *builder = NULL;
	int err;

	store->changes.now_ms = clock_wall_ms();
	err = snapshot_builder_begin(publisher_current(store->publisher),
				     &builder);
	if (!err)
		err = snapshot_load_touched(&store->changes, builder);
	if (err) {
		snapshot_builder_discard(builder);
		return err;
	}
	*ret_builder = builder;
	return 0;
}

static void tell(const struct store_listener *listener, bool *has_news)
{
	if (*has_news && listener->wake)
		listener->wake(listener->arg);
	*has_news = false;
}

static void tell_listeners(struct store *store)
{
	tell(&store->outbox, &store->changes.touched_outbox);
	tell(&store->calendars, &store->changes.touched_calendars);
}

static void publish(struct store *store, struct snapshot_builder *builder,
		    int64_t revision)
{
	publisher_publish(store->publisher,
			  snapshot_builder_finish(builder, revision));
	store->published_revision = revision;
	atomic_store(&store->revision, revision);
	tell_listeners(store);
	changes_rewind(&store->changes, &(struct changes_mark){ 0 });
}

static int commit(struct store *store)
{
	struct snapshot_builder *builder;
	int err = write_revision(store);

	if (!err)
		err = build(store, &builder);
	if (err)
		return err;
	err = run_sql(store, "COMMIT");
	if (err) {
		snapshot_builder_discard(builder);
		return err;
	}
	publish(store, builder, store->changes.last_revision);
	atomic_fetch_add(&store->commits, 1);
	atomic_store(&store->is_up, true);
	return 0;
}

static int run_jobs(struct store *store, struct job_queue *group)
{
	int err = run_sql(store, "BEGIN IMMEDIATE");

	for (struct store_job *job = group->head; job && !err; job = job->next)
		err = run_job(store, job);
	if (err)
		return err;
	if (store->changes.last_revision != store->published_revision)
		return commit(store);
	if (!store->changes.touched_quietly)
		return run_sql(store, "ROLLBACK"); /* nobody wrote */
	store->changes.touched_quietly = false;
	err = run_sql(store, "COMMIT");
	if (!err)
		tell_listeners(store);
	return err;
}

static void give_up(struct store *store, int err)
{
	if (has_transaction(store) && run_sql(store, "ROLLBACK"))
		err = EIO;
	store->changes.last_revision = store->published_revision;
	if (is_disk_error(err)) {
		/* What was touched is kept: to be loaded again. */
		break_off(store);
		return;
	}
	changes_rewind(&store->changes, &(struct changes_mark){ 0 });
	if (err == ENOSPC) {
		atomic_store(&store->is_up, false);
		go_low(store);
	}
}

/* Does the disk hold more than what was acknowledged? Then publish that too. */
static int catch_up(struct store *store)
{
	struct snapshot_builder *builder;
	int64_t revision;
	int err = store_stored_revision(store, &revision);

	if (err)
		return err;
	if (revision < store->published_revision)
		return EBADMSG; /* acknowledged changes are gone */
	if (revision > store->published_revision) {
		err = build(store, &builder);
		if (err)
			return err;
		publish(store, builder, revision);
	}
	changes_rewind(&store->changes, &(struct changes_mark){ 0 });
	store->changes.last_revision = revision;
	return 0;
}

static int open_again(struct store *store)
{
	const char *why;
	int64_t now_us = clock_monotonic_us();
	int err;

	if (now_us < store->reopen_at_us)
		return EIO;
	store->reopen_at_us = now_us + REOPEN_INTERVAL_US;
	store_copy_abandon(store, EIO);
	database_close(store->database);
	store->database = NULL;
	store->changes.database = NULL;
	err = store_open_database(store, true, &why);
	if (!err)
		err = catch_up(store);
	if (err)
		return err;
	store->is_broken = false;
	atomic_store(&store->is_up, true);
	return 0;
}

/* EIO: the file was removed or renamed under us. What is written to it is gone
 * at the next start: it must not be acknowledged. */
static int check_file_is_there(struct store *store)
{
	int has_moved = 0;

	sqlite3_file_control(database_handle(store->database), NULL,
			     SQLITE_FCNTL_HAS_MOVED, &has_moved);
	return has_moved ? EIO : 0;
}

static void fail_all(struct job_queue *group, int err)
{
	for (struct store_job *job = group->head; job; job = job->next)
		if (!job->err)
			job->err = err;
}

int store_refuses_changes(const struct store *store)
{
	return atomic_load(&store->is_damaged) ? EBADMSG : 0;
}

void store_group_run(struct store *store, struct job_queue *group)
{
	int err = store_refuses_changes(store);

	if (!err && store->is_broken)
		err = open_again(store);

	for (struct store_job *job = group->head; job; job = job->next) {
		job->err = 0;
		job->writes = false;
		job->revision = store->published_revision;
	}
	if (!err) {
		look_at_disk(store);
		err = check_file_is_there(store);
		if (!err)
			err = run_jobs(store, group);
		if (err)
			give_up(store, err);
	}
	if (err)
		fail_all(group, err);
	else
		atomic_fetch_add(&store->change_count, group->count);
}

void store_recover(struct store *store)
{
	if (atomic_load(&store->is_up)) {
		/* For whoever asks how we are before the next change does. */
		look_at_disk(store);
		return;
	}
	if (store_refuses_changes(store))
		return;
	if (store->is_broken) {
		(void)!open_again(store);
		return;
	}
	look_at_disk(store);
	atomic_store(&store->is_up, !store->changes.is_low_on_disk);
}

void store_read_run(struct store *store, struct store_job *job)
{
	struct changes_mark mark = changes_mark(&store->changes);

	job->err = store->is_broken ? open_again(store) : 0;
	job->writes = false;
	job->revision = store->published_revision;
	if (!job->err)
		job->err = run_sql(store, "BEGIN");
	if (job->err)
		return;
	begin_job(store);
	job->err = job->run(&store->changes, job);
	if (job->err && is_disk_error(failure_beneath(store, 0)))
		break_off(store);
	/* A read that writes has made a mistake: nothing comes of it. */
	if (has_transaction(store) && run_sql(store, "ROLLBACK"))
		break_off(store);
	changes_rewind(&store->changes, &mark);
}

void store_checkpoint(struct store *store)
{
	int err;

	if (store->wal_pages < CHECKPOINT_PAGES || store->is_broken ||
	    store_refuses_changes(store))
		return;
	store->wal_pages = 0;
	err = database_errno(sqlite3_wal_checkpoint_v2(
		database_handle(store->database), NULL,
		SQLITE_CHECKPOINT_PASSIVE, NULL, NULL));
	if (err == ENOSPC)
		go_low(store);
	else if (err && err != ENOMEM)
		break_off(store);
}
