/*
 * move_permission.h - whether target rules and the target policy let somebody
 * set a move. Inside db/ only; store thread, inside a job.
 */
#ifndef SIPMOVED_DB_MOVE_PERMISSION_H
#define SIPMOVED_DB_MOVE_PERMISSION_H

#include "db/changes_state.h"

/*
 * Each target by the rules, and the length. was: what the move is now, or NULL
 * for a new one; targets that stay, of an address that stays and before its
 * end, are judged as those of the role that set them. It is kept in
 * set_by_role. What is wrong is added to faults: FAULT_TARGET_NOT_ALLOWED,
 * FAULT_MOVE_TOO_LONG.
 */
int move_permission_check(struct changes *changes, struct move *move,
			  const struct move *was, struct faults *faults)
	__attribute__((warn_unused_result));
/*
 * After conflicts are settled: EINVAL with FAULT_TOO_MANY_MOVES if whoever made
 * it has as many moves, in force and to come, as one may. Admins and operators
 * may have any number.
 */
int move_permission_count(struct changes *changes, const struct move *move,
			  const struct move *was, struct faults *faults)
	__attribute__((warn_unused_result));

#endif
