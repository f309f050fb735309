#include "api/singleton.h"

#include <stddef.h>

#include "api/problem.h"

struct singleton_request {
	struct object_request common;
	const struct singleton *singleton;
	bool is_put;
	max_align_t value[]; /* zeros to begin with */
};

static size_t request_size(const struct singleton *singleton)
{
	return sizeof(struct singleton_request) + singleton->value_size;
}

static void answer(struct exchange *exchange)
{
	struct singleton_request *request = exchange->state;
	const struct singleton *singleton = request->singleton;
	struct json_writer writer = { 0 };

	singleton->write(&writer, request->value);
	object_request_answer(exchange, &writer,
			      singleton->revision(request->value), NULL);
}

static int run_get(struct changes *changes, struct store_job *job)
{
	struct singleton_request *request = exchange_of_job(job)->state;

	return request->singleton->get(changes, request->value);
}

static void get_done(struct exchange *exchange)
{
	struct singleton_request *request = exchange->state;
	int64_t revision = request->singleton->revision(request->value);

	if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else if (!exchange_not_modified(exchange, revision))
		answer(exchange);
}

void singleton_get(struct exchange *exchange, const struct singleton *singleton)
{
	struct singleton_request *request =
		object_request_read(exchange, request_size(singleton));

	if (!request)
		return;
	request->singleton = singleton;
	object_request_submit(exchange, STORE_READ, run_get, get_done);
}

static int run_change(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct singleton_request *request = exchange->state;
	const struct singleton *singleton = request->singleton;
	struct object_request *common = &request->common;
	int err = singleton->get(changes, request->value);

	if (err)
		return err;
	singleton->read(&common->body, request->is_put, request->value);
	return object_request_settle(
		exchange, singleton->set(changes, request->value,
					 common->if_revision, &common->found));
}

static void change_done(struct exchange *exchange)
{
	if (object_request_succeeded(exchange, ""))
		answer(exchange);
}

static void change(struct exchange *exchange, const struct singleton *singleton,
		   bool is_put)
{
	struct singleton_request *request =
		object_request_change(exchange, request_size(singleton), true);

	if (!request)
		return;
	request->singleton = singleton;
	request->is_put = is_put;
	object_request_submit(exchange, STORE_CHANGE, run_change, change_done);
}

void singleton_put(struct exchange *exchange, const struct singleton *singleton)
{
	if (exchange_demand_if_match(exchange))
		change(exchange, singleton, true);
}

void singleton_patch(struct exchange *exchange,
		     const struct singleton *singleton)
{
	if (!singleton->is_patched_by_revision ||
	    exchange_demand_if_match(exchange))
		change(exchange, singleton, false);
}
