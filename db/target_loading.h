/*
 * target_loading.h - target rules and the policy as they lie in the database,
 * read and compiled. Inside db/ only.
 */
#ifndef SIPMOVED_DB_TARGET_LOADING_H
#define SIPMOVED_DB_TARGET_LOADING_H

#include "db/database.h"
#include "db/target_screen.h"

/* What the file holds is not trusted: an action that means nothing denies. */
int target_policy_read(struct database *database,
		       struct target_policy *ret_policy)
	__attribute__((warn_unused_result));
/* As target_screen_new() of what is there. */
int target_screen_load(struct database *database, const struct hash_key *key,
		       struct target_screen **ret_screen)
	__attribute__((warn_unused_result));

#endif
