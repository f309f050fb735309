/*
 * store.h - sipmoved.db and the one thread that touches it (design 6).
 *
 * One connection in locking_mode=EXCLUSIVE, WAL, synchronous=FULL. Every read
 * and every change is a job: submitted from any thread, run on the store's,
 * finished on the store's. Changes that wait together share one transaction,
 * each in its savepoint (group commit); a job that fails rolls back alone.
 *
 * Order for a group of changes: run each -> build the next snapshot -> COMMIT
 * -> publish -> wait until every reader runs it (bounded) -> done. What can
 * fail comes before the commit.
 */
#ifndef SIPMOVED_DB_STORE_H
#define SIPMOVED_DB_STORE_H

#include "db/publisher.h"

struct store;
struct changes; /* the one way to change anything: changes.h */
struct store_job;
struct webhook_documents; /* webhook_outbox.h */

struct store_config {
	const char *data_dir; /* made if it is missing; locked with flock */
	bool allow_local_targets;
	/*
	 * A large database that was not closed cleanly takes seconds to check.
	 * With this it is loaded and published at once, so that calls are
	 * answered, and checked by the store's thread before its first job.
	 * Without, store_open() checks it.
	 */
	bool checks_later;
	/* What events tell of; these live as long as the store. */
	const struct webhook_documents
		*documents;	   /* NULL: no events are kept */
	const char *public_origin; /* for links in them; NULL or "": none */
};

enum store_job_kind {
	STORE_READ,   /* sees committed data; `changes` may only be read with */
	STORE_CHANGE, /* in a savepoint; committed before done */
};

struct store_job {
	enum store_job_kind kind;
	/* Store thread. Positive errno (or EEXIST, ENOENT ...): rolled back. */
	int (*run)(struct changes *changes, struct store_job *job);
	/*
	 * Store thread, once: after the commit for a change that succeeded.
	 * err: what run returned, or EIO, ENOSPC, ENOMEM when the commit or the
	 * snapshot failed, ECANCELED when the store stops. revision: of the
	 * snapshot that holds the change, or what was current.
	 */
	void (*done)(struct store_job *job, int err, int64_t revision);
	/* The store's own, while the job is under way. */
	struct store_job *next;
	int err;
	int64_t revision;
	int64_t deadline_us;
	bool writes;
};

/*
 * Opens, migrates, checks, loads and publishes the first snapshot, in the
 * caller's thread.
 * Errors: EBUSY another process holds the folder; EBADMSG the database is
 * damaged; ENOTSUP it is newer than this program, or on a network file system;
 * ENOSPC, EIO, EACCES, ENOMEM. *why (may be NULL), if set, is a sentence for
 * the operator, valid until the next call in this thread.
 */
int store_open(const struct store_config *config, struct store **ret_store,
	       const char **why) __attribute__((warn_unused_result));
/* Readers are added here, between open and start. */
struct publisher *store_publisher(struct store *store);
int store_start(struct store *store) __attribute__((warn_unused_result));
/* Before the start. Store thread: after a commit with something for the sender
 * of webhooks to do. */
void store_on_outbox(struct store *store, void (*wake)(void *arg), void *arg);
/* The same, for the reader of calendars. */
void store_on_calendars(struct store *store, void (*wake)(void *arg),
			void *arg);
/* Finishes what is under way, cancels what waits, joins the thread. */
void store_stop(struct store *store);
void store_close(struct store *store); /* after stop; takes NULL */

/* Any thread. The job is the store's until done. Never fails: after stop, done
 * is called at once with ECANCELED. */
void store_submit(struct store *store, struct store_job *job);

/* Runs one job in the caller's thread: between open and start, and in the
 * `token create` verb with no server running. Returns what done would get. */
int store_run_offline(struct store *store, struct store_job *job);

struct store_health {
	bool is_up;	 /* the last write reached the disk */
	bool has_room;	 /* the disk is not nearly full: objects can be made */
	bool is_damaged; /* found by a look: no change until a restore */
	uint64_t disk_free_bytes;
	int64_t revision; /* published */
	uint64_t commits; /* since start */
	uint64_t changes;
	uint64_t late_adoptions; /* answered before every reader had it */
};
/* Any thread. */
struct store_health store_health(const struct store *store);

#endif
