/*
 * loaded_rows.h - all rows of a query in an array that grows: what the sections
 * of a snapshot are loaded from. Inside db/ only.
 */
#ifndef SIPMOVED_DB_LOADED_ROWS_H
#define SIPMOVED_DB_LOADED_ROWS_H

#include "db/database.h"

struct loaded_rows {
	size_t item_size; /* set by the caller, who frees items, */
	void *items;	  /* on errors too */
	size_t count, size;
};

/* Room for one more, zeroed; NULL for want of memory. */
void *loaded_rows_next(struct loaded_rows *rows);

/* Reads a row into zeros. ENOENT: it is to be left out. */
typedef int loaded_row_fn(sqlite3_stmt *row, void *item);
int loaded_rows_read(struct loaded_rows *rows, struct database *database,
		     const char *sql, loaded_row_fn *read)
	__attribute__((warn_unused_result));

#endif
