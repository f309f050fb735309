/*
 * The records of imports. A record is written with each part of its import, in
 * the same transaction, and its errors as they are found.
 */
#include "db/move_import.h"

#include "db/rows.h"
#include "db/webhook_outbox.h"

#include <errno.h>
#include <stdlib.h>

#define IMPORT_COLUMNS                                              \
	"row_id, id, format, atomic, on_conflict, complete, "       \
	"row_count, created, updated, unchanged, skipped, failed, " \
	"error_count, created_at, updated_at, created_by, revision"

static const char audit_sql[] =
	"SELECT json_object('format', format, 'mode', iif(atomic, "
	"'atomic', 'partial'), 'rows', "
	"row_count, 'created', created, 'updated', updated, 'unchanged', "
	"unchanged, 'skipped', skipped, 'failed', failed) "
	"FROM move_import WHERE row_id = ?1";

static void read_import(sqlite3_stmt *statement, void *ret_import)
{
	struct move_import *import = ret_import;
	uint32_t *const counts[] = {
		&import->row_count,   &import->created, &import->updated,
		&import->unchanged,   &import->skipped, &import->failed,
		&import->error_count,
	};

	*import = (struct move_import){ 0 };
	text_copy(statement_text(statement, 1), import->id, sizeof(import->id));
	text_copy(statement_text(statement, 2), import->format,
		  sizeof(import->format));
	import->is_atomic = sqlite3_column_int(statement, 3);
	import->on_conflict =
		(enum move_import_on_conflict)sqlite3_column_int(statement, 4);
	import->is_complete = sqlite3_column_int(statement, 5);
	for (int i = 0; i < 7; i++)
		*counts[i] = (uint32_t)sqlite3_column_int64(statement, 6 + i);
	import->created_at_ms = sqlite3_column_int64(statement, 13);
	import->updated_at_ms = sqlite3_column_int64(statement, 14);
	text_copy(statement_text(statement, 15), import->created_by,
		  sizeof(import->created_by));
	import->revision = sqlite3_column_int64(statement, 16);
}

/* --- writing ---------------------------------------------------------------
 */

static int write_row(struct changes *changes, const struct move_import *import)
{
	const uint32_t counts[] = { import->row_count,	import->created,
				    import->updated,	import->unchanged,
				    import->skipped,	import->failed,
				    import->error_count };
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO move_import (id, format, atomic, on_conflict, "
		"complete, row_count, created, updated, unchanged, skipped, "
		"failed, error_count, created_at, updated_at, created_by, "
		"revision) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
		"?11, ?12, ?13, ?14, ?15, ?16) "
		"ON CONFLICT (id) DO UPDATE SET complete = ?5, row_count = ?6, "
		"created = ?7, updated = ?8, unchanged = ?9, skipped = ?10, "
		"failed = ?11, error_count = ?12, updated_at = ?14, "
		"revision = ?16",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, import->id);
	statement_bind_string(statement, 2, import->format);
	sqlite3_bind_int(statement, 3, import->is_atomic);
	sqlite3_bind_int(statement, 4, (int)import->on_conflict);
	sqlite3_bind_int(statement, 5, import->is_complete);
	for (int i = 0; i < 7; i++)
		sqlite3_bind_int64(statement, 6 + i, counts[i]);
	sqlite3_bind_int64(statement, 13, import->created_at_ms);
	sqlite3_bind_int64(statement, 14, import->updated_at_ms);
	statement_bind_string(statement, 15, import->created_by);
	sqlite3_bind_int64(statement, 16, import->revision);
	return statement_run(statement);
}

static int find_row(struct changes *changes, const char *id,
		    int64_t *ret_row_id)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(changes->database,
				     "SELECT row_id FROM move_import "
				     "WHERE id = ?1",
				     &statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, id);
	err = statement_step(statement, &row);
	if (err || !row)
		return err ? err : ENOENT;
	*ret_row_id = sqlite3_column_int64(statement, 0);
	return statement_finish(statement);
}

static int write_error(struct changes *changes, int64_t import_row,
		       size_t position, const struct move_import_error *error)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO move_import_error (import_id, position, row, "
		"line, place, code, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
		"?7)",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, import_row);
	sqlite3_bind_int64(statement, 2, (int64_t)position);
	sqlite3_bind_int64(statement, 3, error->place.row);
	sqlite3_bind_int64(statement, 4, error->place.line);
	statement_bind_string(statement, 5, error->member);
	statement_bind_string(statement, 6, error->code);
	statement_bind_string(statement, 7, error->detail);
	return statement_run(statement);
}

