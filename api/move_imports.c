/*
 * POST /v1/move-imports. The body is read row by row as it comes.
 *
 * With mode=atomic, and on a dry run, the rows are collected in a batch and
 * written by one job when the last has come; else every MOVE_IMPORT_PART rows
 * are a job of their own, while which the client waits: other changes have
 * their turn in between.
 */
#include "api/resources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/http_stream.h"
#include "api/move_import_document.h"
#include "api/move_import_reader.h"
#include "api/problem.h"
#include "api/query_address.h"
#include "db/time_zone.h"

enum {
	LOCATION_SIZE = 64,
};

struct import_request {
	struct move_import import;
	struct move_import_reader reader;
	struct move_batch batch;
	struct move_import_options options;
	bool dry_run, dry_run_passed;
	bool is_over; /* nothing more is read: what still comes is dropped */
	int err;      /* of a job in between, or ENOMEM */
};

static void request_free(void *state)
{
	struct import_request *request = state;

	if (!request)
		return;
	move_import_reader_clear(&request->reader);
	move_batch_clear(&request->batch);
	move_import_clear(&request->import);
	free(request);
}

static bool is_in_one_job(const struct import_request *request)
{
	return request->import.is_atomic || request->dry_run;
}

/* --- what is asked ---------------------------------------------------------
 */

static const struct {
	const char *type, *name;
	enum move_import_format format;
} formats[] = {
	{ "text/csv", "csv", MOVE_IMPORT_CSV },
	{ "application/x-ndjson", "ndjson", MOVE_IMPORT_NDJSON },
	{ "application/json", "json", MOVE_IMPORT_JSON },
	{ "text/calendar", "ics", MOVE_IMPORT_CALENDAR },
};

static void read_mode(struct exchange *exchange, struct move_import *import)
{
	struct text value = TEXT("atomic");

	query_text(exchange, "mode", &value);
	import->is_atomic = text_equals(value, TEXT("atomic"));
	if (!import->is_atomic && !text_equals(value, TEXT("partial")))
		faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT,
				     "mode", "must be `atomic` or `partial`");
}

static void read_on_conflict(struct exchange *exchange,
			     struct move_import *import)
{
	struct text value;

	if (!query_text(exchange, "on_conflict", &value))
		return;
	for (unsigned i = MOVE_IMPORT_FAIL; i <= MOVE_IMPORT_REPLACE; i++) {
		enum move_import_on_conflict known =
			(enum move_import_on_conflict)i;

		if (text_equals(value,
				text_of(move_import_on_conflict_name(known)))) {
			import->on_conflict = known;
			return;
		}
	}
	faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT, "on_conflict",
			     "must be `fail`, `skip` or `replace`");
}

static int open_reader(struct exchange *exchange,
		       struct import_request *request, bool raw)
{
	size_t i = 0;
	int err;

	while (strcmp(exchange->body_type, formats[i].type) != 0)
		i++;
	text_copy(text_of(formats[i].name), request->import.format,
		  sizeof(request->import.format));
	if (formats[i].format == MOVE_IMPORT_CSV)
		request->options.name_member = move_csv_name_column;
	if (formats[i].format == MOVE_IMPORT_CALENDAR)
		request->options.name_member = calendar_name_property;
	request->options.may_create_domain =
		(exchange->principal.scopes & SCOPE_SYSTEM_ADMIN) != 0;
	err = move_import_reader_init(&request->reader, formats[i].format, raw);
	request->reader.allow_local_targets =
		exchange_config(exchange)->allow_local_targets;
	return err;
}

/* Which address a calendar is about, and where its events lead that do not say
 * so themselves. */
static void read_defaults(struct exchange *exchange,
			  struct calendar_defaults *defaults)
{
	struct time_zone *zone = NULL;
	struct text value;

