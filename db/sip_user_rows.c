#include "db/sip_user_rows.h"

#include <errno.h>
#include <string.h>

#include "db/address_rows.h"
#include "db/rows.h"
#include "db/sip_users.h"

#define USER_COLUMNS                                                     \
	"u.row_id, u.id, u.username, d.name, u.note, u.ha1_sha512_256, " \
	"u.ha1_sha256, u.ha1_md5, u.password_changed_at, u.created_at, " \
	"u.updated_at, u.revision FROM sip_user u "                      \
	"JOIN domain d ON d.row_id = u.domain_id "

/* Nothing that a password leaves behind is in it, but when it was changed. */
static const char audit_sql[] =
	"SELECT json_object('id', u.id, 'username', u.username, 'domain', "
	"d.name, 'note', u.note, 'password_changed_at', "
	"json_time(u.password_changed_at)) FROM sip_user u "
	"JOIN domain d ON d.row_id = u.domain_id WHERE u.row_id = ?1";

bool sip_user_read_secrets(sqlite3_stmt *row, int first_column,
			   struct digest_secrets *ret_secrets)
{
	for (int i = 0; i < DIGEST_ALGORITHMS; i++) {
		size_t size = digest_size((enum digest_algorithm)i);
		const void *bytes = sqlite3_column_blob(row, first_column + i);

		if (!bytes ||
		    sqlite3_column_bytes(row, first_column + i) != (int)size)
			return false;
		memcpy(ret_secrets->ha1[i], bytes, size);
	}
	return true;
}

static void bind_secrets(sqlite3_stmt *statement, int first_index,
			 const struct digest_secrets *secrets)
{
	for (int i = 0; i < DIGEST_ALGORITHMS; i++)
		sqlite3_bind_blob(statement, first_index + i, secrets->ha1[i],
				  (int)digest_size((enum digest_algorithm)i),
				  SQLITE_TRANSIENT);
}

static void read_user(sqlite3_stmt *row, void *ret_user)
{
	struct sip_user *user = ret_user;

	*user = (struct sip_user){ 0 };
	user->row_id = sqlite3_column_int64(row, 0);
	text_copy(statement_text(row, 1), user->id, sizeof(user->id));
	text_copy(statement_text(row, 2), user->username,
		  sizeof(user->username));
	text_copy(statement_text(row, 3), user->domain, sizeof(user->domain));
	text_copy(statement_text(row, 4), user->note, sizeof(user->note));
	(void)sip_user_read_secrets(row, 5, &user->secrets);
	user->password_changed_at_ms = sqlite3_column_int64(row, 8);
	user->created_at_ms = sqlite3_column_int64(row, 9);
	user->updated_at_ms = sqlite3_column_int64(row, 10);
	user->revision = sqlite3_column_int64(row, 11);
}

/* --- creating ------------------------------------------------------------ */

static int make_secrets(struct sip_user *user, struct text password)
{
	return digest_secrets_make(text_of(user->username),
				   text_of(user->domain), password,
				   &user->secrets);
}

/* *ret_other_id "": nobody in the domain has the name. */
static int find_other(struct changes *changes, int64_t domain_row_id,
		      const char *username, char ret_other_id[OBJECT_ID_SIZE])
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT id FROM sip_user WHERE domain_id = ?1 AND "
		"username = ?2",
		&statement);

	ret_other_id[0] = '\0';
	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, domain_row_id);
	statement_bind_string(statement, 2, username);
	err = statement_step(statement, &row);
	if (err || !row)
		return err;
	text_copy(statement_text(statement, 0), ret_other_id, OBJECT_ID_SIZE);
	return statement_finish(statement);
}

static int insert_row(struct changes *changes, int64_t domain_row_id,
		      struct sip_user *user)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO sip_user (id, domain_id, username, note, "
		"ha1_sha512_256, ha1_sha256, ha1_md5, password_changed_at, "
		"created_at, updated_at, revision) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?8, ?9)",
		&statement);

	if (err)
		return err;
	object_id_new("sus", changes->now_ms, user->id);
	user->created_at_ms = changes->now_ms;
	user->updated_at_ms = changes->now_ms;
	user->password_changed_at_ms = changes->now_ms;
	user->revision = changes_revision(changes);
	statement_bind_string(statement, 1, user->id);
	sqlite3_bind_int64(statement, 2, domain_row_id);
	statement_bind_string(statement, 3, user->username);
	statement_bind_string(statement, 4, user->note);
	bind_secrets(statement, 5, &user->secrets);
	sqlite3_bind_int64(statement, 8, changes->now_ms);
	sqlite3_bind_int64(statement, 9, user->revision);
	return statement_run(statement);
}

