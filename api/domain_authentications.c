#include "api/resources.h"

#include "api/document_member.h"
#include "api/object_request.h"
#include "api/problem.h"
#include "db/sip_users.h"

enum {
	ALGORITHM_NAME_MAX = 16,
};

struct authentication_request {
	struct object_request common;
	struct domain_authentication authentication;
};

static void answer_authentication(struct exchange *exchange)
{
	struct authentication_request *request = exchange->state;
	const struct domain_authentication *is = &request->authentication;
	struct json_writer writer = { 0 };

	json_open_object(&writer, NULL);
	json_put_string(&writer, "domain", text_of(is->domain));
	json_put_bool(&writer, "required", is->required);
	json_open_array(&writer, "algorithms");
	for (int i = 0; i < DIGEST_ALGORITHMS; i++)
		if (is->algorithms & 1U << i)
			json_put_string(&writer, NULL,
					text_of(digest_algorithm_name(
						(enum digest_algorithm)i)));
	json_close_array(&writer);
	json_put_integer(&writer, "nonce_seconds", is->nonce_seconds);
	json_put_bool(&writer, "require_qop", is->require_qop);
	json_put_bool(&writer, "bind_nonce_to_source", is->bind_nonce);
	json_put_i64_string(&writer, "revision", is->revision);
	json_close_object(&writer);
	object_request_answer(exchange, &writer, is->revision, NULL);
}

static int run_get(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct authentication_request *request = exchange->state;

	return domain_authentication_get(changes, text_of(exchange->path_id),
					 &request->authentication);
}

static void get_done(struct exchange *exchange)
{
	struct authentication_request *request = exchange->state;

	if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else if (!exchange_not_modified(exchange,
					request->authentication.revision))
		answer_authentication(exchange);
}

void domain_authentications_get(struct exchange *exchange)
{
	if (object_request_read(exchange,
				sizeof(struct authentication_request)))
		object_request_submit(exchange, STORE_READ, run_get, get_done);
}

/* Strongest first on the wire, whatever their order here. */
static void read_algorithms(struct json_object *body, unsigned *algorithms)
{
	struct json_array array;
	struct text name;

	if (json_array(body, "algorithms", DIGEST_ALGORITHMS, &array) !=
	    JSON_PRESENT)
		return;
	*algorithms = 0;
	for (size_t i = 0; i < array.count; i++) {
		enum digest_algorithm algorithm;

		if (!json_array_string(&array, i, ALGORITHM_NAME_MAX, &name))
			continue;
		if (!digest_algorithm_from_text(name, &algorithm))
			json_fault(body, "algorithms", FAULT_OUT_OF_RANGE,
				   "element %zu is not SHA-512-256, SHA-256 or "
				   "MD5",
				   i);
		else
			*algorithms |= 1U << algorithm;
	}
}

static void read_body(struct json_object *body,
		      struct domain_authentication *wanted)
{
	static const char *const read_only[] = { "domain", "revision", NULL };
	enum json_presence presence =
		json_bool(body, "required", &wanted->required);

	if (presence == JSON_ABSENT || presence == JSON_NULL)
		json_missing(body, "required");
	wanted->algorithms = DIGEST_ALL;
	read_algorithms(body, &wanted->algorithms);
	wanted->nonce_seconds = NONCE_SECONDS_DEFAULT;
	(void)json_integer(body, "nonce_seconds", NONCE_SECONDS_MIN,
			   NONCE_SECONDS_MAX, &wanted->nonce_seconds);
	member_bool(body, "require_qop", false, &wanted->require_qop);
	member_bool(body, "bind_nonce_to_source", false, &wanted->bind_nonce);
	members_read_only(body, read_only);
	json_object_end(body);
}

static int run_put(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct authentication_request *request = exchange->state;

	return object_request_settle(
		exchange,
		domain_authentication_put(changes, text_of(exchange->path_id),
					  &request->authentication,
					  request->common.if_revision,
					  &request->common.found));
}

static void put_done(struct exchange *exchange)
{
	if (object_request_succeeded(exchange, ""))
		answer_authentication(exchange);
}

void domain_authentications_put(struct exchange *exchange)
{
	struct authentication_request *request = object_request_change(
		exchange, sizeof(struct authentication_request), true);

	if (!request)
		return;
	read_body(&request->common.body, &request->authentication);
	object_request_submit(exchange, STORE_CHANGE, run_put, put_done);
}
