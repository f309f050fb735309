#include "db/move_rows.h"

#include "db/address_rows.h"
#include "db/move_permission.h"
#include "db/target_rule.h"
#include "db/ownership.h"
#include "db/webhook_outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char audit_sql[] =
	"SELECT json_object('id', id, 'address', address, 'targets', json(("
	"SELECT json_group_array(json_object('uri', uri, 'q', "
	"q_permille / 1000.0)) FROM (SELECT uri, q_permille FROM move_target "
	"WHERE move_id = ?1 ORDER BY position))), 'starts_at', "
	"json_time(starts_at), "
	"'ends_at', json_time(nullif(ends_at, 9223372036854775807)), "
	"'time_zone', nullif(time_zone, ''), "
	"'permanent', json_bool(permanent), "
	"'diversion_reason', " DIVERSION_REASON_SQL ", 'note', note, "
	"'external_id', external_id, "
	"'cancelled_at', json_time(nullif(cancelled_at, 0)), "
	"'created_by', created_by) FROM move WHERE row_id = ?1";

static int read_targets(struct changes *changes, int64_t row_id,
			struct move *move)
{
	sqlite3_stmt *statement;
	struct move_target *target;
	bool row;
	int err = database_statement(changes->database,
				     "SELECT uri, q_permille FROM move_target "
				     "WHERE move_id = ?1 ORDER BY position",
				     &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, row_id);
	move->target_count = 0;
	while (!(err = statement_step(statement, &row)) && row &&
	       move->target_count < MOVE_TARGETS_MAX) {
		target = &move->targets[move->target_count++];
		text_copy(statement_text(statement, 0), target->uri,
			  sizeof(target->uri));
		target->q_permille = (uint16_t)sqlite3_column_int(statement, 1);
	}
	sqlite3_reset(statement);
	return err;
}

static void read_text(sqlite3_stmt *statement, int column, char *buffer,
		      size_t size)
{
	text_copy(statement_text(statement, column), buffer, size);
}

int move_row_read(struct changes *changes, sqlite3_stmt *statement,
		  struct move_row *ret_row)
{
	struct move *move = &ret_row->move;

	*ret_row = (struct move_row){ 0 };
	ret_row->row_id = sqlite3_column_int64(statement, 0);
	read_text(statement, 1, move->id, sizeof(move->id));
	read_text(statement, 2, move->address, sizeof(move->address));
	move->starts_at_ms = sqlite3_column_int64(statement, 3);
	move->ends_at_ms = sqlite3_column_int64(statement, 4);
	read_text(statement, 5, move->time_zone, sizeof(move->time_zone));
	move->permanent = sqlite3_column_int(statement, 6) != 0;
	read_text(statement, 7, move->note, sizeof(move->note));
	read_text(statement, 8, move->external_id, sizeof(move->external_id));
	move->cancelled_at_ms = sqlite3_column_int64(statement, 9);
	move->created_at_ms = sqlite3_column_int64(statement, 10);
	move->updated_at_ms = sqlite3_column_int64(statement, 11);
	read_text(statement, 12, move->created_by, sizeof(move->created_by));
	move->revision = sqlite3_column_int64(statement, 13);
	move->diversion_reason =
		diversion_reason_of_stored(sqlite3_column_int64(statement, 14));
	move->set_by_role =
		(uint8_t)target_role_of_name(statement_text(statement, 15));
	read_text(statement, 16, move->updated_by, sizeof(move->updated_by));
	move->updated_by_other = sqlite3_column_int(statement, 17) != 0;
	return read_targets(changes, ret_row->row_id, move);
}

int move_row_find(struct changes *changes, struct text id, int64_t if_revision,
		  struct move_row *ret_row)
{
	sqlite3_stmt *statement;
	bool row;
	int finish_err;
	int err = database_statement(
		changes->database,
		"SELECT " MOVE_COLUMNS " FROM move WHERE id = ?1", &statement);

	if (err)
		return err;
	statement_bind_text(statement, 1, id);
	err = statement_step(statement, &row);
	if (err)
		return err;
	if (!row)
		return ENOENT;
	err = move_row_read(changes, statement, ret_row);
	finish_err = statement_finish(statement);
	if (!err)
		err = finish_err;
	if (!err)
		err = ownership_check(changes, ret_row->move.address);
	if (!err && if_revision && if_revision != ret_row->move.revision)
		err = ESTALE;
	return err;
}

