/*
 * Passwords, and the links that set them.
 */
#include "db/users.h"

#include "db/rows.h"
#include "db/sessions.h"

static void read_hash(sqlite3_stmt *row, void *ret_phc)
{
	text_copy(statement_text(row, 0), ret_phc, PASSWORD_HASH_SIZE);
}

int user_password_get(struct changes *changes, const char *id,
		      char ret_phc[PASSWORD_HASH_SIZE])
{
	return row_get(changes, "SELECT password_hash FROM user WHERE id = ?1",
		       text_of(id), read_hash, ret_phc);
}

/* changed_at_ms 0: it stays. */
static int write_hash(struct changes *changes, const struct user *user,
		      const char *phc, int64_t changed_at_ms)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE user SET password_hash = ?2, password_changed_at = "
		"iif(?3, ?3, password_changed_at) WHERE row_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, user->row_id);
	statement_bind_string(statement, 2, phc);
	sqlite3_bind_int64(statement, 3, changed_at_ms);
	return statement_run(statement);
}

int activation_links_delete(struct changes *changes, const struct user *user)
{
	return row_run(changes,
		       "DELETE FROM activation_link WHERE user_id = ?1",
		       user->row_id);
}

int user_password_set(struct changes *changes, const struct user *user,
		      const char *phc, const char *kept_session_id)
{
	int err = write_hash(changes, user, phc, changes->now_ms);

	if (!err)
		err = activation_links_delete(changes, user);
	if (!err)
		err = audit_write(changes, "user.password", user->id, NULL,
				  NULL);
	return err ? err
		   : sessions_end_of(changes, user->row_id, kept_session_id);
}

int user_password_rehash(struct changes *changes, const struct user *user,
			 const char *phc)
{
	return write_hash(changes, user, phc, 0);
}

int activation_link_create(struct changes *changes, const struct user *user,
			   const unsigned char secret_sha256[32],
			   int64_t expires_at_ms)
{
	sqlite3_stmt *statement;
	int err = activation_links_delete(changes, user);

	if (!err)
		err = database_statement(
			changes->database,
			"INSERT INTO activation_link (user_id, secret_sha256, "
			"created_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
			&statement);
	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, user->row_id);
	sqlite3_bind_blob(statement, 2, secret_sha256, 32, SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 3, changes->now_ms);
	sqlite3_bind_int64(statement, 4, expires_at_ms);
	err = statement_run(statement);
	return err ? err
		   : audit_write(changes, "user.activation_link", user->id,
				 NULL, NULL);
}

static void read_id(sqlite3_stmt *row, void *ret_id)
{
	text_copy(statement_text(row, 0), ret_id, OBJECT_ID_SIZE);
}

int activation_link_find(struct changes *changes,
			 const unsigned char secret_sha256[32],
			 struct user *ret_user)
{
	char id[OBJECT_ID_SIZE];
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"SELECT u.id FROM activation_link l JOIN user u ON "
		"u.row_id = l.user_id WHERE l.secret_sha256 = ?1 AND "
		"l.expires_at > ?2 AND u.enabled",
		&statement);

	if (err)
		return err;
	sqlite3_bind_blob(statement, 1, secret_sha256, 32, SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 2, changes->now_ms);
	err = row_read(statement, read_id, id);
	return err ? err : user_get(changes, text_of(id), ret_user);
}
