#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>

#include "api/document_member.h"
#include "api/extension_rule_document.h"
#include "api/object_request.h"
#include "api/policy_version_document.h"
#include "api/problem.h"
#include "db/policy_versions.h"

struct policy_request {
	struct object_request common;
	/* What is asked for: */
	struct extension_policy_choice choice;
	char note[POLICY_NOTE_MAX + 1]; /* of the version it makes */
	/* What is in force after it: */
	struct extension_policy_state policy;
	struct extension_rule *rules; /* owned */
	size_t rule_count;
};

static void policy_request_free(void *state)
{
	struct policy_request *request = state;

	extension_policy_choice_clear(&request->choice);
	free(request->rules);
	object_request_clear(&request->common);
	free(request);
}

static void answer_policy(struct exchange *exchange)
{
	struct policy_request *request = exchange->state;
	struct json_writer writer = { 0 };

	json_open_object(&writer, NULL);
	json_put_string_or_null(&writer, "preset",
				text_of(request->policy.preset));
	json_put_i64_string(&writer, "revision", request->policy.revision);
	json_open_array(&writer, "rules");
	for (size_t i = 0; i < request->rule_count; i++)
		extension_rule_document_write(&writer, &request->rules[i]);
	json_close_array(&writer);
	json_close_object(&writer);
	object_request_answer(exchange, &writer, request->policy.revision,
			      NULL);
}

/* --- the policy ---------------------------------------------------------- */

static int load_policy(struct changes *changes, struct policy_request *request)
{
	int err = extension_policy_state_get(changes, &request->policy);

	if (err)
		return err;
	return extension_rule_list(changes, &request->rules,
				   &request->rule_count);
}

static int run_get(struct changes *changes, struct store_job *job)
{
	return load_policy(changes, exchange_of_job(job)->state);
}

static void get_done(struct exchange *exchange)
{
	struct policy_request *request = exchange->state;

	if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else if (!exchange_not_modified(exchange, request->policy.revision))
		answer_policy(exchange);
}

void extension_policy_get(struct exchange *exchange)
{
	if (!object_request_read(exchange, sizeof(struct policy_request)))
		return;
	exchange->state_free = policy_request_free;
	object_request_submit(exchange, STORE_READ, run_get, get_done);
}

static int replace(struct changes *changes, struct policy_request *request)
{
	struct extension_policy_choice *choice = &request->choice;
	struct object_request *common = &request->common;
	int err;

	if (choice->has_preset || choice->rules) {
		err = extension_policy_replace(
			changes, choice->preset, choice->rules,
			choice->rule_count, common->if_revision,
			&common->found);
		return err ? err
			   : policy_version_describe(changes, request->note);
	}
	/* An empty patch changes nothing; its condition holds all the same. */
	err = extension_policy_state_get(changes, &request->policy);
	if (!err && common->if_revision &&
	    common->if_revision != request->policy.revision)
		return ESTALE;
	return err;
}

static int run_replace(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct policy_request *request = exchange->state;
	int err = replace(changes, request);

	if (!err)
		err = load_policy(changes, request);
	return object_request_settle(exchange, err);
}

static void replace_done(struct exchange *exchange)
{
	if (object_request_succeeded(exchange, ""))
		answer_policy(exchange);
}

/*
 * If-Match is honoured and not demanded: a preset is set by one pasted curl
 * line. Whoever edits the rules of a policy that others edit too sends it.
 */
static void change_policy(struct exchange *exchange, bool is_put)
{
	struct policy_request *request = object_request_change(
		exchange, sizeof(struct policy_request), true);
	struct json_object *body;
	int err;

	if (!request)
		return;
	exchange->state_free = policy_request_free;
	body = &request->common.body;
	err = extension_policy_choice_read(body, &request->choice);
	if (err) {
		problem_answer_errno(exchange, err);
		return;
	}
	if (is_put && !request->choice.is_given)
		json_fault(body, "preset", FAULT_MISSING_MEMBER,
			   "give a `preset`, or `rules`");
	member_text(body, "note", request->note, sizeof(request->note));
	/* What GET shows may be put back as it is. */
	(void)json_has(body, "revision");
	json_object_end(body);
	object_request_submit(exchange, STORE_CHANGE, run_replace,
			      replace_done);
}

