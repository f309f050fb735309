/*
 * POST /hooks/{slug}. In this order: the body as it is -> is it genuine ->
 * stored -> was it there before -> what does it mean -> done -> answered. Each
 * arrow is a job of the store, or the step between two.
 */
#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/hook_request.h"
#include "api/http_stream.h"
#include "api/http_wire.h"
#include "api/inbound_result.h"
#include "api/problem.h"

/* --- the answer
 * ------------------------------------------------------------------------ */

static void answer_result(struct exchange *exchange)
{
	struct hook_request *hook = exchange->state;
	struct json_writer writer = { 0 };

	if (hook->event.outcome == INBOUND_DUPLICATE)
		exchange_add_header(exchange, "Idempotent-Replayed", "true");
	json_put_json(&writer, NULL, text_of(hook->event.result));
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

static void answer_refusal(struct exchange *exchange)
{
	struct hook_request *hook = exchange->state;

	if (hook->refusal == PROBLEM_BAD_SIGNATURE ||
	    hook->refusal == PROBLEM_STALE_EVENT)
		exchange_set_header(exchange, "WWW-Authenticate",
				    hook->source.kind == INBOUND_BEARER
					    ? "Bearer realm=\"sipmoved\""
					    : "Signature realm=\"sipmoved\"");
	if (hook->refusal == PROBLEM_EVENT_REFUSED)
		problem_answer_members(exchange, hook->refusal, hook->why,
				       inbound_effect_put_errors,
				       &hook->effect);
	else
		problem_answer(exchange, hook->refusal, "%s", hook->why);
}

static void settled(struct exchange *exchange)
{
	const struct hook_request *hook = exchange->state;

	if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else if (hook->refusal != PROBLEM_CODES)
		answer_refusal(exchange);
	else
		answer_result(exchange);
}

/* --- doing it
 * ----------------------------------------------------------------------------
 */

static void refuse(struct hook_request *hook, enum problem_code refusal,
		   const char *why)
{
	hook->refusal = refusal;
	hook->why = why;
	hook->event.outcome = INBOUND_REFUSED;
	inbound_result_refuse(&hook->event, refusal, why);
}

/* Was the same done before? Then that is what is answered. */
static int find_receipt(struct changes *changes, struct hook_request *hook)
{
	struct inbound_event *event = &hook->event;
	int err = inbound_receipt_find(changes, event->source_row_id,
				       event->key, hook->body_sha256,
				       event->result);

	if (!err) {
		event->outcome = INBOUND_DUPLICATE;
		event->status = 200;
	} else if (err == EEXIST) {
		refuse(hook, PROBLEM_EVENT_ID_REUSED,
		       "An event with this id, and another body, was taken "
		       "before. Nothing was changed.");
	}
	return err == ENOENT || err == EEXIST ? 0 : err;
}

static bool is_settled(const struct hook_request *hook)
{
	return hook->event.outcome == INBOUND_DUPLICATE ||
	       hook->event.outcome == INBOUND_REFUSED;
}

static int do_it(struct changes *changes, struct hook_request *hook)
{
	int err;

	if (hook->source.kind == INBOUND_SLACK_COMMAND)
		return slack_command_apply(&hook->command, changes,
					   &hook->event);
	err = inbound_effect_apply(&hook->effect, changes,
				   hook->source.on_conflict);
	if (err)
		return err;
	if (inbound_effect_is_refused(&hook->effect)) {
		hook->refusal = PROBLEM_EVENT_REFUSED;
		hook->why = "Nothing was changed; `errors` lists what is wrong "
			    "with the move.";
	}
	return inbound_result_settle(&hook->event, &hook->effect);
}

static int run_apply(struct changes *changes, struct store_job *job)
{
	struct hook_request *hook = exchange_of_job(job)->state;
	/* The same may have come twice at once. */
	int err = find_receipt(changes, hook);

	if (!err && !is_settled(hook)) {
		err = do_it(changes, hook);
		if (!err && hook->event.outcome != INBOUND_REFUSED)
			err = inbound_receipt_add(changes, &hook->event,
						  hook->body_sha256);
	}
	return err ? err : inbound_event_settle(changes, &hook->event);
}

/* What failed was answered so, and is not done at the next start. */
static int run_give_up(struct changes *changes, struct store_job *job)
{
	struct hook_request *hook = exchange_of_job(job)->state;

	hook->event.outcome = INBOUND_REFUSED;
	inbound_result_refuse(&hook->event, PROBLEM_UNAVAILABLE,
			      "This could not be written. Nothing was "
			      "changed.");
	return inbound_event_settle(changes, &hook->event);
}

static void given_up(struct exchange *exchange)
{
	const struct hook_request *hook = exchange->state;

	problem_answer_errno(exchange, hook->err);
}

static void give_up(struct exchange *exchange, int err)
{
	struct hook_request *hook = exchange->state;

	hook->err = err;
	exchange_run_job(exchange, STORE_CHANGE, run_give_up, given_up);
}

static void applied(struct exchange *exchange)
{
	if (exchange->err)
		give_up(exchange, exchange->err);
	else
		settled(exchange);
}

/* --- storing it
 * ----------------------------------------------------------------------------
 */

static void stored(struct exchange *exchange)
{
	struct hook_request *hook = exchange->state;
	int err = exchange->err;

	if (err || is_settled(hook)) {
		settled(exchange);
		return;
	}
	if (hook->source.kind == INBOUND_SLACK_COMMAND)
		err = slack_command_read(&hook->command,
					 hook_request_body(hook));
	else
		err = inbound_effect_read(&hook->effect,
					  text_of(hook->source.mapping),
					  hook_request_body(hook));
	if (err)
		give_up(exchange, err);
	else
		exchange_run_job(exchange, STORE_CHANGE, run_apply, applied);
}

static int run_store(struct changes *changes, struct store_job *job)
{
	struct hook_request *hook = exchange_of_job(job)->state;
	struct inbound_event *event = &hook->event;
	int err = 0;

	if (event->is_verified)
		err = find_receipt(changes, hook);
	return err ? err
		   : inbound_event_add(changes, event, hook_request_body(hook));
}

/* --- is it genuine
 * ----------------------------------------------------------------------------
 */

static void judge(struct exchange *exchange, struct hook_request *hook)
{
	const char *why;
	enum hook_verdict verdict = hook_signature_check(
		&hook->source, &hook->head, hook_request_body(hook),
		exchange->now_ms, &why);

	hook->event.is_verified = verdict == HOOK_GENUINE;
	if (verdict != HOOK_GENUINE)
		refuse(hook,
		       verdict == HOOK_STALE ? PROBLEM_STALE_EVENT
					     : PROBLEM_BAD_SIGNATURE,
		       why);
}

/* From here on it is the source that acts. */
static void be_source(struct exchange *exchange,
		      const struct inbound_source *source)
{
	struct principal *principal = &exchange->principal;

	text_copy(text_of(source->name), principal->name,
		  sizeof(principal->name));
	principal->kind = "source";
	text_copy(TEXT("service"), principal->role, sizeof(principal->role));
}

static void found(struct exchange *exchange)
{
	struct hook_request *hook = exchange->state;
	struct inbound_event *event = &hook->event;

	if (exchange->err == ENOENT)
		problem_answer(exchange, PROBLEM_NOT_FOUND,
			       "There is no inbound source here, or it is not "
			       "enabled.");
	else if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	if (exchange->err)
		return;
	event->source_row_id = hook->source.row_id;
	text_copy(text_of(exchange->principal.peer), event->peer,
		  sizeof(event->peer));
	text_copy(text_of(exchange->body_type), event->content_type,
		  sizeof(event->content_type));
	judge(exchange, hook);
	if (event->is_verified) {
		be_source(exchange, &hook->source);
		hook_request_find_key(hook);
	}
	exchange_run_job(exchange, STORE_CHANGE, run_store, stored);
}

static int run_find(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct hook_request *hook = exchange->state;

	return inbound_source_find(changes, text_of(exchange->path_id),
				   &hook->source);
}

/* --- the body
 * --------------------------------------------------------------------------------
 */

/* Its size was judged before: what fails is memory. */
static size_t take(struct exchange *exchange, struct text part)
{
	int err = hook_request_add(exchange->state, part);

	if (err)
		problem_answer_errno(exchange, err);
	return part.len;
}

static void end(struct exchange *exchange)
{
	exchange_run_job(exchange, STORE_READ, run_find, found);
}

void hooks_receive(struct exchange *exchange)
{
	static const struct http_sink sink = { take, end };

	query_end(exchange);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return;
	}
	exchange->state = hook_request_new(exchange->wire->head);
	exchange->state_free = hook_request_free;
	if (exchange->state)
		exchange_read_stream(exchange, &sink);
	else
		problem_answer_errno(exchange, ENOMEM);
}

