#include "db/sessions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/loaded_rows.h"
#include "db/rows.h"
#include "db/snapshot_load_rows.h"
#include "db/snapshot_state.h"

enum {
	MINUTE_MS = 60000,
	HOUR_MS = 60 * MINUTE_MS,
	SESSIONS_PER_USER_MAX = 32,
};

#define SESSION_COLUMNS                                                 \
	"s.id, s.secret_sha256, s.peer, s.created_at, s.used_at, "      \
	"s.expires_at, u.id, u.name, u.role, u.enabled FROM session s " \
	"JOIN user u ON u.row_id = s.user_id "

static const char audit_sql[] =
	"SELECT json_object('id', s.id, 'user_id', u.id, 'name', u.name, "
	"'peer', s.peer, 'expires_at', json_time(s.expires_at)) FROM session s "
	"JOIN user u ON u.row_id = s.user_id WHERE s.row_id = ?1";

/* Those who may do more are asked again sooner. */
static bool is_plain_user(const char *role)
{
	return strcmp(role, "user") == 0;
}

int64_t session_idle_ms(const char *role)
{
	return is_plain_user(role) ? 12 * HOUR_MS : 30 * MINUTE_MS;
}

int64_t session_life_ms(const char *role)
{
	return is_plain_user(role) ? INT64_C(30) * 24 * HOUR_MS : 12 * HOUR_MS;
}

bool session_is_alive(const struct session *session, int64_t used_at_ms,
		      int64_t now_ms)
{
	return session->enabled && now_ms < session->expires_at_ms &&
	       now_ms - used_at_ms < session_idle_ms(session->role);
}

static void read_session(sqlite3_stmt *row, void *ret_session)
{
	struct session *session = ret_session;
	const void *hash = sqlite3_column_blob(row, 1);

	*session = (struct session){ 0 };
	text_copy(statement_text(row, 0), session->id, sizeof(session->id));
	/* Without a whole hash nothing is ever accepted: no secret has zeros
	 * for its SHA-256. */
	if (hash &&
	    sqlite3_column_bytes(row, 1) == (int)sizeof(session->secret_sha256))
		memcpy(session->secret_sha256, hash,
		       sizeof(session->secret_sha256));
	text_copy(statement_text(row, 2), session->peer, sizeof(session->peer));
	session->created_at_ms = sqlite3_column_int64(row, 3);
	session->used_at_ms = sqlite3_column_int64(row, 4);
	session->expires_at_ms = sqlite3_column_int64(row, 5);
	text_copy(statement_text(row, 6), session->user_id,
		  sizeof(session->user_id));
	text_copy(statement_text(row, 7), session->user_name,
		  sizeof(session->user_name));
	text_copy(statement_text(row, 8), session->role, sizeof(session->role));
	session->enabled = sqlite3_column_int(row, 9) != 0;
}

/* --- changes ---------------------------------------------------------------
 */

/* Runs what deletes and returns secret_sha256. */
static int delete_rows(struct changes *changes, sqlite3_stmt *statement)
{
	const unsigned char *sha256;
	bool row;
	int err;

	while (!(err = statement_step(statement, &row)) && row) {
		sha256 = sqlite3_column_blob(statement, 0);
		if (sha256)
			changes->touched_sessions.has[sha256[0]] = true;
	}
	return err;
}

/* What has expired, and the oldest of a user who has too many. */
static int forget(struct changes *changes, const struct user *user)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"DELETE FROM session WHERE expires_at <= ?1 OR row_id IN "
		"(SELECT row_id FROM session WHERE user_id = ?2 "
		"ORDER BY used_at DESC LIMIT -1 OFFSET ?3) "
		"RETURNING secret_sha256",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, changes->now_ms);
	sqlite3_bind_int64(statement, 2, user->row_id);
	sqlite3_bind_int(statement, 3, SESSIONS_PER_USER_MAX - 1);
	return delete_rows(changes, statement);
}

static int insert_row(struct changes *changes, const struct user *user,
		      const struct session *session)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO session (id, user_id, secret_sha256, peer, "
		"created_at, used_at, expires_at) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, session->id);
	sqlite3_bind_int64(statement, 2, user->row_id);
	sqlite3_bind_blob(statement, 3, session->secret_sha256,
			  sizeof(session->secret_sha256), SQLITE_TRANSIENT);
	statement_bind_string(statement, 4, session->peer);
	sqlite3_bind_int64(statement, 5, session->created_at_ms);
	sqlite3_bind_int64(statement, 6, session->expires_at_ms);
	return statement_run(statement);
}

static int note_login(struct changes *changes, const struct user *user)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE user SET last_login_at = ?2 WHERE row_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, user->row_id);
	sqlite3_bind_int64(statement, 2, changes->now_ms);
	return statement_run(statement);
}

int session_create(struct changes *changes, const struct user *user,
		   struct session *session)
{
	struct audit_subject subject = { "session.create", session->id,
					 audit_sql, 0 };
	int err = forget(changes, user);

