/*
 * export.h - a whole list as a file: CSV or NDJSON, read page by page from the
 * store or the log while it is sent, so that neither its length nor a slow
 * client costs memory or holds up anybody else.
 *
 * The last line tells how many rows there are ("#end" in CSV, "_end" in
 * NDJSON); what breaks off lacks it, and the connection is cut before the
 * answer's end. At most EXPORTS_MAX at a time: 429.
 *
 * A resource's state begins with a struct export.
 */
#ifndef SIPMOVED_API_EXPORT_H
#define SIPMOVED_API_EXPORT_H

#include "api/csv_writer.h"
#include "api/http_stream.h"

enum {
	EXPORTS_MAX = 4,
};

struct export;

struct export_rows {
	const char *name;  /* of the file: "moves" */
	bool has_revision; /* the end mark says of which state the rows are */
	void (*put_header)(struct csv_writer *writer);
	/* The next row of the page that was fetched, in the asked format;
	 * false: the page is at its end. */
	bool (*put_row)(struct exchange *exchange, struct export *export);
	/* Begins the job for the next page, whose `resumed` is
	 * export_page_fetched(); false: there is none. */
	bool (*fetch)(struct exchange *exchange);
};

struct export
{
	const struct export_rows *rows;
	bool is_csv;
	struct csv_writer csv;	 /* what was made and not yet sent */
	struct json_writer json; /* of either format, one is used */
	size_t sent;		 /* of that */
	uint64_t count;		 /* rows so far */
	int64_t first_revision, last_revision; /* of the pages */
	bool is_answered, has_header, has_ended, has_failed;
	struct api *api; /* where it is counted; NULL: it is not */
};

/*
 * Is a file asked for, by `format` or by Accept? Reads `format`, and `raw` for
 * CSV. False: JSON, or a problem will be answered with the other faults.
 */
bool export_is_asked(struct exchange *exchange, bool *ret_csv, bool *ret_raw);
/* After the query was read: takes a place, and asks for the first page. A
 * problem may have been answered. The state was allocated by the caller. */
void export_begin(struct exchange *exchange, const struct export_rows *rows);
void export_page_fetched(struct exchange *exchange);
/* For the state's own free. */
void export_clear(struct export *export);

#endif
