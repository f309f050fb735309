/*
 * store_state.h - the store's insides, shared by store.c (the thread and its
 * queue), store_group.c (one group of changes) and store_open.c.
 */
#ifndef SIPMOVED_DB_STORE_STATE_H
#define SIPMOVED_DB_STORE_STATE_H

#include "db/changes_state.h"
#include "db/data_dir.h"
#include "db/store.h"
#include "db/store_copy.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
	STORE_GROUP_MAX = 64, /* changes in one transaction */
};

/* First in, first out, along job->next. */
struct job_queue {
	struct store_job *head, **tail; /* tail NULL while it is empty */
	size_t count;
};

/* Who is told after a commit, on the store's thread. */
struct store_listener {
	void (*wake)(void *arg); /* NULL: nobody */
	void *arg;
};

struct store {
	/* Set before the thread starts. */
	struct wake wake; /* a job was queued, or a reader adopted a snapshot */
	struct publisher *publisher;
	pthread_t thread;
	bool is_started;
	struct store_listener outbox, calendars;

	pthread_mutex_t queue_lock;
	struct job_queue queue;
	bool is_stopping;
	struct store_copy *wanted_copy;

	/* The store thread's; before its start, and after its end, of the
	 * thread that opens and closes. */
	struct data_dir dir;
	struct database *database; /* NULL: could not be opened again */
	struct changes changes;
	int64_t published_revision;
	struct job_queue published; /* done once every reader has them */
	int wal_pages;		    /* in the log after the last commit */
	bool is_opened;		    /* store_open() got through */
	bool is_broken;		    /* an I/O error: to be opened again */
	int64_t reopen_at_us;	    /* not before */
	bool is_suspect;	    /* to be looked at closely first of all */
	struct store_copy *copy;    /* under way */

	/* For store_health(). */
	atomic_bool is_up, has_room, is_damaged;
	atomic_uint_fast64_t disk_free_bytes;
	atomic_int_fast64_t revision;
	atomic_uint_fast64_t commits, change_count, late_adoptions;
};

void job_queue_push(struct job_queue *queue, struct store_job *job);
struct store_job *job_queue_pop(struct job_queue *queue); /* NULL: empty */

/* store_open.c: (re)opens sipmoved.db itself, with its settings; a thorough
 * look if the last stop was not clean. */
int store_open_database(struct store *store, bool is_suspect, const char **why)
	__attribute__((warn_unused_result));
/* What meta says. EBADMSG there is none. */
int store_stored_revision(struct store *store, int64_t *ret_revision)
	__attribute__((warn_unused_result));

/*
 * store_group.c: runs the changes of the group, each in its savepoint, commits
 * and publishes. Afterwards each job has its err and revision; those that
 * succeeded are visible to a reader once it has adopted job->revision.
 */
void store_group_run(struct store *store, struct job_queue *group);
/* Runs a read; its err and revision are set. */
void store_read_run(struct store *store, struct store_job *job);
/* While it is down: does it come up again? Nobody may send it a change before
 * it says so. */
void store_recover(struct store *store);
/* Moves what is in the write-ahead log into the database when it has grown. */
void store_checkpoint(struct store *store);
/* Do they leave the database as it is? EBADMSG it is known to be damaged. */
int store_refuses_changes(const struct store *store);

/* store_open.c: what a start after an unclean stop left for later, on the
 * store's thread before any job; jobs wait meanwhile. */
void store_look_closely(struct store *store);

/* store_copy.c: begins what is wanted, and goes on with what is under way. */
void store_copy_advance(struct store *store);
/* Before the connection is closed. */
void store_copy_abandon(struct store *store, int err);

#endif
