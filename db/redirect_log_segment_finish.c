#include "db/redirect_log_segment.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum {
	BUSY_MS = 200,	     /* a reader's query may be under way */
	STEPS_A_LOOK = 1000, /* of SQLite's machine between looks at the stop */
};

static const char *const connection_sql =
	"PRAGMA synchronous = NORMAL;"
	"PRAGMA secure_delete = OFF;"
	/*
	 * Small on purpose: what is sorted at a time then fits the processor's
	 * cache, and indexes take half the time that they take in 32 MiB.
	 */
	"PRAGMA cache_size = -4096;"
	"PRAGMA temp_store = FILE;"
	"PRAGMA wal_autocheckpoint = 0;"
	"PRAGMA trusted_schema = OFF;"
	"PRAGMA cell_size_check = ON;";

/* Every index ends in the id, so that pages come in the order of time. */
static const char *const indexes_sql =
	"BEGIN IMMEDIATE;"
	"CREATE INDEX IF NOT EXISTS redirect_address"
	" ON redirect (address_hash);"
	"CREATE INDEX IF NOT EXISTS redirect_call_id"
	" ON redirect (call_id_hash);"
	"CREATE INDEX IF NOT EXISTS redirect_status"
	" ON redirect (status);"
	"COMMIT";

static int look_at_stop(void *argument)
{
	return atomic_load((const atomic_bool *)argument);
}

/* Where no temporary file can be had, memory has to do: some 60 MiB. */
static int build_indexes(struct database *database)
{
	int err = database_execute(database, indexes_sql);

	if (err != EIO && err != ENOSPC)
		return err;
	/* It may have rolled back by itself; then this fails, and may. */
	(void)!database_execute(database, "ROLLBACK");
	err = database_execute(database, "PRAGMA temp_store = MEMORY");
	return err ? err : database_execute(database, indexes_sql);
}

/* One file without companions is left: it can be copied and kept as it is. */
static int leave_wal_mode(struct database *database)
{
	sqlite3_stmt *statement;
	bool row = false;
	int err = database_errno(sqlite3_wal_checkpoint_v2(
		database_handle(database), NULL, SQLITE_CHECKPOINT_TRUNCATE,
		NULL, NULL));

	if (!err)
		err = database_statement(
			database, "PRAGMA journal_mode = DELETE", &statement);
	if (!err)
		err = statement_step(statement, &row);
	if (err)
		return err;
	if (!row || !text_equals(statement_text(statement, 0), TEXT("delete")))
		err = EBUSY;
	sqlite3_reset(statement);
	return err;
}

int log_segment_finish(const char *path, const atomic_bool *is_stopping)
{
	struct database *database = NULL;
	struct hash_key key;
	unsigned version;
	int err = database_open(
		path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, &database);

	if (err)
		goto out;
	sqlite3_busy_timeout(database_handle(database), BUSY_MS);
	/* SQLite hands the argument back as it got it; nobody writes to it. */
	sqlite3_progress_handler(database_handle(database), STEPS_A_LOOK,
				 look_at_stop, (void *)(uintptr_t)is_stopping);
	err = database_execute(database, connection_sql);
	if (!err)
		err = log_segment_identify(database, &key, &version);
	if (!err)
		err = build_indexes(database);
	if (!err)
		err = leave_wal_mode(database);
	if (!err && chmod(path, S_IRUSR))
		err = errno;
	if (err && atomic_load(is_stopping))
		err = ECANCELED;
out:
	database_close(database);
	return err;
}
