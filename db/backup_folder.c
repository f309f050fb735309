#include "db/backup_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

static const char copy_suffix[] = ".db";
static const char manifest_suffix[] = ".json";
static const char partial_suffix[] = ".partial";

enum {
	/* What a backup leaves free: the log's and the ballast's room. */
	LEFT_FREE_BYTES = 96 << 20,
	ID_LEN = OBJECT_ID_SIZE - 1,
};

int backup_folder_open(struct backup_folder *folder, const char *data_dir,
		       const char *dir)
{
	struct writer writer =
		writer_over(folder->path, sizeof(folder->path) - 1);

	folder->fd = -1;
	writer_put(&writer, text_of(dir[0] ? dir : data_dir));
	if (!dir[0])
		writer_put(&writer, TEXT("/backups"));
	if (!writer_is_complete(&writer))
		return ENAMETOOLONG;
	folder->path[writer.len] = '\0';
	if (mkdir(folder->path, 0700) != 0 && errno != EEXIST)
		return errno;
	folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder->fd < 0 ? errno : 0;
}

void backup_folder_close(struct backup_folder *folder)
{
	if (folder->fd >= 0)
		close(folder->fd);
	folder->fd = -1;
}

void backup_folder_file(const struct backup_folder *folder, const char *id,
			const char *suffix, char path[DATA_DIR_PATH_SIZE])
{
	snprintf(path, DATA_DIR_PATH_SIZE, "%s/%s%s", folder->path, id, suffix);
}

static void remove_file(const struct backup_folder *folder, const char *id,
			const char *suffix)
{
	char name[DATA_DIR_FILE_MAX];

	snprintf(name, sizeof(name), "%s%s", id, suffix);
	unlinkat(folder->fd, name, 0);
}

static bool has_file(const struct backup_folder *folder, const char *id,
		     const char *suffix)
{
	char name[DATA_DIR_FILE_MAX];

	snprintf(name, sizeof(name), "%s%s", id, suffix);
	return faccessat(folder->fd, name, F_OK, 0) == 0;
}

/* The id of a file of ours with this suffix; false: it is another file. */
static bool id_of(const char *name, const char *suffix, char id[OBJECT_ID_SIZE])
{
	if (strlen(name) < ID_LEN || strcmp(name + ID_LEN, suffix) != 0)
		return false;
	text_copy((struct text){ name, ID_LEN }, id, OBJECT_ID_SIZE);
	return object_id_is_valid(text_of(id), "bak");
}

/* NULL: it cannot be read. */
static DIR *read_folder(const struct backup_folder *folder)
{
	return opendir(folder->path);
}

/* A copy's own journal is named after it: "ID.partial-journal". */
static bool is_left_over(const struct backup_folder *folder, const char *name)
{
	char id[OBJECT_ID_SIZE];
	struct text start = { name, ID_LEN + sizeof(partial_suffix) - 1 };

	if (strlen(name) >= start.len) {
		char begin[DATA_DIR_FILE_MAX];

		text_copy(start, begin, sizeof(begin));
		if (id_of(begin, partial_suffix, id))
			return true;
	}
	return id_of(name, manifest_suffix, id) &&
	       !has_file(folder, id, copy_suffix);
}

void backup_folder_tidy(const struct backup_folder *folder)
{
	DIR *stream = read_folder(folder);
	const struct dirent *entry;

	while (stream && (entry = readdir(stream)))
		if (is_left_over(folder, entry->d_name))
			unlinkat(folder->fd, entry->d_name, 0);
	if (stream)
		closedir(stream);
}

/* --- the list ---------------------------------------------------------------
 */

static int by_newest(const void *left, const void *right)
{
	const struct backup *a = left, *b = right;

	return strcmp(b->id, a->id);
}

/* What is damaged or another's is left out. */
static bool read_one(const struct backup_folder *folder, const char *name,
		     struct backup *backup)
{
	char id[OBJECT_ID_SIZE], path[DATA_DIR_PATH_SIZE];

	if (!id_of(name, manifest_suffix, id) ||
	    !has_file(folder, id, copy_suffix))
		return false;
	backup_folder_file(folder, id, manifest_suffix, path);
	return backup_manifest_read(path, backup) == 0 &&
	       !strcmp(backup->id, id);
}

