#include "db/calendar_subscription.h"
#include "db/users.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "db/address_rows.h"
#include "db/ownership.h"
#include "db/rows.h"
#include "db/sessions.h"

/* Of passwords: whether there is one, and since when. */
static const char audit_sql[] =
	"SELECT json_object('id', id, 'name', name, 'display_name', "
	"display_name, 'email', nullif(email, ''), "
	"'external_id', nullif(external_id, ''), 'role', role, "
	"'language', nullif(language, ''), 'time_zone', nullif(time_zone, ''), "
	"'enabled', json_bool(enabled), 'password_changed_at', "
	"json_time(nullif(password_changed_at, 0)), "
	"'has_totp', json_bool(totp_confirmed), "
	"'addresses', json((SELECT json_group_array(uri) FROM (SELECT uri "
	"FROM address WHERE owner_id = ?1 ORDER BY uri)))) "
	"FROM user WHERE row_id = ?1";

static struct audit_subject subject_of(const struct user *user,
				       const char *action)
{
	return (struct audit_subject){ action, user->id, audit_sql,
				       user->row_id };
}

/* Each is free, or the user's already; it is made known if it is not. */
static int settle_address(struct changes *changes, struct user *user,
			  size_t index, struct faults *faults)
{
	char *address = user->addresses[index];
	char pointer[32];
	int64_t owner;
	int err = address_settle_case(changes, address);

	snprintf(pointer, sizeof(pointer), "/addresses/%zu", index);
	if (!err)
		err = ownership_owner(changes, address, &owner);
	if (err)
		return err;
	if (owner && owner != user->row_id) {
		faults_add(faults, FAULT_DUPLICATE, pointer,
			   "belongs to another user");
		return 0;
	}
	err = address_ensure(changes, address,
			     &(struct address_need){ true, pointer, faults });
	return err == EINVAL ? 0 : err;
}

static int check(struct changes *changes, struct user *user,
		 struct faults *faults, char ret_other_id[OBJECT_ID_SIZE])
{
	struct user other;
	int err = 0;

	user_validate(user, faults);
	if (faults_any(faults))
		return EINVAL;
	err = user_find(changes, text_of(user->name), &other);
	if (!err && other.row_id != user->row_id) {
		text_copy(text_of(other.id), ret_other_id, OBJECT_ID_SIZE);
		return EEXIST;
	}
	if (err && err != ENOENT)
		return err;
	err = user_find_external(changes, text_of(user->external_id), &other);
	if (!err && other.row_id != user->row_id)
		faults_add(faults, FAULT_DUPLICATE, "/external_id",
			   "is that of another user");
	if (err && err != ENOENT)
		return err;
	err = 0;
	for (size_t i = 0; !err && i < user->address_count; i++)
		err = settle_address(changes, user, i, faults);
	return !err && faults_any(faults) ? EINVAL : err;
}

/* Parameters 2 to 11 of both statements. */
static void bind_members(sqlite3_stmt *statement, const struct user *user)
{
	statement_bind_string(statement, 2, user->name);
	statement_bind_string(statement, 3, user->display_name);
	statement_bind_string(statement, 4, user->email);
	statement_bind_string(statement, 5, user->role);
	statement_bind_string(statement, 6, user->language);
	statement_bind_string(statement, 7, user->time_zone);
	sqlite3_bind_int(statement, 8, user->enabled);
	sqlite3_bind_int64(statement, 9, user->updated_at_ms);
	sqlite3_bind_int64(statement, 10, user->revision);
	statement_bind_string(statement, 11, user->external_id);
}

static int insert_row(struct changes *changes, struct user *user)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO user (id, name, display_name, email, role, "
		"language, time_zone, enabled, password_hash, "
		"password_changed_at, last_login_at, created_at, updated_at, "
		"revision, external_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
		"?8, '', 0, 0, ?9, ?9, ?10, ?11)",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, user->id);
	bind_members(statement, user);
	err = statement_run(statement);
	user->row_id =
		sqlite3_last_insert_rowid(database_handle(changes->database));
	return err;
}

int user_create(struct changes *changes, struct user *user,
		struct faults *faults, char ret_other_id[OBJECT_ID_SIZE])
{
	struct audit_subject subject;
	int err = changes_may_grow(changes);

	if (err)
		return err;
	user->row_id = 0;
	err = check(changes, user, faults, ret_other_id);
	if (err)
		return err;
	object_id_new("usr", changes->now_ms, user->id);
	user->created_at_ms = user->updated_at_ms = changes->now_ms;
	user->last_login_at_ms = 0;
	user->has_password = user->has_totp = false;
	user->revision = changes_revision(changes);
	err = insert_row(changes, user);
	if (!err)
		err = ownership_set(changes, user);
	if (!err)
		err = changes_touch_user(changes, user->name);
	if (err)
		return err;
	subject = subject_of(user, "user.create");
	return audit_change(changes, &subject, NULL);
}

