/*
 * address_history.h - the picture as it is now, but with all the moves of an
 * address that are over by now, for questions about times that are past.
 * Inside a store job.
 */
#ifndef SIPMOVED_DB_ADDRESS_HISTORY_H
#define SIPMOVED_DB_ADDRESS_HISTORY_H

#include "db/changes.h"

struct address_history;

/* ENOMEM */
int address_history_new(struct changes *changes,
			struct address_history **ret_history)
	__attribute__((warn_unused_result));
/*
 * Its moves that are not cancelled and go on after at_ms, those to come
 * included, as many as a page has. An address that is not known now stays
 * unknown. canonical "": does nothing.
 */
int address_history_add(struct address_history *history, struct text canonical,
			int64_t at_ms) __attribute__((warn_unused_result));
/* Good until it is freed, within this job. */
const struct snapshot *address_history_snapshot(
	const struct address_history *history);
void address_history_free(struct address_history *history); /* takes NULL */

#endif