/* --- what is too large
 * -------------------------------------------------------------------------- */

/* Nobody waits for it: the request was answered. */
struct large_note {
	struct store_job job; /* first: a job is cast back */
	struct inbound_event event;
	struct inbound_source source;
	char slug[PATH_ID_SIZE];
};

static int run_note(struct changes *changes, struct store_job *job)
{
	struct large_note *note = (struct large_note *)job;
	int err = inbound_source_find(changes, text_of(note->slug),
				      &note->source);

	if (err)
		return err;
	note->event.source_row_id = note->source.row_id;
	return inbound_event_add(changes, &note->event, TEXT(""));
}

static void note_done(struct store_job *job, int err, int64_t revision)
{
	(void)err;
	(void)revision;
	free(job);
}

void hooks_note_too_large(struct exchange *exchange)
{
	struct large_note *note = calloc(1, sizeof(*note));

	if (!note)
		return;
	note->job = (struct store_job){ .kind = STORE_CHANGE,
					.run = run_note,
					.done = note_done };
	note->event.outcome = INBOUND_REFUSED;
	text_copy(text_of(exchange->path_id), note->slug, sizeof(note->slug));
	text_copy(text_of(exchange->principal.peer), note->event.peer,
		  sizeof(note->event.peer));
	inbound_result_refuse(&note->event, PROBLEM_TOO_LARGE,
			      "The body may have at most 262144 bytes.");
	store_submit(exchange_config(exchange)->store, &note->job);
}
