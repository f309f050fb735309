/*
 * backups_state.h - what backups.c (the thread) and backups_list.c share.
 */
#ifndef SIPMOVED_DB_BACKUPS_STATE_H
#define SIPMOVED_DB_BACKUPS_STATE_H

#include "db/backup_folder.h"
#include "db/backups.h"

#include <pthread.h>

struct backups {
	struct store *store;
	struct backup_folder folder;
	unsigned every_hours, keep;
	char program_version[BACKUP_VERSION_MAX + 1];
	int64_t started_at_ms;
	pthread_t thread;
	bool is_started;
	atomic_bool is_stopping;

	/* Held while the folder's files and the list change together. */
	pthread_mutex_t folder_lock;
	/* Guards what follows; taken after it. */
	pthread_mutex_t list_lock;
	pthread_cond_t wake; /* monotonic */
	struct backup_request *first, **last;
	struct backup *list; /* newest first; owned */
	size_t count;
	struct backups_health health;

	/* The thread's own. */
	int64_t retry_at_ms; /* the schedule's next try, after a failure */
};

/* Reads the folder anew. */
int backups_read_list(struct backups *backups)
	__attribute__((warn_unused_result));

/* Store thread: what came of one that the schedule wanted, or that failed. */
int backup_tell(struct changes *changes, const struct backup *backup,
		int backup_err) __attribute__((warn_unused_result));

#endif
