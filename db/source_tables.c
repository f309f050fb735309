#include "db/source_tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/loaded_rows.h"
#include "db/peer_profile_table.h"
#include "db/target_rule_table.h"

#define OBJECT_COLUMNS "row_id, id, created_at, updated_at, revision, "
#define RULE_COLUMNS   "network, listener, action, enabled, note"
#define BAN_COLUMNS    "network, expires_at, reason, created_by"
#define PATTERN_COLUMNS \
	"header, match, text, action, ban_seconds, enabled, note"

enum {
	OWN_COLUMN = 5,
	OWN_PARAMETER = 5,
};

static int read_enum(sqlite3_stmt *row, int column, unsigned last,
		     unsigned *ret_value)
{
	int64_t value = sqlite3_column_int64(row, column);

	if (value < 0 || value > last)
		return EBADMSG;
	*ret_value = (unsigned)value;
	return 0;
}

#define READ_TEXT(row, column, member) \
	(void)text_copy(statement_text(row, column), member, sizeof(member))

/* --- rules --- */

static int read_rule(sqlite3_stmt *row, void *value)
{
	struct source_rule *rule = value;
	unsigned action;
	int err = read_enum(row, OWN_COLUMN + 2, SOURCE_DENY, &action);

	if (err)
		return err;
	READ_TEXT(row, OWN_COLUMN, rule->network);
	READ_TEXT(row, OWN_COLUMN + 1, rule->listener);
	rule->action = (enum source_action)action;
	rule->enabled = sqlite3_column_int(row, OWN_COLUMN + 3) != 0;
	READ_TEXT(row, OWN_COLUMN + 4, rule->note);
	return 0;
}

static void bind_rule(sqlite3_stmt *statement, const void *value)
{
	const struct source_rule *rule = value;

	statement_bind_string(statement, OWN_PARAMETER, rule->network);
	statement_bind_string(statement, OWN_PARAMETER + 1, rule->listener);
	sqlite3_bind_int64(statement, OWN_PARAMETER + 2, rule->action);
	sqlite3_bind_int64(statement, OWN_PARAMETER + 3, rule->enabled);
	statement_bind_string(statement, OWN_PARAMETER + 4, rule->note);
}

static void validate_rule(void *value, int64_t now_ms, struct faults *faults)
{
	(void)now_ms;
	source_rule_validate(value, faults);
}

/* --- bans --- */

static int read_ban(sqlite3_stmt *row, void *value)
{
	struct source_ban *ban = value;

	READ_TEXT(row, OWN_COLUMN, ban->network);
	ban->expires_at_ms = sqlite3_column_int64(row, OWN_COLUMN + 1);
	READ_TEXT(row, OWN_COLUMN + 2, ban->reason);
	READ_TEXT(row, OWN_COLUMN + 3, ban->created_by);
	return 0;
}

static void bind_ban(sqlite3_stmt *statement, const void *value)
{
	const struct source_ban *ban = value;

	statement_bind_string(statement, OWN_PARAMETER, ban->network);
	sqlite3_bind_int64(statement, OWN_PARAMETER + 1, ban->expires_at_ms);
	statement_bind_string(statement, OWN_PARAMETER + 2, ban->reason);
	statement_bind_string(statement, OWN_PARAMETER + 3, ban->created_by);
}

static void validate_ban(void *value, int64_t now_ms, struct faults *faults)
{
	source_ban_validate(value, now_ms, faults);
}

/* --- patterns --- */

static int read_pattern(sqlite3_stmt *row, void *value)
{
	struct scanner_pattern *pattern = value;
	unsigned header, match, action;
	int err = read_enum(row, OWN_COLUMN, SCANNER_FROM, &header);

	if (!err)
		err = read_enum(row, OWN_COLUMN + 1, SCANNER_PREFIX, &match);
	if (!err)
		err = read_enum(row, OWN_COLUMN + 3, SCANNER_BAN, &action);
	if (err)
		return err;
	pattern->header = (enum scanner_header)header;
	pattern->match = (enum scanner_match)match;
	READ_TEXT(row, OWN_COLUMN + 2, pattern->text);
	pattern->action = (enum scanner_action)action;
	pattern->ban_seconds = sqlite3_column_int64(row, OWN_COLUMN + 4);
	pattern->enabled = sqlite3_column_int(row, OWN_COLUMN + 5) != 0;
	READ_TEXT(row, OWN_COLUMN + 6, pattern->note);
	return 0;
}

