#include "db/rows.h"

#include "base/utf8.h"
#include "db/ownership.h"

#include <errno.h>
#include <string.h>

/* The secret's hash stays out of it. */
static const char audit_sql[] =
	"SELECT json_object('id', public_id, 'name', name, 'role', role, "
	"'scopes', token_scope_words(scopes), 'expires_at', "
	"json_time(expires_at), 'networks', json_words(networks), 'old_until', "
	"json_time(nullif(old_until, 0)), 'revoked_at', "
	"json_time(nullif(revoked_at, 0)), 'user_id', "
	"(SELECT id FROM user WHERE row_id = token.user_id)) "
	"FROM token WHERE row_id = ?1";

static void validate(const struct token *token, int64_t now_ms,
		     struct faults *faults)
{
	struct text name = text_of(token->name);
	uint32_t role_scopes;

	if (name.len == 0)
		faults_add(faults, FAULT_MISSING_MEMBER, "/name",
			   "must not be empty");
	else if (!utf8_is_printable(name))
		faults_add(faults, FAULT_BAD_FORMAT, "/name",
			   "must be printable text in one line");
	if (token->user_id[0]
		    ? user_role_scopes(text_of(token->role), &role_scopes)
		    : token_role_scopes(text_of(token->role), &role_scopes))
		faults_add(faults, FAULT_OUT_OF_RANGE, "/role",
			   "must be admin, operator, helpdesk or service");
	if (token->scopes == 0 || token->scopes & ~(uint32_t)SCOPES_ALL)
		faults_add(faults, FAULT_OUT_OF_RANGE, "/scopes",
			   "must be at least one of the known scopes");
	if (token->expires_at_ms <= now_ms)
		faults_add(faults, FAULT_BAD_TIME, "/expires_at",
			   "must be in the future");
}

/* 0, or EEXIST: another token that is not revoked has the name, among those of
 * the user, or of nobody. */
static int check_name(struct changes *changes, const struct token *token)
{
	sqlite3_stmt *statement;
	bool is_taken;
	int err = database_statement(
		changes->database,
		"SELECT 1 FROM token WHERE name = ?1 AND revoked_at = 0 "
		"AND user_id IS " OWNERSHIP_ROW("?2"),
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, token->name);
	statement_bind_string(statement, 2, token->user_id);
	err = row_exists(statement, &is_taken);
	return !err && is_taken ? EEXIST : err;
}

static int count_active(struct changes *changes, const char *user_id,
			int64_t *ret_count)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"SELECT count(*) FROM token WHERE user_id = " OWNERSHIP_ROW(
			"?1") " AND revoked_at = 0 AND expires_at > ?2",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, user_id);
	sqlite3_bind_int64(statement, 2, changes->now_ms);
	return row_read(statement, row_read_number, ret_count);
}

/* Whoever makes and revokes them without end fills no disk with it. */
static int forget_ended(struct changes *changes, const char *user_id)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"DELETE FROM token WHERE row_id IN (SELECT row_id FROM token "
		"WHERE user_id = " OWNERSHIP_ROW(
			"?1") " AND (revoked_at <> 0 OR expires_at <= ?2) "
			      "ORDER BY row_id DESC LIMIT -1 OFFSET ?3)",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, user_id);
	sqlite3_bind_int64(statement, 2, changes->now_ms);
	sqlite3_bind_int64(statement, 3, TOKENS_ENDED_KEPT);
	return statement_run(statement);
}

static int check_own(struct changes *changes, const struct token *token,
		     struct faults *faults)
{
	int64_t count = 0;
	int err;

	if (!token->user_id[0])
		return 0;
	err = forget_ended(changes, token->user_id);
	if (!err)
		err = count_active(changes, token->user_id, &count);
	if (err || count < TOKENS_PER_USER_MAX)
		return err;
	faults_add(faults, FAULT_TOO_MANY, "",
		   "you have %d tokens, and may have no more: revoke one first",
		   TOKENS_PER_USER_MAX);
	return EINVAL;
}

