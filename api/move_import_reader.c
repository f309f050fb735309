#include "api/move_import_reader.h"

#include "api/document_member.h"
#include "api/json_reader.h"
#include "api/move_document.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int move_import_reader_init(struct move_import_reader *reader,
			    enum move_import_format format, bool raw)
{
	*reader = (struct move_import_reader){ .format = format,
					       .header.is_raw = raw };
	if (format == MOVE_IMPORT_CSV)
		return csv_reader_init(&reader->csv);
	if (format == MOVE_IMPORT_CALENDAR) {
		calendar_reader_init(&reader->calendar);
		return 0;
	}
	return json_splitter_init(&reader->splitter,
				  format == MOVE_IMPORT_NDJSON);
}

void move_import_reader_clear(struct move_import_reader *reader)
{
	csv_reader_clear(&reader->csv);
	json_splitter_clear(&reader->splitter);
	zoned_clock_clear(&reader->clock);
	faults_clear(&reader->faults);
}

static enum move_read broken(struct move_import_reader *reader,
			     const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static enum move_read broken(struct move_import_reader *reader,
			     const char *code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reader->broken_detail, sizeof(reader->broken_detail), format,
		  args);
	va_end(args);
	reader->broken_code = code;
	return MOVE_READ_BROKEN;
}

/* A row that cannot be read as one; the next may be fine. */
static enum move_read bad_row(struct move_import_reader *reader,
			      const char *detail)
{
	faults_add(&reader->faults, FAULT_BAD_FORMAT, "", "%s", detail);
	return MOVE_READ_ROW;
}

/* --- one row as JSON -------------------------------------------------------
 */

/* {"_end": true, "count": 12, "revision": "7"}: the last line of an export. */
static bool is_end_mark(struct json_object *document, int64_t *ret_count)
{
	struct faults ignored = { 0 };
	struct json_object end = *document;
	bool is_end = false;

	end.faults = &ignored;
	if (json_bool(&end, "_end", &is_end) != JSON_PRESENT ||
	    json_integer(&end, "count", 0, INT32_MAX, ret_count) !=
		    JSON_PRESENT)
		is_end = false;
	faults_clear(&ignored);
	return is_end;
}

static enum move_read check_count(struct move_import_reader *reader,
				  uint64_t count)
{
	reader->has_ended = true;
	if (count == reader->row - 1) {
		reader->row--; /* the mark is no row */
		return MOVE_READ_MORE;
	}
	return broken(reader, "TRUNCATED",
		      "the end mark says %llu rows, but %u were read",
		      (unsigned long long)count, reader->row - 1);
}

/* A row that could not be read whole does not get to the store, which would
 * find what else is wrong with its values. */
static void find_more(struct move_import_reader *reader)
{
	struct move move = reader->move;
	struct faults found = { 0 };

	if (!faults_any(&reader->faults))
		return;
	move_validate(&move, reader->allow_local_targets, &found);
	faults_join(&reader->faults, &found);
}

static enum move_read read_document(struct move_import_reader *reader,
				    struct json_document *document)
{
	struct json_object object;
	int64_t count;

	if (!json_document_object(document, &reader->faults, &object))
		return MOVE_READ_ROW;
	if (reader->format == MOVE_IMPORT_NDJSON &&
	    is_end_mark(&object, &count))
		return check_count(reader, (uint64_t)count);
	if (move_document_import(&object, &reader->move, &reader->clock,
				 &reader->is_history))
		return MOVE_READ_FAILED;
	find_more(reader);
	return MOVE_READ_ROW;
}

static enum move_read read_json(struct move_import_reader *reader,
				struct text text)
{
	char detail[FAULT_DETAIL_SIZE];
	struct json_document *document = NULL;
	enum move_read read;
	int err = json_document_parse(text, &document, detail);

	if (err == EBADMSG)
		return bad_row(reader, detail);
	if (err)
		return MOVE_READ_FAILED;
	read = read_document(reader, document);
	json_document_free(document);
	return read;
}

/* --- one record of CSV -----------------------------------------------------
 */

static enum move_read read_header(struct move_import_reader *reader)
{
	reader->has_header = true;
	if (move_csv_read_header(reader->csv.cells, reader->csv.cell_count,
				 &reader->header, &reader->faults)) {
		reader->row--; /* the header is no row */
		return MOVE_READ_MORE;
	}
	return MOVE_READ_HEADER;
}

static enum move_read read_cells(struct move_import_reader *reader)
{
	struct json_writer writer = { 0 };
	enum move_read read;
	char *json;
	size_t len;

	move_csv_to_json(&reader->header, reader->csv.cells, &writer);
	if (json_writer_finish(&writer, &json, &len))
		return MOVE_READ_FAILED;
	read = read_json(reader, (struct text){ json, len });
	free(json);
	return read;
}

static enum move_read read_record(struct move_import_reader *reader)
{
	const struct csv_reader *csv = &reader->csv;
	char detail[FAULT_DETAIL_SIZE];
	uint64_t count;