void extension_policy_put(struct exchange *exchange)
{
	change_policy(exchange, true);
}

/* Both members are replaced whole (RFC 7396), so that PATCH is a PUT that may
 * leave both out. */
void extension_policy_patch(struct exchange *exchange)
{
	change_policy(exchange, false);
}

/* --- going back ---------------------------------------------------------- */

static int run_restore(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct policy_request *request = exchange->state;
	int err = policy_version_restore(
		changes, policy_version_number(text_of(exchange->path_id)),
		request->common.if_revision);

	if (!err)
		err = policy_version_describe(changes, request->note);
	if (!err)
		err = load_policy(changes, request);
	return object_request_settle(exchange, err);
}

void policy_versions_restore(struct exchange *exchange)
{
	struct policy_request *request = object_request_change(
		exchange, sizeof(struct policy_request), true);

	if (!request)
		return;
	exchange->state_free = policy_request_free;
	member_text(&request->common.body, "note", request->note,
		    sizeof(request->note));
	json_object_end(&request->common.body);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else
		object_request_submit(exchange, STORE_CHANGE, run_restore,
				      replace_done);
}

/* --- presets ------------------------------------------------------------- */

/* What a preset is for, in words for people. */
static const struct preset_text {
	const char *name;
	const char *text;
} preset_texts[] = {
	{ "standard",
	  "The default. Tells a caller at once what it asked for in vain: a "
	  "tag that nobody has registered is refused. What only the final "
	  "endpoint can decide, every registered tag in Require, is left to "
	  "it. Proxy-Require is meant for us, and refused but for 199." },
	{ "redirect-server",
	  "RFC 3261 section 8.3 to the letter: a redirect server ignores what "
	  "Require asks for and redirects; the new target will judge it. "
	  "Proxy-Require is refused but for 199." },
	{ "transparent",
	  "Nothing is refused. For chains where an earlier proxy has checked "
	  "already." },
	{ "refuse-all",
	  "Every tag in Require and Proxy-Require is refused: the strictest "
	  "reading, as if we were the endpoint (RFC 3261 section 8.2.2.3)." },
};

static struct text preset_text(const char *name)
{
	for (size_t i = 0; i < sizeof(preset_texts) / sizeof(preset_texts[0]);
	     i++)
		if (text_equals(text_of(name), text_of(preset_texts[i].name)))
			return text_of(preset_texts[i].text);
	return (struct text){ 0 };
}

static int write_preset(struct json_writer *writer, const char *name)
{
	struct extension_rule *rules = NULL;
	size_t count = 0;
	int err = extension_preset(text_of(name), &rules, &count);

	if (err)
		return err;
	json_open_object(writer, NULL);
	json_put_string(writer, "name", text_of(name));
	json_put_string(writer, "text", preset_text(name));
	json_open_array(writer, "rules");
	for (size_t i = 0; i < count; i++)
		extension_rule_document_write_preset(writer, &rules[i]);
	json_close_array(writer);
	json_close_object(writer);
	free(rules);
	return 0;
}

void extension_presets_list(struct exchange *exchange)
{
	struct json_writer writer = { 0 };
	int err = 0;

	query_end(exchange);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return;
	}
	json_open_object(&writer, NULL);
	json_open_array(&writer, "items");
	for (size_t i = 0; extension_preset_names[i] && !err; i++)
		err = write_preset(&writer, extension_preset_names[i]);
	json_close_array(&writer);
	json_put_null(&writer, "next_cursor");
	json_close_object(&writer);
	if (err) {
		json_writer_clear(&writer);
		problem_answer_errno(exchange, err);
		return;
	}
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}
