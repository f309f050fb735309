/*
 * The rows that calls are authenticated from, into a builder. What the file
 * holds is not trusted: a user without a whole hash, or with a name that is
 * none, is left out.
 */
#include <errno.h>
#include <stdlib.h>

#include "db/loaded_rows.h"
#include "db/sip_user_rows.h"
#include "db/snapshot_load_rows.h"

static const char users_sql[] =
	"SELECT u.username, d.name, u.ha1_sha512_256, u.ha1_sha256, u.ha1_md5 "
	"FROM sip_user u JOIN domain d ON d.row_id = u.domain_id";
static const char authentications_sql[] =
	"SELECT d.name, a.algorithms, a.nonce_seconds, a.require_qop, "
	"a.bind_nonce FROM domain_authentication a "
	"JOIN domain d ON d.row_id = a.domain_id WHERE a.required = 1";

static int read_user(sqlite3_stmt *row, void *item)
{
	struct sip_user *user = item;
	bool is_whole = text_copy(statement_text(row, 0), user->username,
				  sizeof(user->username)) &&
			text_copy(statement_text(row, 1), user->domain,
				  sizeof(user->domain)) &&
			sip_user_read_secrets(row, 2, &user->secrets);

	return is_whole ? 0 : ENOENT;
}

static int read_authentication(sqlite3_stmt *row, void *item)
{
	struct domain_authentication *authentication = item;

	*authentication = (struct domain_authentication){
		.required = true,
		.algorithms = (unsigned)sqlite3_column_int(row, 1) & DIGEST_ALL,
		.nonce_seconds = sqlite3_column_int(row, 2),
		.require_qop = sqlite3_column_int(row, 3) != 0,
		.bind_nonce = sqlite3_column_int(row, 4) != 0,
	};
	/* A domain that wants proof is never left open by a bad row. */
	if (authentication->algorithms == 0)
		authentication->algorithms = DIGEST_ALL;
	text_copy(statement_text(row, 0), authentication->domain,
		  sizeof(authentication->domain));
	return 0;
}

int snapshot_load_sip_users(struct database *database,
			    struct snapshot_builder *builder)
{
	struct loaded_rows users = { .item_size = sizeof(struct sip_user) };
	struct loaded_rows authentications = {
		.item_size = sizeof(struct domain_authentication)
	};
	int err = loaded_rows_read(&authentications, database,
				   authentications_sql, read_authentication);

	if (!err)
		err = loaded_rows_read(&users, database, users_sql, read_user);
	if (!err)
		err = snapshot_builder_set_sip_users(
			builder,
			&(struct sip_user_rows){ users.items, users.count,
						 authentications.items,
						 authentications.count });
	free(users.items);
	free(authentications.items);
	return err;
}
