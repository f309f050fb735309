/*
 * data_dir.h - the folder that sipmoved keeps its files in: locked against a
 * second process, on a local disk, and with a ballast file in reserve.
 *
 *   lock          flock'ed while a process has the folder open
 *   unclean       there while the database is open: found at a start, the last
 *                 stop was not clean
 *   ballast       DATA_DIR_BALLAST_BYTES that are given back when the disk is
 *                 full, so that a move can still be ended
 *
 * Store thread, or the thread that opens the store.
 */
#ifndef SIPMOVED_DB_DATA_DIR_H
#define SIPMOVED_DB_DATA_DIR_H

#include "base/text.h"

enum {
	DATA_DIR_PATH_MAX = 4000,
	DATA_DIR_FILE_MAX = 64, /* bytes of a file's name within */
	DATA_DIR_PATH_SIZE = DATA_DIR_PATH_MAX + 1 + DATA_DIR_FILE_MAX + 1,
	DATA_DIR_BALLAST_BYTES = 16 << 20,
};

struct data_dir {
	char path[DATA_DIR_PATH_MAX + 1];
	int fd;	     /* of the folder */
	int lock_fd; /* the lock lives as long as this is open */
	bool was_unclean;
	bool has_ballast;
};

/*
 * Makes the folder (mode 0700) if it is missing, and locks it.
 * Errors: EBUSY another process has it; ENOTSUP a network file system;
 * ENAMETOOLONG, and what mkdir and open say. *why: a sentence, never NULL
 * after an error.
 */
int data_dir_open(struct data_dir *dir, const char *path, const char **why)
	__attribute__((warn_unused_result));
/* Safe on a zeroed one that data_dir_open() was never called with. */
void data_dir_close(struct data_dir *dir);

void data_dir_file(const struct data_dir *dir, const char *name,
		   char path[DATA_DIR_PATH_SIZE]);
/* An empty file that nobody else may read, unless it is there already. */
int data_dir_make_file(const struct data_dir *dir, const char *name)
	__attribute__((warn_unused_result));
/* Names of files that were made, renamed or removed reach the disk. */
int data_dir_sync(const struct data_dir *dir)
	__attribute__((warn_unused_result));
/* The mark of an open database; was_unclean says whether it was there. */
int data_dir_mark_open(struct data_dir *dir)
	__attribute__((warn_unused_result));
int data_dir_mark_closed(struct data_dir *dir)
	__attribute__((warn_unused_result));

/* Keeps the ballast if there is plenty of room for it; no room is no error. */
void data_dir_take_ballast(struct data_dir *dir);
void data_dir_drop_ballast(struct data_dir *dir);
/* That an ordinary user may use; UINT64_MAX: unknown. */
uint64_t data_dir_free_bytes(const struct data_dir *dir);
/* Less room than a few changes need? */
bool data_dir_is_low(const struct data_dir *dir);

/* The kind of file system (statfs f_type) is one that other machines share. */
bool data_dir_is_network(long file_system_type);

#endif
