/*
 * move_csv.h - a move as a line of CSV: the columns that an export has, in
 * their order, and that an import reads in any order.
 *
 * target_1 ... target_8 and q_1 ... q_8 are `targets`; the other columns are
 * named as the members of the JSON document. An empty cell is a member that is
 * not there.
 */
#ifndef SIPMOVED_API_MOVE_CSV_H
#define SIPMOVED_API_MOVE_CSV_H

#include "api/csv_reader.h"
#include "api/csv_writer.h"
#include "api/json_writer.h"
#include "db/fault.h"
#include "db/move.h"

/* --- out -------------------------------------------------------------------
 */

void move_csv_put_header(struct csv_writer *writer);
void move_csv_put(struct csv_writer *writer, const struct move *move,
		  int64_t now_ms);

/* --- in --------------------------------------------------------------------
 */

/* Which column stands where, from the header line. */
struct move_csv_header {
	uint8_t columns[CSV_CELLS_MAX];
	size_t count;
	bool is_raw; /* cells are what they are: no ' is taken off */
};

/* False: what is wrong with it is in faults, the pointers are columns' names.
 */
bool move_csv_read_header(const struct text *cells, size_t count,
			  struct move_csv_header *ret_header,
			  struct faults *faults);
/* The move's JSON document, of a line with as many cells as the header. */
void move_csv_to_json(const struct move_csv_header *header,
		      const struct text *cells, struct json_writer *writer);
/* "/targets/0/uri" is "target_1", "/address" is "address". */
void move_csv_name_column(const char *pointer, char name[FAULT_POINTER_SIZE]);
/* Where a column stands in the lines; without a header, in an export. One that
 * is none stands before all. */
size_t move_csv_column_place(const struct move_csv_header *header,
			     const char *name);

#endif
