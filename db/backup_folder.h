/*
 * backup_folder.h - the folder that backups lie in: their names, their list,
 * and how one comes to be.
 *
 *   ID.db         the copy
 *   ID.json       its manifest
 *   ID.partial    a copy that is being made; what is left of one is removed
 *
 * The list is the backup thread's, or of the one command that runs; removing
 * and opening are any thread's.
 */
#ifndef SIPMOVED_DB_BACKUP_FOLDER_H
#define SIPMOVED_DB_BACKUP_FOLDER_H

#include "db/backup.h"
#include "db/data_dir.h"

enum {
	BACKUPS_MAX = 1000, /* listed; older ones are left alone */
};

struct backup_folder {
	char path[DATA_DIR_PATH_MAX + 1];
	int fd;
};

/* dir "": DATA_DIR/backups. Makes the folder (mode 0700) if it is missing.
 * ENAMETOOLONG, and what mkdir and open say. */
int backup_folder_open(struct backup_folder *folder, const char *data_dir,
		       const char *dir) __attribute__((warn_unused_result));
void backup_folder_close(struct backup_folder *folder);
/* Removes what a process that was killed has left of a backup. */
void backup_folder_tidy(const struct backup_folder *folder);

/* suffix: ".db", ".json", ".partial". */
void backup_folder_file(const struct backup_folder *folder, const char *id,
			const char *suffix, char path[DATA_DIR_PATH_SIZE]);
/* Newest first, at most BACKUPS_MAX; malloc'ed, the caller's. */
int backup_folder_list(const struct backup_folder *folder,
		       struct backup **ret_backups, size_t *ret_count)
	__attribute__((warn_unused_result));
/* The copy, for reading. ENOENT. */
int backup_folder_open_copy(const struct backup_folder *folder, const char *id,
			    int *ret_fd) __attribute__((warn_unused_result));
/* ENOENT. */
int backup_folder_remove(const struct backup_folder *folder, const char *id)
	__attribute__((warn_unused_result));

/* The empty ID.partial. ENOSPC: there is less room than size_bytes and what
 * the disk must keep. */
int backup_folder_begin(const struct backup_folder *folder, const char *id,
			int64_t size_bytes, int *ret_fd)
	__attribute__((warn_unused_result));
/* Checks ID.partial and makes it the backup; fills what was found out. fd: of
 * ID.partial. On an error nothing of it is left; EBADMSG the copy is damaged.
 */
int backup_folder_finish(const struct backup_folder *folder, int fd,
			 const atomic_bool *is_stopping, struct backup *backup)
	__attribute__((warn_unused_result));
void backup_folder_discard(const struct backup_folder *folder, const char *id);

#endif
