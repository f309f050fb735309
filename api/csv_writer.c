#include "api/csv_writer.h"

#include <stdlib.h>
#include <string.h>

enum {
	FIRST_SIZE = 1024,
};

static bool make_room(struct csv_writer *writer, size_t more)
{
	size_t size = writer->size ? writer->size : FIRST_SIZE;
	char *bytes;

	while (size - writer->len < more)
		size *= 2;
	if (writer->failed || size == writer->size)
		return !writer->failed;
	bytes = realloc(writer->bytes, size);
	if (!bytes) {
		writer->failed = true;
		return false;
	}
	writer->bytes = bytes;
	writer->size = size;
	return true;
}

static void put_byte(struct csv_writer *writer, char c)
{
	writer->bytes[writer->len++] = c;
}

static bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

/* ' as often as one likes, then what begins a formula. */
static bool looks_like_formula(struct text cell)
{
	size_t at = 0;

	while (at < cell.len && cell.ptr[at] == '\'')
		at++;
	return at < cell.len && is_one_of(cell.ptr[at], "=+-@\t\r");
}

struct text csv_unguarded(struct text cell)
{
	if (cell.len > 0 && cell.ptr[0] == '\'' && looks_like_formula(cell))
		return (struct text){ cell.ptr + 1, cell.len - 1 };
	return cell;
}

static bool needs_quotes(struct text cell)
{
	for (size_t i = 0; i < cell.len; i++)
		if (is_one_of(cell.ptr[i], "\",;\t\r\n"))
			return true;
	/* Blanks at an end are easily lost. */
	return cell.len > 0 &&
	       (cell.ptr[0] == ' ' || cell.ptr[cell.len - 1] == ' ');
}

void csv_put(struct csv_writer *writer, struct text cell)
{
	bool guard = writer->is_guarded && looks_like_formula(cell);
	bool quotes = needs_quotes(cell);

	if (!make_room(writer, 2 * cell.len + 4))
		return;
	if (writer->needs_comma)
		put_byte(writer, ',');
	writer->needs_comma = true;
	if (quotes)
		put_byte(writer, '"');
	if (guard)
		put_byte(writer, '\'');
	for (size_t i = 0; i < cell.len; i++) {
		if (cell.ptr[i] == '"')
			put_byte(writer, '"');
		put_byte(writer, cell.ptr[i]);
	}
	if (quotes)
		put_byte(writer, '"');
}

void csv_end_record(struct csv_writer *writer)
{
	if (!make_room(writer, 2))
		return;
	put_byte(writer, '\r');
	put_byte(writer, '\n');
	writer->needs_comma = false;
}

void csv_writer_empty(struct csv_writer *writer)
{
	writer->len = 0;
	writer->needs_comma = false;
}

void csv_writer_clear(struct csv_writer *writer)
{
	free(writer->bytes);
	*writer = (struct csv_writer){ 0 };
}
