#include "db/calendar_subscription.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/calendar_rows.h"
#include "db/inbound_source.h"
#include "db/ownership.h"
#include "db/rows.h"
#include "db/users.h"
#include "db/value_check.h"

/* Neither the path, the query nor the fragment of the URL. */
static const char audit_sql[] =
	"SELECT json_object('id', calendar_subscription.id, 'user_id', "
	"user.id, "
	"'name', calendar_subscription.name, 'url_origin', "
	"substr(url, 1, instr(substr(replace(replace(url, '?', '/'), '#', '/') "
	"|| '/', 9), '/') + 7), 'address', "
	"nullif(address, ''), 'target', nullif(target, ''), 'time_zone', "
	"nullif(calendar_subscription.time_zone, ''), 'on_conflict', "
	"on_conflict, 'interval_seconds', interval_seconds, 'enabled', "
	"json(iif(calendar_subscription.enabled, 'true', 'false'))) "
	"FROM calendar_subscription JOIN user ON user.row_id = user_id "
	"WHERE calendar_subscription.row_id = ?1";

const char *calendar_disabled_name(enum calendar_disabled reason)
{
	static const char *const names[] = {
		[CALENDAR_NOT_DISABLED] = "",
		[CALENDAR_DISABLED_BY_REQUEST] = "by_request",
		[CALENDAR_DISABLED_GONE] = "gone",
		[CALENDAR_DISABLED_FAILING] = "failing",
	};

	return names[reason];
}

/* --- reading -----------------------------------------------------------------
 */

static void read_texts(sqlite3_stmt *row,
		       struct calendar_subscription *subscription)
{
	const struct {
		char *buffer;
		size_t size;
	} texts[] = {
		{ subscription->id, sizeof(subscription->id) },
		{ subscription->user_id, sizeof(subscription->user_id) },
		{ subscription->name, sizeof(subscription->name) },
		{ subscription->url, sizeof(subscription->url) },
		{ subscription->address, sizeof(subscription->address) },
		{ subscription->target, sizeof(subscription->target) },
		{ subscription->time_zone, sizeof(subscription->time_zone) },
		{ subscription->etag, sizeof(subscription->etag) },
		{ subscription->last_modified,
		  sizeof(subscription->last_modified) },
		{ subscription->last_error, sizeof(subscription->last_error) },
		{ subscription->errors, sizeof(subscription->errors) },
	};

	for (int i = 0; i < (int)(sizeof(texts) / sizeof(*texts)); i++)
		text_copy(statement_text(row, 1 + i), texts[i].buffer,
			  texts[i].size);
	subscription->on_conflict =
		text_equals(statement_text(row, 12),
			    text_of(inbound_on_conflict_names[INBOUND_REPLACE]))
			? INBOUND_REPLACE
			: INBOUND_FAIL;
}

void calendar_row_read(sqlite3_stmt *row, void *ret_subscription)
{
	struct calendar_subscription *subscription = ret_subscription;
	struct calendar_counts *counts = &subscription->counts;
	int64_t *const numbers[] = {
		&subscription->interval_s,
		&subscription->next_poll_at_ms,
		&subscription->last_poll_at_ms,
		&subscription->last_success_at_ms,
		&subscription->failures,
		&subscription->created_at_ms,
		&subscription->updated_at_ms,
		&subscription->revision,
	};
	uint32_t *const counters[] = {
		&counts->created,   &counts->updated, &counts->cancelled,
		&counts->unchanged, &counts->skipped, &counts->failed,
	};
	int at = 13;

	*subscription = (struct calendar_subscription){
		.row_id = sqlite3_column_int64(row, 0)
	};
	read_texts(row, subscription);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		*numbers[i] = sqlite3_column_int64(row, at++);
	for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++)
		*counters[i] = (uint32_t)sqlite3_column_int64(row, at++);
	subscription->enabled = sqlite3_column_int(row, at++) != 0;
	subscription->disabled_reason =
		(enum calendar_disabled)sqlite3_column_int(row, at++);
	subscription->last_status = sqlite3_column_int(row, at);
}

int calendar_subscription_get(struct changes *changes, struct text id,
			      struct calendar_subscription *ret_subscription)
{
	int err = row_get(changes,
			  "SELECT " CALENDAR_COLUMNS
			  "WHERE calendar_subscription.id = ?1",
			  id, calendar_row_read, ret_subscription);

	if (!err && ownership_applies(changes) &&
	    strcmp(ret_subscription->user_id, ownership_of(changes)) != 0)
		err = ENOENT;
	return err;
}

int calendar_subscription_list(struct changes *changes, const char *user_id,
			       const char *after_id, size_t limit,
			       struct calendar_subscription *subscriptions,
			       size_t *ret_count, bool *ret_more)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"SELECT " CALENDAR_COLUMNS
		"WHERE calendar_subscription.id > ?1 AND (?2 = '' OR "
		"user.id = ?2) AND (?3 = '' OR calendar_subscription.user_id "
		"= " OWNERSHIP_ROW("?3") ") "
					 "ORDER BY calendar_subscription.id "
					 "LIMIT ?4",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, after_id);
	statement_bind_string(statement, 2, user_id);
	statement_bind_string(statement, 3, ownership_of(changes));
	return row_list(statement, 4,
			&(struct row_page){ calendar_row_read, subscriptions,
					    sizeof(*subscriptions), limit,
					    ret_count, ret_more });
}

