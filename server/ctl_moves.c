#include "ctl_verbs.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/timestamp.h"
#include "ctl_verb.h"

enum {
	URI_SIZE = 1024,
	MOVE_ID_TEXT_SIZE = 64,
};

static const struct ctl_column columns[] = {
	{ "id", "id" },
	{ "state", "state" },
	{ "address", "address" },
	{ "targets", "targets" },
	{ "starts_at", "starts_at" },
	{ "ends_at", "ends_at" },
	{ "note", "note" },
	{ NULL, NULL },
};

static const struct ctl_flag list_flags[] = {
	{ "state", CTL_QUERY, "scheduled,active,ended,cancelled" },
	{ "address", CTL_QUERY_URI, "ADDRESS" },
	{ "domain", CTL_QUERY, "NAME" },
	{ "target", CTL_QUERY_URI, "ADDRESS" },
	{ "external-id", CTL_QUERY, "ID" },
	{ "q", CTL_QUERY, "TEXT" },
	{ "active-at", CTL_QUERY, "TIME" },
	{ "from", CTL_QUERY, "TIME" },
	{ "until", CTL_QUERY, "TIME" },
	{ "sort", CTL_QUERY, "FIELD" },
	{ "limit", CTL_QUERY, "COUNT" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag add_flags[] = {
	{ "starts-at", CTL_STRING, "TIME" },
	{ "ends-at", CTL_NULLABLE, "TIME" },
	{ "for", CTL_OWN, "90m|8h|3d|2w" },
	{ "time-zone", CTL_STRING, "ZONE" },
	{ "permanent", CTL_TRUE, NULL },
	{ "diversion-reason", CTL_STRING, "REASON" },
	{ "note", CTL_STRING, "TEXT" },
	{ "external-id", CTL_STRING, "ID" },
	{ "on-conflict", CTL_QUERY, "replace" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag extend_flags[] = {
	{ "ends-at", CTL_NULLABLE, "TIME|none" },
	{ "for", CTL_OWN, "90m|8h|3d|2w" },
	{ "time-zone", CTL_STRING, "ZONE" },
	{ "on-conflict", CTL_QUERY, "replace" },
	{ NULL, CTL_END, NULL },
};

/* --- times and ids -------------------------------------------------------- */

bool ctl_time_after(const char *duration, char *time, size_t size)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {
		{ 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 7 * 86400 }
	};
	size_t len = strlen(duration);
	char formatted[TIMESTAMP_SIZE];
	uint64_t count;

	if (len < 2 ||
	    text_to_u64((struct text){ duration, len - 1 }, &count) ||
	    count < 1 || count > 100000)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (duration[len - 1] == units[i].unit) {
			timestamp_format(clock_wall_ms() +
						 (int64_t)count *
							 units[i].seconds *
							 1000,
					 formatted);
			return text_copy(text_of(formatted), time, size);
		}
	return false;
}

/* --for: the end, counted from now; "" without it. False: it was told. */
static bool read_duration(const struct ctl *ctl, char ends_at[TIMESTAMP_SIZE])
{
	const char *duration = ctl_given(ctl, "for");

	ends_at[0] = '\0';
	if (!duration)
		return true;
	if (ctl_given(ctl, "ends-at")) {
		ctl_tell(ctl, "give --for or --ends-at, not both");
		return false;
	}
	if (!ctl_time_after(duration, ends_at, TIMESTAMP_SIZE)) {
		ctl_tell(ctl, "--for is a number with m, h, d or w: 8h");
		return false;
	}
	return true;
}

/* The verb's flags as members, and the end that --for gives. */
static bool put_members(const struct ctl *ctl, const char *ends_at,
			struct json_writer *writer)
{
	if (!ctl_verb_body(ctl, writer))
		return false;
	if (ends_at[0])
		json_put_string(writer, "ends_at", text_of(ends_at));
	return true;
}

static int first_id(struct ctl *ctl, const char *uri, const char *state,
		    char *id, size_t size)
{
	struct ctl_path path = ctl_path_of("/v1/moves", NULL);
	struct ctl_answer answer;
	struct ctl_json root, item;
	int code;

	ctl_path_query(&path, "address", uri);
	ctl_path_query(&path, "state", state);
	ctl_path_query(&path, "sort", "starts_at");
	ctl_path_query(&path, "limit", "1");
	code = ctl_get(ctl, &path, &answer, &root);
	if (!code) {
		struct ctl_json_walk walk =
			ctl_json_walk(ctl_json_member(root, "items"));
		struct text text = { 0 };

		if (ctl_json_next(&walk, NULL, &item))
			text = ctl_json_text(ctl_json_member(item, "id"), id,
					     size - 1);
		id[text.len] = '\0';
	}
	ctl_answer_clear(&answer);
	return code;
}

int ctl_move_id(struct ctl *ctl, const char *meant, char *id, size_t size)
{
	char uri[URI_SIZE];
	int code;

	if (!strchr(meant, '@') && !strchr(meant, ':') && meant[0] != '+') {
		text_copy(text_of(meant), id, size);
		return 0;
	}
	ctl_uri_of(meant, uri, sizeof(uri));
	code = first_id(ctl, uri, "active", id, size);
	if (!code && !id[0])
		code = first_id(ctl, uri, "scheduled", id, size);
	if (!code && !id[0]) {
		ctl_tell(ctl, "%s has no move that is in force or to come",
			 uri);
		code = CTL_NOT_FOUND;
	}
	return code;
}

/* --- verbs ---------------------------------------------------------------- */

/* "sip:a@b.example,q=0.5" */
static void put_target(struct json_writer *writer, const char *written)
{
	char uri[URI_SIZE];
	char *mark;
	uint64_t whole = 1;
	unsigned permille = 1000, scale = 100;

	ctl_uri_of(written, uri, sizeof(uri));
	mark = strstr(uri, ",q=");
	json_open_object(writer, NULL);
	if (mark && (mark[3] == '0' || mark[3] == '1') &&
	    (mark[4] == '.' || !mark[4])) {
		*mark = '\0';
		whole = (uint64_t)(mark[3] - '0');
		permille = (unsigned)whole * 1000;
		for (const char *c = mark + 4 + (mark[4] == '.');
		     *c >= '0' && *c <= '9' && scale > 0; c++) {
			permille += (unsigned)(*c - '0') * scale;
			scale /= 10;
		}
		json_put_permille(writer, "q", permille);
	}
	json_put_string(writer, "uri", text_of(uri));
	json_close_object(writer);
}

static int add(struct ctl *ctl)
{
	struct ctl_path path = ctl_path_of(ctl->verb->path, NULL);
	struct json_writer writer = { 0 };
	char uri[URI_SIZE], ends_at[TIMESTAMP_SIZE];

	if (!read_duration(ctl, ends_at))
		return CTL_USAGE;
	ctl_verb_query(ctl, &path);
	ctl_uri_of(ctl->operands[0], uri, sizeof(uri));
	json_open_object(&writer, NULL);
	json_put_string(&writer, "address", text_of(uri));
	json_open_array(&writer, "targets");
	for (size_t i = 1; i < ctl->operand_count; i++)
		put_target(&writer, ctl->operands[i]);
	json_close_array(&writer);
	if (!put_members(ctl, ends_at, &writer)) {
		json_writer_clear(&writer);
		return CTL_USAGE;
	}
	json_close_object(&writer);
	return ctl_verb_send(ctl, &path, &writer);
}

/* What --for means to extend is not cut short by it. */
static int check_is_later(struct ctl *ctl, const char *id, const char *ends_at)
{
	struct ctl_path path = ctl_path_of(ctl->verb->path, id);
	struct ctl_answer answer;
	char was[TIMESTAMP_SIZE];
	struct ctl_json root;
	int code = ctl_get(ctl, &path, &answer, &root);

	if (!code) {
		was[ctl_json_text(ctl_json_member(root, "ends_at"), was,
				  sizeof(was) - 1)
			    .len] = '\0';
		/* Both are UTC, in the same digits. */
		if (!was[0] || strcmp(was, ends_at) > 0) {
			ctl_tell(ctl,
				 "this move %s%s, and --for would end it at "
				 "%s: give --ends-at if that is meant",
				 was[0] ? "ends at " : "has no end", was,
				 ends_at);
			code = CTL_REFUSED;
		}
	}
	ctl_answer_clear(&answer);
	return code;
}

static int extend(struct ctl *ctl)
{
	struct json_writer writer = { 0 };
	char id[MOVE_ID_TEXT_SIZE], ends_at[TIMESTAMP_SIZE];
	struct ctl_path path;
	int code;

	if (!ctl_given(ctl, "for") && !ctl_given(ctl, "ends-at"))
		return ctl_usage(ctl, "say until when: --ends-at or --for");
	if (!read_duration(ctl, ends_at))
		return CTL_USAGE;
	code = ctl_move_id(ctl, ctl->operands[0], id, sizeof(id));
	if (!code && ends_at[0])
		code = check_is_later(ctl, id, ends_at);
	if (code)
		return code;
	path = ctl_path_of(ctl->verb->path, id);
	ctl_verb_query(ctl, &path);
	json_open_object(&writer, NULL);
	if (!put_members(ctl, ends_at, &writer)) {
		json_writer_clear(&writer);
		return CTL_USAGE;
	}
	json_close_object(&writer);
	return ctl_verb_send(ctl, &path, &writer);
}

static int end(struct ctl *ctl)
{
	char id[MOVE_ID_TEXT_SIZE];
	struct ctl_path path;
	int code = ctl_move_id(ctl, ctl->operands[0], id, sizeof(id));

	if (code)
		return code;
	if (!ctl_is_sure(ctl, id))
		return CTL_REFUSED;
	path = ctl_path_of(ctl->verb->path, id);
	ctl_verb_query(ctl, &path);
	return ctl_verb_send(ctl, &path, NULL);
}

static int show(struct ctl *ctl)
{
	char id[MOVE_ID_TEXT_SIZE];
	int code = ctl_move_id(ctl, ctl->operands[0], id, sizeof(id));

	if (code)
		return code;
	ctl->operands[0] = id;
	return ctl_run_show(ctl);
}

const struct ctl_verb ctl_move_verbs[] = {
	{ .words = "moves list",
	  .operands = "",
	  .about = "who is moved where, and until when",
	  .traits = CTL_WATCH,
	  .flags = list_flags,
	  .run = ctl_run_list,
	  .path = "/v1/moves",
	  .columns = columns },
	{ .words = "moves show",
	  .operands = "ID|ADDRESS",
	  .about = "everything about one move",
	  .operands_min = 1,
	  .operands_max = 1,
	  .run = show,
	  .path = "/v1/moves/%s" },
	{ .words = "moves add",
	  .operands = "ADDRESS TARGET[,q=0.5]...",
	  .about = "answer calls to ADDRESS with TARGET",
	  .operands_min = 2,
	  .operands_max = 9,
	  .traits = CTL_DRY_RUN,
	  .flags = add_flags,
	  .run = add,
	  .method = "POST",
	  .path = "/v1/moves",
	  .columns = columns },
	{ .words = "moves extend",
	  .operands = "ID|ADDRESS",
	  .about = "let a move end at another time",
	  .operands_min = 1,
	  .operands_max = 1,
	  .traits = CTL_DRY_RUN,
	  .flags = extend_flags,
	  .run = extend,
	  .method = "PATCH",
	  .path = "/v1/moves/%s",
	  .columns = columns },
	{ .words = "moves end",
	  .operands = "ID|ADDRESS",
	  .about = "end a move now, or cancel one that has not begun",
	  .operands_min = 1,
	  .operands_max = 1,
	  .traits = CTL_DRY_RUN | CTL_ASKS,
	  .run = end,
	  .method = "DELETE",
	  .path = "/v1/moves/%s",
	  .columns = columns },
	{ .words = NULL },
};
