/*
 * rows.h - what the files that keep objects in rows share: one row by its key,
 * a page of them, and a change that leaves its audit row. Inside db/ only;
 * store thread.
 */
#ifndef SIPMOVED_DB_ROWS_H
#define SIPMOVED_DB_ROWS_H

#include "db/changes_state.h"

/* Reads the columns of a row into a value. */
typedef void row_read_fn(sqlite3_stmt *row, void *ret_value);

/* The first row of a statement that is bound. ENOENT. */
int row_read(sqlite3_stmt *bound, row_read_fn *read, void *ret_value)
	__attribute__((warn_unused_result));
/* A row_read_fn: the first column, an int64_t. */
void row_read_number(sqlite3_stmt *row, void *ret_number);
/* The row that sql selects by ?1. ENOENT. */
int row_get(struct changes *changes, const char *sql, struct text key,
	    row_read_fn *read, void *ret_value)
	__attribute__((warn_unused_result));
/* 0, or ESTALE: not what the caller has seen. if_revision 0: any will do. */
int row_check_revision(int64_t if_revision, int64_t revision)
	__attribute__((warn_unused_result));
/* Is there a row? The statement is bound, and reset behind it. */
int row_exists(sqlite3_stmt *bound, bool *ret_exists)
	__attribute__((warn_unused_result));

struct row_page {
	row_read_fn *read;
	void *values; /* the caller's: limit of them, value_size bytes each */
	size_t value_size;
	size_t limit;
	size_t *ret_count;
	bool *ret_more;
};
/* The statement is bound, but for its last parameter, number limit_index: the
 * LIMIT. */
int row_list(sqlite3_stmt *bound, int limit_index, const struct row_page *page)
	__attribute__((warn_unused_result));

/* A literal's statement, without parameters or results. */
int row_run_literal(struct changes *changes, const char *literal)
	__attribute__((warn_unused_result));
/* sql changes rows, and ?1 is a row's number. */
int row_run(struct changes *changes, const char *sql, int64_t row_id)
	__attribute__((warn_unused_result));
/* update runs between the audit row's before and after; value is its own. */
int row_update(struct changes *changes, const struct audit_subject *subject,
	       int (*update)(struct changes *changes, const void *value),
	       const void *value) __attribute__((warn_unused_result));
/* sql deletes by ?1, the row's number. */
int row_delete(struct changes *changes, const struct audit_subject *subject,
	       const char *sql) __attribute__((warn_unused_result));

#endif
