#include "db/move_permission.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "db/snapshot_state.h"
#include "db/target_loading.h"

enum {
	DAY_MS = 86400000,
	/* Between two midnights there may be a clock change. */
	CLOCK_CHANGE_MS = 3600000,
};

/* Rules that a job before this one has changed are not in the snapshot yet. */
static int screen_of(struct changes *changes,
		     const struct target_screen **ret_screen)
{
	int err = 0;

	if (!changes->touched_targets) {
		*ret_screen = snapshot_target_screen(changes->snapshot);
		return 0;
	}
	if (!changes->pending_screen)
		err = target_screen_load(changes->database,
					 &changes->snapshot->key,
					 &changes->pending_screen);
	*ret_screen = changes->pending_screen;
	return err;
}

static bool has_same_targets(const struct move *a, const struct move *b)
{
	if (a->target_count != b->target_count)
		return false;
	for (size_t i = 0; i < a->target_count && i < MOVE_TARGETS_MAX; i++)
		if (strcmp(a->targets[i].uri, b->targets[i].uri) != 0)
			return false;
	return true;
}

static void refuse(const struct target_verdict *verdict, size_t index,
		   const char *role, struct faults *faults)
{
	const struct target_check *check = target_verdict_decisive(verdict);
	const struct target_term *term = check ? check->term : NULL;
	char pointer[FAULT_POINTER_SIZE];

	snprintf(pointer, sizeof(pointer), "/targets/%zu/uri", index);
	if (term)
		faults_add(faults, FAULT_TARGET_NOT_ALLOWED, pointer,
			   "is not allowed: target rule %s denies %s %s to %s",
			   term->id, target_kind_names[term->kind], term->value,
			   term->role ? target_role_names[term->role]
				      : "everyone");
	else
		faults_add(faults, FAULT_TARGET_NOT_ALLOWED, pointer,
			   "is not allowed: no target rule allows this %s to "
			   "the role %s, and what none allows is denied",
			   check ? target_subject_names[check->subject]
				 : "target",
			   role);
}

static void check_targets(const struct target_screen *screen,
			  const struct move *move, struct faults *faults)
{
	enum target_role role = (enum target_role)move->set_by_role;

	for (size_t i = 0; i < move->target_count && i < MOVE_TARGETS_MAX;
	     i++) {
		struct target_verdict verdict;
		struct sip_uri uri;

		/* What is no URI has its fault already. */
		if (sip_uri_parse(text_of(move->targets[i].uri), &uri))
			continue;
		target_screen_judge(screen, &uri, role, &verdict);
		if (!verdict.is_allowed)
			refuse(&verdict, i,
			       role ? target_role_names[role] : "(none)",
			       faults);
	}
}

static void check_length(const struct target_policy *policy,
			 const struct move *move, struct faults *faults)
{
	long long days = policy->longest_move_days;

	if (move->ends_at_ms == MOVE_OPEN_END)
		faults_add(faults, FAULT_MOVE_TOO_LONG, "/ends_at",
			   "must be a time: a move lasts at most %lld days "
			   "here, and this one has no end",
			   days);
	else if (move->starts_at_ms >= 0 &&
		 move->ends_at_ms - move->starts_at_ms >
			 days * DAY_MS + CLOCK_CHANGE_MS)
		faults_add(faults, FAULT_MOVE_TOO_LONG, "/ends_at",
			   "must be at most %lld days after the start", days);
}

/* Targets that stay are still those of who set them: as long as the move is the
 * same one. What an admin allowed for one address is no loan to another, and
 * not to be woken when it is over. */
static enum target_role role_of(const struct changes *changes,
				const struct move *move, const struct move *was)
{
	if (was && was->ends_at_ms > changes->now_ms &&
	    !strcmp(was->address, move->address) && has_same_targets(was, move))
		return (enum target_role)was->set_by_role;
	return target_role_of_name(text_of(changes->actor.role));
}

int move_permission_check(struct changes *changes, struct move *move,
			  const struct move *was, struct faults *faults)
{
	const struct target_screen *screen = NULL;
	struct target_policy policy;
	int err = target_policy_read(changes->database, &policy);

	if (!err)
		err = screen_of(changes, &screen);
	if (err)
		return err;
	move->set_by_role = (uint8_t)role_of(changes, move, was);
	if (screen)
		check_targets(screen, move, faults);
	/* What was longer before there was a limit may be edited otherwise. */
	if (policy.longest_move_days > 0 &&
	    (!was || was->starts_at_ms != move->starts_at_ms ||
	     was->ends_at_ms != move->ends_at_ms))
		check_length(&policy, move, faults);
	return 0;
}

/* Those that are not over, up to `most`; move->id does not count. */
static int count_moves(struct changes *changes, const struct move *move,
		       const char *created_by, int64_t most, int64_t *ret_count)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT count(*) FROM (SELECT 1 FROM move WHERE "
		"created_by = ?1 AND ends_at > ?2 AND cancelled_at = 0 AND "
		"set_by_role NOT IN ('admin', 'operator') AND id <> ?3 "
		"LIMIT ?4)",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, created_by);
	sqlite3_bind_int64(statement, 2, changes->now_ms);
	statement_bind_string(statement, 3, move->id);
	sqlite3_bind_int64(statement, 4, most);
	err = statement_step(statement, &row);
	if (err)
		return err;
	*ret_count = sqlite3_column_int64(statement, 0);
	return statement_finish(statement);
}

int move_permission_count(struct changes *changes, const struct move *move,
			  const struct move *was, struct faults *faults)
{
	enum target_role role =
		target_role_of_name(text_of(changes->actor.role));
	const char *created_by = was ? was->created_by : changes->actor.name;
	struct target_policy policy;
	int64_t count = 0;
	int err = 0;

	/* One that is not over was counted when it was made. */
	if (role == TARGET_ADMIN || role == TARGET_OPERATOR ||
	    move->ends_at_ms <= changes->now_ms ||
	    (was && was->ends_at_ms > changes->now_ms))
		return 0;
	err = target_policy_read(changes->database, &policy);
	if (err || policy.moves_per_user_max == 0)
		return err;
	err = count_moves(changes, move, created_by, policy.moves_per_user_max,
			  &count);
	if (err || count < policy.moves_per_user_max)
		return err;
	faults_add(faults, FAULT_TOO_MANY_MOVES, "",
		   "%s has %lld moves in force or to come, and may have no "
		   "more: end one of them first",
		   created_by, (long long)count);
	return EINVAL;
}
