/*
 * inbound_recovery.h - events of inbound sources that were stored when the
 * server was last stopped, by force, and that nothing was done with yet: done
 * now, once, before anybody can send them again. What a slash command said
 * depends on when it was said: those are given up.
 */
#ifndef SIPMOVED_API_INBOUND_RECOVERY_H
#define SIPMOVED_API_INBOUND_RECOVERY_H

#include "db/store.h"

/* Before the store's start, in the caller's thread. An error is the store's:
 * the rest stays for the next start. */
int inbound_recovery_run(struct store *store)
	__attribute__((warn_unused_result));

#endif
