/*
 * target_simulations.c - /v1/target-rules/simulations: may somebody of a role
 * have calls sent to a target, and which rule says so. Nothing is stored.
 */
#include "api/resources.h"

#include "api/document_member.h"
#include "api/object_request.h"
#include "api/problem.h"
#include "db/target_screen.h"

struct target_question {
	char target[MOVE_URI_MAX + 1];
	unsigned role; /* enum target_role */
	struct sip_uri uri;
};

static void check_target(struct json_object *body,
			 struct target_question *question)
{
	struct text target = text_of(question->target);
	const char *why;

	/* One that is missing, or too long, has its fault. */
	if (target.len == 0 && faults_any(body->faults))
		return;
	/* That a local one may be set is another setting's. */
	if (!move_target_is_sendable(target, true, &why) ||
	    sip_uri_parse(target, &question->uri))
		json_fault(body, "target", FAULT_BAD_TARGET, "%s", why);
}

static void read_question(struct json_object *body,
			  struct target_question *question)
{
	static const struct word_member role = { "role", target_role_names,
						 true };

	member_required_text(body, "target", true, question->target,
			     sizeof(question->target));
	member_word(body, &role, true, &question->role);
	check_target(body, question);
	json_object_end(body);
}

static void put_reason(struct json_writer *writer,
		       const struct target_check *check)
{
	const struct target_term *term = check ? check->term : NULL;

	json_put_string(writer, "level", text_of(target_term_level(term)));
	json_put_string_or_null(writer, "rule_id",
				text_of(term ? term->id : ""));
}

static void put_check(struct json_writer *writer,
		      const struct target_check *check,
		      const struct target_subjects *subjects)
{
	char number[1 + SIP_NUMBER_DIGITS_MAX + 1] = "";
	struct writer digits = writer_over(number, sizeof(number) - 1);
	struct text value = { subjects->host, subjects->host_len };

	if (check->subject == TARGET_NUMBER) {
		if (subjects->number.digit_count > 0)
			writer_byte(&digits, '+');
		writer_put(&digits, text_of(subjects->number.digits));
		value = writer_text(&digits);
	}
	json_open_object(writer, NULL);
	json_put_string(writer, "subject",
			text_of(target_subject_names[check->subject]));
	if (value.len > 0)
		json_put_string(writer, "value", value);
	else
		json_put_null(writer, "value");
	json_put_bool(writer, "allowed", check->is_allowed);
	put_reason(writer, check);
	json_close_object(writer);
}

static void answer_question(struct exchange *exchange,
			    const struct target_question *question)
{
	struct json_writer writer = { 0 };
	struct target_subjects subjects;
	struct target_verdict verdict;

	target_subjects_read(&question->uri, &subjects);
	target_screen_judge(snapshot_target_screen(exchange->snapshot),
			    &question->uri, (enum target_role)question->role,
			    &verdict);
	json_open_object(&writer, NULL);
	json_put_string(&writer, "target", text_of(question->target));
	json_put_string(&writer, "role",
			text_of(target_role_names[question->role]));
	json_put_bool(&writer, "allowed", verdict.is_allowed);
	put_reason(&writer, target_verdict_decisive(&verdict));
	json_open_array(&writer, "checks");
	for (size_t i = 0; i < verdict.check_count; i++)
		put_check(&writer, &verdict.checks[i], &subjects);
	json_close_array(&writer);
	json_close_object(&writer);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

void target_simulations_create(struct exchange *exchange)
{
	struct target_question question = { .role = TARGET_ANY_ROLE };
	struct object_request *request =
		object_request_change(exchange, sizeof(*request), true);

	if (!request)
		return;
	read_question(&request->body, &question);
	query_end(exchange);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else
		answer_question(exchange, &question);
}
