/*
 * csv_writer.h - CSV out (RFC 4180), into a buffer that grows: commas, CRLF,
 * quotes where they are needed.
 *
 * Guarded, a cell that a spreadsheet would take for a formula (it begins with
 * = + - @ tab or CR) gets a ' before it; and so does one that has such a ' by
 * itself, so that csv_unguarded() gives back what was written.
 */
#ifndef SIPMOVED_API_CSV_WRITER_H
#define SIPMOVED_API_CSV_WRITER_H

#include "base/text.h"

struct csv_writer {
	char *bytes; /* owned */
	size_t len, size;
	bool is_guarded;
	bool failed; /* for want of memory; nothing more is written */
	bool needs_comma;
};

/* A zeroed one is empty, ready, and does not guard. */
void csv_put(struct csv_writer *writer, struct text cell);
void csv_end_record(struct csv_writer *writer);
/* Keeps the memory. */
void csv_writer_empty(struct csv_writer *writer);
void csv_writer_clear(struct csv_writer *writer);

/* What a guarded cell was before. */
struct text csv_unguarded(struct text cell);

#endif
