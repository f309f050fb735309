#include "db/users.h"

#include <errno.h>
#include <string.h>

#include "db/ownership.h"
#include "db/rows.h"

#define USER_COLUMNS                                                         \
	"row_id, id, name, display_name, email, role, language, time_zone, " \
	"enabled, password_hash <> '', totp_confirmed, last_login_at, "      \
	"created_at, updated_at, revision, external_id "

static int read_addresses(struct changes *changes, struct user *user)
{
	struct owned_addresses owned;
	int err = ownership_list(changes, user->id, &owned);

	if (err)
		return err;
	memcpy(user->addresses, owned.uris,
	       owned.count * sizeof(owned.uris[0]));
	user->address_count = owned.count;
	return 0;
}

static void read_user(sqlite3_stmt *row, void *ret_user)
{
	struct user *user = ret_user;
	const struct {
		char *buffer;
		size_t size;
	} texts[] = {
		{ user->id, sizeof(user->id) },
		{ user->name, sizeof(user->name) },
		{ user->display_name, sizeof(user->display_name) },
		{ user->email, sizeof(user->email) },
		{ user->role, sizeof(user->role) },
		{ user->language, sizeof(user->language) },
		{ user->time_zone, sizeof(user->time_zone) },
	};

	*user = (struct user){ .row_id = sqlite3_column_int64(row, 0) };
	for (int i = 0; i < (int)(sizeof(texts) / sizeof(*texts)); i++)
		text_copy(statement_text(row, 1 + i), texts[i].buffer,
			  texts[i].size);
	user->enabled = sqlite3_column_int(row, 8) != 0;
	user->has_password = sqlite3_column_int(row, 9) != 0;
	user->has_totp = sqlite3_column_int(row, 10) != 0;
	user->last_login_at_ms = sqlite3_column_int64(row, 11);
	user->created_at_ms = sqlite3_column_int64(row, 12);
	user->updated_at_ms = sqlite3_column_int64(row, 13);
	user->revision = sqlite3_column_int64(row, 14);
	text_copy(statement_text(row, 15), user->external_id,
		  sizeof(user->external_id));
}

/* sql selects USER_COLUMNS by ?1. */
static int find(struct changes *changes, const char *sql, struct text key,
		struct user *ret_user)
{
	int err = row_get(changes, sql, key, read_user, ret_user);

	return err ? err : read_addresses(changes, ret_user);
}

int user_get(struct changes *changes, struct text id, struct user *ret_user)
{
	return find(changes, "SELECT " USER_COLUMNS "FROM user WHERE id = ?1",
		    id, ret_user);
}

int user_find(struct changes *changes, struct text name, struct user *ret_user)
{
	char folded[USER_NAME_MAX + 1];

	if (!user_name_fold(name, folded))
		return ENOENT;
	return find(changes, "SELECT " USER_COLUMNS "FROM user WHERE name = ?1",
		    text_of(folded), ret_user);
}

int user_find_external(struct changes *changes, struct text external_id,
		       struct user *ret_user)
{
	return find(changes,
		    "SELECT " USER_COLUMNS "FROM user WHERE external_id = ?1 "
		    "AND external_id <> ''",
		    external_id, ret_user);
}

int user_has_admin(struct changes *changes, bool *ret_has)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"SELECT 1 FROM user WHERE role = 'admin' LIMIT 1", &statement);

	return err ? err : row_exists(statement, ret_has);
}

/* --- the list ------------------------------------------------------------ */

int user_list(struct changes *changes, const struct user_filter *filter,
	      struct user *users, size_t *ret_count, bool *ret_more)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"SELECT " USER_COLUMNS "FROM user WHERE id > ?1 "
		"AND (?2 = '' OR name = ?2) AND (?3 = '' OR role = ?3) "
		"AND (?4 = '' OR row_id = (SELECT owner_id FROM address "
		"WHERE uri = ?4)) AND (?5 < 0 OR enabled = ?5) "
		"AND (?7 = '' OR instr(lower(name || char(10) || display_name "
		"|| char(10) || email || char(10) || external_id), lower(?7)) "
		"OR EXISTS (SELECT 1 FROM address WHERE owner_id = "
		"user.row_id AND instr(lower(uri), lower(?7)))) "
		"ORDER BY id LIMIT ?6",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, filter->after_id);
	statement_bind_string(statement, 2, filter->name);
	statement_bind_string(statement, 3, filter->role);
	statement_bind_string(statement, 4, filter->address);
	sqlite3_bind_int(statement, 5, filter->enabled);
	statement_bind_text(statement, 7, filter->contains);
	err = row_list(statement, 6,
		       &(struct row_page){ read_user, users, sizeof(*users),
					   filter->limit, ret_count,
					   ret_more });
	for (size_t i = 0; !err && i < *ret_count; i++)
		err = read_addresses(changes, &users[i]);
	return err;
}
