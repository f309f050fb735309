#include "db/target_policy_rows.h"

#include <errno.h>
#include <stdlib.h>

#include "db/changes_state.h"
#include "db/target_loading.h"

static const char audit_sql[] =
	"SELECT json_object('default_domain_action', "
	"target_action_word(default_domain_action), 'default_number_action', "
	"target_action_word(default_number_action), 'longest_move_days', "
	"nullif(longest_move_days, 0), 'moves_per_user_max', "
	"nullif(moves_per_user_max, 0)) FROM target_policy WHERE one = ?1";

int target_policy_get(struct changes *changes, struct target_policy *ret_policy)
{
	return target_policy_read(changes->database, ret_policy);
}

static int update(struct changes *changes, const struct target_policy *policy)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE target_policy SET default_domain_action = ?1, "
		"default_number_action = ?2, longest_move_days = ?3, "
		"moves_per_user_max = ?4, updated_at = ?5, revision = ?6",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, policy->default_domain_action);
	sqlite3_bind_int64(statement, 2, policy->default_number_action);
	sqlite3_bind_int64(statement, 3, policy->longest_move_days);
	sqlite3_bind_int64(statement, 4, policy->moves_per_user_max);
	sqlite3_bind_int64(statement, 5, policy->updated_at_ms);
	sqlite3_bind_int64(statement, 6, policy->revision);
	return statement_run(statement);
}

int target_policy_set(struct changes *changes, struct target_policy *policy,
		      int64_t if_revision, struct faults *faults)
{
	struct target_policy found;
	char *before = NULL;
	int err = target_policy_get(changes, &found);

	if (!err && if_revision && if_revision != found.revision)
		err = ESTALE;
	if (err)
		return err;
	target_policy_validate(policy, faults);
	if (faults_any(faults))
		return EINVAL;
	policy->updated_at_ms = changes->now_ms;
	policy->revision = changes_revision(changes);
	err = audit_row_json(changes, audit_sql, 1, &before);
	if (!err)
		err = update(changes, policy);
	changes_touch_targets(changes);
	if (!err)
		err = audit_change(changes,
				   &(struct audit_subject){
					   "target_policy.update",
					   "target_policy", audit_sql, 1 },
				   before);
	free(before);
	return err;
}
