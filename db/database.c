#include "db/database.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct kept_statement {
	const char *sql; /* by its pointer */
	sqlite3_stmt *statement;
};

struct database {
	sqlite3 *handle;
	struct kept_statement *kept; /* open addressing; size a power of two */
	size_t kept_count, kept_size;
};

/*
 * The statement that a value could not be bound to for want of memory. SQLite
 * would run it with NULL in that place; the next step says ENOMEM instead. A
 * statement belongs to one thread, from its binding to its step.
 */
static _Thread_local const sqlite3_stmt *half_bound;

static const struct {
	int result;
	int error;
} errnos[] = {
	{ SQLITE_OK, 0 },
	{ SQLITE_ROW, 0 },
	{ SQLITE_DONE, 0 },
	{ SQLITE_FULL, ENOSPC },
	{ SQLITE_BUSY, EBUSY },
	{ SQLITE_LOCKED, EBUSY },
	{ SQLITE_CORRUPT, EBADMSG },
	{ SQLITE_NOTADB, EBADMSG },
	{ SQLITE_NOMEM, ENOMEM },
	{ SQLITE_CONSTRAINT, EEXIST },
	{ SQLITE_READONLY, EROFS },
	{ SQLITE_TOOBIG, EMSGSIZE },
	{ SQLITE_CANTOPEN, EIO },
	{ SQLITE_IOERR, EIO },
};

int database_errno(int sqlite_result)
{
	if (sqlite_result == SQLITE_IOERR_NOMEM)
		return ENOMEM;
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (errnos[i].result == (sqlite_result & 0xff))
			return errnos[i].error;
	return EIO;
}

/* Its figures on memory, which nobody reads, cost a mutex at each allocation:
 * a tenth of a large import. */
static void configure(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int database_open(const char *path, int flags, struct database **ret_database)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct database *database = calloc(1, sizeof(*database));
	int err;

	if (!database)
		return ENOMEM;
	pthread_once(&once, configure);
	err = database_errno(sqlite3_open_v2(
		path, &database->handle, flags | SQLITE_OPEN_EXRESCODE, NULL));
	if (err)
		goto out;
	*ret_database = database;
	database = NULL;
out:
	database_close(database);
	return err;
}

void database_close(struct database *database)
{
	if (!database)
		return;
	for (size_t i = 0; i < database->kept_size; i++)
		sqlite3_finalize(database->kept[i].statement);
	free(database->kept);
	sqlite3_close_v2(database->handle);
	free(database);
}

sqlite3 *database_handle(struct database *database)
{
	return database->handle;
}

int database_execute(struct database *database, const char *sql)
{
	return database_errno(
		sqlite3_exec(database->handle, sql, NULL, NULL, NULL));
}

/* Where the literal is, or would be. */
static struct kept_statement *slot_of(struct kept_statement *kept, size_t size,
				      const char *sql)
{
	size_t at = ((uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15)) >> 40;

	while (kept[at & (size - 1)].sql && kept[at & (size - 1)].sql != sql)
		at++;
	return &kept[at & (size - 1)];
}

/* Keeps the table at most half full. */
static int make_room(struct database *database)
{
	size_t size = database->kept_size ? 2 * database->kept_size : 64;
	struct kept_statement *kept;

	if (2 * (database->kept_count + 1) <= database->kept_size)
		return 0;
	kept = calloc(size, sizeof(*kept));
	if (!kept)
		return ENOMEM;
	for (size_t i = 0; i < database->kept_size; i++)
		if (database->kept[i].sql)
			*slot_of(kept, size, database->kept[i].sql) =
				database->kept[i];
	free(database->kept);
	database->kept = kept;
	database->kept_size = size;
	return 0;
}

int database_statement(struct database *database, const char *sql,
		       sqlite3_stmt **ret_statement)
{
	struct kept_statement *slot;
	int err = make_room(database);

	if (err)
		return err;
	slot = slot_of(database->kept, database->kept_size, sql);
	if (!slot->sql) {
		err = database_errno(sqlite3_prepare_v3(
			database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
			&slot->statement, NULL));
		if (err)
			return err;
		slot->sql = sql;
		database->kept_count++;
	}
	if (half_bound == slot->statement)
		half_bound = NULL;
	sqlite3_reset(slot->statement);
	sqlite3_clear_bindings(slot->statement);
	*ret_statement = slot->statement;
	return 0;
}

int statement_step(sqlite3_stmt *statement, bool *ret_row)
{
	int result = half_bound == statement ? SQLITE_NOMEM
					     : sqlite3_step(statement);
	int err = database_errno(result);

	if (half_bound == statement)
		half_bound = NULL;
	if (result != SQLITE_ROW)
		sqlite3_reset(statement);
	if (!err)
		*ret_row = result == SQLITE_ROW;
	return err;
}

int statement_run(sqlite3_stmt *statement)
{
	bool row;
	int err = statement_step(statement, &row);

	sqlite3_reset(statement);
	return err;
}

int statement_finish(sqlite3_stmt *statement)
{
	return database_errno(sqlite3_reset(statement));
}

void statement_bind_text(sqlite3_stmt *statement, int index, struct text text)
{
	/* An empty view may have no pointer, and would be bound as NULL. */
	int result = sqlite3_bind_text64(statement, index,
					 text.len ? text.ptr : "", text.len,
					 SQLITE_TRANSIENT, SQLITE_UTF8);

	if (result == SQLITE_NOMEM)
		half_bound = statement;
}

void statement_bind_string(sqlite3_stmt *statement, int index,
			   const char *string)
{
	statement_bind_text(statement, index, text_of(string));
}

struct text statement_text(sqlite3_stmt *statement, int column)
{
	/* In this order: the text's length is known once it is text. */
	const unsigned char *bytes = sqlite3_column_text(statement, column);
	int len = sqlite3_column_bytes(statement, column);

	if (!bytes || len < 0)
		return (struct text){ "", 0 };
	return (struct text){ (const char *)bytes, (size_t)len };
}
