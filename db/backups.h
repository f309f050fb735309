/*
 * backups.h - makes backups, when asked and by a schedule, and looks now and
 * then whether the database is sound.
 *
 * One thread, "backup", of low priority: it has the store copy the database
 * (store_copy.h), and checks, hashes and syncs the copy by itself, so that
 * neither calls nor changes wait for that. The schedule's backups are kept to
 * the `keep` newest, removed after a newer one was found good; those that
 * somebody asked for stay until they are deleted.
 *
 * Every backup is a look at every page of the database. When there was none for
 * a week, a copy is made for that alone, and thrown away.
 */
#ifndef SIPMOVED_DB_BACKUPS_H
#define SIPMOVED_DB_BACKUPS_H

#include "db/backup.h"
#include "db/changes.h"
#include "db/store.h"

struct backups;

struct backups_config {
	struct store *store; /* outlives it */
	const char *data_dir;
	const char *dir;      /* "": DATA_DIR/backups */
	unsigned every_hours; /* 0: no schedule */
	unsigned keep;	      /* of the schedule's; at least 1 */
	const char *program_version;
};

/* Makes the folder, and reads the list. */
int backups_open(const struct backups_config *config,
		 struct backups **ret_backups)
	__attribute__((warn_unused_result));
/* Removes what is half made, and starts the thread. */
int backups_start(struct backups *backups) __attribute__((warn_unused_result));
/* Breaks off what is under way; before store_stop(). */
void backups_stop(struct backups *backups);  /* takes NULL */
void backups_close(struct backups *backups); /* after stop; takes NULL */
const char *backups_path(const struct backups *backups); /* of the folder */

struct backup_request {
	/* created_by, note and is_scheduled are set; the rest is filled in. */
	struct backup backup;
	/* "backup" thread, once; ECANCELED: it stops. EBADMSG: the database is
	 * damaged. ENOSPC, EIO, ENOMEM: there is no new backup. */
	void (*done)(struct backup_request *request, int err);
	struct backup_request *next;
};
/* Any thread. The request is ours until done. */
void backups_submit(struct backups *backups, struct backup_request *request);

/* Any thread. Newest first, after an id ("": from the start). */
void backups_page(struct backups *backups, const char *after_id, size_t limit,
		  struct backup *list, size_t *ret_count, bool *ret_more);
/* ENOENT */
int backups_find(struct backups *backups, struct text id,
		 struct backup *ret_backup) __attribute__((warn_unused_result));
int backups_remove(struct backups *backups, const char *id)
	__attribute__((warn_unused_result));
/* The copy, for reading; the caller closes it. ENOENT */
int backups_open_copy(struct backups *backups, const char *id, int *ret_fd)
	__attribute__((warn_unused_result));

/* Store thread: the audit row of a backup that was made or removed; action:
 * "backup.create", "backup.delete". */
int backup_audit(struct changes *changes, const char *action,
		 const struct backup *backup)
	__attribute__((warn_unused_result));

/* A backup in the folder, made in the caller's thread: while nobody else has
 * the store. created_by and note are set. Errors as of a request. */
int backups_make_offline(const struct backups_config *config,
			 struct backup *backup)
	__attribute__((warn_unused_result));

struct backups_health {
	size_t count;
	int64_t newest_at_ms;	 /* 0: there is none */
	uint64_t made, failures; /* since the start */
	int last_err;		 /* of the last failure */
	bool is_sound;		 /* false: the last look found damage */
	int64_t checked_at_ms;	 /* 0: not since the start */
};
/* Any thread. */
struct backups_health backups_health(struct backups *backups);

/* When the schedule's next one is due. newest_at_ms 0: there is none; then soon
 * after the start. */
int64_t backup_due_at_ms(int64_t newest_at_ms, int64_t started_at_ms,
			 unsigned every_hours);

#endif
