#include "api/resources.h"

#include <errno.h>

#include "api/move_document.h"
#include "api/object_request.h"
#include "api/own_request.h"
#include "api/problem.h"
#include "db/user.h"

/* The handlers of moves and logs, held to what the user owns. */

void me_moves_list(struct exchange *exchange)
{
	if (own_request_begin(exchange))
		moves_list(exchange);
}

void me_moves_create(struct exchange *exchange)
{
	if (own_request_begin(exchange))
		moves_create_own(exchange);
}

void me_moves_get(struct exchange *exchange)
{
	if (own_request_begin(exchange))
		moves_get(exchange);
}

void me_moves_patch(struct exchange *exchange)
{
	if (own_request_begin(exchange))
		moves_patch(exchange);
}

void me_moves_delete(struct exchange *exchange)
{
	if (own_request_begin(exchange))
		moves_delete(exchange);
}

void me_redirect_lookups_create(struct exchange *exchange)
{
	if (own_request_begin(exchange))
		redirect_lookups_create_own(exchange);
}

void me_redirect_logs_list(struct exchange *exchange)
{
	if (own_request_begin(exchange))
		redirect_logs_list(exchange);
}

/* --- back to normal ------------------------------------------------------- */

/* An address has one active move at most. */
struct back_to_normal {
	struct object_request common;
	struct move moves[USER_ADDRESSES_MAX];
	size_t count;
};

static int run_end_all(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct back_to_normal *request = exchange->state;
	const struct move_filter filter = {
		.states = 1U << MOVE_ACTIVE,
		.limit = USER_ADDRESSES_MAX,
	};
	bool more;
	int err = move_list(changes, &filter, request->moves, &request->count,
			    &more);

	for (size_t i = 0; !err && i < request->count; i++)
		err = move_end(changes, text_of(request->moves[i].id), 0,
			       &request->moves[i]);
	return object_request_settle(exchange, err);
}

static void all_ended(struct exchange *exchange)
{
	struct back_to_normal *request = exchange->state;
	struct json_writer writer = { 0 };
	struct zoned_clock clock = { 0 };
	int64_t now_ms = exchange->now_ms;

	if (!object_request_succeeded(exchange, ""))
		return;
	json_open_object(&writer, NULL);
	json_open_array(&writer, "ended");
	for (size_t i = 0; i < request->count; i++) {
		/* They ended after the request came. */
		if (now_ms < request->moves[i].updated_at_ms)
			now_ms = request->moves[i].updated_at_ms;
		move_document_write(&writer, &request->moves[i], &clock,
				    now_ms);
	}
	json_close_array(&writer);
	json_close_object(&writer);
	zoned_clock_clear(&clock);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

void back_to_normal_create(struct exchange *exchange)
{
	struct back_to_normal *request;

	if (!own_request_begin(exchange))
		return;
	request = object_request_change(exchange, sizeof(*request), true);
	if (!request)
		return;
	json_object_end(&request->common.body);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else
		object_request_submit(exchange, STORE_CHANGE, run_end_all,
				      all_ended);
}