static void bind_pattern(sqlite3_stmt *statement, const void *value)
{
	const struct scanner_pattern *pattern = value;

	sqlite3_bind_int64(statement, OWN_PARAMETER, pattern->header);
	sqlite3_bind_int64(statement, OWN_PARAMETER + 1, pattern->match);
	statement_bind_string(statement, OWN_PARAMETER + 2, pattern->text);
	sqlite3_bind_int64(statement, OWN_PARAMETER + 3, pattern->action);
	sqlite3_bind_int64(statement, OWN_PARAMETER + 4, pattern->ban_seconds);
	sqlite3_bind_int64(statement, OWN_PARAMETER + 5, pattern->enabled);
	statement_bind_string(statement, OWN_PARAMETER + 6, pattern->note);
}

static void validate_pattern(void *value, int64_t now_ms, struct faults *faults)
{
	(void)now_ms;
	scanner_pattern_validate(value, faults);
}

/* --- the table of tables --- */

#define SELECT(columns, table) "SELECT " OBJECT_COLUMNS columns " FROM " table

static const struct source_table tables[] = {
	[SOURCE_RULES] = {
		.id_prefix = "srl",
		.size = sizeof(struct source_rule),
		.max = SOURCE_RULES_MAX,
		.all_sql = SELECT(RULE_COLUMNS, "source_rule"),
		.get_sql = SELECT(RULE_COLUMNS, "source_rule")
			" WHERE id = ?1",
		.list_sql = SELECT(RULE_COLUMNS, "source_rule")
			" WHERE id > ?1 ORDER BY id LIMIT ?2",
		.count_sql = "SELECT count(*) FROM source_rule",
		.other_sql = "SELECT id FROM source_rule WHERE network = ?5 "
			"AND listener = ?6 AND id <> ?1",
		.listeners_sql = "SELECT count(DISTINCT listener) FROM "
			"source_rule WHERE ?6 <> '' AND listener NOT IN "
			"('', ?6) AND id <> ?1",
		.insert_sql = "INSERT INTO source_rule (id, created_at, "
			"updated_at, revision, " RULE_COLUMNS ") VALUES "
			"(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
		.update_sql = "UPDATE source_rule SET updated_at = ?3, "
			"revision = ?4, network = ?5, listener = ?6, "
			"action = ?7, enabled = ?8, note = ?9 WHERE id = ?1",
		.delete_sql = "DELETE FROM source_rule WHERE row_id = ?1",
		.audit_sql = "SELECT json_object('id', id, 'network', network, "
			"'listener', nullif(listener, ''), 'action', "
			"source_action_word(action), 'enabled', "
			"json_bool(enabled), 'note', note) FROM source_rule "
			"WHERE row_id = ?1",
		.create_action = "source_rule.create",
		.update_action = "source_rule.update",
		.delete_action = "source_rule.delete",
		.read = read_rule,
		.bind = bind_rule,
		.validate = validate_rule,
	},
	[SOURCE_BANS] = {
		.id_prefix = "ban",
		.size = sizeof(struct source_ban),
		.max = SOURCE_BANS_MAX,
		.ends = true,
		.all_sql = SELECT(BAN_COLUMNS, "source_ban"),
		.get_sql = SELECT(BAN_COLUMNS, "source_ban")
			" WHERE id = ?1 AND expires_at > ?2",
		.list_sql = SELECT(BAN_COLUMNS, "source_ban")
			" WHERE id > ?1 AND expires_at > ?3 "
			"ORDER BY id LIMIT ?2",
		.count_sql = "SELECT count(*) FROM source_ban",
		.other_sql = "SELECT id FROM source_ban WHERE network = ?5 "
			"AND id <> ?1",
		.insert_sql = "INSERT INTO source_ban (id, created_at, "
			"updated_at, revision, " BAN_COLUMNS ") VALUES "
			"(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
		.update_sql = "UPDATE source_ban SET updated_at = ?3, "
			"revision = ?4, network = ?5, expires_at = ?6, "
			"reason = ?7, created_by = ?8 WHERE id = ?1",
		.delete_sql = "DELETE FROM source_ban WHERE row_id = ?1",
		.audit_sql = "SELECT json_object('id', id, 'network', network, "
			"'expires_at', json_time(nullif(expires_at, "
			"9223372036854775807)), 'reason', reason, "
			"'created_by', created_by) FROM source_ban "
			"WHERE row_id = ?1",
		.create_action = "source_ban.create",
		.update_action = "source_ban.update",
		.delete_action = "source_ban.delete",
		.read = read_ban,
		.bind = bind_ban,
		.validate = validate_ban,
	},
	[SCANNER_PATTERNS] = {
		.id_prefix = "scp",
		.size = sizeof(struct scanner_pattern),
		.max = SCANNER_PATTERNS_MAX,
		.all_sql = SELECT(PATTERN_COLUMNS, "scanner_pattern")
			" ORDER BY row_id",
		.get_sql = SELECT(PATTERN_COLUMNS, "scanner_pattern")
			" WHERE id = ?1",
		.list_sql = SELECT(PATTERN_COLUMNS, "scanner_pattern")
			" WHERE id > ?1 ORDER BY id LIMIT ?2",
		.count_sql = "SELECT count(*) FROM scanner_pattern",
		.other_sql = "SELECT id FROM scanner_pattern WHERE header = ?5 "
			"AND match = ?6 AND text = ?7 AND id <> ?1",
		.insert_sql = "INSERT INTO scanner_pattern (id, created_at, "
			"updated_at, revision, " PATTERN_COLUMNS ") VALUES "
			"(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
		.update_sql = "UPDATE scanner_pattern SET updated_at = ?3, "
			"revision = ?4, header = ?5, match = ?6, text = ?7, "
			"action = ?8, ban_seconds = ?9, enabled = ?10, "
			"note = ?11 WHERE id = ?1",
		.delete_sql = "DELETE FROM scanner_pattern WHERE row_id = ?1",
		.audit_sql = "SELECT json_object('id', id, 'header', "
			"scanner_header_word(header), 'match', "
			"scanner_match_word(match), 'text', text, 'action', "
			"scanner_action_word(action), 'ban_seconds', "
			"iif(action, ban_seconds, NULL), 'enabled', "
			"json_bool(enabled), 'note', note) FROM scanner_pattern WHERE row_id = ?1",
		.create_action = "scanner_pattern.create",
		.update_action = "scanner_pattern.update",
		.delete_action = "scanner_pattern.delete",
		.read = read_pattern,
		.bind = bind_pattern,
		.validate = validate_pattern,
	},
};

