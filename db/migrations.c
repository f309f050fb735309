#include "db/migrations.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	VERSION_DIGITS = 3,
	HEX_SIZE = 2 * crypto_hash_sha256_BYTES + 1,
};

struct migration {
	int version;
	struct text name; /* "start" of "001_start.sql" */
	const struct embedded_file *file;
	char sha256[HEX_SIZE];
};

static int migration_of(const struct embedded_file *file, size_t index,
			struct migration *ret_migration)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	struct text name = text_of(file->name);
	struct text suffix = TEXT(".sql");
	struct text stem;
	uint64_t version;

	if (name.len < VERSION_DIGITS + 2 + suffix.len ||
	    name.ptr[VERSION_DIGITS] != '_')
		return EINVAL;
	stem = (struct text){ name.ptr + VERSION_DIGITS + 1,
			      name.len - VERSION_DIGITS - 1 - suffix.len };
	if (!text_equals((struct text){ stem.ptr + stem.len, suffix.len },
			 suffix) ||
	    text_to_u64((struct text){ name.ptr, VERSION_DIGITS }, &version) ||
	    version != index + 1)
		return EINVAL;
	ret_migration->version = (int)version;
	ret_migration->name = stem;
	ret_migration->file = file;
	crypto_hash_sha256(digest, file->bytes, file->size);
	sodium_bin2hex(ret_migration->sha256, HEX_SIZE, digest, sizeof(digest));
	return 0;
}

static int query_integer(struct database *database, const char *sql,
			 int64_t *ret_value)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(database, sql, &statement);

	if (!err)
		err = statement_step(statement, &row);
	if (err)
		return err;
	*ret_value = row ? sqlite3_column_int64(statement, 0) : 0;
	sqlite3_reset(statement);
	return 0;
}

/* What was applied once must be what we carry. */
static int check_applied(struct database *database,
			 const struct migration *migration, const char **why)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		database,
		"SELECT sha256 FROM schema_migration WHERE version = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int(statement, 1, migration->version);
	err = statement_step(statement, &row);
	if (err)
		return err;
	if (!row || !text_equals(statement_text(statement, 0),
				 text_of(migration->sha256))) {
		*why = "the database was made by other migrations than this "
		       "program's; use the program that made it";
		err = ENOTSUP;
	}
	sqlite3_reset(statement);
	return err;
}

static int sync_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return errno;
	if (fsync(fd) != 0)
		err = errno;
	close(fd);
	return err;
}

/* What goes wrong in a migration can be undone by hand with this copy. */
static int back_up(struct database *database, const struct data_dir *dir,
		   int next_version)
{
	char name[DATA_DIR_FILE_MAX + 1];
	char path[DATA_DIR_PATH_SIZE];
	sqlite3_stmt *statement;
	int err;

	snprintf(name, sizeof(name), "before-%03d-%lld.db", next_version,
		 (long long)clock_wall_ms());
	data_dir_file(dir, name, path);
	err = data_dir_make_file(dir, name);
	if (!err)
		err = database_statement(database, "VACUUM INTO ?1",
					 &statement);
	if (err)
		return err;
	statement_bind_string(statement, 1, path);
	err = statement_run(statement);
	if (!err)
		err = sync_file(path);
	return err ? err : data_dir_sync(dir);
}

static int record(struct database *database, const struct migration *migration)
{
	char pragma[64];
	sqlite3_stmt *statement;
	int err = database_statement(
		database,
		"INSERT INTO schema_migration (version, name, sha256, "
		"applied_at) VALUES (?1, ?2, ?3, ?4)",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int(statement, 1, migration->version);
	statement_bind_text(statement, 2, migration->name);
	statement_bind_string(statement, 3, migration->sha256);
	sqlite3_bind_int64(statement, 4, clock_wall_ms());
	err = statement_run(statement);
	if (err)
		return err;
	/* A pragma takes no parameter. */
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d",
		 migration->version);
	return database_execute(database, pragma);
}

static int apply(struct database *database, const struct migration *migration)
{
	int err = database_execute(database, "BEGIN IMMEDIATE");

	if (err)
		return err;
	err = database_execute(
		database, "CREATE TABLE IF NOT EXISTS schema_migration ("
			  "version INTEGER PRIMARY KEY, name TEXT NOT NULL, "
			  "sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL"
			  ") STRICT");
	if (!err) /* the embedded bytes end with a NUL */
		err = database_execute(database,
				       (const char *)migration->file->bytes);
	if (!err)
		err = record(database, migration);
	if (!err)
		err = database_execute(database, "COMMIT");
	if (err)
		(void)!database_execute(database, "ROLLBACK");
	return err;
}

/* How far the database is, and whether it can be ours at all. */
static int version_of(struct database *database, size_t count,
		      int64_t *ret_version, const char **why)
{
	int64_t tables;
	int err = query_integer(database, "PRAGMA user_version", ret_version);

	if (!err)
		err = query_integer(database,
				    "SELECT count(*) FROM sqlite_schema",
				    &tables);
	if (err)
		return err;
	if (*ret_version > (int64_t)count) {
		*why = "the database is newer than this program";
		return ENOTSUP;
	}
	if (*ret_version < 0 || (*ret_version == 0 && tables > 0)) {
		*why = "the database file is not sipmoved's";
		return ENOTSUP;
	}
	return 0;
}

int migrations_apply(struct database *database, const struct data_dir *dir,
		     const struct embedded_file *files, size_t count,
		     const char **why)
{
	struct migration migration;
	int64_t version;
	int err = version_of(database, count, &version, why);

	for (size_t i = 0; !err && i < count; i++) {
		err = migration_of(&files[i], i, &migration);
		if (!err && migration.version <= version) {
			err = check_applied(database, &migration, why);
			continue;
		}
		if (!err && version > 0 && migration.version == version + 1)
			err = back_up(database, dir, migration.version);
		if (!err)
			err = apply(database, &migration);
	}
	return err;
}
