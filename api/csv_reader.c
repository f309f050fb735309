#include "api/csv_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum state {
	CELL_BEGINS,
	PLAIN,	     /* in a cell without quotes */
	QUOTED,	     /* between quotes */
	QUOTE_ENDED, /* behind a quote: the second of two, or the end */
	AFTER_CR,    /* the record is whole; an LF would belong to its end */
	BROKEN,
};

static const char byte_order_mark[] = "\xef\xbb\xbf";

int csv_reader_init(struct csv_reader *reader)
{
	*reader = (struct csv_reader){ .line = 1, .state = CELL_BEGINS };
	reader->bytes = malloc(RECORD_BYTES_MAX);
	return reader->bytes ? 0 : ENOMEM;
}

void csv_reader_clear(struct csv_reader *reader)
{
	free(reader->bytes);
	reader->bytes = NULL;
}

static enum record_read broken(struct csv_reader *reader, const char *why)
{
	reader->state = BROKEN;
	reader->why = why;
	return RECORD_BROKEN;
}

/* The line that a record begins on is the one of its first byte. */
static void begin_record(struct csv_reader *reader)
{
	reader->is_done = false;
	reader->cell_count = 0;
	reader->len = 0;
	reader->begins[0] = 0;
	reader->record_line = reader->line;
}

static enum record_read put(struct csv_reader *reader, char c)
{
	if (reader->len == RECORD_BYTES_MAX)
		return broken(reader, "a record is longer than 65536 bytes");
	reader->bytes[reader->len++] = c;
	return RECORD_PARTIAL;
}

static enum record_read end_cell(struct csv_reader *reader)
{
	if (reader->cell_count == CSV_CELLS_MAX)
		return broken(reader, "a record has more than 64 cells");
	reader->begins[++reader->cell_count] = reader->len;
	reader->state = CELL_BEGINS;
	return RECORD_PARTIAL;
}

static bool is_empty_line(const struct csv_reader *reader)
{
	return reader->cell_count == 1 && reader->len == 0;
}

static enum record_read end_record(struct csv_reader *reader)
{
	enum record_read read = end_cell(reader);

	if (read == RECORD_BROKEN)
		return read;
	/* The bytes do not move any more: now the cells can be told. */
	for (size_t i = 0; i < reader->cell_count; i++)
		reader->cells[i] = (struct text){
			reader->bytes + reader->begins[i],
			reader->begins[i + 1] - reader->begins[i],
		};
	reader->is_done = true;
	return is_empty_line(reader) ? RECORD_PARTIAL : RECORD_WHOLE;
}

/* Of the first record, where it is not known: what comes first decides. */
static bool is_separator(struct csv_reader *reader, char c)
{
	if (!reader->separator && (c == ',' || c == ';' || c == '\t'))
		reader->separator = c;
	return c == reader->separator && c;
}

static enum record_read end_line(struct csv_reader *reader, char c)
{
	enum record_read read = end_record(reader);

	if (read == RECORD_BROKEN)
		return read;
	if (!reader->separator && read == RECORD_WHOLE)
		reader->separator = ','; /* a header of one column */
	reader->line++;
	reader->state = c == '\r' ? AFTER_CR : CELL_BEGINS;
	return read;
}

static enum record_read take_unquoted(struct csv_reader *reader, char c)
{
	if (is_separator(reader, c))
		return end_cell(reader);
	if (c == '\n' || c == '\r')
		return end_line(reader, c);
	if (reader->state == QUOTE_ENDED)
		return broken(reader, "behind a closing quote there is neither "
				      "a separator nor the end of the line");
	if (c == '"')
		return broken(reader, "a quote stands in a cell that does not "
				      "begin with one");
	reader->state = PLAIN;
	return put(reader, c);
}

static enum record_read take_quoted(struct csv_reader *reader, char c)
{
	if (c == '"') {
		reader->state = QUOTE_ENDED;
		return RECORD_PARTIAL;
	}
	if (c == '\n')
		reader->line++;
	return put(reader, c);
}

static enum record_read take(struct csv_reader *reader, char c)
{
	if (reader->is_done)
		begin_record(reader);
	switch ((enum state)reader->state) {
	case CELL_BEGINS:
		if (c != '"')
			break;
		reader->state = QUOTED;
		return RECORD_PARTIAL;
	case QUOTED:
		return take_quoted(reader, c);
	case QUOTE_ENDED:
		if (c != '"')
			break;
		reader->state = QUOTED;
		return put(reader, c);
	case AFTER_CR:
	case PLAIN:
	case BROKEN:
		break;
	}
	return take_unquoted(reader, c);
}

/* At the very start; true: the byte is a part of the mark. */
static bool take_mark(struct csv_reader *reader, char c)
{
	if (reader->mark_len >= sizeof(byte_order_mark) - 1 ||
	    c != byte_order_mark[reader->mark_len]) {
		reader->mark_len = sizeof(byte_order_mark);
		return false;
	}
	reader->mark_len++;
	return true;
}

enum record_read csv_reader_feed(struct csv_reader *reader, struct text *part)
{
	enum record_read read = RECORD_PARTIAL;

	if (reader->state == BROKEN)
		return RECORD_BROKEN;
	if (reader->record_line == 0)
		begin_record(reader);
	while (part->len > 0 && read == RECORD_PARTIAL) {
		char c = *part->ptr++;

		part->len--;
		if (reader->mark_len <= sizeof(byte_order_mark) - 1 &&
		    take_mark(reader, c))
			continue;
		if (reader->state == AFTER_CR) {
			reader->state = CELL_BEGINS;
			if (c == '\n')
				continue;
		}
		read = take(reader, c);
	}
	return read;
}

enum record_read csv_reader_end(struct csv_reader *reader)
{
	bool has_begun = reader->record_line && !reader->is_done &&
			 (reader->len > 0 || reader->cell_count > 0 ||
			  reader->state == QUOTE_ENDED);

	if (reader->state == BROKEN)
		return RECORD_BROKEN;
	if (reader->state == QUOTED)
		return broken(reader, "the last quote is not closed");
	return has_begun ? end_record(reader) : RECORD_PARTIAL;
}
