#include "api/resources.h"

#include "api/object_request.h"
#include "api/problem.h"
#include "api/target_document.h"
#include "db/target_policy_rows.h"

struct policy_request {
	struct object_request common;
	bool is_put;
	struct target_policy policy;
};

static void answer_policy(struct exchange *exchange)
{
	struct policy_request *request = exchange->state;
	struct json_writer writer = { 0 };

	target_policy_document_write(&writer, &request->policy);
	object_request_answer(exchange, &writer, request->policy.revision,
			      NULL);
}

static int run_get(struct changes *changes, struct store_job *job)
{
	struct policy_request *request = exchange_of_job(job)->state;

	return target_policy_get(changes, &request->policy);
}

static void get_done(struct exchange *exchange)
{
	struct policy_request *request = exchange->state;

	if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else if (!exchange_not_modified(exchange, request->policy.revision))
		answer_policy(exchange);
}

void target_policy_show(struct exchange *exchange)
{
	if (object_request_read(exchange, sizeof(struct policy_request)))
		object_request_submit(exchange, STORE_READ, run_get, get_done);
}

static int run_change(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct policy_request *request = exchange->state;
	struct object_request *common = &request->common;
	int err = target_policy_get(changes, &request->policy);

	if (err)
		return err;
	target_policy_document_read(&common->body, request->is_put,
				    &request->policy);
	return object_request_settle(
		exchange,
		target_policy_set(changes, &request->policy,
				  common->if_revision, &common->found));
}

static void change_done(struct exchange *exchange)
{
	if (object_request_succeeded(exchange, ""))
		answer_policy(exchange);
}

/* What decides over every target is not changed by who has not seen it. */
static void change(struct exchange *exchange, bool is_put)
{
	struct policy_request *request;

	if (!exchange_demand_if_match(exchange))
		return;
	request = object_request_change(exchange, sizeof(*request), true);
	if (!request)
		return;
	request->is_put = is_put;
	object_request_submit(exchange, STORE_CHANGE, run_change, change_done);
}

void target_policy_put(struct exchange *exchange)
{
	change(exchange, true);
}

void target_policy_patch(struct exchange *exchange)
{
	change(exchange, false);
}