/* --- what it may be ----------------------------------------------------------
 */

static void check_address(struct calendar_subscription *subscription,
			  const struct user *user, struct faults *faults)
{
	bool is_own = false;

	if (!subscription->address[0]) {
		if (user->address_count != 1)
			faults_add(faults, FAULT_MISSING_MEMBER, "/address",
				   user->address_count
					   ? "is required of who has several "
					     "addresses"
					   : "is required, and the user has no "
					     "address yet");
		return;
	}
	if (!value_check_address(subscription->address, "/address", faults))
		return;
	for (size_t i = 0; i < user->address_count; i++)
		is_own |= !strcmp(user->addresses[i], subscription->address);
	if (!is_own)
		faults_add(faults, FAULT_NOT_OWNED, "/address",
			   "is none of the user's addresses");
}

static void check_values(struct changes *changes,
			 const struct calendar_subscription *subscription,
			 struct faults *faults)
{
	const char *why;

	value_check_note(subscription->name, CALENDAR_NAME_MAX, "/name",
			 faults);
	if (subscription->target[0] &&
	    !move_target_is_sendable(text_of(subscription->target),
				     changes->allow_local_targets, &why))
		faults_add(faults, FAULT_BAD_TARGET, "/target", "%s", why);
}

static int refuse_many(struct changes *changes, const struct user *user,
		       struct faults *faults)
{
	sqlite3_stmt *statement;
	int64_t count = 0;
	int err = database_statement(changes->database,
				     "SELECT count(*) FROM "
				     "calendar_subscription WHERE user_id = ?1",
				     &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, user->row_id);
	err = row_read(statement, row_read_number, &count);
	if (!err && count >= CALENDAR_SUBSCRIPTIONS_MAX)
		faults_add(faults, FAULT_TOO_MANY, "",
			   "there are %d calendars of this user already",
			   CALENDAR_SUBSCRIPTIONS_MAX);
	return err;
}

static int check(struct changes *changes,
		 struct calendar_subscription *subscription,
		 struct faults *faults, struct user *ret_user)
{
	int err = user_get(changes, text_of(subscription->user_id), ret_user);

	check_values(changes, subscription, faults);
	if (!err)
		check_address(subscription, ret_user, faults);
	if (err == ENOENT)
		faults_add(faults, FAULT_BAD_FORMAT, "/user_id",
			   "is no user that there is");
	if (err && err != ENOENT)
		return err;
	return err || faults_any(faults) ? EINVAL : 0;
}

/* --- changes -----------------------------------------------------------------
 */

/* Parameters 2 to 14 of both statements. */
static void bind_members(sqlite3_stmt *statement,
			 const struct calendar_subscription *subscription)
{
	const char *const texts[] = {
		subscription->name,
		subscription->url,
		subscription->address,
		subscription->target,
		subscription->time_zone,
		inbound_on_conflict_names[subscription->on_conflict],
	};
	const int64_t numbers[] = {
		subscription->interval_s,      subscription->enabled,
		subscription->disabled_reason, subscription->next_poll_at_ms,
		subscription->updated_at_ms,   subscription->revision,
		subscription->failures,
	};
	int at = 2;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		statement_bind_string(statement, at++, texts[i]);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		sqlite3_bind_int64(statement, at++, numbers[i]);
}

static int insert_row(struct changes *changes, int64_t user_row_id,
		      struct calendar_subscription *subscription)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO calendar_subscription (user_id, name, url, "
		"address, target, time_zone, on_conflict, interval_seconds, "
		"enabled, disabled_reason, next_poll_at, created_at, "
		"updated_at, revision, failures, id) VALUES (?1, ?2, ?3, ?4, "
		"?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12, ?13, ?14, ?15)",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, user_row_id);
	bind_members(statement, subscription);
	statement_bind_string(statement, 15, subscription->id);
	err = statement_run(statement);
	subscription->row_id =
		sqlite3_last_insert_rowid(database_handle(changes->database));
	return err;
}

/* It is judged anew as a whole: no answer is the same as the one before. */
static int update_row(struct changes *changes, const void *value)
{
	const struct calendar_subscription *subscription = value;
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE calendar_subscription SET name = ?2, url = ?3, "
		"address = ?4, target = ?5, time_zone = ?6, on_conflict = ?7, "
		"interval_seconds = ?8, enabled = ?9, disabled_reason = ?10, "
		"next_poll_at = ?11, updated_at = ?12, revision = ?13, "
		"failures = ?14, etag = '', last_modified = '' "
		"WHERE row_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, subscription->row_id);
	bind_members(statement, subscription);
	return statement_run(statement);
}

