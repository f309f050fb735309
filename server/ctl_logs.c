#include "ctl_verbs.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/timestamp.h"
#include "ctl_text.h"
#include "ctl_verb.h"

enum {
	ID_SIZE = 64,
	POLL_MS = 500,
	POLL_RECORDS = 1000,
	EVENT_MAX = 64 * 1024,
};

static const struct ctl_column columns[] = {
	{ "received_at", "received_at" },
	{ "method", "method" },
	{ "status", "status" },
	{ "reason", "reason" },
	{ "address", "address" },
	{ "targets", "targets" },
	{ "source", "source" },
	{ "id", "id" },
	{ NULL, NULL },
};

static const struct ctl_flag query_flags[] = {
	{ "address", CTL_QUERY_URI, "ADDRESS" },
	{ "call-id", CTL_QUERY, "CALL-ID" },
	{ "move-id", CTL_QUERY, "ID" },
	{ "status", CTL_QUERY, "STATUS" },
	{ "method", CTL_QUERY, "METHOD" },
	{ "reason", CTL_QUERY, "REASON" },
	{ "source", CTL_QUERY, "IP|NETWORK" },
	{ "caller", CTL_QUERY, "URI" },
	{ "target", CTL_QUERY_URI, "ADDRESS" },
	{ "user-agent", CTL_QUERY, "TEXT" },
	{ "rule-id", CTL_QUERY, "ID" },
	{ "transport", CTL_QUERY, "udp|tcp|tls" },
	{ "ack-seen", CTL_QUERY, "true|false" },
	{ "from", CTL_QUERY, "TIME" },
	{ "until", CTL_QUERY, "TIME" },
	{ "limit", CTL_QUERY, "COUNT" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_column unfollowed_columns[] = {
	{ "source", "source" },
	{ "user_agent", "user_agent" },
	{ "redirected", "redirected" },
	{ "unfollowed", "unfollowed" },
	{ "share", "share" },
	{ "last_at", "last_at" },
	{ NULL, NULL },
};

static const struct ctl_flag unfollowed_flags[] = {
	{ "from", CTL_QUERY, "TIME" },
	{ "until", CTL_QUERY, "TIME" },
	{ "limit", CTL_QUERY, "COUNT" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag tail_flags[] = {
	{ "address", CTL_QUERY_URI, "ADDRESS" },
	{ "call-id", CTL_QUERY, "CALL-ID" },
	{ "status", CTL_QUERY, "STATUS" },
	{ "count", CTL_OWN, "COUNT" },
	{ NULL, CTL_END, NULL },
};

/* --- tail: what both ways share ------------------------------------------- */

struct tail {
	struct ctl *ctl;
	struct ctl_table table;
	const char *headings[CTL_COLUMNS_MAX];
	uint64_t left; /* records that are still wanted */
	/* Of the stream: what came of an event so far. */
	char event[EVENT_MAX];
	size_t event_len;
	bool event_is_cut;
};

/* JSON is one record a line, so that a pipe can take it as it comes. */
static bool print_record(struct tail *tail, struct ctl_json record)
{
	if (tail->ctl->output == CTL_JSON) {
		ctl_text_print_json(record.text, stdout);
		putchar('\n');
	} else {
		ctl_table_put_object(&tail->table, columns, record);
		ctl_table_flush(&tail->table, stdout);
	}
	fflush(stdout);
	tail->left--;
	return tail->left > 0 && !ferror(stdout);
}

/* --- tail: server-sent events --------------------------------------------- */

static void tell_gap(struct tail *tail, struct ctl_json data)
{
	ctl_tell(tail->ctl, "%lld records came faster than they could be shown",
		 (long long)ctl_json_integer(ctl_json_member(data, "dropped")));
}

/* The event that ends with an empty line; its lines are "name: value". */
static bool take_event(struct tail *tail)
{
	struct text rest = { tail->event, tail->event_len };
	struct text name = TEXT("record"), data = TEXT("");
	struct ctl_json record;
	bool goes_on = true;

	while (rest.len > 0) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		size_t len = end ? (size_t)(end - rest.ptr) : rest.len;
		struct text line = text_trim((struct text){ rest.ptr, len });

		if (text_starts_with_nocase(line, TEXT("event:")))
			name = text_trim(text_after(line, 6));
		else if (text_starts_with_nocase(line, TEXT("data:")))
			data = text_trim(text_after(line, 5));
		rest = text_after(rest, len + 1);
	}
	if (!tail->event_is_cut && ctl_json_root(data, &record)) {
		if (text_equals(name, TEXT("gap")))
			tell_gap(tail, record);
		else if (ctl_json_is_there(ctl_json_member(record, "id")))
			goes_on = print_record(tail, record);
	}
	tail->event_len = 0;
	tail->event_is_cut = false;
	return goes_on;
}

static bool take_stream(void *arg, struct text bytes)
{
	struct tail *tail = arg;

	for (size_t i = 0; i < bytes.len; i++) {
		if (bytes.ptr[i] == '\r')
			continue;
		if (bytes.ptr[i] == '\n' &&
		    (tail->event_len == 0 ||
		     tail->event[tail->event_len - 1] == '\n')) {
			if (!take_event(tail))
				return false;
			continue;
		}
		if (tail->event_len == EVENT_MAX)
			tail->event_is_cut = true;
		else
			tail->event[tail->event_len++] = bytes.ptr[i];
	}
	return true;
}

/* *ret_has_stream: false if this server knows no such thing. */
static int stream(struct ctl *ctl, struct tail *tail, bool *ret_has_stream)
{
	struct ctl_path path = ctl_path_of("/v1/redirect-logs/stream", NULL);
	struct ctl_request request = { .method = "GET",
				       .path = &path,
				       .accept = "text/event-stream",
				       .is_endless = true,
				       .take = take_stream,
				       .take_arg = tail };
	struct ctl_answer answer;
	int code;

	ctl_verb_query(ctl, &path);
	code = ctl_ask(ctl, &request, &answer);
	*ret_has_stream = code ||
			  (answer.status != 404 && answer.status != 406);
	if (!code && *ret_has_stream)
		code = ctl_answer_judge(ctl, &answer);
	ctl_answer_clear(&answer);
	return code;
}

/* --- tail: asking again and again ----------------------------------------- */

/* Records newer than the last one that was shown, oldest of them first. */
static bool print_newer(struct tail *tail, struct ctl_json page,
			char last[ID_SIZE])
{
	static struct ctl_json newer[POLL_RECORDS];
	struct ctl_json_walk walk =
		ctl_json_walk(ctl_json_member(page, "items"));
	char id[ID_SIZE];
	size_t count = 0;

	while (count < POLL_RECORDS &&
	       ctl_json_next(&walk, NULL, &newer[count])) {
		struct text text =
			ctl_json_text(ctl_json_member(newer[count], "id"), id,
				      sizeof(id) - 1);

		id[text.len] = '\0';
		if (!strcmp(id, last))
			break;
		count++;
	}
	if (count > 0) {
		struct text text = ctl_json_text(
			ctl_json_member(newer[0], "id"), last, ID_SIZE - 1);

		last[text.len] = '\0';
	}
	while (count > 0)
		if (!print_record(tail, newer[--count]))
			return false;
	return true;
}

static int poll(struct ctl *ctl, struct tail *tail)
{
	static const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
	char last[ID_SIZE] = "", from[TIMESTAMP_SIZE];
	bool goes_on = true;
	int code = 0;

	timestamp_format(clock_wall_ms(), from);
	while (goes_on && !code) {
		struct ctl_path path = ctl_path_of("/v1/redirect-logs", NULL);
		struct ctl_answer answer;
		struct ctl_json page;

		ctl_verb_query(ctl, &path);
		ctl_path_query(&path, "from", from);
		ctl_path_query(&path, "limit", "1000");
		code = ctl_get(ctl, &path, &answer, &page);
		if (!code)
			goes_on = print_newer(tail, page, last);
		ctl_answer_clear(&answer);
		if (goes_on && !code)
			nanosleep(&pause, NULL);
	}
	return code;
}

static int tail(struct ctl *ctl)
{
	const char *count = ctl_given(ctl, "count");
	struct tail *run;
	bool has_stream;
	int code;

	run = calloc(1, sizeof(*run));
	if (!run)
		return CTL_REFUSED;
	run->ctl = ctl;
	run->left = UINT64_MAX;
	run->table = ctl_table_for(ctl, columns, run->headings);
	if (count && (text_to_u64(text_of(count), &run->left) || !run->left)) {
		free(run);
		return ctl_usage(ctl, "--count is a number");
	}
	if (ctl->output != CTL_JSON)
		ctl_table_flush(&run->table, stdout);
	fflush(stdout);
	code = stream(ctl, run, &has_stream);
	if (!has_stream)
		code = poll(ctl, run);
	ctl_table_clear(&run->table);
	free(run);
	return code;
}

/* --- one record ----------------------------------------------------------- */

static int show(struct ctl *ctl)
{
	struct ctl_path path = ctl_path_of(ctl->verb->path, ctl->operands[0]);
	struct ctl_answer answer;
	struct ctl_json root = { { 0 } };
	char reason[64];
	const char *words;
	int code = ctl_get(ctl, &path, &answer, &root);

	if (!code)
		code = ctl_print_members(ctl, root);
	if (!code && ctl->output == CTL_TABLE) {
		words = ctl_reason_words(
			ctl_json_text(ctl_json_member(root, "reason"), reason,
				      sizeof(reason)));
		if (words)
			printf("\n%s\n", words);
	}
	ctl_answer_clear(&answer);
	return code;
}

const struct ctl_verb ctl_log_verbs[] = {
	{ .words = "logs query",
	  .operands = "",
	  .about = "the redirect log, newest first",
	  .flags = query_flags,
	  .run = ctl_run_list,
	  .path = "/v1/redirect-logs",
	  .columns = columns },
	{ .words = "logs tail",
	  .operands = "",
	  .about = "the redirect log as it is written, until Ctrl-C",
	  .flags = tail_flags,
	  .run = tail },
	{ .words = "logs unfollowed",
	  .operands = "",
	  .about = "who probably does not follow redirects",
	  .flags = unfollowed_flags,
	  .run = ctl_run_list,
	  .path = "/v1/redirect-logs/unfollowed",
	  .columns = unfollowed_columns },
	{ .words = "log show",
	  .operands = "ID",
	  .about = "everything about one record",
	  .operands_min = 1,
	  .operands_max = 1,
	  .run = show,
	  .path = "/v1/redirect-logs/%s" },
	{ .words = NULL },
};
