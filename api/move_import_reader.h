/*
 * move_import_reader.h - the moves of an import, one by one, out of a body that
 * comes piece by piece: CSV, NDJSON, a JSON list, or a calendar.
 *
 * What an export wrote is read as well: its end mark is checked against the
 * rows that were read, so that half a file is not taken for a whole one.
 * One thread.
 */
#ifndef SIPMOVED_API_MOVE_IMPORT_READER_H
#define SIPMOVED_API_MOVE_IMPORT_READER_H

#include "api/calendar_move.h"
#include "api/json_splitter.h"
#include "api/move_csv.h"
#include "api/zoned_time.h"
#include "db/move_batch.h"

enum move_import_format {
	MOVE_IMPORT_CSV,
	MOVE_IMPORT_NDJSON,
	MOVE_IMPORT_JSON,
	MOVE_IMPORT_CALENDAR,
};

struct move_import_reader {
	enum move_import_format format;
	struct csv_reader csv;
	struct json_splitter splitter;
	struct calendar_reader calendar;
	struct calendar_defaults defaults; /* the caller's to fill */
	struct move_csv_header header;
	bool has_header, has_ended;
	bool allow_local_targets; /* set by the caller, after _init */
	uint32_t row;		  /* read so far */
	struct zoned_clock clock;

	/* What was read last. */
	struct move move;
	struct move_place place;
	struct move_intent intent;
	struct faults faults; /* of the row; cleared when the next is read */
	bool is_history;      /* it was over when it was exported */
	/* MOVE_READ_BROKEN */
	const char *broken_code; /* "MALFORMED_CSV" */
	char broken_detail[FAULT_DETAIL_SIZE];
};

enum move_read {
	MOVE_READ_MORE,	  /* all was taken; more must come */
	MOVE_READ_ROW,	  /* move, place, faults, is_history */
	MOVE_READ_HEADER, /* faults in the header of CSV: nothing more is read
			   */
	MOVE_READ_BROKEN, /* nothing more is read: broken_... */
	MOVE_READ_FAILED, /* for want of memory */
};

/* raw: see csv_writer.h. ENOMEM. */
int move_import_reader_init(struct move_import_reader *reader,
			    enum move_import_format format, bool raw)
	__attribute__((warn_unused_result));
void move_import_reader_clear(struct move_import_reader *reader);
/* Takes from the front of *part what it reads. is_last: nothing will come after
 * it. */
enum move_read move_import_reader_next(struct move_import_reader *reader,
				       struct text *part, bool is_last);

#endif
