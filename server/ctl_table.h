/*
 * ctl_table.h - rows of text as an aligned table or as CSV (RFC 4180, cells
 * that a spreadsheet would take for formulas guarded as exports guard them).
 *
 * Rows are printed and forgotten by ctl_table_flush(), so that a long list
 * needs the memory of a page; columns keep the width of those before.
 */
#ifndef SIPMOVED_CTL_TABLE_H
#define SIPMOVED_CTL_TABLE_H

#include <stdio.h>

#include "base/text.h"

enum {
	CTL_COLUMNS_MAX = 16,
};

struct ctl_table {
	size_t columns;
	const char *const *headings; /* borrowed; lower_snake words */
	bool is_csv;
	bool is_terminal; /* CSV too is made printable, headings are bold */
	bool is_headed;	  /* the headings were printed */
	bool failed;	  /* for want of memory */
	size_t widths[CTL_COLUMNS_MAX];
	char **cells; /* owned, row by row */
	size_t count, size;
};

/* A zeroed table with columns and headings set is ready. */
void ctl_table_put(struct ctl_table *table, struct text cell);
/* Headings first, once, also of a table without rows. */
void ctl_table_flush(struct ctl_table *table, FILE *stream);
void ctl_table_clear(struct ctl_table *table);

#endif
