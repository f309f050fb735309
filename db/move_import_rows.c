/*
 * The rows of an import, one after the other: what one that fails has written
 * is taken back, and the next is judged as if it had never been.
 *
 * A savepoint copies every page that is changed in it, so that one for each row
 * costs as much as the row. Rows go by the stretch, in one savepoint; a stretch
 * in which one fails is taken back and done again, each row in its own.
 */
#include "db/move_import.h"

#include "db/address_rows.h"
#include "db/move_rows.h"
#include "db/rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	STRETCH = 64, /* rows */
};

/* One row under way. */
struct import_row {
	struct changes *changes;
	struct move_import *import;
	const struct move_import_options *options;
	struct move_place place;
	struct move_intent intent;
	struct move move;
	struct faults faults;
	struct move_conflict conflict;
};

static const char *const conflict_codes[] = {
	[MOVE_NO_CONFLICT] = "INTERNAL",
	[MOVE_OVERLAPS] = "MOVE_OVERLAPS",
	[MOVE_LOOPS] = "MOVE_LOOPS",
	[MOVE_EXTERNAL_ID_TAKEN] = "ALREADY_EXISTS",
};

/* --- what is wrong ---------------------------------------------------------
 */

void move_import_clear(struct move_import *import)
{
	free(import->errors);
	import->errors = NULL;
	import->kept_count = 0;
}

int move_import_add_error(struct move_import *import,
			  const struct move_import_error *error)
{
	size_t count = import->kept_count;

	import->error_count++;
	if (count == MOVE_IMPORT_ERRORS_MAX)
		return 0;
	/* Room for 1, 2, 4, 8 ... of them. */
	if ((count & (count - 1)) == 0) {
		void *larger = reallocarray(import->errors,
					    count ? 2 * count : 1,
					    sizeof(*import->errors));

		if (!larger)
			return ENOMEM;
		import->errors = larger;
	}
	import->errors[import->kept_count++] = *error;
	return 0;
}

static int note_faults(struct import_row *row)
{
	struct move_import_error error = { .place = row->place };
	int err = 0;

	for (size_t i = 0; !err && i < row->faults.count; i++) {
		const struct fault *fault = &row->faults.list[i];

		if (row->options->name_member)
			row->options->name_member(fault->pointer, error.member);
		else
			text_copy(text_of(fault->pointer), error.member,
				  sizeof(error.member));
		text_copy(text_of(fault_code_name(fault->code)), error.code,
			  sizeof(error.code));
		text_copy(text_of(fault->detail), error.detail,
			  sizeof(error.detail));
		err = move_import_add_error(row->import, &error);
	}
	return err;
}

static void put_list(struct writer *writer, const char *items, size_t item_size,
		     size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			writer_put(writer, TEXT(", "));
		writer_put(writer, text_of(items + i * item_size));
	}
}

/* As far as there is room: a cycle may be longer than a detail. */
static int note_conflict(struct import_row *row)
{
	const struct move_conflict *conflict = &row->conflict;
	struct move_import_error error = { .place = row->place };
	struct writer detail =
		writer_over(error.detail, sizeof(error.detail) - 1);

	text_copy(text_of(conflict_codes[conflict->kind]), error.code,
		  sizeof(error.code));
	if (conflict->kind == MOVE_LOOPS) {
		writer_put(&detail, TEXT("calls would go round: "));
		put_list(&detail, conflict->cycle[0],
			 sizeof(conflict->cycle[0]), conflict->cycle_count);
	} else {
		writer_put(
			&detail,
			conflict->kind == MOVE_OVERLAPS
				? TEXT("the address has another move then: ")
				: TEXT("another move has this external_id: "));
		put_list(&detail, conflict->ids[0], sizeof(conflict->ids[0]),
			 conflict->id_count);
	}
	error.detail[detail.len] = '\0';
	return move_import_add_error(row->import, &error);
}

/* --- the move that a row is about ------------------------------------------
 */

static int find_id(struct changes *changes, const char *sql, const char *key,
		   char id[MOVE_ID_SIZE])
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(changes->database, sql, &statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, key);
	err = statement_step(statement, &row);
	if (err || !row)
		return err ? err : ENOENT;
	text_copy(statement_text(statement, 0), id, MOVE_ID_SIZE);
	return statement_finish(statement);
}

int move_find_external(struct changes *changes, struct text external_id,
		       struct move *ret_move)
{
	char key[MOVE_EXTERNAL_ID_MAX + 1], id[MOVE_ID_SIZE];
	int err;

