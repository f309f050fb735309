#include "api/problem.h"
#include "api/api_state.h"
#include "api/http_wire.h"
#include "api/problem_kind.h"
#include "api/resources.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct exchange *an_exchange(void)
{
	struct api *api = calloc(1, sizeof(*api));
	struct exchange *exchange;

	assert_non_null(api);
	atomic_init(&api->owners, 0); /* the exchange alone holds it */
	exchange = exchange_new(api, "/");
	assert_non_null(exchange);
	text_copy(TEXT("req-1"), exchange->request_id,
		  sizeof(exchange->request_id));
	return exchange;
}

static void assert_answer(struct exchange *exchange, unsigned status,
			  const char *part)
{
	const struct http_answer *answer = &exchange->wire->answer;

	assert_int_equal(status, answer->status);
	assert_string_equal("application/problem+json",
			    exchange_header(exchange, "Content-Type"));
	if (!strstr(answer->body, part))
		fail_msg("no '%s' in %s", part, answer->body);
}

static void a_problem_has_every_member_of_the_rfc(void **state)
{
	struct exchange *exchange = an_exchange();
	(void)state;

	problem_answer(exchange, PROBLEM_NOT_FOUND, "No %s.", "\"move\"");
	assert_answer(exchange, 404,
		      "{\"type\":\"/docs/problems/not-found\",\"title\":"
		      "\"Not found\",\"status\":404,\"detail\":\"No "
		      "\\\"move\\\".\",\"instance\":\"urn:sipmoved:request:"
		      "req-1\",\"code\":\"NOT_FOUND\"}");
	exchange_unref(exchange);
}

static void every_code_has_a_status_and_a_title(void **state)
{
	(void)state;
	for (int code = 0; code < PROBLEM_CODES; code++) {
		struct exchange *exchange = an_exchange();
		unsigned status;

		problem_answer(exchange, (enum problem_code)code, "x");
		status = exchange->wire->answer.status;
		assert_true(status >= 400 && status < 600);
		assert_null(
			strstr(exchange->wire->answer.body, "\"title\":\"\""));
		assert_int_equal(status == 429 || status == 503,
				 exchange_header(exchange, "Retry-After") !=
					 NULL);
		exchange_unref(exchange);
	}
}

static void every_problem_has_a_page_that_says_what_to_do(void **state)
{
	(void)state;
	for (int code = 0; code < PROBLEM_CODES; code++) {
		struct exchange *exchange = an_exchange();
		struct writer slug = writer_over(exchange->path_id,
						 sizeof(exchange->path_id) - 1);
		const struct http_answer *answer = &exchange->wire->answer;

		problem_slug_put(&slug, problem_kinds[code].code);
		problems_get(exchange);
		assert_int_equal(200, answer->status);
		assert_non_null(
			strstr(answer->body, problem_kinds[code].advice));
		assert_int_equal('\n', answer->body[answer->body_len - 1]);
		exchange_unref(exchange);
	}
}

static void faults_in_parameters_are_400_in_the_body_422(void **state)
{
	struct exchange *exchange = an_exchange();
	(void)state;

	faults_add_parameter(&exchange->faults, FAULT_BAD_TIME, "from", "no");
	problem_answer_faults(exchange);
	assert_answer(exchange, 400,
		      "\"errors\":[{\"parameter\":\"from\",\"code\":"
		      "\"BAD_TIME\",\"detail\":\"no\"}]");
	exchange_unref(exchange);

	exchange = an_exchange();
	faults_add_parameter(&exchange->faults, FAULT_BAD_TIME, "from", "no");
	faults_add(&exchange->faults, FAULT_BAD_TARGET, "/targets/0/uri", "no");
	problem_answer_faults(exchange);
	assert_answer(exchange, 422, "{\"pointer\":\"/targets/0/uri\"");
	exchange_unref(exchange);
}

static void faults_beyond_the_cap_are_counted(void **state)
{
	struct exchange *exchange = an_exchange();
	(void)state;

	for (int i = 0; i < FAULTS_MAX + 7; i++)
		faults_add(&exchange->faults, FAULT_BAD_FORMAT, "/x", "no");
	problem_answer_faults(exchange);
	assert_answer(exchange, 422, "\"errors_left_out\":7");
	exchange_unref(exchange);
}

static void what_the_store_says_becomes_a_status(void **state)
{
	static const struct {
		int err;
		unsigned status;
	} rows[] = { { ENOENT, 404 },  { ESTALE, 412 },	   { ENOSPC, 507 },
		     { EIO, 503 },     { ECANCELED, 503 }, { ETIMEDOUT, 503 },
		     { EBADMSG, 503 }, { EBUSY, 503 },	   { EROFS, 503 },
		     { ENOMEM, 500 },  { EPERM, 500 } };
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct exchange *exchange = an_exchange();

		problem_answer_errno(exchange, rows[i].err);
		assert_int_equal(rows[i].status, exchange->wire->answer.status);
		exchange_unref(exchange);
	}
}

static void a_conflict_names_what_is_in_the_way(void **state)
{
	struct move_conflict overlap = { .kind = MOVE_OVERLAPS,
					 .ids = { "mov_1", "mov_2" },
					 .id_count = 2 };
	struct move_conflict loop = { .kind = MOVE_LOOPS,
				      .cycle = { "sip:a@x", "sip:b@x",
						 "sip:a@x" },
				      .cycle_count = 3 };
	struct exchange *exchange = an_exchange();
	(void)state;

	problem_answer_conflict(exchange, &overlap);
	assert_answer(exchange, 409,
		      "\"conflicting_ids\":[\"mov_1\",\"mov_2\"]");
	exchange_unref(exchange);
	exchange = an_exchange();
	problem_answer_conflict(exchange, &loop);
	assert_answer(exchange, 409,
		      "\"cycle\":[\"sip:a@x\",\"sip:b@x\",\"sip:a@x\"]");
	exchange_unref(exchange);
	exchange = an_exchange();
	problem_answer_exists(exchange, "dom_1");
	assert_answer(exchange, 409, "\"conflicting_ids\":[\"dom_1\"]");
	exchange_unref(exchange);
}

static void only_the_first_answer_counts(void **state)
{
	struct exchange *exchange = an_exchange();
	(void)state;

	problem_answer(exchange, PROBLEM_NOT_FOUND, "first");
	problem_answer(exchange, PROBLEM_INTERNAL, "second");
	assert_answer(exchange, 404, "first");
	exchange_unref(exchange);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_problem_has_every_member_of_the_rfc),
		cmocka_unit_test(every_code_has_a_status_and_a_title),
		cmocka_unit_test(every_problem_has_a_page_that_says_what_to_do),
		cmocka_unit_test(faults_in_parameters_are_400_in_the_body_422),
		cmocka_unit_test(faults_beyond_the_cap_are_counted),
		cmocka_unit_test(what_the_store_says_becomes_a_status),
		cmocka_unit_test(a_conflict_names_what_is_in_the_way),
		cmocka_unit_test(only_the_first_answer_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
