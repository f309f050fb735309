#include "db/restore.h"

#include "base/clock.h"
#include "base/embedded.h"
#include "base/timestamp.h"
#include "db/changes_state.h"
#include "db/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char scratch_name[] = "restore.partial";
static const char database_name[] = "sipmoved.db";
static const char log_name[] = "sipmoved.db-wal";

enum {
	COPY_SIZE = 1 << 18,
};

struct restore {
	const struct restore_request *request;
	struct restore_report *report;
	struct data_dir dir;
	char scratch[DATA_DIR_PATH_SIZE]; /* folder */
	char copy[DATA_DIR_PATH_SIZE + DATA_DIR_FILE_MAX];
	int file_fd, copy_fd;
	const char *why;
};

/* --- the scratch folder -----------------------------------------------------
 */

static void remove_scratch(struct restore *restore)
{
	DIR *stream = opendir(restore->scratch);
	const struct dirent *entry;

	while (stream && (entry = readdir(stream)))
		unlinkat(dirfd(stream), entry->d_name, 0);
	if (stream)
		closedir(stream);
	rmdir(restore->scratch);
}

static int make_scratch(struct restore *restore)
{
	data_dir_file(&restore->dir, scratch_name, restore->scratch);
	snprintf(restore->copy, sizeof(restore->copy), "%s/%s",
		 restore->scratch, database_name);
	remove_scratch(restore);
	restore->why = "the data folder cannot be written to";
	if (mkdir(restore->scratch, 0700) != 0)
		return errno;
	restore->copy_fd = open(restore->copy,
				O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return restore->copy_fd < 0 ? errno : 0;
}

static int open_file(struct restore *restore)
{
	restore->file_fd =
		open(restore->request->file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	restore->why = "the backup cannot be opened";
	return restore->file_fd < 0 ? errno : 0;
}

static int copy_bytes(int from, int to, char *bytes)
{
	ssize_t count;

	while ((count = read(from, bytes, COPY_SIZE)) != 0) {
		ssize_t done = 0;

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return errno;
		while (done < count) {
			ssize_t part =
				write(to, bytes + done, (size_t)(count - done));

			if (part < 0 && errno != EINTR)
				return errno;
			if (part > 0)
				done += part;
		}
	}
	return 0;
}

static int copy_file(struct restore *restore)
{
	char *bytes = malloc(COPY_SIZE);
	int err;

	restore->why = "the backup cannot be copied into the data folder";
	err = bytes ? copy_bytes(restore->file_fd, restore->copy_fd, bytes)
		    : ENOMEM;
	free(bytes);
	return err;
}

/* --- the proof -------------------------------------------------------------
 */

static int read_manifest(struct restore *restore)
{
	const char *file = restore->request->file;
	size_t len = strlen(file);
	char path[DATA_DIR_PATH_SIZE];
	int err;

	if (len > 3 && !strcmp(file + len - 3, ".db"))
		len -= 3;
	snprintf(path, sizeof(path), "%.*s.json", (int)len, file);
	err = backup_manifest_read(path, &restore->report->backup);
	restore->report->has_manifest = !err;
	if (!err || (err == ENOENT && restore->request->is_forced))
		return 0;
	restore->why =
		err == ENOENT ? "the backup has no manifest (its .json) beside "
				"it; --force takes it without, and checks "
				"what the file itself can tell"
			      : "the backup's manifest cannot be read";
	return err == ENOENT ? ENOKEY : err;
}

static int compare_with_manifest(struct restore *restore)
{
	const struct backup *promised = &restore->report->backup;
	struct backup found = { .revision = 0 };
	int err = backup_measure(restore->copy_fd, NULL, &found);

	restore->why = "the backup cannot be read back";
	if (err || !restore->report->has_manifest)
		return err;
	restore->why = "the file is not the one that its manifest describes; "
		       "it was damaged or replaced";
	return found.size_bytes == promised->size_bytes &&
			       !strcmp(found.sha256, promised->sha256)
		       ? 0
		       : EBADMSG;
}

static int examine(struct restore *restore)
{
	struct backup *backup = &restore->report->backup;
	int err = backup_examine(restore->copy, NULL, backup);

	restore->why = "the backup is damaged, or no database of sipmoved";
	if (err)
		return err;
	restore->why = "the backup was made by a newer program";
	return backup->schema_version > (int64_t)migrations_count ? ENOTSUP : 0;
}

struct epoch_job {
	struct store_job job; /* first: a job is cast back */
	const struct restore_report *report;
	struct change_position position;
};

/* Whoever follows the changes must learn that this is another history. */
static int run_new_epoch(struct changes *changes, struct store_job *job)
{
	struct epoch_job *epoch_job = (struct epoch_job *)job;
	const struct actor actor = { .kind = "local",
				     .name = "restore",
				     .peer = "offline",
				     .role = "admin" };
	char epoch[OBJECT_ID_SIZE];
	sqlite3_stmt *statement;
	int err = database_statement(changes->database,
				     "UPDATE meta SET epoch = ?1 WHERE one = 1",
				     &statement);

	if (err)
		return err;
	changes_set_actor(changes, &actor);
	object_id_new("epo", changes->now_ms, epoch);
	statement_bind_string(statement, 1, epoch);
	err = statement_run(statement);
	if (!err)
		err = audit_write(changes, "backup.restore",
				  epoch_job->report->backup.id, NULL, NULL);
	if (!err)
		err = changes_position(changes, &epoch_job->position);
	return err;
}

/* What a start does: migrate, check, load. */
static int open_and_mark(struct restore *restore)
{
	const struct store_config config = { .data_dir = restore->scratch };
	struct epoch_job job = { .job = { .kind = STORE_CHANGE,
					  .run = run_new_epoch },
				 .report = restore->report };
	struct store *store = NULL;
	int err = store_open(&config, &store, &restore->why);

	if (err)
		return err;
	restore->why = "the backup cannot be changed";
	err = store_run_offline(store, &job.job);
	store_close(store);
	if (!err && fsync(restore->copy_fd) != 0)
		err = errno;
	restore->report->position = job.position;
	restore->report->position.revision = job.job.revision;
	return err;
}

/* --- the exchange ------------------------------------------------------------
 */

static bool has_file(const struct restore *restore, const char *name)
{
	return faccessat(restore->dir.fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int move_one(struct restore *restore, int to_fd, const char *name)
{
	if (!has_file(restore, name))
		return 0;
	return renameat(restore->dir.fd, name, to_fd, name) == 0 ? 0 : errno;
}

/* "replaced-2026-11-22T135507.123Z" */
static void name_aside(struct restore_report *report)
{
	char at[TIMESTAMP_SIZE];

	timestamp_format(clock_wall_ms(), at);
	snprintf(report->moved_to, sizeof(report->moved_to),
		 "replaced-%.13s%.2s%s", at, at + 14, at + 17);
}

static int move_aside(struct restore *restore)
{
	const char *name = restore->report->moved_to;
	int fd, err;

	if (!has_file(restore, database_name) && !has_file(restore, log_name))
		return 0;
	name_aside(restore->report);
	if (mkdirat(restore->dir.fd, name, 0700) != 0)
		return errno;
	fd = openat(restore->dir.fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	err = move_one(restore, fd, database_name);
	if (!err)
		err = move_one(restore, fd, log_name);
	if (!err && fsync(fd) != 0)
		err = errno;
	close(fd);
	return err;
}

static int put_in_place(struct restore *restore)
{
	char path[DATA_DIR_PATH_SIZE];
	int err = data_dir_make_file(&restore->dir, RESTORE_MARK);

	restore->why = "the database could not be replaced; run the restore "
		       "again";
	if (!err)
		err = data_dir_sync(&restore->dir);
	if (!err)
		err = move_aside(restore);
	data_dir_file(&restore->dir, database_name, path);
	if (!err && rename(restore->copy, path) != 0)
		err = errno;
	if (!err)
		err = data_dir_sync(&restore->dir);
	if (!err)
		err = data_dir_mark_closed(&restore->dir);
	if (!err && unlinkat(restore->dir.fd, RESTORE_MARK, 0) != 0)
		err = errno;
	return err ? err : data_dir_sync(&restore->dir);
}

int restore_run(const struct restore_request *request,
		struct restore_report *ret_report, const char **why)
{
	struct restore restore = { .request = request,
				   .report = ret_report,
				   .file_fd = -1,
				   .copy_fd = -1 };
	int err;

	*ret_report = (struct restore_report){ .has_manifest = false };
	err = data_dir_open(&restore.dir, request->data_dir, &restore.why);
	if (err) {
		*why = restore.why;
		return err;
	}
	err = open_file(&restore);
	if (!err)
		err = read_manifest(&restore);
	if (!err)
		err = make_scratch(&restore);
	if (!err)
		err = copy_file(&restore);
	if (!err)
		err = compare_with_manifest(&restore);
	if (!err)
		err = examine(&restore);
	if (!err)
		err = open_and_mark(&restore);
	if (!err)
		err = put_in_place(&restore);
	if (restore.file_fd >= 0)
		close(restore.file_fd);
	if (restore.copy_fd >= 0)
		close(restore.copy_fd);
	if (restore.scratch[0])
		remove_scratch(&restore);
	data_dir_close(&restore.dir);
	*why = restore.why;
	return err;
}
