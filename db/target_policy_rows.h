/*
 * target_policy_rows.h - reading and changing the target policy, the one row
 * that says what holds where no target rule does. Inside a store job, like all
 * of changes.h, with the same common errors.
 */
#ifndef SIPMOVED_DB_TARGET_POLICY_ROWS_H
#define SIPMOVED_DB_TARGET_POLICY_ROWS_H

#include "db/changes.h"
#include "db/target_rule.h"

int target_policy_get(struct changes *changes, struct target_policy *ret_policy)
	__attribute__((warn_unused_result));
/* EINVAL see faults; ESTALE. */
int target_policy_set(struct changes *changes, struct target_policy *policy,
		      int64_t if_revision, struct faults *faults)
	__attribute__((warn_unused_result));

#endif
