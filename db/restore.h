/*
 * restore.h - puts a backup in the place of the database of a data folder that
 * no server has open.
 *
 * The backup is copied beside the database and proven there: its hash, every
 * page, its schema (an older one is migrated), and that the store loads it.
 * Only then is the present database moved aside, into a folder that is kept,
 * and the copy renamed into its place. Killed at any moment, the folder holds
 * the old database or the new one, or is marked so that no server starts on it
 * before the restore was run again.
 *
 * Main thread.
 */
#ifndef SIPMOVED_DB_RESTORE_H
#define SIPMOVED_DB_RESTORE_H

#include "db/backup.h"
#include "db/changes.h"
#include "db/data_dir.h"

/* There while a restore is under way; no store is opened beside it. */
#define RESTORE_MARK "restoring"

struct restore_request {
	const char *data_dir; /* made if it is missing */
	const char *file;     /* its manifest: .json in place of .db */
	bool is_forced;	      /* also a file without a manifest */
};

struct restore_report {
	struct backup backup; /* what was found in the file */
	bool has_manifest;
	struct change_position position;  /* where the history stands now */
	char moved_to[DATA_DIR_FILE_MAX]; /* folder in data_dir; "": there was
					   * no database */
};

/*
 * Errors: EBUSY a server has the folder; ENOENT no such file; ENOKEY it has no
 * manifest; EBADMSG it is damaged, or another than the manifest says; ENOTSUP
 * a newer program made it; ENOSPC, EIO ... Nothing was changed then, but for
 * EIO after the proof: then the restore is to be run again. *why: a sentence,
 * never NULL after an error.
 */
int restore_run(const struct restore_request *request,
		struct restore_report *ret_report, const char **why)
	__attribute__((warn_unused_result));

#endif
