#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>

#include "api/api.h"
#include "api/call_simulation_document.h"
#include "api/document_member.h"
#include "api/object_request.h"
#include "api/problem.h"
#include "api/proposed_policy.h"
#include "api/simulated_request.h"

struct simulation_request {
	struct object_request common;
	/* A policy to try, before it is saved; without one, that in force. */
	struct proposed_policy proposed;
	/* Who a document with a domain alone is about. */
	char domain[SIP_CANONICAL_SIZE];
	struct address somebody;
	char *text; /* the SIP request; owned */
	size_t len;
	int64_t at_ms;
	struct call_simulation simulation;
};

static void simulation_request_free(void *state)
{
	struct simulation_request *request = state;

	proposed_policy_clear(&request->proposed);
	free(request->text);
	object_request_clear(&request->common);
	free(request);
}

/* --- the answer ------------------------------------------------------------
 */

static void answer_simulation(struct exchange *exchange,
			      const struct simulation_request *request)
{
	const struct call_simulation *simulation = &request->simulation;
	struct text sent = { request->text, request->len };
	struct json_writer writer = { 0 };

	json_open_object(&writer, NULL);
	call_simulation_document_put_status(&writer, simulation);
	call_simulation_document_put_tags(&writer, simulation);
	json_put_string_or_null(&writer, "address",
				text_of(simulation->address));
	json_put_string_or_null(&writer, "move_id",
				text_of(simulation->move_id));
	call_simulation_document_put_bytes(&writer, sent, simulation);
	json_close_object(&writer);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

/* A look ahead: what was over by now is not in the picture any more. */
static void read_at(struct exchange *exchange,
		    struct simulation_request *request)
{
	struct json_object *body = &request->common.body;

	request->at_ms = exchange->now_ms;
	member_instant(body, "at", &request->at_ms);
	if (request->at_ms < exchange->now_ms)
		json_fault(body, "at", FAULT_OUT_OF_RANGE,
			   "must not be in the past");
}

static int read_document(struct exchange *exchange,
			 struct simulation_request *request)
{
	struct json_object *body = &request->common.body;
	int err = simulated_request_read(body, request->somebody.uri,
					 &request->text, &request->len);

	read_at(exchange, request);
	proposed_policy_settle(body, &request->proposed);
	json_object_end(body);
	query_end(exchange);
	if (!err && faults_any(&exchange->faults))
		err = EINVAL;
	return err;
}

static void simulate(struct exchange *exchange)
{
	struct simulation_request *request = exchange->state;
	int err = read_document(exchange, request);
	const struct call_question question = {
		.request = { request->text, request->len },
		.policy = request->proposed.policy,
		.now_ms = request->at_ms,
	};

	if (!err)
		err = exchange_config(exchange)->simulate(
			exchange_config(exchange)->simulate_settings,
			exchange->snapshot, &question, &request->simulation);
	if (err == EBADMSG) {
		json_fault(&request->common.body, "request", FAULT_BAD_FORMAT,
			   "is not a SIP request: it has to begin with a line "
			   "such as `INVITE sip:alice@example.com SIP/2.0`");
		err = EINVAL;
	}
	if (err)
		problem_answer_errno(exchange, err);
	else
		answer_simulation(exchange, request);
}

/*
 * A call to nobody is answered 404 before the policy is asked. So that a
 * question about a domain is one about its rules, it is asked for somebody who
 * is known there.
 */
static int run_prepare(struct changes *changes, struct store_job *job)
{
	struct simulation_request *request = exchange_of_job(job)->state;
	size_t count;
	bool more;
	int err = 0;

	if (request->domain[0])
		err = address_list(changes, request->domain, "", "", 1,
				   &request->somebody, &count, &more);
	if (!err && request->proposed.version)
		err = proposed_policy_load(changes, &request->proposed);
	return err;
}

static void prepared(struct exchange *exchange)
{
	if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else
		simulate(exchange);
}

/* Nothing is stored. */
void extension_simulations_create(struct exchange *exchange)
{
	struct simulation_request *request = object_request_change(
		exchange, sizeof(struct simulation_request), true);
	struct json_object *body;
	bool has_domain;
	int err;

	if (!request)
		return;
	exchange->state_free = simulation_request_free;
	body = &request->common.body;
	err = proposed_policy_read(body, &request->proposed);
	has_domain = simulated_request_domain(body, request->domain);
	if (!has_domain)
		request->domain[0] = '\0';
	if (err)
		problem_answer_errno(exchange, err);
	else if (has_domain || request->proposed.version)
		exchange_run_job(exchange, STORE_READ, run_prepare, prepared);
	else
		simulate(exchange);
}
