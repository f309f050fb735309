/*
 * csv_reader.h - records of CSV (RFC 4180), out of bytes that come piece by
 * piece. Besides the RFC: lines may end with LF or CR alone, a byte order mark
 * is passed over, empty lines are no records, and `;` or a tab separates if the
 * first record says so. A quote stands only around a whole cell, or twice
 * within one. Cells are bytes: UTF-8 is for the caller to check.
 *
 * Bounded: RECORD_BYTES_MAX a record, CSV_CELLS_MAX cells. One thread.
 */
#ifndef SIPMOVED_API_CSV_READER_H
#define SIPMOVED_API_CSV_READER_H

#include "api/record_read.h"
#include "base/text.h"

enum {
	CSV_CELLS_MAX = 64,
};

struct csv_reader {
	/* The record that was read last, until more is fed. */
	struct text cells[CSV_CELLS_MAX];
	size_t cell_count;
	uint32_t record_line; /* where it begins; the first line is 1 */
	const char *why;      /* RECORD_BROKEN: a sentence, static */

	char separator; /* '\0': not known yet */
	char *bytes;	/* owned: the cells of the record, one behind the other
			 */
	size_t len;
	size_t begins[CSV_CELLS_MAX + 1];
	uint32_t line;
	size_t mark_len; /* of the byte order mark seen so far */
	int state;
	bool is_done; /* the record was handed out */
};

/* ENOMEM */
int csv_reader_init(struct csv_reader *reader)
	__attribute__((warn_unused_result));
void csv_reader_clear(struct csv_reader *reader);
/* Takes from the front of *part what it reads. */
enum record_read csv_reader_feed(struct csv_reader *reader, struct text *part);
/* No more will come: the record that no line end has ended. PARTIAL: there is
 * none. */
enum record_read csv_reader_end(struct csv_reader *reader);

#endif
