#include "ctl_table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "api/csv_writer.h"
#include "ctl_text.h"

enum {
	GAP = 2,
	FIRST_CELLS = 256,
	SHOWN_BYTES_MAX = 6, /* of one byte or character that is escaped */
};

static bool make_room(struct ctl_table *table)
{
	size_t size = table->size ? table->size * 2 : FIRST_CELLS;
	char **cells;

	if (table->count < table->size)
		return true;
	cells = realloc(table->cells, size * sizeof(*cells));
	if (!cells)
		return false;
	table->cells = cells;
	table->size = size;
	return true;
}

/* CSV that goes to a file keeps its bytes. */
static char *copy_cell(const struct ctl_table *table, struct text cell)
{
	size_t size = cell.len * SHOWN_BYTES_MAX + 1;
	char *copy = malloc(size);

	if (!copy)
		return NULL;
	if (table->is_csv && !table->is_terminal)
		text_copy(cell, copy, size);
	else
		ctl_text_printable(cell, copy, size);
	return copy;
}

void ctl_table_put(struct ctl_table *table, struct text cell)
{
	char *copy = make_room(table) ? copy_cell(table, cell) : NULL;

	if (copy)
		table->cells[table->count++] = copy;
	else
		table->failed = true;
}

static void widen(struct ctl_table *table, size_t column, struct text cell)
{
	size_t width = ctl_text_width(cell);

	if (width > table->widths[column])
		table->widths[column] = width;
}

/* What is empty shows as a dash, so that a row can be cut into its words. */
static struct text told(const char *cell)
{
	return *cell ? text_of(cell) : TEXT("-");
}

static void print_cell(const struct ctl_table *table, size_t column,
		       struct text cell, FILE *stream)
{
	size_t width = ctl_text_width(cell);

	fwrite(cell.ptr, 1, cell.len, stream);
	if (column + 1 < table->columns)
		fprintf(stream, "%*s",
			(int)(table->widths[column] - width + GAP), "");
}

static void print_headings(const struct ctl_table *table, FILE *stream)
{
	if (table->is_terminal)
		fputs("\033[1m", stream);
	for (size_t i = 0; i < table->columns; i++) {
		char heading[64];

		text_copy(text_of(table->headings[i]), heading,
			  sizeof(heading));
		for (char *c = heading; *c; c++)
			*c = *c == '_' ? ' ' : (char)toupper((unsigned char)*c);
		print_cell(table, i, text_of(heading), stream);
	}
	fputs(table->is_terminal ? "\033[0m\n" : "\n", stream);
}

/* Cells of rows that have all of theirs: memory may have run out in one. */
static size_t whole_rows(const struct ctl_table *table)
{
	if (table->columns == 0)
		return 0;
	return table->count - table->count % table->columns;
}

static void print_table(struct ctl_table *table, FILE *stream)
{
	char **end = table->cells + whole_rows(table);

	for (size_t i = 0; i < table->columns; i++)
		widen(table, i, text_of(table->headings[i]));
	for (char **row = table->cells; row < end; row += table->columns)
		for (size_t i = 0; i < table->columns; i++)
			widen(table, i, told(row[i]));
	if (!table->is_headed)
		print_headings(table, stream);
	for (char **row = table->cells; row < end; row += table->columns) {
		for (size_t i = 0; i < table->columns; i++)
			print_cell(table, i, told(row[i]), stream);
		fputc('\n', stream);
	}
}

static void print_csv(struct ctl_table *table, FILE *stream)
{
	char **end = table->cells + whole_rows(table);
	struct csv_writer csv = { .is_guarded = true };

	for (size_t i = 0; !table->is_headed && i < table->columns; i++)
		csv_put(&csv, text_of(table->headings[i]));
	if (!table->is_headed)
		csv_end_record(&csv);
	for (char **row = table->cells; row < end; row += table->columns) {
		for (size_t i = 0; i < table->columns; i++)
			csv_put(&csv, text_of(row[i]));
		csv_end_record(&csv);
	}
	table->failed = table->failed || csv.failed;
	if (!csv.failed && csv.len > 0)
		fwrite(csv.bytes, 1, csv.len, stream);
	csv_writer_clear(&csv);
}

static void forget_cells(struct ctl_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	table->count = 0;
}

void ctl_table_flush(struct ctl_table *table, FILE *stream)
{
	if (table->is_csv)
		print_csv(table, stream);
	else
		print_table(table, stream);
	table->is_headed = true;
	forget_cells(table);
}

void ctl_table_clear(struct ctl_table *table)
{
	forget_cells(table);
	free(table->cells);
	table->cells = NULL;
	table->size = 0;
}