const struct source_table *source_table(enum source_kind kind)
{
	if (kind == TARGET_RULES)
		return &target_rule_table;
	return kind == PEER_PROFILES ? &peer_profile_table : &tables[kind];
}

size_t source_row_size(enum source_kind kind)
{
	return source_table(kind)->size;
}

int source_table_read(const struct source_table *table, sqlite3_stmt *row,
		      void *value)
{
	struct source_object *object = value;

	memset(value, 0, table->size);
	object->row_id = sqlite3_column_int64(row, 0);
	READ_TEXT(row, 1, object->id);
	object->created_at_ms = sqlite3_column_int64(row, 2);
	object->updated_at_ms = sqlite3_column_int64(row, 3);
	object->revision = sqlite3_column_int64(row, 4);
	return table->read(row, value);
}

int source_table_read_all(struct database *database,
			  const struct source_table *table, void **ret_values,
			  size_t *ret_count)
{
	struct loaded_rows rows = { .item_size = table->size };
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(database, table->all_sql, &statement);

	if (err)
		return err;
	while (!(err = statement_step(statement, &row)) && row) {
		void *value = loaded_rows_next(&rows);

		err = value ? source_table_read(table, statement, value)
			    : ENOMEM;
		if (err)
			break;
	}
	sqlite3_reset(statement);
	*ret_values = rows.items;
	*ret_count = rows.count;
	return err;
}

/* What the file holds is not trusted: beyond its bounds the limit is off. */
int source_limit_read(struct database *database, struct source_limit *ret_limit)
{
	struct faults faults = { 0 };
	sqlite3_stmt *row;
	bool has_row;
	int err = database_statement(
		database,
		"SELECT enabled, rate, burst, slip, ipv4_prefix_bits, "
		"ipv6_prefix_bits, limit_private, drop_unserved_ip_uris, "
		"updated_at, revision FROM source_limit",
		&row);

	if (!err)
		err = statement_step(row, &has_row);
	if (err)
		return err;
	if (!has_row)
		return EBADMSG;
	*ret_limit = (struct source_limit){
		.enabled = sqlite3_column_int(row, 0) != 0,
		.rate = sqlite3_column_int64(row, 1),
		.burst = sqlite3_column_int64(row, 2),
		.slip = sqlite3_column_int64(row, 3),
		.ipv4_prefix_bits = sqlite3_column_int64(row, 4),
		.ipv6_prefix_bits = sqlite3_column_int64(row, 5),
		.limit_private = sqlite3_column_int(row, 6) != 0,
		.drop_unserved_ip_uris = sqlite3_column_int(row, 7) != 0,
		.updated_at_ms = sqlite3_column_int64(row, 8),
		.revision = sqlite3_column_int64(row, 9),
	};
	source_limit_validate(ret_limit, &faults);
	if (faults_any(&faults))
		ret_limit->enabled = false;
	faults_clear(&faults);
	return statement_finish(row);
}
