#include "db/loaded_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void *loaded_rows_next(struct loaded_rows *rows)
{
	char *item;

	if (rows->count == rows->size) {
		size_t size = rows->size ? 2 * rows->size : 16;
		void *items = reallocarray(rows->items, size, rows->item_size);

		if (!items)
			return NULL;
		rows->items = items;
		rows->size = size;
	}
	item = (char *)rows->items + rows->count++ * rows->item_size;
	memset(item, 0, rows->item_size);
	return item;
}

static int read_one(struct loaded_rows *rows, sqlite3_stmt *row,
		    loaded_row_fn *read)
{
	void *item = loaded_rows_next(rows);
	int err = item ? read(row, item) : ENOMEM;

	if (err != ENOENT)
		return err;
	rows->count--;
	return 0;
}

int loaded_rows_read(struct loaded_rows *rows, struct database *database,
		     const char *sql, loaded_row_fn *read)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(database, sql, &statement);

	if (err)
		return err;
	while (!(err = statement_step(statement, &row)) && row) {
		err = read_one(rows, statement, read);
		if (err)
			break;
	}
	sqlite3_reset(statement);
	return err;
}