int backup_folder_list(const struct backup_folder *folder,
		       struct backup **ret_backups, size_t *ret_count)
{
	struct backup *backups = calloc(BACKUPS_MAX, sizeof(*backups));
	DIR *stream = backups ? read_folder(folder) : NULL;
	const struct dirent *entry;
	size_t count = 0;
	int err = !backups ? ENOMEM : !stream ? errno : 0;

	while (!err && stream && count < BACKUPS_MAX &&
	       (entry = readdir(stream)))
		if (read_one(folder, entry->d_name, &backups[count]))
			count++;
	if (stream)
		closedir(stream);
	if (err) {
		free(backups);
		return err;
	}
	qsort(backups, count, sizeof(*backups), by_newest);
	*ret_backups = backups;
	*ret_count = count;
	return 0;
}

int backup_folder_open_copy(const struct backup_folder *folder, const char *id,
			    int *ret_fd)
{
	char name[DATA_DIR_FILE_MAX];
	int fd;

	snprintf(name, sizeof(name), "%s%s", id, copy_suffix);
	fd = openat(folder->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno;
	*ret_fd = fd;
	return 0;
}

/* The copy first: a manifest alone is no backup. */
int backup_folder_remove(const struct backup_folder *folder, const char *id)
{
	bool was_there = has_file(folder, id, copy_suffix);

	remove_file(folder, id, copy_suffix);
	if (has_file(folder, id, copy_suffix))
		return EIO;
	remove_file(folder, id, manifest_suffix);
	(void)!fsync(folder->fd);
	return was_there ? 0 : ENOENT;
}

/* --- making one -------------------------------------------------------------
 */

static bool has_room(const struct backup_folder *folder, int64_t size_bytes)
{
	struct statfs info;

	if (fstatfs(folder->fd, &info) != 0)
		return true; /* the writes will tell */
	return (uint64_t)info.f_bavail * (uint64_t)info.f_bsize >=
	       (uint64_t)size_bytes + LEFT_FREE_BYTES;
}

int backup_folder_begin(const struct backup_folder *folder, const char *id,
			int64_t size_bytes, int *ret_fd)
{
	char path[DATA_DIR_PATH_SIZE];
	int fd;

	if (!has_room(folder, size_bytes))
		return ENOSPC;
	backup_folder_file(folder, id, partial_suffix, path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	*ret_fd = fd;
	return 0;
}

static int write_manifest(const struct backup_folder *folder,
			  const struct backup *backup)
{
	char path[DATA_DIR_PATH_SIZE];

	backup_folder_file(folder, backup->id, manifest_suffix, path);
	return backup_manifest_write(path, backup);
}

static int give_name(const struct backup_folder *folder, const char *id)
{
	char from[DATA_DIR_PATH_SIZE], to[DATA_DIR_PATH_SIZE];

	backup_folder_file(folder, id, partial_suffix, from);
	backup_folder_file(folder, id, copy_suffix, to);
	if (rename(from, to) != 0 || fsync(folder->fd) != 0)
		return errno;
	return 0;
}

int backup_folder_finish(const struct backup_folder *folder, int fd,
			 const atomic_bool *is_stopping, struct backup *backup)
{
	char path[DATA_DIR_PATH_SIZE];
	int err;

	backup_folder_file(folder, backup->id, partial_suffix, path);
	err = backup_examine(path, is_stopping, backup);
	if (!err && fsync(fd) != 0)
		err = errno;
	if (!err)
		err = backup_measure(fd, is_stopping, backup);
	if (!err)
		err = write_manifest(folder, backup);
	if (!err)
		err = give_name(folder, backup->id);
	if (err)
		backup_folder_discard(folder, backup->id);
	return err;
}

void backup_folder_discard(const struct backup_folder *folder, const char *id)
{
	remove_file(folder, id, partial_suffix);
	remove_file(folder, id, ".partial-journal");
	remove_file(folder, id, ".partial-wal");
	remove_file(folder, id, copy_suffix);
	remove_file(folder, id, manifest_suffix);
	(void)!fsync(folder->fd);
}