static void number_of(const struct sip_uri *uri, char *buffer, size_t size)
{
	struct writer writer = writer_over(buffer, size - 1);

	if (sip_uri_canonical_number(uri, &writer) ||
	    !writer_is_complete(&writer))
		writer.len = 0;
	buffer[writer.len] = '\0';
}

void move_target_leads_to(const char *uri, struct move_lead *ret_lead)
{
	struct sip_uri parsed;
	struct writer writer = writer_over(ret_lead->address, MOVE_ADDRESS_MAX);

	*ret_lead = (struct move_lead){ 0 };
	if (sip_uri_parse(text_of(uri), &parsed))
		return;
	if (sip_uri_canonical(&parsed, &writer) || !writer_is_complete(&writer))
		writer.len = 0;
	ret_lead->address[writer.len] = '\0';
	if (parsed.scheme != SIP_SCHEME_TEL)
		number_of(&parsed, ret_lead->number, sizeof(ret_lead->number));
}

static int insert_target(struct changes *changes, int64_t row_id,
			 const struct move *move, size_t position)
{
	const struct move_target *target = &move->targets[position];
	struct move_lead lead;
	sqlite3_stmt *statement;
	int err;

	move_target_leads_to(target->uri, &lead);
	err = address_settle_case(changes, lead.address);
	if (err)
		return err;
	err = database_statement(
		changes->database,
		"INSERT INTO move_target (move_id, position, uri, q_permille, "
		"leads_to, leads_to_number) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
		&statement);
	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, row_id);
	sqlite3_bind_int64(statement, 2, (int64_t)position);
	statement_bind_string(statement, 3, target->uri);
	sqlite3_bind_int(statement, 4, target->q_permille);
	statement_bind_string(statement, 5, lead.address);
	statement_bind_string(statement, 6, lead.number);
	return statement_run(statement);
}

static int insert_targets(struct changes *changes, const struct move_row *row)
{
	int err = 0;

	for (size_t i = 0; !err && i < row->move.target_count; i++)
		err = insert_target(changes, row->row_id, &row->move, i);
	return err;
}

static int replace_targets(struct changes *changes, const struct move_row *row)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database, "DELETE FROM move_target WHERE move_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, row->row_id);
	err = statement_run(statement);
	return err ? err : insert_targets(changes, row);
}

static bool is_other(const struct changes *changes, const char *owner_id)
{
	return owner_id[0] && strcmp(owner_id, changes->actor.user_id) != 0;
}

/* The change is the actor's. was: the address that the move had; if it goes
 * from one to another, the one that is another user's counts. */
static int sign(struct changes *changes, struct move_row *row, const char *was)
{
	struct move *move = &row->move;
	int err = ownership_owner_id(changes, move->address, row->owner_id);

	if (!err && strcmp(was, move->address) != 0 &&
	    !is_other(changes, row->owner_id))
		err = ownership_owner_id(changes, was, row->owner_id);
	text_copy(text_of(changes->actor.name), move->updated_by,
		  sizeof(move->updated_by));
	move->updated_by_other = is_other(changes, row->owner_id);
	move->updated_at_ms = changes->now_ms;
	move->revision = changes_revision(changes);
	return err;
}

/* What POST and PATCH may set: parameters 2 to 14 of both statements. */
static void bind_members(sqlite3_stmt *statement, const struct move *move)
{
	statement_bind_string(statement, 2, move->address);
	sqlite3_bind_int64(statement, 3, move->starts_at_ms);
	sqlite3_bind_int64(statement, 4, move->ends_at_ms);
	statement_bind_string(statement, 5, move->time_zone);
	sqlite3_bind_int(statement, 6, move->permanent);
	statement_bind_string(statement, 7, move->note);
	if (move->external_id[0]) /* what is not bound is NULL */
		statement_bind_string(statement, 8, move->external_id);
	sqlite3_bind_int64(statement, 9, move->updated_at_ms);
	sqlite3_bind_int64(statement, 10, move->revision);
	sqlite3_bind_int(statement, 11, move->diversion_reason);
	statement_bind_string(
		statement, 12,
		move->set_by_role ? target_role_names[move->set_by_role] : "");
	statement_bind_string(statement, 13, move->updated_by);
	sqlite3_bind_int(statement, 14, move->updated_by_other);
}