int sip_user_create(struct changes *changes, struct sip_user *user,
		    struct text password, struct faults *faults,
		    char ret_other_id[OBJECT_ID_SIZE])
{
	struct audit_subject subject = { "sip_user.create", user->id, audit_sql,
					 0 };
	int64_t domain_id = 0;
	int err = changes_may_grow(changes);

	if (err)
		return err;
	sip_user_validate(user, faults);
	sip_password_validate(password, faults);
	err = domain_row_id(changes, text_of(user->domain), &domain_id);
	if (err)
		return err;
	if (!domain_id && !faults_any(faults))
		faults_add(faults, FAULT_UNKNOWN_DOMAIN, "/domain",
			   "this domain is not served");
	if (faults_any(faults))
		return EINVAL;
	err = find_other(changes, domain_id, user->username, ret_other_id);
	if (!err && ret_other_id[0])
		return EEXIST;
	if (!err)
		err = make_secrets(user, password);
	if (!err)
		err = insert_row(changes, domain_id, user);
	if (err)
		return err;
	user->row_id =
		sqlite3_last_insert_rowid(database_handle(changes->database));
	subject.row_id = user->row_id;
	changes->touched_sip_users = true;
	return audit_change(changes, &subject, NULL);
}

/* --- one user ------------------------------------------------------------ */

int sip_user_get(struct changes *changes, struct text id,
		 struct sip_user *ret_user)
{
	return row_get(changes, "SELECT " USER_COLUMNS "WHERE u.id = ?1", id,
		       read_user, ret_user);
}

static int find_unchanged(struct changes *changes, struct text id,
			  int64_t if_revision, struct sip_user *ret_user)
{
	int err = sip_user_get(changes, id, ret_user);

	return err ? err : row_check_revision(if_revision, ret_user->revision);
}

static int update_row(struct changes *changes, const void *value)
{
	const struct sip_user *user = value;
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE sip_user SET note = ?2, ha1_sha512_256 = ?3, "
		"ha1_sha256 = ?4, ha1_md5 = ?5, password_changed_at = ?6, "
		"updated_at = ?7, revision = ?8 WHERE row_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, user->row_id);
	statement_bind_string(statement, 2, user->note);
	bind_secrets(statement, 3, &user->secrets);
	sqlite3_bind_int64(statement, 6, user->password_changed_at_ms);
	sqlite3_bind_int64(statement, 7, user->updated_at_ms);
	sqlite3_bind_int64(statement, 8, user->revision);
	return statement_run(statement);
}

int sip_user_update(struct changes *changes, struct sip_user *user,
		    const struct text *password, int64_t if_revision,
		    struct faults *faults)
{
	struct sip_user wanted;
	int err = find_unchanged(changes, text_of(user->id), if_revision,
				 &wanted);

	if (err)
		return err;
	text_copy(text_of(user->note), wanted.note, sizeof(wanted.note));
	sip_user_validate(&wanted, faults);
	if (password)
		sip_password_validate(*password, faults);
	if (faults_any(faults))
		return EINVAL;
	if (password) {
		err = make_secrets(&wanted, *password);
		if (err)
			return err;
		wanted.password_changed_at_ms = changes->now_ms;
	}
	wanted.updated_at_ms = changes->now_ms;
	wanted.revision = changes_revision(changes);
	err = row_update(changes,
			 &(struct audit_subject){ "sip_user.update", wanted.id,
						  audit_sql, wanted.row_id },
			 update_row, &wanted);
	if (err)
		return err;
	changes->touched_sip_users = true;
	*user = wanted;
	return 0;
}

int sip_user_delete(struct changes *changes, struct text id,
		    int64_t if_revision)
{
	struct sip_user user;
	int err = find_unchanged(changes, id, if_revision, &user);

	if (!err)
		err = row_delete(changes,
				 &(struct audit_subject){ "sip_user.delete",
							  user.id, audit_sql,
							  user.row_id },
				 "DELETE FROM sip_user WHERE row_id = ?1");
	if (!err)
		changes->touched_sip_users = true;
	return err;
}

/* --- the list ------------------------------------------------------------ */

int sip_user_list(struct changes *changes, const struct sip_user_filter *filter,
		  struct sip_user *users, size_t *ret_count, bool *ret_more)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"SELECT " USER_COLUMNS
		"WHERE u.id > ?1 AND (?2 = '' OR d.name = ?2) AND "
		"(?3 = '' OR u.username = ?3) ORDER BY u.id LIMIT ?4",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, filter->after_id);
	statement_bind_string(statement, 2, filter->domain);
	statement_bind_string(statement, 3, filter->username);
	return row_list(statement, 4,
			&(struct row_page){ read_user, users, sizeof(*users),
					    filter->limit, ret_count,
					    ret_more });
}
