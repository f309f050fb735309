#include "ctl_verbs.h"

#include <stdlib.h>
#include <string.h>

#include "ctl_text.h"
#include "ctl_verb.h"

static const struct ctl_column token_columns[] = {
	{ "id", "id" },	    { "state", "state" },	    { "role", "role" },
	{ "name", "name" }, { "expires_at", "expires_at" }, { NULL, NULL },
};

static const struct ctl_column user_columns[] = {
	{ "id", "id" },
	{ "name", "name" },
	{ "role", "role" },
	{ "enabled", "enabled" },
	{ "display_name", "display_name" },
	{ "addresses", "addresses" },
	{ "last_login_at", "last_login_at" },
	{ NULL, NULL },
};

static const struct ctl_flag token_list_flags[] = {
	{ "name", CTL_QUERY, "NAME" },
	{ "revoked", CTL_QUERY, "true|false" },
	{ "limit", CTL_QUERY, "COUNT" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag token_flags[] = {
	{ "role", CTL_STRING, "admin|operator|helpdesk|service" },
	{ "scopes", CTL_WORDS, "SCOPE,..." },
	{ "expires-in-days", CTL_INTEGER, "DAYS" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag user_list_flags[] = {
	{ "name", CTL_QUERY, "NAME" },
	{ "role", CTL_QUERY, "ROLE" },
	{ "address", CTL_QUERY_URI, "ADDRESS" },
	{ "enabled", CTL_QUERY, "true|false" },
	{ "q", CTL_QUERY, "TEXT" },
	{ "limit", CTL_QUERY, "COUNT" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag user_flags[] = {
	{ "display-name", CTL_STRING, "TEXT" },
	{ "email", CTL_STRING, "EMAIL" },
	{ "language", CTL_STRING, "en|id" },
	{ "time-zone", CTL_STRING, "ZONE" },
	{ "addresses", CTL_WORDS, "ADDRESS,..." },
	{ NULL, CTL_END, NULL },
};

/* The secret on stdout alone, so that it can go into a file; it is told once.
 */
static int print_secret(const struct ctl *ctl, struct ctl_json root,
			const char *member, const char *what)
{
	char secret[1024], expires_at[64];
	struct text text = ctl_json_text(ctl_json_member(root, member), secret,
					 sizeof(secret));
	struct text end = ctl_json_text(ctl_json_member(root, "expires_at"),
					expires_at, sizeof(expires_at));

	if (ctl->output != CTL_TABLE || text.len == 0)
		return ctl_print_members(ctl, root);
	ctl_text_print(text, stdout);
	putchar('\n');
	ctl_tell(ctl, "%s is shown this once; it expires at %.*s", what,
		 TEXT_ARG(end));
	return CTL_OK;
}

static int make_secret(struct ctl *ctl, const char *member, const char *what)
{
	struct ctl_path path = ctl_path_of(ctl->verb->path, ctl->operands[0]);
	struct ctl_request request = { .method = "POST", .path = &path };
	struct json_writer writer = { 0 };
	struct ctl_answer answer = { 0 };
	struct ctl_json root = { { 0 } };
	char *body = NULL;
	int code;

	ctl_verb_query(ctl, &path);
	json_open_object(&writer, NULL);
	if (!ctl_verb_body(ctl, &writer)) {
		json_writer_clear(&writer);
		return CTL_USAGE;
	}
	json_close_object(&writer);
	if (json_writer_finish(&writer, &body, &request.body.len)) {
		ctl_tell(ctl, "out of memory");
		return CTL_REFUSED;
	}
	request.body.ptr = body;
	code = ctl_ask_json(ctl, &request, &answer, &root);
	if (!code)
		code = print_secret(ctl, root, member, what);
	ctl_answer_clear(&answer);
	free(body);
	return code;
}

static int create_token(struct ctl *ctl)
{
	if (!ctl_given(ctl, "role") && !ctl_given(ctl, "scopes"))
		return ctl_usage(ctl, "say what it may do: --role or --scopes");
	return make_secret(ctl, "token", "the token");
}

static int activation_link(struct ctl *ctl)
{
	return make_secret(ctl, "url", "the link");
}

/* A PATCH of one member that the verb itself says. */
static int enable(struct ctl *ctl, bool is_enabled)
{
	struct ctl_path path = ctl_path_of(ctl->verb->path, ctl->operands[0]);
	struct json_writer writer = { 0 };

	if (!is_enabled && !ctl_is_sure(ctl, ctl->operands[0]))
		return CTL_REFUSED;
	ctl_verb_query(ctl, &path);
	json_open_object(&writer, NULL);
	json_put_bool(&writer, "enabled", is_enabled);
	json_close_object(&writer);
	return ctl_verb_send(ctl, &path, &writer);
}

static int disable_user(struct ctl *ctl)
{
	return enable(ctl, false);
}

static int enable_user(struct ctl *ctl)
{
	return enable(ctl, true);
}

const struct ctl_verb ctl_account_verbs[] = {
	{ .words = "tokens list",
	  .operands = "",
	  .about = "API tokens, without their secrets",
	  .flags = token_list_flags,
	  .run = ctl_run_list,
	  .path = "/v1/tokens",
	  .columns = token_columns },
	{ .words = "tokens create",
	  .operands = "NAME",
	  .about = "a new token; stdout is the token alone",
	  .operands_min = 1,
	  .operands_max = 1,
	  .flags = token_flags,
	  .run = create_token,
	  .path = "/v1/tokens",
	  .members = { "name" } },
	{ .words = "tokens revoke",
	  .operands = "ID",
	  .about = "that token opens nothing any more",
	  .operands_min = 1,
	  .operands_max = 1,
	  .traits = CTL_DRY_RUN | CTL_ASKS,
	  .run = ctl_run_change,
	  .method = "DELETE",
	  .path = "/v1/tokens/%s",
	  .columns = token_columns },
	{ .words = "users list",
	  .operands = "",
	  .about = "who may log in, and whose addresses are whose",
	  .flags = user_list_flags,
	  .run = ctl_run_list,
	  .path = "/v1/users",
	  .columns = user_columns },
	{ .words = "users show",
	  .operands = "ID",
	  .about = "everything about one user",
	  .operands_min = 1,
	  .operands_max = 1,
	  .run = ctl_run_show,
	  .path = "/v1/users/%s" },
	{ .words = "users create",
	  .operands = "NAME ROLE",
	  .about = "a new user, who then needs an activation link",
	  .operands_min = 2,
	  .operands_max = 2,
	  .traits = CTL_DRY_RUN,
	  .flags = user_flags,
	  .run = ctl_run_change,
	  .method = "POST",
	  .path = "/v1/users",
	  .members = { "name", "role" },
	  .columns = user_columns },
	{ .words = "users disable",
	  .operands = "ID",
	  .about = "that user may not log in, and is logged out",
	  .operands_min = 1,
	  .operands_max = 1,
	  .traits = CTL_DRY_RUN | CTL_ASKS,
	  .run = disable_user,
	  .method = "PATCH",
	  .path = "/v1/users/%s",
	  .columns = user_columns },
	{ .words = "users enable",
	  .operands = "ID",
	  .about = "that user may log in again",
	  .operands_min = 1,
	  .operands_max = 1,
	  .traits = CTL_DRY_RUN,
	  .run = enable_user,
	  .method = "PATCH",
	  .path = "/v1/users/%s",
	  .columns = user_columns },
	{ .words = "users activation-link",
	  .operands = "ID",
	  .about = "a link by which the user sets a password",
	  .operands_min = 1,
	  .operands_max = 1,
	  .run = activation_link,
	  .path = "/v1/users/%s/activation-links" },
	{ .words = NULL },
};