static int insert_row(struct changes *changes, struct move_row *row)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO move (id, address, starts_at, ends_at, time_zone, "
		"permanent, note, external_id, cancelled_at, created_at, "
		"updated_at, created_by, revision, diversion_reason, "
		"set_by_role, updated_by, updated_by_other) VALUES (?1, ?2, "
		"?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?9, ?13, ?10, ?11, ?12, ?13, "
		"?14)",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, row->move.id);
	bind_members(statement, &row->move);
	err = statement_run(statement);
	row->row_id =
		sqlite3_last_insert_rowid(database_handle(changes->database));
	return err ? err : insert_targets(changes, row);
}

static int update_row(struct changes *changes, const struct move_row *row)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE move SET address = ?2, starts_at = ?3, ends_at = ?4, "
		"time_zone = ?5, permanent = ?6, note = ?7, external_id = ?8, "
		"updated_at = ?9, revision = ?10, diversion_reason = ?11, "
		"set_by_role = ?12, updated_by = ?13, updated_by_other = ?14 "
		"WHERE row_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, row->row_id);
	bind_members(statement, &row->move);
	err = statement_run(statement);
	return err ? err : replace_targets(changes, row);
}

/* Everything that may be said against it, before a row is written. was: what it
 * is now; NULL for a new one. */
static int check(struct changes *changes, struct move *move,
		 const struct move *was, const struct move_write *write)
{
	int err;

	*write->conflict = (struct move_conflict){ 0 };
	if (move->starts_at_ms == 0)
		move->starts_at_ms = changes->now_ms;
	move_validate(move, changes->allow_local_targets, write->faults);
	/* One that is there may be given an end in the past: it ended then. */
	if (!move->id[0] && move->ends_at_ms > move->starts_at_ms &&
	    move->ends_at_ms <= changes->now_ms)
		faults_add(write->faults, FAULT_ENDS_IN_PAST, "/ends_at",
			   "is past: no call would ever see this move");
	err = move_permission_check(changes, move, was, write->faults);
	if (err)
		return err;
	if (faults_any(write->faults))
		return EINVAL;
	err = address_settle_case(changes, move->address);
	if (!err)
		err = ownership_check(changes, move->address);
	if (err == ENOENT) {
		faults_add(write->faults, FAULT_NOT_OWNED, "/address",
			   "is none of your addresses");
		return EINVAL;
	}
	if (err)
		return err;
	/* First, because a domain that it makes may close a loop. */
	err = address_ensure(changes, move->address,
			     &(struct address_need){ write->may_create_domain,
						     "/address",
						     write->faults });
	if (!err)
		err = move_conflicts_settle(changes, move, write);
	return err ? err
		   : move_permission_count(changes, move, was, write->faults);
}

static int audit(struct changes *changes, const char *action,
		 const struct move_row *row, const char *before)
{
	return audit_owned_change(changes,
				  &(struct audit_subject){ action, row->move.id,
							   audit_sql,
							   row->row_id },
				  row->owner_id, before);
}

int move_create(struct changes *changes, struct move *move,
		const struct move_write *write)
{
	struct move_row row;
	int err = changes_may_grow(changes);

	if (err)
		return err;
	row.move = *move;
	row.move.id[0] = '\0';
	row.move.cancelled_at_ms = 0;
	err = check(changes, &row.move, NULL, write);
	if (err)
		return err;
	object_id_new("mov", changes->now_ms, row.move.id);
	row.move.created_at_ms = changes->now_ms;
	err = sign(changes, &row, row.move.address);
	text_copy(text_of(row.move.updated_by), row.move.created_by,
		  sizeof(row.move.created_by));
	if (!err)
		err = insert_row(changes, &row);
	if (!err)
		err = changes_touch_address(changes, row.move.address);
	if (!err)
		err = audit(changes, "move.create", &row, NULL);
	if (!err)
		err = webhook_move_changed(changes, WEBHOOK_MOVE_CREATED, NULL,
					   &row.move);
	if (!err)
		*move = row.move;
	return err;
}

