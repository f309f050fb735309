/*
 * backup.h - a copy of sipmoved.db that can be put back: what is known of it.
 *
 * A backup is two files in one folder, ID.db and ID.json (its manifest, which
 * has the members of the API's document). It is there once both are: ID.db gets
 * its name last, after it was checked and synced.
 *
 * A plain value. Any thread.
 */
#ifndef SIPMOVED_DB_BACKUP_H
#define SIPMOVED_DB_BACKUP_H

#include "db/object_id.h"

#include <stdatomic.h>

enum {
	BACKUP_NOTE_MAX = 255, /* bytes, without the NUL */
	BACKUP_NAME_MAX = 63,
	BACKUP_VERSION_MAX = 31,
	BACKUP_SHA256_SIZE = 65, /* lower case hex, with the NUL */
};

struct backup {
	char id[OBJECT_ID_SIZE];
	int64_t revision; /* the state it holds */
	char epoch[OBJECT_ID_SIZE];
	int64_t schema_version; /* migrations that were applied */
	char program_version[BACKUP_VERSION_MAX + 1];
	char sha256[BACKUP_SHA256_SIZE]; /* of ID.db */
	int64_t size_bytes;
	int64_t created_at_ms;
	char created_by[BACKUP_NAME_MAX + 1];
	bool is_scheduled; /* made, and one day removed, by the schedule */
	char note[BACKUP_NOTE_MAX + 1];
};

/*
 * Looks at a copy that nobody has open, all of it: every page and index, and
 * that it is a database of ours. Makes it a database of one file (a copy of a
 * database in WAL mode is in that mode). Fills revision, epoch, schema_version.
 * Errors: EBADMSG it is damaged, or not sipmoved's; ECANCELED *is_stopping
 * (may be NULL) was set; EIO, ENOSPC, ENOMEM.
 */
int backup_examine(const char *path, const atomic_bool *is_stopping,
		   struct backup *backup) __attribute__((warn_unused_result));
/* Reads the file from its start: sha256 and size_bytes. EIO, ECANCELED. */
int backup_measure(int fd, const atomic_bool *is_stopping,
		   struct backup *backup) __attribute__((warn_unused_result));

/* backup_manifest.c: the manifest as a new file; it is on the disk when this
 * comes back. EEXIST; what open and write say. */
int backup_manifest_write(const char *path, const struct backup *backup)
	__attribute__((warn_unused_result));
/* ENOENT there is none; EBADMSG it is no manifest. */
int backup_manifest_read(const char *path, struct backup *ret_backup)
	__attribute__((warn_unused_result));

#endif
