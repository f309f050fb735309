#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>

#include "api/inbound_effect.h"
#include "api/inbound_result.h"
#include "api/object_request.h"
#include "api/page.h"
#include "api/problem.h"

static void write_event(struct json_writer *writer,
			const struct inbound_event *event, bool has_body)
{
	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(event->id));
	json_put_string(writer, "source_id", text_of(event->source_id));
	json_put_time_ms(writer, "received_at", event->received_at_ms);
	json_put_string(writer, "peer", text_of(event->peer));
	json_put_string_or_null(writer, "content_type",
				text_of(event->content_type));
	json_put_string_or_null(writer, "dedupe_key", text_of(event->key));
	json_put_bool(writer, "verified", event->is_verified);
	json_put_string(writer, "outcome",
			text_of(inbound_outcome_names[event->outcome]));
	if (event->status)
		json_put_integer(writer, "status", event->status);
	else
		json_put_null(writer, "status");
	if (event->result[0])
		json_put_json(writer, "result", text_of(event->result));
	else
		json_put_null(writer, "result");
	json_put_integer(writer, "body_bytes", (int64_t)event->body_bytes);
	if (has_body)
		json_put_string(
			writer, "body",
			(struct text){ event->body, event->body_bytes });
	json_close_object(writer);
}

/* --- the list
 * ----------------------------------------------------------------------------
 */

struct event_list {
	struct object_request common;
	struct page page;
	struct inbound_event *events; /* owned */
};

static void list_free(void *state)
{
	struct event_list *list = state;

	object_request_clear(&list->common);
	free(list->events);
	free(list);
}

static int run_list(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct event_list *list = exchange->state;
	struct inbound_source *source = calloc(1, sizeof(*source));
	int err = source ? inbound_source_get(
				   changes, text_of(exchange->path_id), source)
			 : ENOMEM;

	if (!err)
		err = inbound_event_list(changes, source->row_id,
					 list->page.after.id, list->page.limit,
					 list->events, &list->page.count,
					 &list->page.more);
	free(source);
	return err;
}

static void list_done(struct exchange *exchange)
{
	struct event_list *list = exchange->state;
	struct page *page = &list->page;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	page_open(&writer);
	for (size_t i = 0; i < page->count; i++)
		write_event(&writer, &list->events[i], false);
	if (page->count > 0)
		text_copy(text_of(list->events[page->count - 1].id),
			  page->last.id, sizeof(page->last.id));
	page_answer(exchange, &writer, page);
}

void inbound_events_list(struct exchange *exchange)
{
	struct event_list *list = object_request_read(exchange, sizeof(*list));

	if (!list)
		return;
	exchange->state_free = list_free;
	if (!page_read(exchange, &list->page))
		return;
	list->events = calloc(list->page.limit, sizeof(*list->events));
	if (!list->events)
		problem_answer_errno(exchange, ENOMEM);
	else
		exchange_run_job(exchange, STORE_READ, run_list, list_done);
}

/* --- one of them, and once more
 * ------------------------------------------------------------ */

struct event_request {
	struct object_request common;
	struct inbound_event event;
	struct inbound_source source;
	struct inbound_effect effect;
};

static void event_request_free(void *state)
{
	struct event_request *request = state;

	inbound_event_clear(&request->event);
	inbound_effect_clear(&request->effect);
	object_request_clear(&request->common);
	free(request);
}

static int run_get(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct event_request *request = exchange->state;

	return inbound_event_get(changes, text_of(exchange->path_id),
				 &request->event);
}

static void get_done(struct exchange *exchange)
{
	const struct event_request *request = exchange->state;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	write_event(&writer, &request->event, true);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

void inbound_events_get(struct exchange *exchange)
{
	if (!object_request_read(exchange, sizeof(struct event_request)))
		return;
	exchange->state_free = event_request_free;
	object_request_submit(exchange, STORE_READ, run_get, get_done);
}

/* By the mapping that the source has now; a receipt does not stand in the way,
 * and whoever replays it is who acts. */
static int replay(struct changes *changes, struct event_request *request)
{
	struct inbound_event *event = &request->event;
	int err = inbound_source_get(changes, text_of(event->source_id),
				     &request->source);

	if (!err && request->source.kind == INBOUND_SLACK_COMMAND)
		return EPERM;
	if (!err)
		err = inbound_effect_read(
			&request->effect, text_of(request->source.mapping),
			(struct text){ event->body, event->body_bytes });
	if (!err)
		err = inbound_effect_apply(&request->effect, changes,
					   request->source.on_conflict);
	if (!err)
		err = inbound_result_settle(event, &request->effect);
	return err ? err : inbound_event_settle(changes, event);
}

static int run_replay(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct event_request *request = exchange->state;
	int err = run_get(changes, job);

	if (!err)
		err = request->event.is_verified ? replay(changes, request)
						 : EPERM;
	return object_request_settle(exchange, err);
}

static void replay_done(struct exchange *exchange)
{
	struct event_request *request = exchange->state;
	struct json_writer writer = { 0 };

	if (exchange->err == EPERM)
		problem_answer(exchange, PROBLEM_EVENT_NOT_VERIFIED,
			       request->event.is_verified
				       ? "What a slash command says depends on "
					 "when it was said: it is not replayed."
				       : "It was refused before it was known "
					 "who sent it.");
	else if (!object_request_succeeded(exchange, ""))
		return;
	else if (inbound_effect_is_refused(&request->effect))
		problem_answer_members(exchange, PROBLEM_EVENT_REFUSED,
				       "Nothing was changed; `errors` lists "
				       "what is wrong with the move.",
				       inbound_effect_put_errors,
				       &request->effect);
	else {
		json_put_json(&writer, NULL, text_of(request->event.result));
		exchange_answer_json(exchange, 200, &writer, 0, NULL);
	}
}

void inbound_events_replay(struct exchange *exchange)
{
	struct event_request *request =
		object_request_change(exchange, sizeof(*request), true);

	if (!exchange->state)
		return;
	exchange->state_free = event_request_free;
	if (!request)
		return;
	json_object_end(&request->common.body);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else
		object_request_submit(exchange, STORE_CHANGE, run_replay,
				      replay_done);
}
