/*
 * store_copy.h - a copy of sipmoved.db, made while it is in use.
 *
 * Nobody but the store's one connection can read the database (it is locked
 * exclusively), so the store thread copies: a few pages at a time between jobs,
 * so that no change waits for more than one such step. What is changed
 * meanwhile is written to the copy as well, so that in the end it holds the
 * state of one revision: that of the last commit before its last step.
 *
 * Inside db/ only.
 */
#ifndef SIPMOVED_DB_STORE_COPY_H
#define SIPMOVED_DB_STORE_COPY_H

#include "db/database.h"
#include "db/store.h"

#include <stdatomic.h>

struct store_copy {
	const char *path; /* of an empty file; lives until done */
	/* Store thread, once. err: ENOSPC, EIO, ENOMEM, EBADMSG; ECANCELED the
	 * store stops, or is_cancelled was set. Then the file is worthless. */
	void (*done)(struct store_copy *copy, int err);
	atomic_bool is_cancelled;
	/* The store's own. */
	struct database *target;
	sqlite3_backup *backup;
};

/* Any thread, but one copy at a time. The copy is the store's until done. */
void store_copy_submit(struct store *store, struct store_copy *copy);
/* The whole copy in the caller's thread, as store_run_offline(). */
int store_copy_offline(struct store *store, const char *path)
	__attribute__((warn_unused_result));
/* Any thread: bytes of the database and its log, about what a copy takes. */
int64_t store_size_bytes(const struct store *store);

#endif
