#include "db/user_totp.h"

#include <errno.h>
#include <string.h>
#include <sodium.h>

#include "db/changes_state.h"

struct stored_totp {
	unsigned char secret[TOTP_SECRET_SIZE];
	bool has_secret, is_confirmed;
	int64_t last_step;
};

static int read_stored(struct changes *changes, const struct user *user,
		       struct stored_totp *ret_stored)
{
	sqlite3_stmt *statement;
	const void *secret;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT totp_secret, totp_confirmed, totp_step FROM user "
		"WHERE row_id = ?1",
		&statement);

	*ret_stored = (struct stored_totp){ .has_secret = false };
	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, user->row_id);
	err = statement_step(statement, &row);
	if (err)
		return err;
	if (!row)
		return ENOENT;
	secret = sqlite3_column_blob(statement, 0);
	ret_stored->is_confirmed = sqlite3_column_int(statement, 1) != 0;
	ret_stored->last_step = sqlite3_column_int64(statement, 2);
	/* One that is confirmed and damaged lets nobody in. */
	if (secret && sqlite3_column_bytes(statement, 0) == TOTP_SECRET_SIZE) {
		memcpy(ret_stored->secret, secret, TOTP_SECRET_SIZE);
		ret_stored->has_secret = true;
	}
	return statement_finish(statement);
}

/* secret NULL: none. */
static int write_stored(struct changes *changes, const struct user *user,
			const unsigned char *secret, bool is_confirmed,
			int64_t step)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE user SET totp_secret = ?2, totp_confirmed = ?3, "
		"totp_step = ?4 WHERE row_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, user->row_id);
	if (secret) /* what is not bound is NULL */
		sqlite3_bind_blob(statement, 2, secret, TOTP_SECRET_SIZE,
				  SQLITE_TRANSIENT);
	sqlite3_bind_int(statement, 3, is_confirmed);
	sqlite3_bind_int64(statement, 4, step);
	return statement_run(statement);
}

int user_totp_begin(struct changes *changes, const struct user *user,
		    const unsigned char secret[TOTP_SECRET_SIZE])
{
	struct stored_totp stored;
	int err = read_stored(changes, user, &stored);

	if (err)
		return err;
	if (stored.is_confirmed)
		return EEXIST;
	err = write_stored(changes, user, secret, false, 0);
	return err ? err
		   : audit_write(changes, "user.totp_begin", user->id, NULL,
				 NULL);
}

/* --- codes for recovery ----------------------------------------------------
 */

/* As it was typed: without blanks and hyphens, in capitals. */
static void hash_code(struct text code, unsigned char sha256[32])
{
	unsigned char folded[RECOVERY_CODE_SIZE];
	size_t len = 0;

	for (size_t i = 0; i < code.len && len < sizeof(folded); i++) {
		char c = code.ptr[i];

		if (c == '-' || c == ' ')
			continue;
		folded[len++] = (unsigned char)(c >= 'a' && c <= 'z'
							? c - 'a' + 'A'
							: c);
	}
	crypto_hash_sha256(sha256, folded, len);
	sodium_memzero(folded, sizeof(folded));
}

/* sql takes the user's row as ?1 and the hash as ?2. */
static int run_with_hash(struct changes *changes, const char *sql,
			 const struct user *user, const unsigned char *sha256)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database, sql, &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, user->row_id);
	sqlite3_bind_blob(statement, 2, sha256, 32, SQLITE_TRANSIENT);
	return statement_run(statement);
}

static int delete_codes(struct changes *changes, const struct user *user)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"DELETE FROM recovery_code WHERE user_id = ?1", &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, user->row_id);
	return statement_run(statement);
}

static void make_code(char code[RECOVERY_CODE_SIZE])
{
	unsigned char bytes[RECOVERY_CODE_BYTES];
	char text[RECOVERY_CODE_BYTES * 8 / 5 + 1];

	randombytes_buf(bytes, sizeof(bytes));
	base32_write(bytes, sizeof(bytes), text);
	for (size_t i = 0; i < 4; i++) {
		memcpy(code + 5 * i, text + 4 * i, 4);
		code[5 * i + 4] = i < 3 ? '-' : '\0';
	}
	sodium_memzero(bytes, sizeof(bytes));
	sodium_memzero(text, sizeof(text));
}

static int replace_codes(struct changes *changes, const struct user *user,
			 char codes[RECOVERY_CODES][RECOVERY_CODE_SIZE])
{
	unsigned char sha256[32];
	int err = delete_codes(changes, user);

	for (size_t i = 0; !err && i < RECOVERY_CODES; i++) {
		make_code(codes[i]);
		hash_code(text_of(codes[i]), sha256);
		err = run_with_hash(changes,
				    "INSERT INTO recovery_code (user_id, "
				    "code_sha256) VALUES (?1, ?2)",
				    user, sha256);
	}
	return err;
}

/* EACCES: it is none, or was used. */
static int use_code(struct changes *changes, const struct user *user,
		    struct text code)
{
	unsigned char sha256[32];
	int err;

	hash_code(code, sha256);
	err = run_with_hash(changes,
			    "DELETE FROM recovery_code WHERE user_id = ?1 AND "
			    "code_sha256 = ?2",
			    user, sha256);
	if (!err && sqlite3_changes(database_handle(changes->database)) == 0)
		err = EACCES;
	return err ? err
		   : audit_write(changes, "user.recovery_code", user->id, NULL,
				 NULL);
}

/* --- outside ---------------------------------------------------------------
 */

int user_totp_confirm(struct changes *changes, const struct user *user,
		      struct text code,
		      char ret_codes[RECOVERY_CODES][RECOVERY_CODE_SIZE])
{
	struct stored_totp stored;
	int64_t step;
	int err = read_stored(changes, user, &stored);

	if (!err && stored.is_confirmed)
		err = EEXIST;
	if (!err && !stored.has_secret)
		err = ENOENT;
	if (!err &&
	    !totp_accepts(stored.secret, code, changes->now_ms, 0, &step))
		err = EACCES;
	if (!err)
		err = write_stored(changes, user, stored.secret, true, step);
	if (!err)
		err = replace_codes(changes, user, ret_codes);
	sodium_memzero(&stored, sizeof(stored));
	return err ? err
		   : audit_write(changes, "user.totp_confirm", user->id, NULL,
				 NULL);
}

int user_totp_check(struct changes *changes, const struct user *user,
		    struct text code)
{
	struct stored_totp stored;
	int64_t step;
	int err = read_stored(changes, user, &stored);

	if (err || !stored.is_confirmed)
		return err;
	if (stored.has_secret &&
	    totp_accepts(stored.secret, code, changes->now_ms, stored.last_step,
			 &step))
		err = write_stored(changes, user, stored.secret, true, step);
	else
		err = use_code(changes, user, code);
	sodium_memzero(&stored, sizeof(stored));
	return err;
}

int user_totp_remove(struct changes *changes, const struct user *user)
{
	struct stored_totp stored;
	int err = read_stored(changes, user, &stored);

	if (!err && !stored.has_secret)
		err = ENOENT;
	sodium_memzero(&stored, sizeof(stored));
	if (!err)
		err = write_stored(changes, user, NULL, false, 0);
	if (!err)
		err = delete_codes(changes, user);
	return err ? err
		   : audit_write(changes, "user.totp_remove", user->id, NULL,
				 NULL);
}