	if (err)
		return err;
	object_id_new("ses", changes->now_ms, session->id);
	session->created_at_ms = session->used_at_ms = changes->now_ms;
	session->expires_at_ms = changes->now_ms + session_life_ms(user->role);
	text_copy(text_of(user->id), session->user_id,
		  sizeof(session->user_id));
	text_copy(text_of(user->name), session->user_name,
		  sizeof(session->user_name));
	text_copy(text_of(user->role), session->role, sizeof(session->role));
	session->enabled = user->enabled;
	err = insert_row(changes, user, session);
	if (err)
		return err;
	subject.row_id =
		sqlite3_last_insert_rowid(database_handle(changes->database));
	changes->touched_sessions.has[session->secret_sha256[0]] = true;
	err = note_login(changes, user);
	return err ? err : audit_change(changes, &subject, NULL);
}

/* *ret_row_id of the one with this id, if it is the user's. ENOENT. */
static int find_row(struct changes *changes, struct text id,
		    const char *user_id, int64_t *ret_row_id)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"SELECT s.row_id FROM session s JOIN user u ON "
		"u.row_id = s.user_id WHERE s.id = ?1 AND "
		"(?2 = '' OR u.id = ?2)",
		&statement);

	if (err)
		return err;
	statement_bind_text(statement, 1, id);
	statement_bind_string(statement, 2, user_id);
	return row_read(statement, row_read_number, ret_row_id);
}

static int delete_row(struct changes *changes, int64_t row_id)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database,
				     "DELETE FROM session WHERE row_id = ?1 "
				     "RETURNING secret_sha256",
				     &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, row_id);
	return delete_rows(changes, statement);
}

int session_end(struct changes *changes, struct text id, const char *user_id)
{
	char object_id[OBJECT_ID_SIZE];
	char *before = NULL;
	int64_t row_id;
	int err = find_row(changes, id, user_id, &row_id);

	if (err)
		return err;
	text_copy(id, object_id, sizeof(object_id));
	err = audit_row_json(changes, audit_sql, row_id, &before);
	if (!err)
		err = delete_row(changes, row_id);
	if (!err)
		err = audit_write(changes, "session.end", object_id, before,
				  NULL);
	free(before);
	return err;
}

int sessions_end_of(struct changes *changes, int64_t user_row_id,
		    const char *kept_session_id)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"DELETE FROM session WHERE user_id = ?1 AND id <> ?2 "
		"RETURNING secret_sha256",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, user_row_id);
	statement_bind_string(statement, 2, kept_session_id);
	return delete_rows(changes, statement);
}

int session_note_use(struct changes *changes, const char *id,
		     int64_t used_at_ms)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE session SET used_at = ?2 WHERE id = ?1", &statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, id);
	sqlite3_bind_int64(statement, 2, used_at_ms);
	changes->touched_quietly = true;
	return statement_run(statement);
}

/* --- reading ---------------------------------------------------------------
 */

int session_list(struct changes *changes, const char *user_id,
		 const char *after_id, size_t limit, struct session *sessions,
		 size_t *ret_count, bool *ret_more)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"SELECT " SESSION_COLUMNS
		"WHERE s.id > ?1 AND (?2 = '' OR u.id = ?2) "
		"AND s.expires_at > ?3 ORDER BY s.id LIMIT ?4",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, after_id);
	statement_bind_string(statement, 2, user_id);
	sqlite3_bind_int64(statement, 3, changes->now_ms);
	return row_list(statement, 4,
			&(struct row_page){ read_session, sessions,
					    sizeof(*sessions), limit, ret_count,
					    ret_more });
}

/* By the index of secret_sha256. */
static int read_page(struct database *database, size_t at,
		     struct loaded_rows *rows)
{
	unsigned char from[32] = { (unsigned char)at }, to[32];
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(database,
				     "SELECT " SESSION_COLUMNS
				     "WHERE s.secret_sha256 BETWEEN ?1 AND ?2",
				     &statement);

	if (err)
		return err;
	memset(to, 0xff, sizeof(to));
	to[0] = from[0];
	rows->count = 0;
	sqlite3_bind_blob(statement, 1, from, sizeof(from), SQLITE_TRANSIENT);
	sqlite3_bind_blob(statement, 2, to, sizeof(to), SQLITE_TRANSIENT);
	while (!(err = statement_step(statement, &row)) && row) {
		struct session *session = loaded_rows_next(rows);

		if (!session) {
			sqlite3_reset(statement);
			return ENOMEM;
		}
		read_session(statement, session);
	}
	return err;
}

int snapshot_load_sessions(struct database *database,
			   const struct session_pages *touched,
			   struct snapshot_builder *builder)
{
	struct loaded_rows rows = { .item_size = sizeof(struct session) };
	int err = 0;

	for (size_t i = 0; !err && i < SNAPSHOT_SESSION_PAGES; i++) {
		if (touched && !touched->has[i])
			continue;
		err = read_page(database, i, &rows);
		if (!err)
			err = snapshot_builder_set_session_page(
				builder, i, rows.items, rows.count);
	}
	free(rows.items);
	return err;
}
