#include "db/peer_profile_table.h"

#include "db/domain_settings_rows.h"
#include "db/peer_profile.h"

#define COLUMNS                                                        \
	"name, preset, network, listener, enabled, note, "             \
	"style_status, style_contacts_max, style_one_header, "         \
	"style_contact_expires, style_diversion, style_history_info, " \
	"style_cause, style_contact_template"
#define SELECT                                                          \
	"SELECT row_id, id, created_at, updated_at, revision, " COLUMNS \
	" FROM peer_profile"

/* The first of its own, as a column and as a parameter. */
enum {
	OWN = 5,
};

#define READ_TEXT(row, column, member) \
	(void)text_copy(statement_text(row, column), member, sizeof(member))

static int read_profile(sqlite3_stmt *row, void *value)
{
	struct peer_profile *profile = value;

	READ_TEXT(row, OWN, profile->name);
	READ_TEXT(row, OWN + 1, profile->preset);
	READ_TEXT(row, OWN + 2, profile->network);
	READ_TEXT(row, OWN + 3, profile->listener);
	profile->enabled = sqlite3_column_int(row, OWN + 4) != 0;
	READ_TEXT(row, OWN + 5, profile->note);
	answer_style_read(row, OWN + 6, &profile->style);
	return 0;
}

static void bind_profile(sqlite3_stmt *statement, const void *value)
{
	const struct peer_profile *profile = value;

	statement_bind_string(statement, OWN, profile->name);
	statement_bind_string(statement, OWN + 1, profile->preset);
	statement_bind_string(statement, OWN + 2, profile->network);
	statement_bind_string(statement, OWN + 3, profile->listener);
	sqlite3_bind_int64(statement, OWN + 4, profile->enabled);
	statement_bind_string(statement, OWN + 5, profile->note);
	answer_style_bind(statement, OWN + 6, &profile->style);
}

static void validate_profile(void *value, int64_t now_ms, struct faults *faults)
{
	(void)now_ms;
	peer_profile_validate(value, faults);
}

const struct source_table peer_profile_table = {
	.id_prefix = "ppr",
	.size = sizeof(struct peer_profile),
	.max = PEER_PROFILES_MAX,
	.is_of_profiles = true,
	.all_sql = SELECT,
	.get_sql = SELECT " WHERE id = ?1",
	.list_sql = SELECT " WHERE id > ?1 ORDER BY id LIMIT ?2",
	.count_sql = "SELECT count(*) FROM peer_profile",
	.other_sql = "SELECT id FROM peer_profile WHERE (name = ?5 OR "
		     "(network = ?7 AND listener = ?8)) AND id <> ?1",
	.listeners_sql = "SELECT count(DISTINCT listener) FROM peer_profile "
			 "WHERE ?8 <> '' AND listener NOT IN ('', ?8) "
			 "AND id <> ?1",
	.insert_sql = "INSERT INTO peer_profile (id, created_at, updated_at, "
		      "revision, " COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
		      "?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
		      "?18)",
	.update_sql = "UPDATE peer_profile SET (updated_at, revision, " COLUMNS
		      ") = (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
		      "?14, ?15, ?16, ?17, ?18) WHERE id = ?1",
	.delete_sql = "DELETE FROM peer_profile WHERE row_id = ?1",
	.audit_sql = "SELECT json_object('id', id, 'name', name, 'preset', "
		     "nullif(preset, ''), 'network', network, 'listener', "
		     "nullif(listener, ''), 'enabled', json_bool(enabled), "
		     "'note', note, " ANSWER_STYLE_JSON
		     ") FROM peer_profile WHERE row_id = ?1",
	.create_action = "peer_profile.create",
	.update_action = "peer_profile.update",
	.delete_action = "peer_profile.delete",
	.read = read_profile,
	.bind = bind_profile,
	.validate = validate_profile,
};
