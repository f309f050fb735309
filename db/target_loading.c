#include "db/target_loading.h"

#include <errno.h>
#include <stdlib.h>

#include "db/source_tables.h"

static enum target_action action_of(int64_t number)
{
	return number == TARGET_ALLOW ? TARGET_ALLOW : TARGET_DENY;
}

int target_policy_read(struct database *database,
		       struct target_policy *ret_policy)
{
	sqlite3_stmt *row;
	bool has_row;
	int err = database_statement(
		database,
		"SELECT default_domain_action, default_number_action, "
		"longest_move_days, moves_per_user_max, updated_at, revision "
		"FROM target_policy",
		&row);

	if (!err)
		err = statement_step(row, &has_row);
	if (err)
		return err;
	if (!has_row)
		return EBADMSG;
	*ret_policy = (struct target_policy){
		.default_domain_action =
			action_of(sqlite3_column_int64(row, 0)),
		.default_number_action =
			action_of(sqlite3_column_int64(row, 1)),
		.longest_move_days = sqlite3_column_int64(row, 2),
		.moves_per_user_max = sqlite3_column_int64(row, 3),
		.updated_at_ms = sqlite3_column_int64(row, 4),
		.revision = sqlite3_column_int64(row, 5),
	};
	return statement_finish(row);
}

int target_screen_load(struct database *database, const struct hash_key *key,
		       struct target_screen **ret_screen)
{
	struct target_policy policy;
	void *rules = NULL;
	size_t count = 0;
	int err = target_policy_read(database, &policy);

	if (!err)
		err = source_table_read_all(
			database, source_table(TARGET_RULES), &rules, &count);
	if (!err)
		err = target_screen_new(key, rules, count, &policy, ret_screen);
	free(rules);
	return err;
}