	defaults->now_ms = exchange->now_ms;
	query_address(exchange, "address", defaults->address,
		      sizeof(defaults->address));
	if (query_text(exchange, "target", &value) &&
	    !text_copy(value, defaults->target, sizeof(defaults->target)))
		faults_add_parameter(&exchange->faults, FAULT_TOO_LONG,
				     "target", "must be at most %d bytes long",
				     MOVE_URI_MAX);
	if (!query_text(exchange, "time_zone", &value))
		return;
	if (!text_copy(value, defaults->time_zone,
		       sizeof(defaults->time_zone)) ||
	    time_zone_open(value, &zone))
		faults_add_parameter(&exchange->faults, FAULT_UNKNOWN_TIME_ZONE,
				     "time_zone",
				     "is no time zone this system knows");
	time_zone_close(zone);
}

/* --- rows ------------------------------------------------------------------
 */

static void fail(struct import_request *request, int err)
{
	request->err = err;
	request->is_over = true;
}

/* Nothing is read behind this. */
static void note_broken(struct import_request *request, const char *code,
			const char *detail)
{
	struct move_import_error error = { .place = request->reader.place };

	text_copy(text_of(code), error.code, sizeof(error.code));
	text_copy(text_of(detail), error.detail, sizeof(error.detail));
	request->is_over = true;
	if (move_import_add_error(&request->import, &error))
		fail(request, ENOMEM);
}

static void note_faults(struct import_request *request)
{
	const struct faults *faults = &request->reader.faults;
	struct move_import_error error = { .place = request->reader.place };
	int err = 0;

	for (size_t i = 0; !err && i < faults->count; i++) {
		const struct fault *fault = &faults->list[i];

		if (request->options.name_member)
			request->options.name_member(fault->pointer,
						     error.member);
		else
			text_copy(text_of(fault->pointer), error.member,
				  sizeof(error.member));
		text_copy(text_of(fault_code_name(fault->code)), error.code,
			  sizeof(error.code));
		text_copy(text_of(fault->detail), error.detail,
			  sizeof(error.detail));
		err = move_import_add_error(&request->import, &error);
	}
	if (err)
		fail(request, err);
}

static void take_row(struct import_request *request)
{
	struct move_import_reader *reader = &request->reader;

	if (reader->place.row > MOVE_IMPORT_ROWS_MAX) {
		note_broken(request, "TOO_MANY_ROWS",
			    "an import has at most 100000 rows; send the rest "
			    "as another");
		return;
	}
	request->import.row_count = reader->place.row;
	if (faults_any(&reader->faults)) {
		request->import.failed++;
		note_faults(request);
	} else if (reader->is_history) {
		request->import.skipped++;
	} else if (move_batch_add(&request->batch, &reader->move,
				  &reader->place, &reader->intent)) {
		fail(request, ENOMEM);
	}
}

/* False: all of the part was read. */
static bool read_one(struct import_request *request, struct text *part,
		     bool is_last)
{
	struct move_import_reader *reader = &request->reader;

	switch (move_import_reader_next(reader, part, is_last)) {
	case MOVE_READ_MORE:
		return false;
	case MOVE_READ_ROW:
		take_row(request);
		break;
	case MOVE_READ_HEADER:
		request->is_over = true;
		note_faults(request);
		break;
	case MOVE_READ_BROKEN:
		note_broken(request, reader->broken_code,
			    reader->broken_detail);
		break;
	case MOVE_READ_FAILED:
		fail(request, ENOMEM);
		break;
	}
	return true;
}

/* --- jobs ------------------------------------------------------------------
 */

/* A part of a partial import, with the record of it so far. */
static int run_part(struct changes *changes, struct store_job *job)
{
	struct import_request *request = exchange_of_job(job)->state;
	int err = move_import_apply(changes, &request->import, &request->batch,
				    &request->options);

	return err ? err : move_import_put(changes, &request->import);
}

static void part_done(struct exchange *exchange)
{
	struct import_request *request = exchange->state;

	move_batch_empty(&request->batch);
	if (exchange->err)
		fail(request, exchange->err);
}

