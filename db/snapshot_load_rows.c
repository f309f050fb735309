#include "db/snapshot_load_rows.h"

#include "db/domain_settings_rows.h"
#include "db/loaded_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int read_domain(sqlite3_stmt *row, void *item)
{
	struct domain *domain = item;

	domain->row_id = sqlite3_column_int64(row, 0);
	text_copy(statement_text(row, 1), domain->name, sizeof(domain->name));
	domain_settings_read(row, 2, &domain->settings);
	return 0;
}

int snapshot_load_domains(struct database *database,
			  struct snapshot_builder *builder)
{
	struct loaded_rows list = { .item_size = sizeof(struct domain) };
	int err = loaded_rows_read(
		&list, database,
		"SELECT row_id, name, " DOMAIN_SETTINGS_COLUMNS " FROM domain",
		read_domain);

	if (!err)
		err = snapshot_builder_set_domains(builder, list.items,
						   list.count);
	free(list.items);
	return err;
}

static int read_rule(sqlite3_stmt *row, void *item)
{
	struct extension_rule *rule = item;
	int64_t header = sqlite3_column_int64(row, 2);
	int64_t action = sqlite3_column_int64(row, 5);

	if (header < EXTENSION_REQUIRE || header > EXTENSION_BOTH ||
	    action < EXTENSION_ACCEPT || action > EXTENSION_REJECT)
		return EBADMSG;
	text_copy(statement_text(row, 0), rule->id, sizeof(rule->id));
	text_copy(statement_text(row, 1), rule->domain, sizeof(rule->domain));
	rule->header = (enum extension_header)header;
	text_copy(statement_text(row, 3), rule->tag, sizeof(rule->tag));
	text_copy(statement_text(row, 4), rule->method, sizeof(rule->method));
	rule->action = (enum extension_action)action;
	rule->enabled = sqlite3_column_int(row, 6) != 0;
	text_copy(statement_text(row, 7), rule->note, sizeof(rule->note));
	rule->created_at_ms = sqlite3_column_int64(row, 8);
	rule->updated_at_ms = sqlite3_column_int64(row, 9);
	rule->revision = sqlite3_column_int64(row, 10);
	return 0;
}

int snapshot_load_rules(struct database *database,
			struct snapshot_builder *builder)
{
	struct loaded_rows list = { .item_size =
					    sizeof(struct extension_rule) };
	int err = loaded_rows_read(
		&list, database,
		"SELECT id, domain, header, tag, method, action, "
		"enabled, note, created_at, updated_at, revision "
		"FROM extension_rule",
		read_rule);

	if (!err)
		err = snapshot_builder_set_rules(builder, list.items,
						 list.count);
	free(list.items);
	return err;
}

static int read_token(sqlite3_stmt *row, void *item)
{
	struct token *token = item;
	const void *hash = sqlite3_column_blob(row, 4);

	/* Without a whole hash nothing is ever accepted: no text has zeros for
	 * its SHA-256. */
	if (hash &&
	    sqlite3_column_bytes(row, 4) == (int)sizeof(token->secret_sha256))
		memcpy(token->secret_sha256, hash,
		       sizeof(token->secret_sha256));
	text_copy(statement_text(row, 0), token->public_id,
		  sizeof(token->public_id));
	text_copy(statement_text(row, 1), token->name, sizeof(token->name));
	text_copy(statement_text(row, 2), token->role, sizeof(token->role));
	token->scopes = (uint32_t)sqlite3_column_int64(row, 3) &
			(uint32_t)SCOPES_ALL;
	token->created_at_ms = sqlite3_column_int64(row, 5);
	token->expires_at_ms = sqlite3_column_int64(row, 6);
	token->revoked_at_ms = sqlite3_column_int64(row, 7);
	token->revision = sqlite3_column_int64(row, 8);
	hash = sqlite3_column_blob(row, 9);
	if (hash && sqlite3_column_bytes(row, 9) ==
			    (int)sizeof(token->old_secret_sha256)) {
		memcpy(token->old_secret_sha256, hash,
		       sizeof(token->old_secret_sha256));
		token->old_until_ms = sqlite3_column_int64(row, 10);
	}
	text_copy(statement_text(row, 11), token->networks,
		  sizeof(token->networks));
	token->last_used_at_ms = sqlite3_column_int64(row, 12);
	text_copy(statement_text(row, 13), token->user_id,
		  sizeof(token->user_id));
	text_copy(statement_text(row, 14), token->user_name,
		  sizeof(token->user_name));
	return 0;
}

/* A revoked token is as good as none, and a user's who is not enabled; an
 * expired one can be told so. */
int snapshot_load_tokens(struct database *database,
			 struct snapshot_builder *builder)
{
	struct loaded_rows list = { .item_size = sizeof(struct token) };
	int err = loaded_rows_read(
		&list, database,
		"SELECT t.public_id, t.name, t.role, t.scopes, "
		"t.secret_sha256, t.created_at, t.expires_at, "
		"t.revoked_at, t.revision, t.old_secret_sha256, t.old_until, "
		"t.networks, t.last_used_at, u.id, u.name FROM token t "
		"LEFT JOIN user u ON u.row_id = t.user_id "
		"WHERE t.revoked_at = 0 AND (t.user_id IS NULL OR u.enabled)",
		read_token);

	if (!err)
		err = snapshot_builder_set_tokens(builder, list.items,
						  list.count);
	free(list.items);
	return err;
}
