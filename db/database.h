/*
 * database.h - one SQLite connection and its prepared statements. Inside db/
 * only, and with store.c, redirect_log*.c, the only place that knows
 * <sqlite3.h>. One thread.
 */
#ifndef SIPMOVED_DB_DATABASE_H
#define SIPMOVED_DB_DATABASE_H

#include <sqlite3.h>

#include "base/text.h"

struct database;

/* What an SQLite result means: 0, ENOSPC (FULL), EBUSY, EIO, EBADMSG (CORRUPT,
 * NOTADB), ENOMEM, EEXIST (CONSTRAINT), EROFS. */
int database_errno(int sqlite_result);

int database_open(const char *path, int flags, struct database **ret_database)
	__attribute__((warn_unused_result));
void database_close(struct database *database); /* takes NULL */
/* For what has no wrapper here. */
sqlite3 *database_handle(struct database *database);
/* One or more statements without parameters or results. */
int database_execute(struct database *database, const char *sql)
	__attribute__((warn_unused_result));

/*
 * The prepared statement for a text, reset and without bindings; prepared once
 * per connection and kept, by the pointer of the literal.
 */
int database_statement(struct database *database, const char *sql,
		       sqlite3_stmt **ret_statement)
	__attribute__((warn_unused_result));
/* Steps once and resets: for INSERT, UPDATE, DELETE. */
int statement_run(sqlite3_stmt *statement) __attribute__((warn_unused_result));
/* Steps: 0 and *ret_row; at the end, or on an error, resets. */
int statement_step(sqlite3_stmt *statement, bool *ret_row)
	__attribute__((warn_unused_result));
/* Resets after a row was read. ENOMEM: one of its texts could not be given, and
 * was read as an empty one. (A step to the next row says so by itself.) */
int statement_finish(sqlite3_stmt *statement)
	__attribute__((warn_unused_result));
/* Binding and reading: texts are copied in; a column's text lives until the
 * next step. Binding cannot fail but for ENOMEM, which the step then says. */
void statement_bind_text(sqlite3_stmt *statement, int index, struct text text);
void statement_bind_string(sqlite3_stmt *statement, int index,
			   const char *string);
struct text statement_text(sqlite3_stmt *statement, int column);

#endif