	if (!reader->has_header)
		return read_header(reader);
	if (text_equals(csv->cells[0], TEXT("#end")) && csv->cell_count > 1 &&
	    text_to_u64(csv->cells[1], &count) == 0)
		return check_count(reader, count);
	if (csv->cell_count != reader->header.count) {
		snprintf(detail, sizeof(detail),
			 "has %zu cells, where the header has %zu",
			 csv->cell_count, reader->header.count);
		return bad_row(reader, detail);
	}
	for (size_t i = 0; i < csv->cell_count; i++)
		if (!utf8_is_valid(csv->cells[i]))
			return bad_row(reader, "is not UTF-8");
	return read_cells(reader);
}

/* --- one event of a calendar -----------------------------------------------
 */

/* What is over has nothing left but to be ended; its members stay, so that it
 * can be compared with what it was. */
static void settle_event(struct move_import_reader *reader)
{
	const struct calendar_event *event = &reader->calendar.event;

	reader->intent.has_sequence = true;
	reader->intent.sequence = event->sequence;
	reader->intent.cancels = !faults_any(&reader->faults) &&
				 reader->move.ends_at_ms <=
					 reader->defaults.now_ms;
}

static enum move_read read_event(struct move_import_reader *reader)
{
	const struct calendar_event *event = &reader->calendar.event;
	struct json_writer writer = { 0 };
	enum move_read read = MOVE_READ_ROW;
	char *json;
	size_t len;

	if (event->is_cancelled) {
		reader->intent =
			(struct move_intent){ true, true, event->sequence };
		calendar_move_cancel(event, &reader->move, &reader->faults);
		return MOVE_READ_ROW;
	}
	calendar_move_write(event, &reader->defaults, reader->calendar.zone,
			    &writer, &reader->faults);
	if (json_writer_finish(&writer, &json, &len))
		return MOVE_READ_FAILED;
	/* Else what the event lacks would be told twice. */
	if (!faults_any(&reader->faults))
		read = read_json(reader, (struct text){ json, len });
	free(json);
	settle_event(reader);
	return read;
}

/* --- records ---------------------------------------------------------------
 */

static enum record_read feed(struct move_import_reader *reader,
			     struct text *part)
{
	if (reader->format == MOVE_IMPORT_CSV)
		return csv_reader_feed(&reader->csv, part);
	if (reader->format == MOVE_IMPORT_CALENDAR)
		return calendar_reader_feed(&reader->calendar, part);
	return json_splitter_feed(&reader->splitter, part);
}

static enum record_read feed_end(struct move_import_reader *reader)
{
	if (reader->format == MOVE_IMPORT_CSV)
		return csv_reader_end(&reader->csv);
	if (reader->format == MOVE_IMPORT_CALENDAR)
		return calendar_reader_end(&reader->calendar);
	return json_splitter_end(&reader->splitter);
}

static uint32_t record_line(const struct move_import_reader *reader)
{
	if (reader->format == MOVE_IMPORT_CSV)
		return reader->csv.record_line;
	return reader->format == MOVE_IMPORT_CALENDAR
		       ? reader->calendar.record_line
		       : reader->splitter.record_line;
}

static enum record_read next_record(struct move_import_reader *reader,
				    struct text *part, bool is_last)
{
	enum record_read read = feed(reader, part);

	if (read == RECORD_PARTIAL && is_last)
		read = feed_end(reader);
	reader->place.line = record_line(reader);
	return read;
}

static enum move_read read_row(struct move_import_reader *reader)
{
	reader->row++;
	reader->place.row = reader->row;
	reader->is_history = false;
	reader->move = (struct move){ 0 };
	reader->intent = (struct move_intent){ 0 };
	faults_clear(&reader->faults);
	if (reader->has_ended)
		return broken(reader, "TRUNCATED",
			      "there are rows behind the end mark");
	if (reader->format == MOVE_IMPORT_CALENDAR)
		return read_event(reader);
	return reader->format == MOVE_IMPORT_CSV
		       ? read_record(reader)
		       : read_json(reader, reader->splitter.element);
}

static enum move_read broken_record(struct move_import_reader *reader)
{
	if (reader->format == MOVE_IMPORT_CALENDAR)
		return broken(reader, "MALFORMED_CALENDAR", "%s",
			      reader->calendar.why);
	return reader->format == MOVE_IMPORT_CSV
		       ? broken(reader, "MALFORMED_CSV", "%s", reader->csv.why)
		       : broken(reader, "MALFORMED_JSON", "%s",
				reader->splitter.why);
}

static enum move_read end(struct move_import_reader *reader, bool is_last)
{
	if (is_last && reader->format == MOVE_IMPORT_CSV && !reader->has_header)
		return broken(reader, "MALFORMED_CSV",
			      "the header line is missing");
	return MOVE_READ_MORE;
}

enum move_read move_import_reader_next(struct move_import_reader *reader,
				       struct text *part, bool is_last)
{
	enum move_read read = MOVE_READ_MORE;

	/* A header or an end mark is read on the way. */
	while (read == MOVE_READ_MORE) {
		enum record_read record = next_record(reader, part, is_last);

		if (record == RECORD_PARTIAL)
			return end(reader, is_last);
		if (record == RECORD_BROKEN)
			return broken_record(reader);
		read = read_row(reader);
	}
	return read;
}
