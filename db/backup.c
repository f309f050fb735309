#include "db/backup.h"

#include "db/database.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	READ_SIZE = 1 << 18,
	/* SQLite's own steps between two looks whether to stop. */
	STEPS_A_LOOK = 100000,
};

static bool must_stop(const atomic_bool *is_stopping)
{
	return is_stopping && atomic_load(is_stopping);
}

static int look_whether_to_stop(void *arg)
{
	const atomic_bool *is_stopping = arg;

	return atomic_load(is_stopping);
}

static int check_integrity(struct database *copy)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(copy, "PRAGMA integrity_check(1)",
				     &statement);

	if (!err)
		err = statement_step(statement, &row);
	if (err)
		return err;
	if (!row || !text_equals(statement_text(statement, 0), TEXT("ok")))
		err = EBADMSG;
	sqlite3_reset(statement);
	return err;
}

static int read_meta(struct database *copy, struct backup *backup)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		copy,
		"SELECT revision, epoch, (SELECT user_version FROM "
		"pragma_user_version) FROM meta WHERE one = 1",
		&statement);

	if (!err)
		err = statement_step(statement, &row);
	if (err)
		return err;
	if (!row)
		return EBADMSG;
	backup->revision = sqlite3_column_int64(statement, 0);
	backup->schema_version = sqlite3_column_int64(statement, 2);
	if (!text_copy(statement_text(statement, 1), backup->epoch,
		       sizeof(backup->epoch)))
		err = EBADMSG;
	sqlite3_reset(statement);
	return err;
}

/* An SQL error is of a database that has no such table: not ours. */
static int examine(struct database *copy, struct backup *backup)
{
	int result;
	int err = database_execute(copy, "PRAGMA locking_mode = EXCLUSIVE;"
					 "PRAGMA trusted_schema = OFF;"
					 "PRAGMA cell_size_check = ON;"
					 "PRAGMA synchronous = OFF;"
					 "PRAGMA journal_mode = DELETE;");

	if (!err)
		err = check_integrity(copy);
	if (!err)
		err = read_meta(copy, backup);
	result = sqlite3_errcode(database_handle(copy)) & 0xff;
	if (err && result == SQLITE_ERROR)
		err = EBADMSG;
	return err;
}

int backup_examine(const char *path, const atomic_bool *is_stopping,
		   struct backup *backup)
{
	struct database *copy = NULL;
	int err = database_open(
		path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, &copy);

	if (err)
		return err;
	if (is_stopping)
		sqlite3_progress_handler(database_handle(copy), STEPS_A_LOOK,
					 look_whether_to_stop,
					 (void *)(uintptr_t)is_stopping);
	err = examine(copy, backup);
	database_close(copy);
	return must_stop(is_stopping) ? ECANCELED : err;
}

int backup_measure(int fd, const atomic_bool *is_stopping,
		   struct backup *backup)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;
	unsigned char *bytes = malloc(READ_SIZE);
	ssize_t count = -1;
	int err = bytes ? 0 : ENOMEM;

	backup->size_bytes = 0;
	crypto_hash_sha256_init(&state);
	while (!err && count != 0) {
		count = pread(fd, bytes, READ_SIZE, backup->size_bytes);
		if (count < 0 && errno != EINTR)
			err = errno;
		if (count > 0) {
			crypto_hash_sha256_update(&state, bytes, (size_t)count);
			backup->size_bytes += count;
		}
		if (!err && must_stop(is_stopping))
			err = ECANCELED;
	}
	free(bytes);
	if (err)
		return err;
	crypto_hash_sha256_final(&state, digest);
	sodium_bin2hex(backup->sha256, sizeof(backup->sha256), digest,
		       sizeof(digest));
	return 0;
}
