#include "ctl_verbs.h"

#include <stdlib.h>
#include <string.h>

#include "ctl_text.h"
#include "ctl_verb.h"

static const struct ctl_column rule_columns[] = {
	{ "id", "id" },		  { "action", "action" },
	{ "tag", "tag" },	  { "header", "header" },
	{ "domain", "domain" },	  { "method", "method" },
	{ "enabled", "enabled" }, { "note", "note" },
	{ NULL, NULL },
};

static const struct ctl_column version_columns[] = {
	{ "number", "number" },
	{ "created_at", "created_at" },
	{ "actor.name", "by" },
	{ "preset", "preset" },
	{ "rule_count", "rules" },
	{ "added_count", "added" },
	{ "changed_count", "changed" },
	{ "removed_count", "removed" },
	{ "note", "note" },
	{ NULL, NULL },
};

static const struct ctl_flag note_flags[] = {
	{ "note", CTL_STRING, "TEXT" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag rule_flags[] = {
	{ "domain", CTL_STRING, "NAME" },
	{ "header", CTL_STRING, "require|proxy-require|both" },
	{ "method", CTL_STRING, "METHOD" },
	{ "enabled", CTL_BOOL, "yes|no" },
	{ "note", CTL_STRING, "TEXT" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag limit_flags[] = {
	{ "limit", CTL_QUERY, "COUNT" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag list_flags[] = {
	{ "tag", CTL_QUERY, "TAG" },
	{ "limit", CTL_QUERY, "COUNT" },
	{ NULL, CTL_END, NULL },
};

/* The policy's document: its preset, and its rules as a table. */
static int print_policy(const struct ctl *ctl, struct ctl_json policy)
{
	const char *headings[CTL_COLUMNS_MAX];
	struct ctl_table table;
	struct ctl_json_walk walk =
		ctl_json_walk(ctl_json_member(policy, "rules"));
	struct ctl_json rule;
	char preset[64];

	if (ctl->output == CTL_JSON)
		return ctl_print_object(ctl, NULL, policy);
	if (ctl->output == CTL_TABLE) {
		struct text name =
			ctl_json_text(ctl_json_member(policy, "preset"), preset,
				      sizeof(preset));

		fputs("preset  ", stdout);
		ctl_text_print(name.len > 0 ? name : TEXT("none: own rules"),
			       stdout);
		puts("\n");
	}
	table = ctl_table_for(ctl, rule_columns, headings);
	while (ctl_json_next(&walk, NULL, &rule))
		ctl_table_put_object(&table, rule_columns, rule);
	ctl_table_flush(&table, stdout);
	ctl_table_clear(&table);
	return CTL_OK;
}

static int show(struct ctl *ctl)
{
	struct ctl_path path = ctl_path_of(ctl->verb->path, ctl->operands[0]);
	struct ctl_answer answer;
	struct ctl_json policy = { { 0 } };
	int code = ctl_get(ctl, &path, &answer, &policy);

	if (!code)
		code = print_policy(ctl, policy);
	ctl_answer_clear(&answer);
	return code;
}

/* PUT and restore answer with the whole policy. */
static int change(struct ctl *ctl)
{
	struct ctl_path path = ctl_path_of(ctl->verb->path, ctl->operands[0]);
	struct ctl_request request = { .method = ctl->verb->method,
				       .path = &path };
	struct json_writer writer = { 0 };
	struct ctl_answer answer = { 0 };
	struct ctl_json policy = { { 0 } };
	char *body = NULL;
	int code = CTL_REFUSED;

	if (!ctl_is_sure(ctl, ctl->operands[0]))
		return CTL_REFUSED;
	ctl_verb_query(ctl, &path);
	json_open_object(&writer, NULL);
	if (!ctl_verb_body(ctl, &writer)) {
		json_writer_clear(&writer);
		return CTL_USAGE;
	}
	json_close_object(&writer);
	if (json_writer_finish(&writer, &body, &request.body.len))
		ctl_tell(ctl, "out of memory");
	request.body.ptr = body;
	if (body)
		code = ctl_ask_json(ctl, &request, &answer, &policy);
	if (!code)
		code = print_policy(ctl, policy);
	if (!code && ctl->is_dry_run)
		ctl_tell(ctl, "a dry run: nothing was changed");
	ctl_answer_clear(&answer);
	free(body);
	return code;
}

static void print_preset(struct ctl_json preset)
{
	char text[2048];

	ctl_text_print(ctl_json_text(ctl_json_member(preset, "name"), text,
				     sizeof(text)),
		       stdout);
	fputs("  ", stdout);
	ctl_text_print(ctl_json_text(ctl_json_member(preset, "description"),
				     text, sizeof(text)),
		       stdout);
	printf("  (%zu rules)\n",
	       ctl_json_count(ctl_json_member(preset, "rules")));
}

static int presets(struct ctl *ctl)
{
	struct ctl_path path = ctl_path_of(ctl->verb->path, NULL);
	struct ctl_answer answer;
	struct ctl_json root, preset;
	int code = ctl_get(ctl, &path, &answer, &root);

	if (!code && ctl->output != CTL_TABLE) {
		code = ctl_print_object(ctl, NULL, root);
	} else if (!code) {
		struct ctl_json_walk walk =
			ctl_json_walk(ctl_json_member(root, "items"));

		while (ctl_json_next(&walk, NULL, &preset))
			print_preset(preset);
	}
	ctl_answer_clear(&answer);
	return code;
}

const struct ctl_verb ctl_policy_verbs[] = {
	{ .words = "policy show",
	  .operands = "",
	  .about = "the rules for option tags that are in force",
	  .run = show,
	  .path = "/v1/extension-policy" },
	{ .words = "policy presets",
	  .operands = "",
	  .about = "the policies that come with the server",
	  .run = presets,
	  .path = "/v1/extension-policy/presets" },
	{ .words = "policy set",
	  .operands = "PRESET",
	  .about = "replace all rules by a preset's",
	  .operands_min = 1,
	  .operands_max = 1,
	  .traits = CTL_DRY_RUN | CTL_ASKS,
	  .flags = note_flags,
	  .run = change,
	  .method = "PUT",
	  .path = "/v1/extension-policy",
	  .members = { "preset" } },
	{ .words = "policy rule list",
	  .operands = "",
	  .about = "the rules alone",
	  .flags = list_flags,
	  .run = ctl_run_list,
	  .path = "/v1/extension-policy/rules",
	  .columns = rule_columns },
	{ .words = "policy rule add",
	  .operands = "TAG accept|ignore|reject",
	  .about = "one rule more",
	  .operands_min = 2,
	  .operands_max = 2,
	  .traits = CTL_DRY_RUN,
	  .flags = rule_flags,
	  .run = ctl_run_change,
	  .method = "POST",
	  .path = "/v1/extension-policy/rules",
	  .members = { "tag", "action" },
	  .columns = rule_columns },
	{ .words = "policy rule rm",
	  .operands = "ID",
	  .about = "one rule less",
	  .operands_min = 1,
	  .operands_max = 1,
	  .traits = CTL_DRY_RUN | CTL_ASKS,
	  .run = ctl_run_change,
	  .method = "DELETE",
	  .path = "/v1/extension-policy/rules/%s",
	  .columns = rule_columns },
	{ .words = "policy versions",
	  .operands = "",
	  .about = "who changed the policy, and when",
	  .flags = limit_flags,
	  .run = ctl_run_list,
	  .path = "/v1/extension-policy/versions",
	  .columns = version_columns },
	{ .words = "policy restore",
	  .operands = "NUMBER",
	  .about = "put a version's rules in force again",
	  .operands_min = 1,
	  .operands_max = 1,
	  .traits = CTL_DRY_RUN | CTL_ASKS,
	  .flags = note_flags,
	  .run = change,
	  .method = "POST",
	  .path = "/v1/extension-policy/versions/%s/restore" },
	{ .words = NULL },
};