/* What comes of a change, besides the members. */
static void settle(struct changes *changes,
		   struct calendar_subscription *subscription)
{
	if (subscription->enabled)
		subscription->disabled_reason = CALENDAR_NOT_DISABLED;
	else if (!subscription->disabled_reason)
		subscription->disabled_reason = CALENDAR_DISABLED_BY_REQUEST;
	subscription->next_poll_at_ms = changes->now_ms;
	subscription->updated_at_ms = changes->now_ms;
	subscription->revision = changes_revision(changes);
	changes->touched_calendars = true;
}

int calendar_subscription_create(struct changes *changes,
				 struct calendar_subscription *subscription,
				 struct faults *faults)
{
	struct audit_subject subject = { "calendar_subscription.create",
					 subscription->id, audit_sql, 0 };
	struct user user = { 0 };
	int err = changes_may_grow(changes);

	if (ownership_applies(changes))
		text_copy(text_of(ownership_of(changes)), subscription->user_id,
			  sizeof(subscription->user_id));
	if (!err)
		err = check(changes, subscription, faults, &user);
	if (!err)
		err = refuse_many(changes, &user, faults);
	if (!err && faults_any(faults))
		err = EINVAL;
	if (err)
		return err;
	object_id_new("cal", changes->now_ms, subscription->id);
	text_copy(TEXT("[]"), subscription->errors,
		  sizeof(subscription->errors));
	settle(changes, subscription);
	subscription->created_at_ms = changes->now_ms;
	err = insert_row(changes, user.row_id, subscription);
	subject.row_id = subscription->row_id;
	return err ? err
		   : audit_owned_change(changes, &subject,
					subscription->user_id, NULL);
}

static int find_unchanged(struct changes *changes, struct text id,
			  int64_t if_revision,
			  struct calendar_subscription *ret_subscription)
{
	int err = calendar_subscription_get(changes, id, ret_subscription);

	return err ? err
		   : row_check_revision(if_revision,
					ret_subscription->revision);
}

/* As row_update(), of what is somebody's. */
static int write_row(struct changes *changes, const char *action,
		     const struct calendar_subscription *subscription)
{
	const struct audit_subject subject = { action, subscription->id,
					       audit_sql,
					       subscription->row_id };
	char *before = NULL;
	int err = audit_row_json(changes, audit_sql, subscription->row_id,
				 &before);

	if (!err)
		err = update_row(changes, subscription);
	if (!err)
		err = audit_owned_change(changes, &subject,
					 subscription->user_id, before);
	free(before);
	return err;
}

int calendar_subscription_update(struct changes *changes,
				 struct calendar_subscription *subscription,
				 int64_t if_revision, struct faults *faults)
{
	struct calendar_subscription was;
	struct user user;
	int err = find_unchanged(changes, text_of(subscription->id),
				 if_revision, &was);

	if (!err)
		err = check(changes, subscription, faults, &user);
	if (err)
		return err;
	subscription->failures = 0;
	settle(changes, subscription);
	return write_row(changes, "calendar_subscription.update", subscription);
}

int calendar_subscription_disable(struct changes *changes,
				  struct calendar_subscription *subscription,
				  enum calendar_disabled reason)
{
	subscription->enabled = false;
	subscription->disabled_reason = reason;
	settle(changes, subscription);
	return write_row(changes, "calendar_subscription.disable",
			 subscription);
}

int calendar_subscription_delete(struct changes *changes, struct text id,
				 int64_t if_revision)
{
	struct calendar_subscription was;
	struct audit_subject subject = { "calendar_subscription.delete", was.id,
					 audit_sql, 0 };
	char *before = NULL;
	int err = find_unchanged(changes, id, if_revision, &was);

	if (err)
		return err;
	subject.row_id = was.row_id;
	err = audit_row_json(changes, audit_sql, was.row_id, &before);
	changes_revision(changes);
	if (!err)
		err = row_run(
			changes,
			"DELETE FROM calendar_subscription WHERE row_id = ?1",
			was.row_id);
	if (!err)
		err = audit_owned_change(changes, &subject, was.user_id,
					 before);
	free(before);
	return err;
}

/* ?1: the number of a row; ?2: now, when what is due already comes first. */
static int run_at_now(struct changes *changes, const char *sql, int64_t row_id)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database, sql, &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, row_id);
	sqlite3_bind_int64(statement, 2, changes->now_ms);
	changes->touched_quietly = true;
	changes->touched_calendars = true;
	return statement_run(statement);
}

int calendar_subscription_refresh(
	struct changes *changes, struct text id,
	struct calendar_subscription *ret_subscription)
{
	int err = calendar_subscription_get(changes, id, ret_subscription);

	if (err)
		return err;
	if (!ret_subscription->enabled)
		return ECANCELED;
	ret_subscription->next_poll_at_ms = changes->now_ms;
	return run_at_now(changes,
			  "UPDATE calendar_subscription SET next_poll_at = ?2 "
			  "WHERE row_id = ?1",
			  ret_subscription->row_id);
}

int calendar_subscriptions_read_anew(struct changes *changes,
				     int64_t user_row_id)
{
	return run_at_now(changes,
			  "UPDATE calendar_subscription SET next_poll_at = ?2, "
			  "etag = '', last_modified = '' "
			  "WHERE user_id = ?1 AND enabled",
			  user_row_id);
}
