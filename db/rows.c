#include "db/rows.h"

#include <errno.h>
#include <stdlib.h>

int row_read(sqlite3_stmt *bound, row_read_fn *read, void *ret_value)
{
	bool row;
	int err = statement_step(bound, &row);

	if (err)
		return err;
	if (!row)
		return ENOENT;
	read(bound, ret_value);
	return statement_finish(bound);
}

void row_read_number(sqlite3_stmt *row, void *ret_number)
{
	*(int64_t *)ret_number = sqlite3_column_int64(row, 0);
}

int row_get(struct changes *changes, const char *sql, struct text key,
	    row_read_fn *read, void *ret_value)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database, sql, &statement);

	if (err)
		return err;
	statement_bind_text(statement, 1, key);
	return row_read(statement, read, ret_value);
}

int row_check_revision(int64_t if_revision, int64_t revision)
{
	return if_revision && if_revision != revision ? ESTALE : 0;
}

int row_exists(sqlite3_stmt *bound, bool *ret_exists)
{
	int err = statement_step(bound, ret_exists);

	if (!err && *ret_exists)
		sqlite3_reset(bound);
	return err;
}

int row_list(sqlite3_stmt *bound, int limit_index, const struct row_page *page)
{
	size_t count = 0;
	bool row;
	int err;

	/* One more than asked for tells whether more follow. */
	sqlite3_bind_int64(bound, limit_index, (int64_t)page->limit + 1);
	while (!(err = statement_step(bound, &row)) && row &&
	       count < page->limit) {
		page->read(bound,
			   (char *)page->values + count * page->value_size);
		count++;
	}
	if (err)
		return err;
	*page->ret_count = count;
	*page->ret_more = row;
	return statement_finish(bound);
}

int row_update(struct changes *changes, const struct audit_subject *subject,
	       int (*update)(struct changes *changes, const void *value),
	       const void *value)
{
	char *before = NULL;
	int err = audit_row_json(changes, subject->row_sql, subject->row_id,
				 &before);

	if (!err)
		err = update(changes, value);
	if (!err)
		err = audit_change(changes, subject, before);
	free(before);
	return err;
}

int row_run_literal(struct changes *changes, const char *literal)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database, literal, &statement);

	return err ? err : statement_run(statement);
}

int row_run(struct changes *changes, const char *sql, int64_t row_id)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database, sql, &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, row_id);
	return statement_run(statement);
}

int row_delete(struct changes *changes, const struct audit_subject *subject,
	       const char *sql)
{
	char *before = NULL;
	int err = audit_row_json(changes, subject->row_sql, subject->row_id,
				 &before);

	if (!err)
		err = row_run(changes, sql, subject->row_id);
	if (!err)
		err = audit_change(changes, subject, before);
	free(before);
	return err;
}
