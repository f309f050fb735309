#include "ctl_verbs.h"

#include <stdlib.h>
#include <string.h>

#include "ctl_text.h"
#include "ctl_verb.h"

enum {
	URI_SIZE = 1024,
	REPLAY_TIMEOUT_S = 60,
};

/* The policy that is tried: not a member of the body where replays have it. */
static const struct ctl_flag test_flags[] = {
	{ "require", CTL_WORDS, "TAG,..." },
	{ "proxy-require", CTL_WORDS, "TAG,..." },
	{ "supported", CTL_WORDS, "TAG,..." },
	{ "method", CTL_STRING, "METHOD" },
	{ "at", CTL_STRING, "TIME" },
	{ "preset", CTL_STRING, "PRESET" },
	{ "version", CTL_INTEGER, "NUMBER" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag diff_flags[] = {
	{ "against", CTL_QUERY, "NUMBER|current" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag replay_flags[] = {
	{ "preset", CTL_OWN, "PRESET" },   { "version", CTL_OWN, "NUMBER" },
	{ "from", CTL_STRING, "TIME" },	   { "until", CTL_STRING, "TIME" },
	{ "limit", CTL_INTEGER, "COUNT" }, { NULL, CTL_END, NULL },
};

static void print_text(struct ctl_json value)
{
	char text[4096];

	ctl_text_print(ctl_json_text(value, text, sizeof(text)), stdout);
}

static void print_lines_of(struct ctl_json list)
{
	struct ctl_json_walk walk = ctl_json_walk(list);
	struct ctl_json line;

	while (ctl_json_next(&walk, NULL, &line)) {
		print_text(line);
		putchar('\n');
	}
}

/* A POST of writer's document; *ret_answer is the caller's to clear. */
static int post(struct ctl *ctl, struct json_writer *writer,
		struct ctl_answer *ret_answer, struct ctl_json *ret_root)
{
	struct ctl_path path = ctl_path_of(ctl->verb->path, NULL);
	struct ctl_request request = { .method = "POST",
				       .path = &path,
				       .timeout_s = REPLAY_TIMEOUT_S };
	char *body = NULL;
	int code;

	*ret_answer = (struct ctl_answer){ 0 };
	if (json_writer_finish(writer, &body, &request.body.len)) {
		ctl_tell(ctl, "out of memory");
		return CTL_REFUSED;
	}
	request.body.ptr = body;
	code = ctl_ask_json(ctl, &request, ret_answer, ret_root);
	free(body);
	return code;
}

/* --- test ----------------------------------------------------------------- */

static bool put_subject(const struct ctl *ctl, struct json_writer *writer)
{
	const char *subject = ctl->operands[0];
	char uri[URI_SIZE];
	char *request;
	size_t len;

	if (!strcmp(subject, "-")) {
		request = ctl_read_file(ctl, "-", &len);
		if (request)
			json_put_string(writer, "request",
					(struct text){ request, len });
		free(request);
		return request != NULL;
	}
	if (strchr(subject, '@') || strchr(subject, ':') || subject[0] == '+') {
		ctl_uri_of(subject, uri, sizeof(uri));
		json_put_string(writer, "address", text_of(uri));
	} else {
		json_put_string(writer, "domain", text_of(subject));
	}
	return true;
}

static void print_tag(struct ctl_json tag)
{
	fputs("tag      ", stdout);
	print_text(ctl_json_member(tag, "tag"));
	fputs(" in ", stdout);
	print_text(ctl_json_member(tag, "header"));
	fputs(": ", stdout);
	print_text(ctl_json_member(tag, "action"));
	fputs(", by ", stdout);
	if (ctl_json_is_there(ctl_json_member(tag, "rule_id")))
		print_text(ctl_json_member(tag, "rule_id"));
	else
		fputs("what is built in", stdout);
	putchar('\n');
}

static int print_test(const struct ctl *ctl, struct ctl_json result)
{
	struct ctl_json_walk walk =
		ctl_json_walk(ctl_json_member(result, "tags"));
	struct ctl_json tag;
	char response[16 * 1024];

	if (ctl->output != CTL_TABLE)
		return ctl_print_members(ctl, result);
	fputs("answer   ", stdout);
	print_text(ctl_json_member(result, "status"));
	putchar(' ');
	print_text(ctl_json_member(result, "reason_phrase"));
	fputs("\nrefused  ", stdout);
	if (ctl_json_count(ctl_json_member(result, "unsupported")) > 0)
		print_text(ctl_json_member(result, "unsupported"));
	else
		fputs("none", stdout);
	putchar('\n');
	while (ctl_json_next(&walk, NULL, &tag))
		print_tag(tag);
	if (ctl->is_verbose) {
		putchar('\n');
		ctl_text_print_lines(
			ctl_json_text(ctl_json_member(result, "response"),
				      response, sizeof(response)),
			stdout);
	}
	return CTL_OK;
}

static int test(struct ctl *ctl)
{
	struct json_writer writer = { 0 };
	struct ctl_answer answer = { 0 };
	struct ctl_json root = { { 0 } };
	int code;

	json_open_object(&writer, NULL);
	if (!put_subject(ctl, &writer) || !ctl_verb_body(ctl, &writer)) {
		json_writer_clear(&writer);
		return CTL_USAGE;
	}
	json_close_object(&writer);
	code = post(ctl, &writer, &answer, &root);
	if (!code)
		code = print_test(ctl, root);
	ctl_answer_clear(&answer);
	return code;
}

/* --- diff ----------------------------------------------------------------- */

static int diff(struct ctl *ctl)
{
	struct ctl_path path = ctl_path_of(ctl->verb->path, ctl->operands[0]);
	struct ctl_answer answer;
	struct ctl_json root = { { 0 } };
	int code;

	ctl_verb_query(ctl, &path);
	code = ctl_get(ctl, &path, &answer, &root);
	if (!code && ctl->output != CTL_TABLE)
		code = ctl_print_members(ctl, root);
	else if (!code)
		print_lines_of(ctl_json_member(root, "summary"));
	ctl_answer_clear(&answer);
	return code;
}

/* --- replay --------------------------------------------------------------- */

static bool put_proposed(const struct ctl *ctl, struct json_writer *writer)
{
	const char *preset = ctl_given(ctl, "preset");
	const char *version = ctl_given(ctl, "version");
	uint64_t number = 0;

	if (!preset == !version ||
	    (version && text_to_u64(text_of(version), &number))) {
		(void)ctl_usage(ctl, "say which policy: --preset NAME or "
				     "--version NUMBER");
		return false;
	}
	json_open_object(writer, "proposed");
	if (preset)
		json_put_string(writer, "preset", text_of(preset));
	else
		json_put_integer(writer, "version", (int64_t)number);
	json_close_object(writer);
	return true;
}

static int print_replay(const struct ctl *ctl, struct ctl_json result)
{
	if (ctl->output != CTL_TABLE)
		return ctl_print_members(ctl, result);
	print_text(ctl_json_member(result, "summary"));
	putchar('\n');
	if (!ctl_json_is_true(ctl_json_member(result, "complete"))) {
		fputs("not all calls were looked at: back to ", stdout);
		print_text(ctl_json_member(result, "looked_back_to"));
		putchar('\n');
	}
	return CTL_OK;
}

static int replay(struct ctl *ctl)
{
	struct json_writer writer = { 0 };
	struct ctl_answer answer = { 0 };
	struct ctl_json root = { { 0 } };
	int code;

	json_open_object(&writer, NULL);
	if (!put_proposed(ctl, &writer) || !ctl_verb_body(ctl, &writer)) {
		json_writer_clear(&writer);
		return CTL_USAGE;
	}
	json_close_object(&writer);
	code = post(ctl, &writer, &answer, &root);
	if (!code)
		code = print_replay(ctl, root);
	ctl_answer_clear(&answer);
	return code;
}

const struct ctl_verb ctl_policy_trial_verbs[] = {
	{ .words = "policy test",
	  .operands = "ADDRESS|DOMAIN|-",
	  .about = "what a call with these tags would get; -: a SIP request "
		   "on stdin",
	  .operands_min = 1,
	  .operands_max = 1,
	  .flags = test_flags,
	  .run = test,
	  .path = "/v1/extension-policy/simulations" },
	{ .words = "policy diff",
	  .operands = "NUMBER",
	  .about = "what a version changed, or what going back would do",
	  .operands_min = 1,
	  .operands_max = 1,
	  .flags = diff_flags,
	  .run = diff,
	  .path = "/v1/extension-policy/versions/%s/diff" },
	{ .words = "policy replay",
	  .operands = "",
	  .about = "what another policy would have done to calls that came",
	  .flags = replay_flags,
	  .run = replay,
	  .path = "/v1/extension-policy/replays" },
	{ .words = NULL },
};
