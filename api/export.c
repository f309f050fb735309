#include "api/export.h"

#include "api/api_state.h"
#include "api/problem.h"
#include "base/timestamp.h"

#include <stdio.h>
#include <string.h>

/* --- what is asked ---------------------------------------------------------
 */

static const struct {
	const char *name, *type;
} formats[] = {
	{ "json", "application/json" },
	{ "csv", "text/csv" },
	{ "ndjson", "application/x-ndjson" },
};

enum {
	FORMATS = sizeof(formats) / sizeof(*formats),
	JSON = 0,
	CSV = 1,
	DISPOSITION_SIZE = 128,
	NUMBER_SIZE = 24,
};

static size_t format_of_query(struct exchange *exchange)
{
	struct text value;

	if (!query_text(exchange, "format", &value))
		return FORMATS;
	for (size_t i = 0; i < FORMATS; i++)
		if (text_equals(value, text_of(formats[i].name)))
			return i;
	faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT, "format",
			     "must be `json`, `csv` or `ndjson`");
	return JSON;
}

bool export_is_asked(struct exchange *exchange, bool *ret_csv, bool *ret_raw)
{
	size_t format = format_of_query(exchange);

	if (format == FORMATS) {
		format = JSON;
		for (size_t i = 0; exchange->answer_type && i < FORMATS; i++)
			if (!strcmp(exchange->answer_type, formats[i].type))
				format = i;
	}
	*ret_csv = format == CSV;
	*ret_raw = false;
	if (*ret_csv)
		query_bool(exchange, "raw", ret_raw);
	return format != JSON;
}

/* --- rows ------------------------------------------------------------------
 */

static struct text made(const struct export *export)
{
	return export->is_csv
		       ? (struct text){ export->csv.bytes, export->csv.len }
		       : (struct text){ export->json.buffer, export->json.len };
}

static void empty(struct export *export)
{
	csv_writer_empty(&export->csv);
	export->json.len = 0;
	export->json.needs_comma = false;
	export->sent = 0;
}

static void put_csv_end(struct export *export)
{
	const int64_t numbers[] = { (int64_t) export->count,
				    export->first_revision,
				    export->last_revision };
	char text[NUMBER_SIZE];

	csv_put(&export->csv, TEXT("#end"));
	for (size_t i = 0; i < (export->rows->has_revision ? 3 : 1); i++) {
		snprintf(text, sizeof(text), "%lld", (long long)numbers[i]);
		csv_put(&export->csv, text_of(text));
	}
	csv_end_record(&export->csv);
}

static void put_end(struct export *export)
{
	struct json_writer *json = &export->json;

	export->has_ended = true;
	if (export->is_csv) {
		put_csv_end(export);
		return;
	}
	json_open_object(json, NULL);
	json_put_bool(json, "_end", true);
	json_put_integer(json, "count", (int64_t) export->count);
	if (export->rows->has_revision) {
		json_put_i64_string(json, "revision", export->first_revision);
		json_put_i64_string(json, "last_revision",
				    export->last_revision);
	}
	json_close_object(json);
	json_end_line(json);
}

/* Copies of what was made; true: all of it was. */
static bool send_made(struct export *export, char *buffer, size_t size,
		      size_t *len)
{
	struct text text = made(export);
	size_t left = text.len - export->sent;
	size_t part = left < size - *len ? left : size - *len;

	if (part > 0)
		memcpy(buffer + *len, text.ptr + export->sent, part);
	export->sent += part;
	*len += part;
	if (part < left)
		return false;
	empty(export);
	return true;
}

/* Makes the next line. False: it must be fetched first, or there is none. */
static bool make_line(struct exchange *exchange, struct export *export)
{
	if (export->is_csv && !export->has_header) {
		export->rows->put_header(&export->csv);
		export->has_header = true;
		return true;
	}
	if (!export->rows->put_row(exchange, export))
		return false;
	if (!export->is_csv)
		json_end_line(&export->json);
	export->count++;
	return true;
}

static enum http_piece read_export(struct exchange *exchange, char *buffer,
				   size_t size, size_t *ret_len)
{
	struct export *export = exchange->state;

	*ret_len = 0;
	while (!export->has_failed &&
	       send_made(export, buffer, size, ret_len)) {
		if (*ret_len == size || export->has_ended)
			break;
		if (make_line(exchange, export))
			continue;
		if (*ret_len > 0)
			break; /* first what there is */
		if (export->rows->fetch(exchange))
			return HTTP_PIECE_LATER;
		put_end(export);
	}
	if (export->has_failed || export->csv.failed || export->json.failed)
		return HTTP_PIECE_ABORT;
	return *ret_len > 0 ? HTTP_PIECE_MORE : HTTP_PIECE_END;
}

/* --- life ------------------------------------------------------------------
 */

static void name_file(struct exchange *exchange, const struct export *export)
{
	char at[TIMESTAMP_SIZE], text[DISPOSITION_SIZE];

	timestamp_format(exchange->now_ms, at);
	/* "2026-11-22T13:55:07.123Z" without what file systems dislike */
	snprintf(text, sizeof(text),
		 "attachment; filename=\"%s-%.13s%.2s%.2sZ.%s\"",
		 export->rows->name, at, at + 14, at + 17,
		 export->is_csv ? "csv" : "ndjson");
	exchange_add_header(exchange, "Content-Disposition", text);
}

/* The first page decides whether there is an answer at all. */
static void begin_answer(struct exchange *exchange, struct export *export)
{
	static const struct http_source source = { .read = read_export };

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	export->is_answered = true;
	export->first_revision = exchange->revision;
	name_file(exchange, export);
	exchange_answer_stream(exchange, 200,
			       export->is_csv ? "text/csv; charset=utf-8"
					      : "application/x-ndjson",
			       &source);
}

void export_page_fetched(struct exchange *exchange)
{
	struct export *export = exchange->state;

	export->last_revision = exchange->revision;
	if (exchange->err)
		export->has_failed = true;
	if (!export->is_answered)
		begin_answer(exchange, export);
}

void export_begin(struct exchange *exchange, const struct export_rows *rows)
{
	struct export *export = exchange->state;
	struct api *api = exchange->api;

	export->rows = rows;
	if (atomic_fetch_add(&api->exports, 1) >= EXPORTS_MAX) {
		atomic_fetch_sub(&api->exports, 1);
		problem_answer(exchange, PROBLEM_TOO_MANY_REQUESTS,
			       "There are %d exports under way already.",
			       EXPORTS_MAX);
		return;
	}
	/* Given back by export_clear(), before the exchange lets go of it. */
	export->api = api;
	rows->fetch(exchange);
}

void export_clear(struct export *export)
{
	if (export->api)
		atomic_fetch_sub(&export->api->exports, 1);
	export->api = NULL;
	csv_writer_clear(&export->csv);
	json_writer_clear(&export->json);
}
