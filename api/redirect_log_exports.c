/*
 * GET /v1/redirect-logs as a file: newest first, page by page. Records that
 * come meanwhile are newer than the first page, and are not in it.
 */
#include "api/resources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/export.h"
#include "api/log_id.h"
#include "api/problem.h"
#include "api/redirect_log_document.h"
#include "base/call_reason.h"
#include "base/timestamp.h"
#include "base/utf8.h"

enum {
	PAGE_RECORDS = 200,
	NUMBER_SIZE = 24,
};

struct log_export {
	struct export export;
	struct redirect_log_entry *entries; /* PAGE_RECORDS, owned */
	size_t next;			    /* of the page */
	bool has_asked;
};

static void state_free(void *state)
{
	struct log_export *request = state;

	if (!request)
		return;
	export_clear(&request->export);
	free(request->entries);
	free(request);
}

static bool fetch(struct exchange *exchange)
{
	struct redirect_log_query *query = &exchange->log_query;
	struct log_export *request = exchange->state;

	if (request->has_asked && (!query->more || query->count == 0))
		return false;
	if (request->has_asked)
		query->filter.before_id = query->entries[query->count - 1].id;
	request->has_asked = true;
	request->next = 0;
	exchange_run_log_query(exchange, export_page_fetched);
	return true;
}

/* --- CSV -------------------------------------------------------------------
 */

static void put_header(struct csv_writer *writer)
{
	static const char *const names[] = {
		"id",	      "received_at", "method",	   "request_uri",
		"address",    "from",	     "call_id",	   "source",
		"user_agent", "status",	     "reason",	   "targets",
		"move_id",    "revision",    "tags_asked", "tags_refused",
		"ack_seen",   "handling_us",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		csv_put(writer, text_of(names[i]));
	csv_end_record(writer);
}

/* What came from the network may be no text at all. */
static void put_text(struct csv_writer *writer, const char *text)
{
	char shown[LOG_TEXT_MAX + LOG_TARGETS_TEXT_MAX + 1];

	if (utf8_is_printable(text_of(text))) {
		csv_put(writer, text_of(text));
		return;
	}
	text_copy(text_of(text), shown, sizeof(shown));
	for (char *at = shown; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	csv_put(writer, text_of(shown));
}

static void put_number(struct csv_writer *writer, int64_t number)
{
	char text[NUMBER_SIZE];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	csv_put(writer, text_of(text));
}

static void put_record(struct csv_writer *writer,
		       const struct redirect_log_entry *entry)
{
	const char *reason = call_reason_name(entry->reason);
	char id[LOG_ID_SIZE], at[TIMESTAMP_SIZE];

	log_id_format(entry->id, id);
	timestamp_format(entry->received_at_us / 1000, at);
	csv_put(writer, text_of(id));
	csv_put(writer, text_of(at));
	put_text(writer, entry->method);
	put_text(writer, entry->request_uri);
	put_text(writer, entry->address);
	put_text(writer, entry->from);
	put_text(writer, entry->call_id);
	put_text(writer, entry->source);
	put_text(writer, entry->user_agent);
	put_number(writer, entry->status);
	put_text(writer, reason ? reason : "");
	put_text(writer, entry->targets);
	put_text(writer, entry->move_id);
	put_number(writer, entry->revision);
	put_text(writer, entry->tags_asked);
	put_text(writer, entry->tags_refused);
	csv_put(writer, strcmp(entry->method, "INVITE") ? TEXT("")
			: entry->ack_seen		? TEXT("true")
							: TEXT("false"));
	put_number(writer, entry->handling_us);
	csv_end_record(writer);
}

static bool put_row(struct exchange *exchange, struct export *export)
{
	struct log_export *request = exchange->state;
	const struct redirect_log_query *query = &exchange->log_query;

	if (request->next == query->count)
		return false;
	if (export->is_csv)
		put_record(&export->csv, &query->entries[request->next]);
	else
		redirect_log_document_write(&export->json,
					    &query->entries[request->next]);
	request->next++;
	return true;
}

bool redirect_logs_export(
	struct exchange *exchange,
	void (*read_filter)(struct exchange *exchange,
			    struct redirect_log_filter *filter))
{
	static const struct export_rows rows = { "redirect-logs", false,
						 put_header, put_row, fetch };
	struct log_export *request;
	bool is_csv, is_raw;

	if (!export_is_asked(exchange, &is_csv, &is_raw))
		return false;
	exchange->log_query = (struct redirect_log_query){ 0 };
	read_filter(exchange, &exchange->log_query.filter);
	query_end(exchange);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return true;
	}
	request = calloc(1, sizeof(*request));
	exchange->state = request;
	exchange->state_free = state_free;
	if (request)
		request->entries =
			calloc(PAGE_RECORDS, sizeof(*request->entries));
	if (!request || !request->entries) {
		problem_answer_errno(exchange, ENOMEM);
		return true;
	}
	exchange->log_query.entries = request->entries;
	exchange->log_query.filter.limit = PAGE_RECORDS;
	request->export.is_csv = is_csv;
	request->export.csv.is_guarded = is_csv && !is_raw;
	export_begin(exchange, &rows);
	return true;
}