static int insert_row(struct changes *changes, struct token *token)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO token (public_id, name, role, scopes, "
		"secret_sha256, created_at, expires_at, revoked_at, revision, "
		"networks, user_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, "
		"?9, " OWNERSHIP_ROW("?10") ")",
		&statement);

	if (err)
		return err;
	token->created_at_ms = changes->now_ms;
	token->revoked_at_ms = 0;
	token->revision = changes_revision(changes);
	statement_bind_string(statement, 1, token->public_id);
	statement_bind_string(statement, 2, token->name);
	statement_bind_string(statement, 3, token->role);
	sqlite3_bind_int64(statement, 4, token->scopes);
	sqlite3_bind_blob(statement, 5, token->secret_sha256,
			  sizeof(token->secret_sha256), SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 6, token->created_at_ms);
	sqlite3_bind_int64(statement, 7, token->expires_at_ms);
	sqlite3_bind_int64(statement, 8, token->revision);
	statement_bind_string(statement, 9, token->networks);
	statement_bind_string(statement, 10, token->user_id);
	return statement_run(statement);
}

int token_create(struct changes *changes, struct token *token,
		 struct faults *faults)
{
	struct audit_subject subject = { "token.create", token->public_id,
					 audit_sql, 0 };
	int err = changes_may_grow(changes);

	if (err)
		return err;
	text_copy(text_of(ownership_of(changes)), token->user_id,
		  sizeof(token->user_id));
	validate(token, changes->now_ms, faults);
	if (faults_any(faults))
		return EINVAL;
	err = check_name(changes, token);
	if (!err)
		err = check_own(changes, token, faults);
	if (!err)
		err = insert_row(changes, token);
	if (err)
		return err;
	subject.row_id =
		sqlite3_last_insert_rowid(database_handle(changes->database));
	changes->touched_tokens = true;
	return audit_change(changes, &subject, NULL);
}

/* *ret_row_id 0: revoked already. ENOENT. */
static int find_row(struct changes *changes, struct text public_id,
		    int64_t *ret_row_id)
{
	struct token token;
	int err = token_get(changes, public_id, &token);

	return err ? err
		   : row_get(changes,
			     "SELECT iif(revoked_at = 0, row_id, 0) "
			     "FROM token WHERE public_id = ?1",
			     public_id, row_read_number, ret_row_id);
}

int tokens_touch_of(struct changes *changes, int64_t user_row_id)
{
	sqlite3_stmt *statement;
	bool has_any;
	int err = database_statement(
		changes->database,
		"SELECT 1 FROM token WHERE user_id = ?1 LIMIT 1", &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, user_row_id);
	err = row_exists(statement, &has_any);
	if (!err && has_any)
		changes->touched_tokens = true;
	return err;
}

static int mark_revoked(struct changes *changes, const void *value)
{
	const int64_t *row_id = value;
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE token SET revoked_at = ?2, revision = ?3 "
		"WHERE row_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, *row_id);
	sqlite3_bind_int64(statement, 2, changes->now_ms);
	sqlite3_bind_int64(statement, 3, changes_revision(changes));
	changes->touched_tokens = true;
	return statement_run(statement);
}

int token_revoke(struct changes *changes, struct text public_id)
{
	char id[TOKEN_PUBLIC_ID_LEN + 1];
	int64_t row_id;
	int err = find_row(changes, public_id, &row_id);

	if (err || !row_id)
		return err;
	text_copy(public_id, id, sizeof(id));
	return row_update(changes,
			  &(struct audit_subject){ "token.revoke", id,
						   audit_sql, row_id },
			  mark_revoked, &row_id);
}

