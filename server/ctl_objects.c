#include "ctl_verbs.h"

#include <string.h>

#include "ctl_verb.h"

/* Kinds of objects that are listed, made and removed by rows alone. */

static const struct ctl_column domain_columns[] = {
	{ "id", "id" },
	{ "name", "name" },
	{ "otherwise.action", "otherwise" },
	{ "ignore_user_case", "ignore_case" },
	{ "note", "note" },
	{ NULL, NULL },
};

static const struct ctl_column address_columns[] = {
	{ "id", "id" },	    { "uri", "uri" }, { "domain", "domain" },
	{ "note", "note" }, { NULL, NULL },
};

static const struct ctl_column target_columns[] = {
	{ "id", "id" },	      { "action", "action" }, { "kind", "kind" },
	{ "value", "value" }, { "role", "role" },     { "enabled", "enabled" },
	{ "note", "note" },   { NULL, NULL },
};

static const struct ctl_column source_columns[] = {
	{ "id", "id" },		  { "action", "action" },
	{ "network", "network" }, { "listener", "listener" },
	{ "enabled", "enabled" }, { "note", "note" },
	{ NULL, NULL },
};

static const struct ctl_column ban_columns[] = {
	{ "id", "id" },
	{ "network", "network" },
	{ "expires_at", "expires_at" },
	{ "reason", "reason" },
	{ "created_by", "by" },
	{ NULL, NULL },
};

static const struct ctl_column webhook_columns[] = {
	{ "id", "id" },
	{ "url", "url" },
	{ "events", "events" },
	{ "state", "state" },
	{ "failures_in_a_row", "failures" },
	{ "description", "description" },
	{ "secret", "secret" },
	{ NULL, NULL },
};

static const struct ctl_column webhook_test_columns[] = {
	{ "delivery_id", "delivery" },
	{ NULL, NULL },
};

static const struct ctl_column delivery_columns[] = {
	{ "id", "id" },
	{ "created_at", "at" },
	{ "type", "event" },
	{ "status", "status" },
	{ "attempt_count", "attempts" },
	{ "last_status", "answer" },
	{ "last_error", "error" },
	{ "next_attempt_at", "next" },
	{ NULL, NULL },
};

static const struct ctl_column calendar_columns[] = {
	{ "id", "id" },
	{ "user_id", "user" },
	{ "name", "name" },
	{ "url_origin", "from" },
	{ "state", "state" },
	{ "last_poll_at", "read_at" },
	{ "last_error", "error" },
	{ "next_poll_at", "next" },
	{ NULL, NULL },
};