	if (!text_copy(external_id, key, sizeof(key)))
		return ENOENT;
	err = find_id(changes,
		      "SELECT id FROM move WHERE external_id = ?1 "
		      "AND external_id IS NOT NULL AND cancelled_at = 0",
		      key, id);
	return err ? err : move_get(changes, text_of(id), ret_move);
}

/* ENOENT: the row makes a new move. */
static int find_stored(struct import_row *row, struct move *ret_stored)
{
	struct changes *changes = row->changes;
	char id[MOVE_ID_SIZE];
	int err = ENOENT;

	if (row->move.id[0])
		err = find_id(changes,
			      "SELECT id FROM move WHERE id = ?1 "
			      "AND cancelled_at = 0",
			      row->move.id, id);
	if (err == ENOENT && row->move.external_id[0])
		return move_find_external(
			changes, text_of(row->move.external_id), ret_stored);
	return err ? err : move_get(changes, text_of(id), ret_stored);
}

static bool has_same_targets(const struct move *a, const struct move *b)
{
	if (a->target_count != b->target_count)
		return false;
	for (size_t i = 0; i < a->target_count; i++)
		if (strcmp(a->targets[i].uri, b->targets[i].uri) != 0 ||
		    a->targets[i].q_permille != b->targets[i].q_permille)
			return false;
	return true;
}

/* The row says what is stored already. Whatever is wrong with it is told when
 * it is written. */
static int is_unchanged(struct import_row *row, const struct move *stored,
			bool *ret_unchanged)
{
	struct move move = row->move;
	struct faults faults = { 0 };
	int err;

	move_validate(&move, row->changes->allow_local_targets, &faults);
	*ret_unchanged = !faults_any(&faults);
	faults_clear(&faults);
	if (!*ret_unchanged)
		return 0;
	err = address_settle_case(row->changes, move.address);
	*ret_unchanged = strcmp(move.address, stored->address) == 0 &&
			 move.starts_at_ms == stored->starts_at_ms &&
			 move.ends_at_ms == stored->ends_at_ms &&
			 move.permanent == stored->permanent &&
			 move.diversion_reason == stored->diversion_reason &&
			 strcmp(move.time_zone, stored->time_zone) == 0 &&
			 strcmp(move.note, stored->note) == 0 &&
			 strcmp(move.external_id, stored->external_id) == 0 &&
			 has_same_targets(&move, stored);
	return err;
}

/* --- one row ---------------------------------------------------------------
 */

static int write_row(struct import_row *row, uint32_t **ret_counter)
{
	const struct move_write write = {
		.on_conflict = row->import->on_conflict == MOVE_IMPORT_REPLACE
				       ? ON_CONFLICT_REPLACE
				       : ON_CONFLICT_FAIL,
		.may_create_domain = row->options->may_create_domain,
		.faults = &row->faults,
		.conflict = &row->conflict,
	};
	struct move stored;
	bool unchanged;
	int err = find_stored(row, &stored);

	if (err == ENOENT) {
		*ret_counter = &row->import->created;
		row->move.id[0] = '\0';
		return move_create(row->changes, &row->move, &write);
	}
	if (err)
		return err;
	if (row->move.starts_at_ms == 0)
		row->move.starts_at_ms = stored.starts_at_ms;
	err = is_unchanged(row, &stored, &unchanged);
	*ret_counter = unchanged ? &row->import->unchanged
				 : &row->import->updated;
	if (err || unchanged)
		return err;
	text_copy(text_of(stored.id), row->move.id, sizeof(row->move.id));
	row->move.created_at_ms = stored.created_at_ms;
	return move_update(row->changes, &row->move, &write);
}

/* Was the move written by a newer version of the row's event? One that was
 * cancelled counts as well: an old export does not bring it back. */
static int is_outdated(struct import_row *row, bool *ret_outdated)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		row->changes->database,
		"SELECT 1 FROM move WHERE external_id = ?1 "
		"AND external_id IS NOT NULL AND sequence > ?2 LIMIT 1",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, row->move.external_id);
	sqlite3_bind_int64(statement, 2, row->intent.sequence);
	return row_exists(statement, ret_outdated);
}

static int note_sequence(struct import_row *row)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		row->changes->database,
		"UPDATE move SET sequence = ?2 WHERE external_id = ?1 "
		"AND external_id IS NOT NULL AND sequence < ?2",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, row->move.external_id);
	sqlite3_bind_int64(statement, 2, row->intent.sequence);
	return statement_run(statement);
}

/* One that was never made, or is over, has nothing to cancel. */
static int cancel_row(struct import_row *row, uint32_t **ret_counter)
{
	const int64_t now_ms = row->changes->now_ms;
	struct move stored;
	int err = find_stored(row, &stored);

	*ret_counter = &row->import->unchanged;
	if (err)
		return err == ENOENT ? 0 : err;
	if (move_state(&stored, now_ms) > MOVE_ACTIVE)
		return 0;
	*ret_counter = &row->import->updated;
	return move_end(row->changes, text_of(stored.id), 0, &stored);
}

