/*
 * One record and its story: the record from the log, what the tables were from
 * the store, and what the caller did next from the log again.
 */
#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/audit_event_document.h"
#include "api/log_id.h"
#include "api/problem.h"
#include "api/redirect_log_answer.h"
#include "api/redirect_log_document.h"
#include "db/call_story.h"
#include "db/redirect_log_source.h"

enum {
	AGAIN_MS = 60000,
	ACK_WAIT_MS = 32000, /* RFC 3261's timer H */
	AGAIN_MAX = 10,	     /* later calls that are told */
};

struct log_story {
	struct redirect_log_entry entry;
	struct redirect_log_entry again[AGAIN_MAX];
	size_t again_count;
	struct call_story story;
};

static void story_free(void *state)
{
	struct log_story *request = state;

	if (!request)
		return;
	call_story_clear(&request->story);
	free(request);
}

/* --- writing -------------------------------------------------------------- */

static void write_part(struct json_writer *writer, const char *name,
		       const struct call_story_part *part, bool has_states)
{
	if (part->id[0] == '\0') {
		json_put_null(writer, name);
		return;
	}
	json_open_object(writer, name);
	json_put_string(writer, "id", text_of(part->id));
	if (!part->has_event) {
		json_put_null(writer, "last_change");
	} else if (has_states) {
		audit_event_document_write(writer, "last_change", &part->event);
	} else {
		audit_event_document_open(writer, "last_change", &part->event);
		json_close_object(writer);
	}
	json_put_bool(writer, "changed_since", part->changed_since);
	json_close_object(writer);
}

static void write_again(struct json_writer *writer,
			const struct log_story *request)
{
	char id[LOG_ID_SIZE];

	json_open_array(writer, "called_again");
	for (size_t i = 0; i < request->again_count; i++) {
		const struct redirect_log_entry *entry = &request->again[i];

		log_id_format(entry->id, id);
		json_open_object(writer, NULL);
		json_put_string(writer, "id", text_of(id));
		json_put_time_ms(writer, "received_at",
				 entry->received_at_us / 1000);
		json_put_integer(writer, "status", entry->status);
		json_close_object(writer);
	}
	json_close_array(writer);
}

/* What was no redirect is neither followed nor not. */
static bool is_redirect(const struct redirect_log_entry *entry)
{
	return entry->status >= 300 && entry->status <= 399 &&
	       strcmp(entry->method, "INVITE") == 0;
}

/* Null until it is known. */
static void write_followed(struct json_writer *writer,
			   const struct log_story *request, int64_t now_ms)
{
	const struct redirect_log_entry *entry = &request->entry;
	int64_t age_ms = now_ms - entry->received_at_us / 1000;
	bool is_ignored = request->again_count > 0 ||
			  (!entry->ack_seen && age_ms >= ACK_WAIT_MS);

	if (is_redirect(entry) && (is_ignored || age_ms >= AGAIN_MS))
		json_put_bool(writer, "followed", !is_ignored);
	else
		json_put_null(writer, "followed");
}

static void write_story(struct json_writer *writer,
			const struct log_story *request, int64_t now_ms)
{
	const struct call_story *story = &request->story;

	json_open_object(writer, "story");
	write_part(writer, "move", &story->move, true);
	write_part(writer, "previous_move", &story->previous_move, true);
	write_part(writer, "domain", &story->domain, true);
	/* A policy may have thousands of rules. */
	write_part(writer, "policy", &story->policy, false);
	json_put_integer(writer, "requests_repeated",
			 request->entry.repeats.requests);
	json_put_integer(writer, "answers_repeated",
			 request->entry.repeats.answers);
	write_again(writer, request);
	write_followed(writer, request, now_ms);
	json_close_object(writer);
}

/* --- the steps ------------------------------------------------------------ */

static void answer(struct exchange *exchange)
{
	const struct log_story *request = exchange->state;
	struct json_writer writer = { 0 };

	redirect_log_document_open(&writer, &request->entry);
	/* Who changed the policy, and what, is not for every user. */
	if (!exchange->principal.owner_id[0])
		write_story(&writer, request, exchange->now_ms);
	json_close_object(&writer);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

static void again_done(struct exchange *exchange)
{
	struct log_story *request = exchange->state;

	if (exchange->err) {
		redirect_log_answer_error(exchange);
		return;
	}
	request->again_count = exchange->log_query.count;
	answer(exchange);
}

/* The same caller, from the same host, to the same address, soon after. */
static void look_for_again(struct exchange *exchange)
{
	struct log_story *request = exchange->state;
	const struct redirect_log_entry *entry = &request->entry;
	struct redirect_log_query *query = &exchange->log_query;
	int64_t received_ms = entry->received_at_us / 1000;

	*query = (struct redirect_log_query){
		.entries = request->again,
		.filter = { .oldest_first = true,
			    .after_id = entry->id,
			    .until_ms = received_ms + AGAIN_MS,
			    .limit = AGAIN_MAX,
			    .terms = { { LOG_COLUMN_CALLER, LOG_MATCH_EXACT,
					 log_caller_of(text_of(entry->from)) },
				       { LOG_COLUMN_SOURCE, LOG_MATCH_EXACT,
					 log_source_host(
						 text_of(entry->source)) },
				       { LOG_COLUMN_METHOD, LOG_MATCH_EXACT,
					 TEXT("INVITE") } },
			    .term_count = 3 },
	};
	if (entry->address[0] == '\0' || strcmp(entry->method, "INVITE") != 0 ||
	    !text_copy(text_of(entry->address), query->filter.address,
		       sizeof(query->filter.address)))
		answer(exchange);
	else
		exchange_run_log_query(exchange, again_done);
}

static int run_story(struct changes *changes, struct store_job *job)
{
	struct log_story *request = exchange_of_job(job)->state;

	return call_story_read(changes, &request->entry, &request->story);
}

static void story_done(struct exchange *exchange)
{
	if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else
		look_for_again(exchange);
}

static void record_done(struct exchange *exchange)
{
	if (exchange->err)
		redirect_log_answer_error(exchange);
	else if (exchange->log_query.count == 0)
		problem_answer_errno(exchange, ENOENT);
	else if (exchange->principal.owner_id[0])
		answer(exchange);
	else
		exchange_run_job(exchange, STORE_READ, run_story, story_done);
}

void redirect_logs_get(struct exchange *exchange)
{
	struct log_story *request = calloc(1, sizeof(*request));

	exchange->state = request;
	exchange->state_free = story_free;
	if (!request) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	exchange->log_query = (struct redirect_log_query){
		.entries = &request->entry,
		.filter.limit = 1,
	};
	query_end(exchange);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else if (log_id_parse(text_of(exchange->path_id),
			      &exchange->log_query.get_id))
		problem_answer_errno(exchange, ENOENT);
	else
		exchange_run_log_query(exchange, record_done);
}