static int replace_secret(struct changes *changes, const void *value)
{
	const struct token *token = value;
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE token SET old_secret_sha256 = secret_sha256, "
		"old_until = ?2, secret_sha256 = ?3, revision = ?4 "
		"WHERE public_id = ?1",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, token->public_id);
	sqlite3_bind_int64(statement, 2, changes->now_ms + TOKEN_OLD_SECRET_MS);
	sqlite3_bind_blob(statement, 3, token->secret_sha256,
			  sizeof(token->secret_sha256), SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 4, changes_revision(changes));
	changes->touched_tokens = true;
	return statement_run(statement);
}

int token_rotate(struct changes *changes, const struct token *token)
{
	int64_t row_id;
	int err = find_row(changes, text_of(token->public_id), &row_id);

	if (!err && !row_id)
		err = ENOENT;
	if (err)
		return err;
	return row_update(changes,
			  &(struct audit_subject){ "token.rotate",
						   token->public_id, audit_sql,
						   row_id },
			  replace_secret, token);
}

int token_note_use(struct changes *changes, const char *public_id,
		   int64_t used_at_ms)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE token SET last_used_at = ?2 WHERE public_id = ?1",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, public_id);
	sqlite3_bind_int64(statement, 2, used_at_ms);
	changes->touched_quietly = true;
	return statement_run(statement);
}

/* --- reading ---------------------------------------------------------------
 */

#define TOKEN_COLUMNS                                               \
	"public_id, name, role, scopes, created_at, expires_at, "   \
	"revoked_at, revision, old_until, networks, last_used_at, " \
	"(SELECT id FROM user WHERE row_id = token.user_id)"

static void read_token(sqlite3_stmt *statement, void *ret_token)
{
	struct token *token = ret_token;

	*token = (struct token){ 0 };
	text_copy(statement_text(statement, 0), token->public_id,
		  sizeof(token->public_id));
	text_copy(statement_text(statement, 1), token->name,
		  sizeof(token->name));
	text_copy(statement_text(statement, 2), token->role,
		  sizeof(token->role));
	token->scopes = (uint32_t)sqlite3_column_int64(statement, 3) &
			(uint32_t)SCOPES_ALL;
	token->created_at_ms = sqlite3_column_int64(statement, 4);
	token->expires_at_ms = sqlite3_column_int64(statement, 5);
	token->revoked_at_ms = sqlite3_column_int64(statement, 6);
	token->revision = sqlite3_column_int64(statement, 7);
	token->old_until_ms = sqlite3_column_int64(statement, 8);
	text_copy(statement_text(statement, 9), token->networks,
		  sizeof(token->networks));
	token->last_used_at_ms = sqlite3_column_int64(statement, 10);
	text_copy(statement_text(statement, 11), token->user_id,
		  sizeof(token->user_id));
}

int token_get(struct changes *changes, struct text public_id,
	      struct token *ret_token)
{
	int err = row_get(changes,
			  "SELECT " TOKEN_COLUMNS
			  " FROM token WHERE public_id = ?1",
			  public_id, read_token, ret_token);

	if (!err && ownership_applies(changes) &&
	    strcmp(ret_token->user_id, ownership_of(changes)) != 0)
		err = ENOENT;
	return err;
}

int token_list(struct changes *changes, const struct token_filter *filter,
	       struct token *tokens, size_t *ret_count, bool *ret_more)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"SELECT " TOKEN_COLUMNS " FROM token "
		"WHERE (name, public_id) > (?1, ?2) "
		"AND (?3 = '' OR name = ?3) AND (NOT ?4 OR revoked_at = 0) "
		"AND (?5 = '' OR user_id = " OWNERSHIP_ROW(
			"?5") ") "
			      "ORDER BY name, public_id LIMIT ?6",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, filter->after_name);
	statement_bind_string(statement, 2, filter->after_id);
	statement_bind_text(statement, 3, filter->name);
	sqlite3_bind_int(statement, 4, filter->not_revoked);
	statement_bind_string(statement, 5, ownership_of(changes));
	return row_list(statement, 6,
			&(struct row_page){ read_token, tokens, sizeof(*tokens),
					    filter->limit, ret_count,
					    ret_more });
}
