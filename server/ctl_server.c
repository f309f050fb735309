#include "ctl_verbs.h"

#include <string.h>

#include "ctl_verb.h"

static const struct ctl_flag drain_flags[] = {
	{ "undo", CTL_SWITCH, NULL },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_column drain_columns[] = {
	{ "draining", "draining" },
	{ NULL, NULL },
};

static const struct ctl_column level_columns[] = {
	{ "level", "level" },
	{ NULL, NULL },
};

static const struct ctl_column backup_columns[] = {
	{ "id", "id" },
	{ "created_at", "created_at" },
	{ "created_by", "by" },
	{ "scheduled", "scheduled" },
	{ "revision", "revision" },
	{ "size_bytes", "size_bytes" },
	{ "note", "note" },
	{ NULL, NULL },
};

static const struct ctl_flag backup_flags[] = {
	{ "note", CTL_STRING, "TEXT" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag limit_flags[] = {
	{ "limit", CTL_QUERY, "COUNT" },
	{ NULL, CTL_END, NULL },
};

static int drain(struct ctl *ctl)
{
	struct ctl_path path = ctl_path_of(ctl->verb->path, NULL);
	bool is_undone = ctl_given(ctl, "undo") != NULL;
	struct json_writer writer = { 0 };
	int code;

	if (!is_undone && !ctl_is_sure(ctl, ""))
		return CTL_REFUSED;
	ctl_verb_query(ctl, &path);
	json_open_object(&writer, NULL);
	json_put_bool(&writer, "draining", !is_undone);
	json_close_object(&writer);
	code = ctl_verb_send(ctl, &path, &writer);
	if (!code && !ctl->is_dry_run)
		ctl_tell(ctl, is_undone ? "/readyz and OPTIONS say 200 again"
					: "/readyz and OPTIONS say 503 from "
					  "now on; calls are still answered; "
					  "`drain --undo` ends it");
	return code;
}

static int loglevel(struct ctl *ctl)
{
	if (ctl->operand_count == 0)
		return ctl_run_show(ctl);
	return ctl_run_change(ctl);
}

static int reload(struct ctl *ctl)
{
	struct ctl_path path = ctl_path_of(ctl->verb->path, NULL);
	struct ctl_request request = { .method = "POST",
				       .path = &path,
				       .body = TEXT("{}") };
	struct ctl_answer answer;
	struct ctl_json root = { { 0 } };
	int code;

	ctl_verb_query(ctl, &path);
	code = ctl_ask(ctl, &request, &answer);
	if (!code && (answer.status == 404 || answer.status == 405)) {
		ctl_tell(ctl, "this server reloads its certificates on SIGHUP "
			      "alone: `systemctl reload sipmoved`, or kill "
			      "-HUP its process");
		code = CTL_REFUSED;
	} else if (!code) {
		code = ctl_answer_judge(ctl, &answer);
		if (!code &&
		    ctl_json_root((struct text){ answer.bytes, answer.len },
				  &root))
			code = ctl_print_members(ctl, root);
	}
	ctl_answer_clear(&answer);
	return code;
}

/* A server that runs cannot be put back. */
static int restore(struct ctl *ctl)
{
	ctl_tell(ctl,
		 "stop the server, then put the backup back with "
		 "`sipmoved restore %s`",
		 ctl->operands[0]);
	return CTL_USAGE;
}

const struct ctl_verb ctl_server_verbs[] = {
	{ .words = "backup",
	  .operands = "",
	  .about = "make a backup, and wait until it is on the disk",
	  .flags = backup_flags,
	  .run = ctl_run_change,
	  .method = "POST",
	  .path = "/v1/backups",
	  .columns = backup_columns },
	{ .words = "backup list",
	  .operands = "",
	  .about = "the backups that the server keeps, newest first",
	  .flags = limit_flags,
	  .run = ctl_run_list,
	  .path = "/v1/backups",
	  .columns = backup_columns },
	{ .words = "backup rm",
	  .operands = "ID",
	  .about = "a backup less",
	  .operands_min = 1,
	  .operands_max = 1,
	  .traits = CTL_DRY_RUN | CTL_ASKS,
	  .run = ctl_run_change,
	  .method = "DELETE",
	  .path = "/v1/backups/%s",
	  .columns = backup_columns },
	{ .words = "restore",
	  .operands = "FILE",
	  .about = "says how a backup is put back",
	  .operands_min = 1,
	  .operands_max = 1,
	  .traits = CTL_LOCAL,
	  .run = restore },
	{ .words = "reload",
	  .operands = "",
	  .about = "read settings and certificates again, all or nothing",
	  .traits = CTL_DRY_RUN,
	  .run = reload,
	  .path = "/v1/settings/reload" },
	{ .words = "loglevel",
	  .operands = "[error|warning|info|debug]",
	  .about = "what the server logs, until it is started again",
	  .operands_max = 1,
	  .traits = CTL_DRY_RUN,
	  .run = loglevel,
	  .method = "PUT",
	  .path = "/v1/log-level",
	  .members = { "level" },
	  .columns = level_columns },
	{ .words = "drain",
	  .operands = "",
	  .about = "tell load balancers to send calls elsewhere",
	  .traits = CTL_DRY_RUN | CTL_ASKS,
	  .flags = drain_flags,
	  .run = drain,
	  .method = "PUT",
	  .path = "/v1/drain",
	  .columns = drain_columns },
	{ .words = NULL },
};