static int drop_old_ones(struct changes *changes, int64_t row_id)
{
	static const char *const sql[] = {
		"DELETE FROM move_import_error WHERE import_id <= ?1",
		"DELETE FROM move_import WHERE row_id <= ?1",
	};
	sqlite3_stmt *statement;
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(sql) / sizeof(*sql); i++) {
		err = database_statement(changes->database, sql[i], &statement);
		if (err)
			break;
		sqlite3_bind_int64(statement, 1, row_id - MOVE_IMPORTS_KEPT);
		err = statement_run(statement);
	}
	return err;
}

static void begin(struct changes *changes, struct move_import *import)
{
	if (import->id[0])
		return;
	object_id_new("imp", changes->now_ms, import->id);
	import->created_at_ms = changes->now_ms;
	text_copy(text_of(changes->actor.name), import->created_by,
		  sizeof(import->created_by));
}

int move_import_put(struct changes *changes, struct move_import *import)
{
	struct audit_subject subject = { "move_import.create", import->id,
					 audit_sql, 0 };
	int err;

	begin(changes, import);
	import->updated_at_ms = changes->now_ms;
	import->revision = changes_revision(changes);
	err = write_row(changes, import);
	if (!err)
		err = find_row(changes, import->id, &subject.row_id);
	for (size_t i = import->stored_count; !err && i < import->kept_count;
	     i++)
		err = write_error(changes, subject.row_id, i,
				  &import->errors[i]);
	if (!err)
		import->stored_count = import->kept_count;
	if (err || !import->is_complete)
		return err;
	err = drop_old_ones(changes, subject.row_id);
	if (!err)
		err = audit_change(changes, &subject, NULL);
	return err ? err : webhook_import_done(changes, import);
}

/* --- reading ---------------------------------------------------------------
 */

static int read_errors(struct changes *changes, int64_t import_row,
		       struct move_import *import)
{
	const uint32_t error_count = import->error_count;
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT row, line, place, code, detail FROM move_import_error "
		"WHERE import_id = ?1 ORDER BY row, position",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, import_row);
	while (!(err = statement_step(statement, &row)) && row) {
		struct move_import_error error = {
			.place = { (uint32_t)sqlite3_column_int64(statement, 0),
				   (uint32_t)sqlite3_column_int64(statement,
								  1) },
		};

		text_copy(statement_text(statement, 2), error.member,
			  sizeof(error.member));
		text_copy(statement_text(statement, 3), error.code,
			  sizeof(error.code));
		text_copy(statement_text(statement, 4), error.detail,
			  sizeof(error.detail));
		err = move_import_add_error(import, &error);
		if (err)
			break;
	}
	sqlite3_reset(statement);
	import->error_count = error_count;
	return err;
}

/* ?2: a user who sees only what is their own, or ''. */
int move_import_get(struct changes *changes, struct text id,
		    struct move_import *ret_import)
{
	sqlite3_stmt *statement;
	int64_t row_id;
	bool row;
	int err = database_statement(changes->database,
				     "SELECT " IMPORT_COLUMNS
				     " FROM move_import WHERE id = ?1 "
				     "AND (?2 = '' OR created_by = ?3)",
				     &statement);

	if (err)
		return err;
	statement_bind_text(statement, 1, id);
	statement_bind_string(statement, 2, changes->actor.owner_id);
	statement_bind_string(statement, 3, changes->actor.name);
	err = statement_step(statement, &row);
	if (err || !row)
		return err ? err : ENOENT;
	row_id = sqlite3_column_int64(statement, 0);
	read_import(statement, ret_import);
	err = statement_finish(statement);
	return err ? err : read_errors(changes, row_id, ret_import);
}

int move_import_list(struct changes *changes, const char *after_id,
		     size_t limit, struct move_import *imports,
		     size_t *ret_count, bool *ret_more)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database,
				     "SELECT " IMPORT_COLUMNS
				     " FROM move_import "
				     "WHERE (?1 = '' OR id < ?1) "
				     "AND (?2 = '' OR created_by = ?3) "
				     "ORDER BY id DESC LIMIT ?4",
				     &statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, after_id);
	statement_bind_string(statement, 2, changes->actor.owner_id);
	statement_bind_string(statement, 3, changes->actor.name);
	return row_list(statement, 4,
			&(struct row_page){ read_import, imports,
					    sizeof(*imports), limit, ret_count,
					    ret_more });
}