static bool lets_in_admin(const struct user *user)
{
	return user->enabled && strcmp(user->role, "admin") == 0;
}

/* EPERM: nobody else could make an administrator again. */
static int refuse_last_admin(struct changes *changes, const struct user *was)
{
	sqlite3_stmt *statement;
	bool row;
	int err;

	if (!lets_in_admin(was))
		return 0;
	err = database_statement(changes->database,
				 "SELECT 1 FROM user WHERE role = 'admin' AND "
				 "enabled AND row_id <> ?1 LIMIT 1",
				 &statement);
	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, was->row_id);
	err = statement_step(statement, &row);
	if (err)
		return err;
	sqlite3_reset(statement);
	return row ? 0 : EPERM;
}

static int find_unchanged(struct changes *changes, struct text id,
			  int64_t if_revision, struct user *ret_user)
{
	int err = user_get(changes, id, ret_user);

	return err ? err : row_check_revision(if_revision, ret_user->revision);
}

static int update_row(struct changes *changes, const void *value)
{
	const struct user *user = value;
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE user SET name = ?2, display_name = ?3, email = ?4, "
		"role = ?5, language = ?6, time_zone = ?7, enabled = ?8, "
		"updated_at = ?9, revision = ?10, external_id = ?11 "
		"WHERE row_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, user->row_id);
	bind_members(statement, user);
	err = statement_run(statement);
	return err ? err : ownership_set(changes, user);
}

/* With their tokens. */
static int touch(struct changes *changes, const struct user *was)
{
	int err = changes_touch_user(changes, was->name);

	return err ? err : tokens_touch_of(changes, was->row_id);
}

/* What calendars say where they leave it to the user. */
static bool has_other_places(const struct user *was, const struct user *user)
{
	if (was->address_count != user->address_count ||
	    strcmp(was->time_zone, user->time_zone) != 0)
		return true;
	for (size_t i = 0; i < user->address_count; i++)
		if (strcmp(was->addresses[i], user->addresses[i]) != 0)
			return true;
	return false;
}

static int write_update(struct changes *changes, const struct user *was,
			const struct user *user)
{
	struct audit_subject subject = subject_of(user, "user.update");
	int err = row_update(changes, &subject, update_row, user);

	if (!err)
		err = touch(changes, was);
	if (!err)
		err = changes_touch_user(changes, user->name);
	if (!err && has_other_places(was, user))
		err = calendar_subscriptions_read_anew(changes, user->row_id);
	/* Who may do other things logs in anew. */
	if (!err && (strcmp(was->role, user->role) != 0 ||
		     strcmp(was->name, user->name) != 0 || !user->enabled))
		err = sessions_end_of(changes, user->row_id, "");
	/* Whoever made the link might not make one for the new role. */
	if (!err && (strcmp(was->role, user->role) != 0 || !user->enabled))
		err = activation_links_delete(changes, user);
	return err;
}

int user_update(struct changes *changes, struct user *user, int64_t if_revision,
		struct faults *faults, char ret_other_id[OBJECT_ID_SIZE])
{
	struct user was;
	int err = find_unchanged(changes, text_of(user->id), if_revision, &was);

	if (err)
		return err;
	user->row_id = was.row_id;
	user->has_password = was.has_password;
	user->has_totp = was.has_totp;
	user->last_login_at_ms = was.last_login_at_ms;
	user->created_at_ms = was.created_at_ms;
	err = check(changes, user, faults, ret_other_id);
	if (!err && !lets_in_admin(user))
		err = refuse_last_admin(changes, &was);
	if (err)
		return err;
	user->updated_at_ms = changes->now_ms;
	user->revision = changes_revision(changes);
	return write_update(changes, &was, user);
}

int user_delete(struct changes *changes, struct text id, int64_t if_revision)
{
	struct user user;
	struct audit_subject subject;
	int err = find_unchanged(changes, id, if_revision, &user);

	if (!err)
		err = refuse_last_admin(changes, &user);
	/* Before the row takes them with it: the snapshot must hear of them. */
	if (!err)
		err = sessions_end_of(changes, user.row_id, "");
	if (!err)
		err = touch(changes, &user);
	if (err)
		return err;
	subject = subject_of(&user, "user.delete");
	return row_delete(changes, &subject,
			  "DELETE FROM user WHERE row_id = ?1");
}