/* What an edit leaves as it was. */
static void keep_fixed_members(const struct move *was, struct move *move)
{
	text_copy(text_of(was->id), move->id, sizeof(move->id));
	text_copy(text_of(was->created_by), move->created_by,
		  sizeof(move->created_by));
	move->created_at_ms = was->created_at_ms;
	move->cancelled_at_ms = 0;
}

static int write_update(struct changes *changes, const char *action,
			const struct move_row *was, struct move_row *row)
{
	char *before = NULL;
	int err = sign(changes, row, was->move.address);

	if (!err)
		err = audit_row_json(changes, audit_sql, was->row_id, &before);
	if (!err)
		err = update_row(changes, row);
	if (!err)
		err = audit(changes, action, row, before);
	free(before);
	if (!err)
		err = changes_touch_address(changes, was->move.address);
	if (!err)
		err = changes_touch_address(changes, row->move.address);
	return err ? err
		   : webhook_move_changed(changes, WEBHOOK_MOVE_UPDATED,
					  &was->move, &row->move);
}

int move_update(struct changes *changes, struct move *move,
		const struct move_write *write)
{
	struct move_row was, row;
	int err = move_row_find(changes, text_of(move->id), write->if_revision,
				&was);

	if (err)
		return err;
	if (was.move.cancelled_at_ms)
		return ECANCELED;
	row = (struct move_row){ .row_id = was.row_id, .move = *move };
	keep_fixed_members(&was.move, &row.move);
	err = check(changes, &row.move, &was.move, write);
	if (err)
		return err;
	err = write_update(changes, "move.update", &was, &row);
	if (!err)
		*move = row.move;
	return err;
}

static int mark_cancelled(struct changes *changes, const struct move_row *row)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE move SET cancelled_at = ?2, updated_at = ?2, "
		"revision = ?3, updated_by = ?4, updated_by_other = ?5 "
		"WHERE row_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, row->row_id);
	sqlite3_bind_int64(statement, 2, row->move.updated_at_ms);
	sqlite3_bind_int64(statement, 3, row->move.revision);
	statement_bind_string(statement, 4, row->move.updated_by);
	sqlite3_bind_int(statement, 5, row->move.updated_by_other);
	return statement_run(statement);
}

int move_row_cancel(struct changes *changes, struct move_row *row)
{
	const struct move was = row->move;
	char *before = NULL;
	int err = sign(changes, row, row->move.address);

	if (!err)
		err = audit_row_json(changes, audit_sql, row->row_id, &before);
	if (!err)
		err = mark_cancelled(changes, row);
	if (!err)
		err = audit(changes, "move.cancel", row, before);
	free(before);
	if (!err)
		err = changes_touch_address(changes, row->move.address);
	if (err)
		return err;
	row->move.cancelled_at_ms = changes->now_ms;
	return webhook_move_changed(changes, WEBHOOK_MOVE_CANCELLED, &was,
				    &row->move);
}

static int end_now(struct changes *changes, struct move_row *row)
{
	const struct move_row was = *row;

	row->move.ends_at_ms = changes->now_ms;
	return write_update(changes, "move.end", &was, row);
}

int move_end(struct changes *changes, struct text id, int64_t if_revision,
	     struct move *ret_move)
{
	struct move_row row;
	enum move_state state;
	int err = move_row_find(changes, id, if_revision, &row);

	if (err)
		return err;
	state = move_state(&row.move, changes->now_ms);
	/* One that started in this millisecond has no time to keep. */
	if (state == MOVE_ACTIVE && row.move.starts_at_ms < changes->now_ms)
		err = end_now(changes, &row);
	else if (state == MOVE_ACTIVE || state == MOVE_SCHEDULED)
		err = move_row_cancel(changes, &row);
	if (!err)
		*ret_move = row.move;
	return err;
}

int move_get(struct changes *changes, struct text id, struct move *ret_move)
{
	struct move_row row;
	int err = move_row_find(changes, id, 0, &row);

	if (!err)
		*ret_move = row.move;
	return err;
}
