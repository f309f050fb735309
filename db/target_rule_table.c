#include "db/target_rule_table.h"

#include <errno.h>

#include "db/target_rule.h"

#define COLUMNS "action, kind, value, role, enabled, note"
#define SELECT                                                          \
	"SELECT row_id, id, created_at, updated_at, revision, " COLUMNS \
	" FROM target_rule"

/* The first of its own, as a column and as a parameter. */
enum {
	OWN = 5,
};

static int read_target_rule(sqlite3_stmt *row, void *value)
{
	struct target_rule *rule = value;
	int64_t action = sqlite3_column_int64(row, OWN);
	int64_t kind = sqlite3_column_int64(row, OWN + 1);
	int64_t role = sqlite3_column_int64(row, OWN + 3);

	if (action < TARGET_ALLOW || action > TARGET_DENY ||
	    kind < TARGET_DOMAIN || kind > TARGET_COUNTRY ||
	    role < TARGET_ANY_ROLE || role >= TARGET_ROLES)
		return EBADMSG;
	rule->action = (enum target_action)action;
	rule->kind = (enum target_kind)kind;
	(void)text_copy(statement_text(row, OWN + 2), rule->value,
			sizeof(rule->value));
	rule->role = (enum target_role)role;
	rule->enabled = sqlite3_column_int(row, OWN + 4) != 0;
	(void)text_copy(statement_text(row, OWN + 5), rule->note,
			sizeof(rule->note));
	return 0;
}

static void bind_target_rule(sqlite3_stmt *statement, const void *value)
{
	const struct target_rule *rule = value;

	sqlite3_bind_int64(statement, OWN, rule->action);
	sqlite3_bind_int64(statement, OWN + 1, rule->kind);
	statement_bind_string(statement, OWN + 2, rule->value);
	sqlite3_bind_int64(statement, OWN + 3, rule->role);
	sqlite3_bind_int64(statement, OWN + 4, rule->enabled);
	statement_bind_string(statement, OWN + 5, rule->note);
}

static void validate_target_rule(void *value, int64_t now_ms,
				 struct faults *faults)
{
	(void)now_ms;
	target_rule_validate(value, faults);
}

const struct source_table target_rule_table = {
	.id_prefix = "trl",
	.size = sizeof(struct target_rule),
	.max = TARGET_RULES_MAX,
	.is_of_targets = true,
	.all_sql = SELECT,
	.get_sql = SELECT " WHERE id = ?1",
	.list_sql = SELECT " WHERE id > ?1 ORDER BY id LIMIT ?2",
	.count_sql = "SELECT count(*) FROM target_rule",
	.other_sql = "SELECT id FROM target_rule WHERE kind = ?6 AND "
		     "value = ?7 AND role = ?8 AND id <> ?1",
	.insert_sql = "INSERT INTO target_rule (id, created_at, updated_at, "
		      "revision, " COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
		      "?7, ?8, ?9, ?10)",
	.update_sql = "UPDATE target_rule SET updated_at = ?3, revision = ?4, "
		      "action = ?5, kind = ?6, value = ?7, role = ?8, "
		      "enabled = ?9, note = ?10 WHERE id = ?1",
	.delete_sql = "DELETE FROM target_rule WHERE row_id = ?1",
	.audit_sql = "SELECT json_object('id', id, 'action', "
		     "target_action_word(action), 'kind', "
		     "target_kind_word(kind), 'value', value, 'role', "
		     "target_role_word(role), 'enabled', json_bool(enabled), "
		     "'note', note) FROM target_rule WHERE row_id = ?1",
	.create_action = "target_rule.create",
	.update_action = "target_rule.update",
	.delete_action = "target_rule.delete",
	.read = read_target_rule,
	.bind = bind_target_rule,
	.validate = validate_target_rule,
};
