/*
 * store_wait.h - a job in the store for a thread that has nothing else to do
 * until it is done.
 */
#ifndef SIPMOVED_DB_STORE_WAIT_H
#define SIPMOVED_DB_STORE_WAIT_H

#include "db/store.h"

/* What the job's `done` is told. run: on the store's thread. */
int store_wait(struct store *store, enum store_job_kind kind,
	       int (*run)(struct changes *changes, void *arg), void *arg)
	__attribute__((warn_unused_result));

#endif