static int apply_intent(struct import_row *row, uint32_t **ret_counter)
{
	bool outdated = false;
	int err = 0;

	if (row->intent.has_sequence)
		err = is_outdated(row, &outdated);
	if (err || outdated) {
		*ret_counter = &row->import->skipped;
		return err;
	}
	err = row->intent.cancels ? cancel_row(row, ret_counter)
				  : write_row(row, ret_counter);
	return err || !row->intent.has_sequence ? err : note_sequence(row);
}

static bool is_rows_own(int err)
{
	return err == EINVAL || err == EEXIST || err == E2BIG;
}

static int note_failure(struct import_row *row, int err)
{
	struct move_import *import = row->import;
	struct move_import_error error = { .place = row->place };

	if (err == EEXIST && row->conflict.kind == MOVE_OVERLAPS &&
	    import->on_conflict == MOVE_IMPORT_SKIP) {
		import->skipped++;
		return 0;
	}
	import->failed++;
	if (faults_any(&row->faults))
		return note_faults(row);
	if (err == EEXIST)
		return note_conflict(row);
	text_copy(TEXT("TOO_MANY"), error.code, sizeof(error.code));
	text_copy(TEXT("would cancel too many other moves"), error.detail,
		  sizeof(error.detail));
	return move_import_add_error(import, &error);
}

static int apply_row(struct import_row *row)
{
	struct changes *changes = row->changes;
	struct changes_mark mark = changes_mark(changes);
	uint32_t *counter = NULL;
	int row_err, err = row_run_literal(changes, "SAVEPOINT import_row");

	if (err)
		return err;
	row_err = apply_intent(row, &counter);
	if (row_err && !is_rows_own(row_err))
		return row_err; /* the job is undone as a whole */
	if (row_err) {
		changes_rewind(changes, &mark);
		err = row_run_literal(changes, "ROLLBACK TO import_row");
	} else {
		++*counter;
	}
	if (!err)
		err = row_run_literal(changes, "RELEASE import_row");
	return err || !row_err ? err : note_failure(row, row_err);
}

static bool next_row(struct import_row *row, const struct move_batch *batch,
		     size_t *at)
{
	faults_clear(&row->faults);
	row->conflict.kind = MOVE_NO_CONFLICT;
	return move_batch_next(batch, at, &row->move, &row->place,
			       &row->intent);
}

/* In the savepoint of the stretch, up to its end or the first that fails. */
static int try_rows(struct import_row *row, const struct move_batch *batch,
		    size_t *at)
{
	uint32_t *counter = NULL;
	int err = 0;

	for (int i = 0; i < STRETCH && next_row(row, batch, at); i++) {
		err = apply_intent(row, &counter);
		if (err)
			break;
		++*counter;
	}
	return err;
}

static int apply_rows(struct import_row *row, const struct move_batch *batch,
		      size_t *at)
{
	int err = 0;

	for (int i = 0; !err && i < STRETCH && next_row(row, batch, at); i++)
		err = apply_row(row);
	return err;
}

static int apply_stretch(struct import_row *row, const struct move_batch *batch,
			 size_t *at)
{
	const struct changes_mark mark = changes_mark(row->changes);
	const struct move_import before = *row->import;
	const size_t start = *at;
	int row_err,
		err = row_run_literal(row->changes, "SAVEPOINT import_stretch");

	if (err)
		return err;
	row_err = try_rows(row, batch, at);
	if (row_err && !is_rows_own(row_err))
		return row_err; /* the job is undone as a whole */
	if (row_err) {
		/* Only its counts have changed so far. */
		*row->import = before;
		*at = start;
		changes_rewind(row->changes, &mark);
		err = row_run_literal(row->changes,
				      "ROLLBACK TO import_stretch");
	}
	if (!err)
		err = row_run_literal(row->changes, "RELEASE import_stretch");
	return err || !row_err ? err : apply_rows(row, batch, at);
}

int move_import_apply(struct changes *changes, struct move_import *import,
		      const struct move_batch *batch,
		      const struct move_import_options *options)
{
	struct import_row *row = calloc(1, sizeof(*row));
	size_t at = 0;
	int err = 0;

	if (!row)
		return ENOMEM;
	row->changes = changes;
	row->import = import;
	row->options = options;
	while (!err && at < batch->len)
		err = apply_stretch(row, batch, &at);
	faults_clear(&row->faults);
	free(row);
	return err;
}
