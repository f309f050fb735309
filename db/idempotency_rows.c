#include "db/idempotency_rows.h"
#include "db/changes_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int read_row(sqlite3_stmt *statement, struct idempotency_row *ret_row)
{
	const void *fingerprint = sqlite3_column_blob(statement, 0);
	const void *sealed = sqlite3_column_blob(statement, 2);
	size_t sealed_len = (size_t)sqlite3_column_bytes(statement, 2);

	if (sqlite3_column_bytes(statement, 0) !=
		    IDEMPOTENCY_FINGERPRINT_SIZE ||
	    sealed_len == 0)
		return EBADMSG;
	if (!fingerprint || !sealed)
		return ENOMEM;
	ret_row->sealed = malloc(sealed_len);
	if (!ret_row->sealed)
		return ENOMEM;
	memcpy(ret_row->fingerprint, fingerprint, IDEMPOTENCY_FINGERPRINT_SIZE);
	memcpy(ret_row->sealed, sealed, sealed_len);
	ret_row->sealed_len = sealed_len;
	ret_row->status = (unsigned)sqlite3_column_int64(statement, 1);
	return 0;
}

int idempotency_find(struct changes *changes, struct idempotency_row *ret_row)
{
	sqlite3_stmt *statement;
	int finish_err;
	bool row;
	int err = database_statement(changes->database,
				     "SELECT fingerprint, status, sealed "
				     "FROM idempotency "
				     "WHERE key = ?1 AND created_at > ?2",
				     &statement);

	if (err)
		return err;
	sqlite3_bind_blob(statement, 1, ret_row->key, sizeof(ret_row->key),
			  SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 2, changes->now_ms - IDEMPOTENCY_LIFE_MS);
	err = statement_step(statement, &row);
	if (err)
		return err;
	if (!row)
		return ENOENT;
	err = read_row(statement, ret_row);
	finish_err = statement_finish(statement);
	return err ? err : finish_err;
}

/* A few with each new one: as many go as come. */
static int forget_old(struct changes *changes)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"DELETE FROM idempotency WHERE key IN (SELECT key "
		"FROM idempotency WHERE created_at <= ?1 LIMIT 16)",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, changes->now_ms - IDEMPOTENCY_LIFE_MS);
	return statement_run(statement);
}

int idempotency_put(struct changes *changes, const struct idempotency_row *row)
{
	sqlite3_stmt *statement;
	int err = forget_old(changes);

	if (!err)
		err = database_statement(changes->database,
					 "INSERT OR REPLACE INTO idempotency "
					 "(key, fingerprint, status, sealed, "
					 "created_at) "
					 "VALUES (?1, ?2, ?3, ?4, ?5)",
					 &statement);
	if (err)
		return err;
	sqlite3_bind_blob(statement, 1, row->key, sizeof(row->key),
			  SQLITE_TRANSIENT);
	sqlite3_bind_blob(statement, 2, row->fingerprint,
			  sizeof(row->fingerprint), SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 3, row->status);
	sqlite3_bind_blob64(statement, 4, row->sealed, row->sealed_len,
			    SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 5, changes->now_ms);
	return statement_run(statement);
}
