/*
 * Manifests are JSON; SQLite writes and reads it, as it does for audit rows.
 * What is read may have been written by anybody: every member is checked.
 */
#include "db/backup.h"

#include "base/timestamp.h"
#include "db/database.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
	MANIFEST_MAX = 4096, /* bytes of a manifest */
};

static int open_memory(struct database **ret_memory)
{
	return database_open(":memory:",
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
				     SQLITE_OPEN_NOMUTEX,
			     ret_memory);
}

/* --- writing ---------------------------------------------------------------
 */

static void bind(sqlite3_stmt *statement, const struct backup *backup)
{
	char created_at[TIMESTAMP_SIZE], revision[24];
	struct writer writer = writer_over(revision, sizeof(revision));

	timestamp_format(backup->created_at_ms, created_at);
	writer_i64(&writer, backup->revision);
	statement_bind_string(statement, 1, backup->id);
	statement_bind_string(statement, 2, created_at);
	statement_bind_string(statement, 3, backup->created_by);
	statement_bind_string(statement, 4,
			      backup->is_scheduled ? "true" : "false");
	statement_bind_string(statement, 5, backup->note);
	statement_bind_text(statement, 6, writer_text(&writer));
	statement_bind_string(statement, 7, backup->epoch);
	sqlite3_bind_int64(statement, 8, backup->schema_version);
	statement_bind_string(statement, 9, backup->program_version);
	sqlite3_bind_int64(statement, 10, backup->size_bytes);
	statement_bind_string(statement, 11, backup->sha256);
}

static int write_all(int fd, struct text text)
{
	size_t done = 0;

	while (done < text.len) {
		ssize_t count = write(fd, text.ptr + done, text.len - done);

		if (count < 0 && errno != EINTR)
			return errno;
		if (count > 0)
			done += (size_t)count;
	}
	return 0;
}

static int write_file(const char *path, struct text text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int err;

	if (fd < 0)
		return errno;
	err = write_all(fd, text);
	if (!err)
		err = write_all(fd, TEXT("\n"));
	if (!err && fsync(fd) != 0)
		err = errno;
	close(fd);
	if (err)
		unlink(path);
	return err;
}

int backup_manifest_write(const char *path, const struct backup *backup)
{
	static const char sql[] =
		"SELECT json_object('id', ?1, 'created_at', ?2, 'created_by', "
		"?3, 'scheduled', json(?4), 'note', ?5, 'revision', ?6, "
		"'epoch', ?7, 'schema_version', ?8, 'program_version', ?9, "
		"'size_bytes', ?10, 'sha256', ?11)";
	struct database *memory = NULL;
	sqlite3_stmt *statement = NULL;
	bool row;
	int err = open_memory(&memory);

	if (!err)
		err = database_statement(memory, sql, &statement);
	if (!err) {
		bind(statement, backup);
		err = statement_step(statement, &row);
	}
	if (!err)
		err = write_file(path, statement_text(statement, 0));
	database_close(memory);
	return err;
}

/* --- reading ---------------------------------------------------------------
 */

static int read_file(const char *path, char *text, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t count;
	int err = 0;

	if (fd < 0)
		return errno;
	count = read(fd, text, MANIFEST_MAX + 1);
	if (count < 0)
		err = errno;
	else if (count > MANIFEST_MAX)
		err = EBADMSG;
	else
		*ret_len = (size_t)count;
	close(fd);
	return err;
}

static bool take_text(sqlite3_stmt *row, int column, char *buffer, size_t size)
{
	return sqlite3_column_type(row, column) == SQLITE_TEXT &&
	       text_copy(statement_text(row, column), buffer, size);
}

static bool take_number(sqlite3_stmt *row, int column, int64_t *ret_number)
{
	if (sqlite3_column_type(row, column) != SQLITE_INTEGER)
		return false;
	*ret_number = sqlite3_column_int64(row, column);
	return *ret_number >= 0;
}

static bool take_sha256(sqlite3_stmt *row, int column, struct backup *backup)
{
	return take_text(row, column, backup->sha256, sizeof(backup->sha256)) &&
	       strlen(backup->sha256) == BACKUP_SHA256_SIZE - 1 &&
	       strspn(backup->sha256, "0123456789abcdef") ==
		       BACKUP_SHA256_SIZE - 1;
}

/* Names go into paths: no other than ours. */
static bool take(sqlite3_stmt *row, struct backup *backup)
{
	uint64_t revision;
	bool has_offset;

	if (!take_text(row, 0, backup->id, sizeof(backup->id)) ||
	    !object_id_is_valid(text_of(backup->id), "bak") ||
	    timestamp_parse(statement_text(row, 1), &backup->created_at_ms,
			    &has_offset) ||
	    text_to_u64(statement_text(row, 5), &revision) ||
	    revision > INT64_MAX)
		return false;
	backup->revision = (int64_t)revision;
	backup->is_scheduled = sqlite3_column_int(row, 3) != 0;
	return take_text(row, 2, backup->created_by,
			 sizeof(backup->created_by)) &&
	       take_text(row, 4, backup->note, sizeof(backup->note)) &&
	       take_text(row, 6, backup->epoch, sizeof(backup->epoch)) &&
	       take_number(row, 7, &backup->schema_version) &&
	       take_text(row, 8, backup->program_version,
			 sizeof(backup->program_version)) &&
	       take_number(row, 9, &backup->size_bytes) &&
	       take_sha256(row, 10, backup);
}

int backup_manifest_read(const char *path, struct backup *ret_backup)
{
	static const char sql[] =
		"SELECT json_extract(?1, '$.id'), "
		"json_extract(?1, '$.created_at'), "
		"json_extract(?1, '$.created_by'), "
		"json_extract(?1, '$.scheduled'), json_extract(?1, '$.note'), "
		"json_extract(?1, '$.revision'), json_extract(?1, '$.epoch'), "
		"json_extract(?1, '$.schema_version'), "
		"json_extract(?1, '$.program_version'), "
		"json_extract(?1, '$.size_bytes'), "
		"json_extract(?1, '$.sha256') WHERE json_valid(?1)";
	struct database *memory = NULL;
	struct backup backup = { .revision = 0 };
	char text[MANIFEST_MAX + 1];
	sqlite3_stmt *statement = NULL;
	size_t len = 0;
	bool row;
	int err = read_file(path, text, &len);

	if (!err)
		err = open_memory(&memory);
	if (!err)
		err = database_statement(memory, sql, &statement);
	if (!err) {
		statement_bind_text(statement, 1, (struct text){ text, len });
		err = statement_step(statement, &row);
	}
	if (!err && (!row || !take(statement, &backup)))
		err = EBADMSG;
	database_close(memory);
	if (!err)
		*ret_backup = backup;
	return err;
}
