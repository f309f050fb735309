#include "api/object_request.h"

#include <errno.h>
#include <stdlib.h>

#include "api/document_member.h"
#include "api/problem.h"

void object_request_clear(struct object_request *request)
{
	json_document_free(request->document);
	faults_clear(&request->found);
}

static void object_request_free(void *state)
{
	if (state)
		object_request_clear(state);
	free(state);
}

void *object_request_read(struct exchange *exchange, size_t size)
{
	exchange->state = calloc(1, size);
	exchange->state_free = object_request_free;
	if (!exchange->state)
		problem_answer_errno(exchange, ENOMEM);
	return exchange->state;
}

static bool parse_body(struct exchange *exchange,
		       struct object_request *request)
{
	char detail[FAULT_DETAIL_SIZE];
	int err =
		json_document_parse(exchange->body, &request->document, detail);

	if (err == EBADMSG)
		problem_answer(exchange, PROBLEM_MALFORMED_JSON, "%s", detail);
	else if (err)
		problem_answer_errno(exchange, err);
	else if (!json_document_object(request->document, &exchange->faults,
				       &request->body))
		problem_answer_faults(exchange);
	else
		return true;
	return false;
}

void *object_request_change(struct exchange *exchange, size_t size,
			    bool has_body)
{
	struct object_request *request = object_request_read(exchange, size);

	if (!request || !exchange_if_match(exchange, &request->if_revision) ||
	    (has_body && !parse_body(exchange, request)))
		return NULL;
	return request;
}

static bool is_query_faulty(const struct exchange *exchange)
{
	for (size_t i = 0; i < exchange->faults.count; i++)
		if (exchange->faults.list[i].is_parameter)
			return true;
	return false;
}

void object_request_submit(struct exchange *exchange, enum store_job_kind kind,
			   int (*run)(struct changes *changes,
				      struct store_job *job),
			   void (*resumed)(struct exchange *exchange))
{
	struct object_request *request = exchange->state;

	if (kind == STORE_CHANGE)
		query_bool(exchange, "dry_run", &request->dry_run);
	query_end(exchange);
	if (is_query_faulty(exchange))
		problem_answer_faults(exchange);
	else
		exchange_run_job(exchange, kind, run, resumed);
}

int object_request_settle(struct exchange *exchange, int err)
{
	struct object_request *request = exchange->state;

	faults_join(&exchange->faults, &request->found);
	if (faults_any(&exchange->faults) &&
	    (err == 0 || err == EINVAL || err == EEXIST))
		return EINVAL;
	if (err == 0 && request->dry_run) {
		request->dry_run_passed = true;
		return ECANCELED;
	}
	return err;
}

bool object_request_succeeded(struct exchange *exchange,
			      const char *not_empty_detail)
{
	const struct object_request *request = exchange->state;

	if (exchange->err == 0 || request->dry_run_passed)
		return true;
	if (exchange->err == EEXIST)
		problem_answer_exists(exchange, request->other_id);
	else if (exchange->err == ENOTEMPTY)
		problem_answer(exchange, PROBLEM_NOT_EMPTY, "%s",
			       not_empty_detail);
	else
		problem_answer_errno(exchange, exchange->err);
	return false;
}

void object_request_answer(struct exchange *exchange,
			   struct json_writer *writer, int64_t revision,
			   const char *created_path)
{
	const struct object_request *request = exchange->state;

	if (request->dry_run)
		exchange_answer_json(exchange, 200, writer, 0, NULL);
	else
		exchange_answer_json(exchange, created_path ? 201 : 200, writer,
				     revision, created_path);
}
