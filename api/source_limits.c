#include "api/resources.h"

#include "api/object_request.h"
#include "api/problem.h"
#include "api/source_document.h"

struct limit_request {
	struct object_request common;
	bool is_put;
	struct source_limit limit;
};

static void answer_limit(struct exchange *exchange)
{
	struct limit_request *request = exchange->state;
	struct json_writer writer = { 0 };

	source_limit_document_write(&writer, &request->limit);
	object_request_answer(exchange, &writer, request->limit.revision, NULL);
}

static int run_get(struct changes *changes, struct store_job *job)
{
	struct limit_request *request = exchange_of_job(job)->state;

	return source_limit_get(changes, &request->limit);
}

static void get_done(struct exchange *exchange)
{
	struct limit_request *request = exchange->state;

	if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else if (!exchange_not_modified(exchange, request->limit.revision))
		answer_limit(exchange);
}

void source_limit_show(struct exchange *exchange)
{
	if (object_request_read(exchange, sizeof(struct limit_request)))
		object_request_submit(exchange, STORE_READ, run_get, get_done);
}

static int run_change(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct limit_request *request = exchange->state;
	struct object_request *common = &request->common;
	int err = source_limit_get(changes, &request->limit);

	if (err)
		return err;
	source_limit_document_read(&common->body, request->is_put,
				   &request->limit);
	return object_request_settle(exchange,
				     source_limit_set(changes, &request->limit,
						      common->if_revision,
						      &common->found));
}

static void change_done(struct exchange *exchange)
{
	if (object_request_succeeded(exchange, ""))
		answer_limit(exchange);
}

static void change(struct exchange *exchange, bool is_put)
{
	struct limit_request *request;

	if (is_put && !exchange_demand_if_match(exchange))
		return;
	request = object_request_change(exchange, sizeof(*request), true);
	if (!request)
		return;
	request->is_put = is_put;
	object_request_submit(exchange, STORE_CHANGE, run_change, change_done);
}

/* What is left out takes its default. */
void source_limit_put(struct exchange *exchange)
{
	change(exchange, true);
}

void source_limit_patch(struct exchange *exchange)
{
	change(exchange, false);
}