static const struct ctl_flag calendar_list_flags[] = {
	{ "user-id", CTL_QUERY, "ID" },
	{ "limit", CTL_QUERY, "COUNT" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag webhook_flags[] = {
	{ "events", CTL_WORDS, "move.*,policy.updated" },
	{ "description", CTL_STRING, "TEXT" },
	{ "paused", CTL_BOOL, "yes|no" },
	{ "key-pair", CTL_BOOL, "yes|no" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag webhook_set_flags[] = {
	{ "url", CTL_STRING, "URL" },
	{ "events", CTL_WORDS, "move.*,policy.updated" },
	{ "description", CTL_STRING, "TEXT" },
	{ "enabled", CTL_BOOL, "yes|no" },
	{ "paused", CTL_BOOL, "yes|no" },
	{ "key-pair", CTL_BOOL, "yes|no" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag delivery_flags[] = {
	{ "endpoint-id", CTL_QUERY, "ID" },
	{ "type", CTL_QUERY, "EVENT" },
	{ "status", CTL_QUERY, "pending,delivered,dead" },
	{ "limit", CTL_QUERY, "COUNT" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag limit_flags[] = {
	{ "limit", CTL_QUERY, "COUNT" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag domain_list_flags[] = {
	{ "name", CTL_QUERY, "NAME" },
	{ "limit", CTL_QUERY, "COUNT" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag address_list_flags[] = {
	{ "domain", CTL_QUERY, "NAME" },
	{ "uri", CTL_QUERY_URI, "ADDRESS" },
	{ "limit", CTL_QUERY, "COUNT" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag domain_flags[] = {
	{ "ignore-user-case", CTL_BOOL, "yes|no" },
	{ "note", CTL_STRING, "TEXT" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag note_flags[] = {
	{ "note", CTL_STRING, "TEXT" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag target_flags[] = {
	{ "role", CTL_STRING, "ROLE" },
	{ "enabled", CTL_BOOL, "yes|no" },
	{ "note", CTL_STRING, "TEXT" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag source_flags[] = {
	{ "listener", CTL_STRING, "udp:IP:PORT" },
	{ "enabled", CTL_BOOL, "yes|no" },
	{ "note", CTL_STRING, "TEXT" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag ban_flags[] = {
	{ "for", CTL_OWN, "90m|8h|3d|2w" },
	{ "expires-at", CTL_NULLABLE, "TIME|none" },
	{ "reason", CTL_STRING, "TEXT" },
	{ NULL, CTL_END, NULL },
};

static int add_ban(struct ctl *ctl)
{
	struct ctl_path path = ctl_path_of(ctl->verb->path, NULL);
	const char *duration = ctl_given(ctl, "for");
	struct json_writer writer = { 0 };
	char expires_at[64];

	if (!duration == !ctl_given(ctl, "expires-at"))
		return ctl_usage(ctl, "say until when: --for or --expires-at");
	if (duration &&
	    !ctl_time_after(duration, expires_at, sizeof(expires_at)))
		return ctl_usage(ctl, "--for is a number with m, h, d or w: "
				      "8h");
	ctl_verb_query(ctl, &path);
	json_open_object(&writer, NULL);
	if (!ctl_verb_body(ctl, &writer)) {
		json_writer_clear(&writer);
		return CTL_USAGE;
	}
	if (duration)
		json_put_string(&writer, "expires_at", text_of(expires_at));
	json_close_object(&writer);
	return ctl_verb_send(ctl, &path, &writer);
}

static int add_address(struct ctl *ctl)
{
	static char uri[1024];

	ctl_uri_of(ctl->operands[0], uri, sizeof(uri));
	ctl->operands[0] = uri;
	return ctl_run_change(ctl);
}

/* clang-format off */
#define LIST(words_, about_, flags_, path_, columns_) \
	{ .words = words_, .operands = "", .about = about_, .flags = flags_, \
	  .run = ctl_run_list, .path = path_, .columns = columns_ }
#define ADD(words_, operands_, count_, about_, flags_, run_, path_, ...) \
	{ .words = words_, .operands = operands_, .about = about_, \
	  .operands_min = count_, .operands_max = count_, \
	  .traits = CTL_DRY_RUN, .flags = flags_, .run = run_, \
	  .method = "POST", .path = path_, __VA_ARGS__ }
#define CHANGE(words_, method_, about_, flags_, path_, columns_) \
	{ .words = words_, .operands = "ID", .about = about_, \
	  .operands_min = 1, .operands_max = 1, .traits = CTL_DRY_RUN, \
	  .flags = flags_, .run = ctl_run_change, .method = method_, \
	  .path = path_, .columns = columns_ }
#define REMOVE(words_, about_, path_, columns_) \
	{ .words = words_, .operands = "ID", .about = about_, \
	  .operands_min = 1, .operands_max = 1, \
	  .traits = CTL_DRY_RUN | CTL_ASKS, .run = ctl_run_change, \
	  .method = "DELETE", .path = path_, .columns = columns_ }

const struct ctl_verb ctl_object_verbs[] = {
	LIST("domains list", "the domains that are served", domain_list_flags, "/v1/domains", domain_columns),
	ADD("domains add", "NAME", 1, "serve a domain", domain_flags, ctl_run_change, "/v1/domains",
	    .members = { "name" }, .columns = domain_columns),
	REMOVE("domains rm", "serve a domain no more", "/v1/domains/%s", domain_columns),

	LIST("addresses list", "the addresses that are known", address_list_flags, "/v1/addresses", address_columns),
	ADD("addresses add", "ADDRESS", 1, "make an address known", note_flags, add_address, "/v1/addresses",
	    .members = { "uri" }, .columns = address_columns),
	REMOVE("addresses rm", "forget an address", "/v1/addresses/%s", address_columns),

	LIST("targets list", "rules for where calls may be sent", limit_flags, "/v1/target-rules", target_columns),
	ADD("targets add", "allow|deny KIND VALUE", 3, "a rule for targets", target_flags, ctl_run_change,
	    "/v1/target-rules", .members = { "action", "kind", "value" }, .columns = target_columns),
	REMOVE("targets rm", "a rule for targets less", "/v1/target-rules/%s", target_columns),

	LIST("sources list", "rules for who is answered", limit_flags, "/v1/source-rules", source_columns),
	ADD("sources add", "NETWORK allow|deny", 2, "a rule for sources", source_flags, ctl_run_change,
	    "/v1/source-rules", .members = { "network", "action" }, .columns = source_columns),
	REMOVE("sources rm", "a rule for sources less", "/v1/source-rules/%s", source_columns),

	LIST("bans list", "networks that get no answer for a while", limit_flags, "/v1/bans", ban_columns),
	ADD("bans add", "NETWORK", 1, "answer a network no more", ban_flags, add_ban, "/v1/bans",
	    .members = { "network" }, .columns = ban_columns),
	REMOVE("bans rm", "answer a network again", "/v1/bans/%s", ban_columns),

	LIST("webhooks list", "who is told of events", limit_flags, "/v1/webhook-endpoints", webhook_columns),
	ADD("webhooks add", "URL", 1, "tell somebody of events", webhook_flags, ctl_run_change,
	    "/v1/webhook-endpoints", .members = { "url" }, .columns = webhook_columns),
	CHANGE("webhooks set", "PATCH", "change who is told", webhook_set_flags, "/v1/webhook-endpoints/%s", webhook_columns),
	CHANGE("webhooks test", "POST", "send an event for nothing", NULL, "/v1/webhook-endpoints/%s/test", webhook_test_columns),
	LIST("webhooks deliveries", "what was sent, and what came of it", delivery_flags, "/v1/webhook-deliveries", delivery_columns),
	CHANGE("webhooks retry", "POST", "send a delivery again", NULL, "/v1/webhook-deliveries/%s/retry", delivery_columns),
	REMOVE("webhooks rm", "tell somebody no more", "/v1/webhook-endpoints/%s", webhook_columns),

	/* None is added here: its link would be seen in the list of processes. */
	LIST("calendars list", "the calendars that are read for users", calendar_list_flags, "/v1/calendar-subscriptions", calendar_columns),
	CHANGE("calendars refresh", "POST", "read a calendar now", NULL, "/v1/calendar-subscriptions/%s/refresh", calendar_columns),
	REMOVE("calendars rm", "read a calendar no more", "/v1/calendar-subscriptions/%s", calendar_columns),
	{ .words = NULL },
};
/* clang-format on */