static int run_whole(struct changes *changes, struct store_job *job)
{
	struct import_request *request = exchange_of_job(job)->state;
	struct move_import *import = &request->import;
	int err = move_import_apply(changes, import, &request->batch,
				    &request->options);

	if (!err && import->is_atomic && import->error_count > 0)
		return EINVAL; /* all or none */
	if (!err)
		err = move_import_put(changes, import);
	if (err || !request->dry_run)
		return err;
	request->dry_run_passed = true;
	return ECANCELED;
}

/* --- the answer ------------------------------------------------------------
 */

/* "address" of a CSV, "/address" of JSON. */
static size_t column_place(const struct move_csv_header *header,
			   const struct move_import_error *error)
{
	char name[FAULT_POINTER_SIZE];

	move_csv_name_column(error->member, name);
	return move_csv_column_place(header, name);
}

/* And in a row by the order of its columns. arg: the header. */
static int by_row(const void *a, const void *b, void *arg)
{
	const struct move_import_error *left = a, *right = b;
	size_t left_place, right_place;

	if (left->place.row != right->place.row)
		return left->place.row < right->place.row ? -1 : 1;
	left_place = column_place(arg, left);
	right_place = column_place(arg, right);
	return (left_place > right_place) - (left_place < right_place);
}

static void put_refused(struct json_writer *writer, void *arg)
{
	struct move_import *import = arg;

	/* What would have been made was not. */
	import->created = 0;
	import->updated = 0;
	move_import_document_put_result(writer, import, true);
}

static void answer_import(struct exchange *exchange)
{
	struct import_request *request = exchange->state;
	struct move_import *import = &request->import;
	struct json_writer writer = { 0 };
	char location[LOCATION_SIZE];

	if (import->kept_count > 0)
		qsort_r(import->errors, import->kept_count,
			sizeof(*import->errors), by_row,
			&request->reader.header);
	if (exchange->err == EINVAL) {
		problem_answer_members(exchange, PROBLEM_IMPORT_REFUSED,
				       "Nothing was changed; `errors` lists "
				       "what is wrong.",
				       put_refused, import);
		return;
	}
	if (exchange->err && !request->dry_run_passed) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	if (request->dry_run) {
		import->id[0] = '\0';
		import->revision = 0;
	}
	snprintf(location, sizeof(location), "/v1/move-imports/%s", import->id);
	move_import_document_write(&writer, import, true);
	exchange_answer_json(exchange, request->dry_run ? 200 : 201, &writer,
			     import->revision,
			     request->dry_run ? NULL : location);
}

/* --- the body --------------------------------------------------------------
 */

static size_t take(struct exchange *exchange, struct text part)
{
	struct import_request *request = exchange->state;
	const size_t len = part.len;

	while (!request->is_over && read_one(request, &part, false)) {
		if (is_in_one_job(request) ||
		    request->batch.count < MOVE_IMPORT_PART)
			continue;
		exchange_run_job(exchange, STORE_CHANGE, run_part, part_done);
		return len - part.len;
	}
	return len;
}

static void end(struct exchange *exchange)
{
	struct import_request *request = exchange->state;
	struct text nothing = TEXT("");

	while (!request->is_over && read_one(request, &nothing, true))
		continue;
	if (request->err) {
		problem_answer_errno(exchange, request->err);
		return;
	}
	request->import.is_complete = true;
	exchange_run_job(exchange, STORE_CHANGE,
			 is_in_one_job(request) ? run_whole : run_part,
			 answer_import);
}

void move_imports_create(struct exchange *exchange)
{
	static const struct http_sink sink = { take, end };
	struct import_request *request = calloc(1, sizeof(*request));
	bool raw = false;

	exchange->state = request;
	exchange->state_free = request_free;
	if (!request) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	read_mode(exchange, &request->import);
	read_on_conflict(exchange, &request->import);
	query_bool(exchange, "dry_run", &request->dry_run);
	query_bool(exchange, "raw", &raw);
	if (open_reader(exchange, request, raw)) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	if (request->reader.format == MOVE_IMPORT_CALENDAR)
		read_defaults(exchange, &request->reader.defaults);
	query_end(exchange);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else
		exchange_read_stream(exchange, &sink);
}
