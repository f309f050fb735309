/*
 * The rows that calls are authenticated from, into a builder. What the file
 * holds is not trusted: a user without a whole hash, or with a name that is
 * none, is left out.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/sip_user_rows.h"
#include "db/snapshot_load_rows.h"

static const char users_sql[] =
	"SELECT u.username, d.name, u.ha1_sha512_256, u.ha1_sha256, u.ha1_md5 "
	"FROM sip_user u JOIN domain d ON d.row_id = u.domain_id";
static const char authentications_sql[] =
	"SELECT d.name, a.algorithms, a.nonce_seconds, a.require_qop, "
	"a.bind_nonce FROM domain_authentication a "
	"JOIN domain d ON d.row_id = a.domain_id WHERE a.required = 1";

struct lists {
	struct sip_user *users;
	size_t user_count, user_size;
	struct domain_authentication *authentications;
	size_t authentication_count, authentication_size;
};

/* Room for one more; the list as it was for want of memory. */
static bool grow(void **items, size_t item_size, size_t count, size_t *size)
{
	size_t larger = *size ? 2 * *size : 16;
	void *moved;

	if (count < *size)
		return true;
	moved = reallocarray(*items, larger, item_size);
	if (!moved)
		return false;
	*items = moved;
	*size = larger;
	return true;
}

static int add_user(sqlite3_stmt *row, struct lists *lists)
{
	void *items = lists->users;
	struct sip_user *user;

	if (!grow(&items, sizeof(*user), lists->user_count, &lists->user_size))
		return ENOMEM;
	lists->users = items;
	user = &lists->users[lists->user_count];
	memset(user, 0, sizeof(*user));
	if (text_copy(statement_text(row, 0), user->username,
		      sizeof(user->username)) &&
	    text_copy(statement_text(row, 1), user->domain,
		      sizeof(user->domain)) &&
	    sip_user_read_secrets(row, 2, &user->secrets))
		lists->user_count++;
	return 0;
}

static int add_authentication(sqlite3_stmt *row, struct lists *lists)
{
	void *items = lists->authentications;
	struct domain_authentication *item;

	if (!grow(&items, sizeof(*item), lists->authentication_count,
		  &lists->authentication_size))
		return ENOMEM;
	lists->authentications = items;
	item = &lists->authentications[lists->authentication_count++];
	*item = (struct domain_authentication){
		.required = true,
		.algorithms = (unsigned)sqlite3_column_int(row, 1) & DIGEST_ALL,
		.nonce_seconds = sqlite3_column_int(row, 2),
		.require_qop = sqlite3_column_int(row, 3) != 0,
		.bind_nonce = sqlite3_column_int(row, 4) != 0,
	};
	/* A domain that wants proof is never left open by a bad row. */
	if (item->algorithms == 0)
		item->algorithms = DIGEST_ALL;
	text_copy(statement_text(row, 0), item->domain, sizeof(item->domain));
	return 0;
}

static int read_all(struct database *database, const char *sql,
		    int (*add)(sqlite3_stmt *row, struct lists *lists),
		    struct lists *lists)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(database, sql, &statement);

	if (err)
		return err;
	while (!(err = statement_step(statement, &row)) && row) {
		err = add(statement, lists);
		if (err)
			break;
	}
	sqlite3_reset(statement);
	return err;
}

int snapshot_load_sip_users(struct database *database,
			    struct snapshot_builder *builder)
{
	struct lists lists = { .users = NULL };
	int err = read_all(database, authentications_sql, add_authentication,
			   &lists);

	if (!err)
		err = read_all(database, users_sql, add_user, &lists);
	if (!err)
		err = snapshot_builder_set_sip_users(
			builder,
			&(struct sip_user_rows){ lists.users, lists.user_count,
						 lists.authentications,
						 lists.authentication_count });
	free(lists.users);
	free(lists.authentications);
	return err;
}
