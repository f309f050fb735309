#include "ctl_verbs.h"

#include <stdlib.h>
#include <string.h>

#include "ctl_text.h"
#include "ctl_verb.h"

enum {
	URI_SIZE = 1024,
	TEXT_SIZE = 2048,
};

static const struct ctl_flag flags[] = {
	{ "at", CTL_STRING, "TIME" },
	{ "from", CTL_OWN, "URI" },
	{ "source", CTL_STRING, "IP[:PORT]|NETWORK" },
	{ "transport", CTL_STRING, "udp|tcp|tls" },
	{ "listener", CTL_STRING, "udp:IP:PORT" },
	{ "user-agent", CTL_STRING, "TEXT" },
	{ "method", CTL_STRING, "METHOD" },
	{ "require", CTL_WORDS, "TAG,..." },
	{ "proxy-require", CTL_WORDS, "TAG,..." },
	{ "supported", CTL_WORDS, "TAG,..." },
	{ NULL, CTL_END, NULL },
};

const char *ctl_reason_words(struct text reason)
{
	static const struct {
		const char *reason, *words;
	} told[] = {
		{ "moved", "a move is in force" },
		{ "domain_unknown", "this server does not serve that domain" },
		{ "address_unknown",
		  "the domain is served, but nobody of that name is known" },
		{ "no_move", "known, but no move is in force or to come" },
		{ "move_not_started", "the next move has not begun yet" },
		{ "no_fit_target", "a move is in force, but none of its "
				   "targets fits this call" },
		{ "targets_not_allowed",
		  "a move is in force, but target rules allow none of its "
		  "targets" },
		{ "tag_refused",
		  "the extension policy refuses an option tag of the call" },
		{ "malformed", "the request is not SIP as it should be" },
		{ "no_dialog", "a request within a call: calls are not here" },
		{ "method_not_allowed", "that method is not served" },
		{ "scheme_unsupported", "not a sip:, sips: or tel: URI" },
		{ "merged", "the same request came by two ways" },
		{ "server_asked", "OPTIONS about the server itself" },
		{ "cancel", "a CANCEL" },
		{ "unauthenticated",
		  "the domain asks callers for credentials" },
		{ "anonymous", "the domain takes no anonymous calls" },
		{ "otherwise",
		  "nobody is moved; the domain says where to instead" },
		{ "server_error", "the answer did not fit" },
	};

	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++)
		if (text_equals(reason, text_of(told[i].reason)))
			return told[i].words;
	return NULL;
}

static struct text member_text(struct ctl_json object, const char *path,
			       char buffer[TEXT_SIZE])
{
	return ctl_json_text(ctl_json_member(object, path), buffer, TEXT_SIZE);
}

static void print_member(struct ctl_json object, const char *path)
{
	char buffer[TEXT_SIZE];

	ctl_text_print(member_text(object, path, buffer), stdout);
}

/* "302 Moved Temporarily: a move is in force (moved)" */
static void print_status(const struct ctl *ctl, struct ctl_json lookup)
{
	char buffer[TEXT_SIZE];
	struct text reason;
	const char *words;

	fputs("answer    ", stdout);
	if (!ctl_json_is_there(ctl_json_member(lookup, "status"))) {
		printf("%snone%s", ctl_colour(ctl, CTL_BOLD),
		       ctl_colour(ctl, CTL_PLAIN));
	} else {
		fputs(ctl_colour(ctl, CTL_BOLD), stdout);
		print_member(lookup, "status");
		putchar(' ');
		print_member(lookup, "reason_phrase");
		fputs(ctl_colour(ctl, CTL_PLAIN), stdout);
	}
	reason = member_text(lookup, "reason", buffer);
	words = ctl_reason_words(reason);
	fputs("\nwhy       ", stdout);
	fputs(words ? words : "", stdout);
	if (reason.len > 0) {
		fputs(words ? " (" : "", stdout);
		ctl_text_print(reason, stdout);
		fputs(words ? ")" : "", stdout);
	}
	putchar('\n');
}

static void print_contacts(struct ctl_json lookup)
{
	struct ctl_json_walk walk =
		ctl_json_walk(ctl_json_member(lookup, "contacts"));
	struct ctl_json contact;

	while (ctl_json_next(&walk, NULL, &contact)) {
		fputs("to        ", stdout);
		print_member(contact, "uri");
		fputs("  q=", stdout);
		print_member(contact, "q");
		putchar('\n');
	}
}

static void print_move(struct ctl_json move)
{
	char buffer[TEXT_SIZE];

	fputs("move      ", stdout);
	print_member(move, "id");
	fputs("  ", stdout);
	print_member(move, "outcome");
	fputs("  ", stdout);
	print_member(move, "starts_at");
	fputs(" until ", stdout);
	if (member_text(move, "ends_at", buffer).len > 0)
		print_member(move, "ends_at");
	else
		fputs("it is ended", stdout);
	putchar('\n');
}

static void print_tag(struct ctl_json tag)
{
	char buffer[TEXT_SIZE];

	fputs("tag       ", stdout);
	print_member(tag, "tag");
	fputs(" in ", stdout);
	print_member(tag, "header");
	fputs(": ", stdout);
	print_member(tag, "action");
	fputs(", by ", stdout);
	if (member_text(tag, "rule_id", buffer).len > 0)
		ctl_text_print(member_text(tag, "rule_id", buffer), stdout);
	else
		fputs("what is built in", stdout);
	putchar('\n');
}

static void print_each(struct ctl_json lookup, const char *list,
		       void (*print)(struct ctl_json element))
{
	struct ctl_json_walk walk =
		ctl_json_walk(ctl_json_member(lookup, list));
	struct ctl_json element;

	while (ctl_json_next(&walk, NULL, &element))
		print(element);
}

static void print_source(struct ctl_json lookup)
{
	char buffer[TEXT_SIZE];
	struct ctl_json source = ctl_json_member(lookup, "source");

	if (member_text(source, "address", buffer).len == 0)
		return;
	fputs("source    ", stdout);
	print_member(source, "address");
	fputs(": ", stdout);
	print_member(source, "verdict");
	if (ctl_json_is_true(ctl_json_member(source, "dropped")))
		fputs("; it gets no answer at all", stdout);
	if (member_text(source, "by_id", buffer).len > 0) {
		fputs(", by ", stdout);
		print_member(source, "by_id");
	}
	putchar('\n');
}

static void print_named(struct ctl_json lookup, const char *path,
			const char *label)
{
	if (!ctl_json_is_there(ctl_json_member(lookup, path)))
		return;
	fputs(label, stdout);
	print_member(lookup, path);
	putchar('\n');
}

static void print_bytes(struct ctl_json lookup)
{
	char text[64 * 1024];

	puts("");
	ctl_text_print_lines(ctl_json_text(ctl_json_member(lookup, "response"),
					   text, sizeof(text)),
			     stdout);
}

static int print_lookup(const struct ctl *ctl, struct ctl_json lookup)
{
	if (ctl->output != CTL_TABLE)
		return ctl_print_members(ctl, lookup);
	print_named(lookup, "address", "address   ");
	print_named(lookup, "at", "at        ");
	print_status(ctl, lookup);
	print_contacts(lookup);
	print_each(lookup, "moves", print_move);
	print_each(lookup, "tags", print_tag);
	print_source(lookup);
	print_named(lookup, "profile", "profile   ");
	if (ctl_json_is_true(
		    ctl_json_member(lookup, "authentication.required")))
		puts("asks      the domain asks callers for credentials; this "
		     "is for one who has them");
	if (ctl->is_verbose)
		print_bytes(lookup);
	return CTL_OK;
}

static int ask(struct ctl *ctl, struct json_writer *writer)
{
	struct ctl_path path = ctl_path_of("/v1/redirect-lookups", NULL);
	struct ctl_request request = { .method = "POST", .path = &path };
	struct ctl_answer answer = { 0 };
	struct ctl_json root = { { 0 } };
	char *body = NULL;
	int code = CTL_REFUSED;

	if (json_writer_finish(writer, &body, &request.body.len))
		ctl_tell(ctl, "out of memory");
	request.body.ptr = body;
	if (body)
		code = ctl_ask_json(ctl, &request, &answer, &root);
	if (!code)
		code = print_lookup(ctl, root);
	ctl_answer_clear(&answer);
	free(body);
	return code;
}

/* What is asked about: an address, or "-": a whole request on stdin. */
static bool put_subject(const struct ctl *ctl, struct json_writer *writer)
{
	char uri[URI_SIZE];
	char *request;
	size_t len;

	if (strcmp(ctl->operands[0], "-") != 0) {
		ctl_uri_of(ctl->operands[0], uri, sizeof(uri));
		json_put_string(writer, "address", text_of(uri));
		return true;
	}
	request = ctl_read_file(ctl, "-", &len);
	if (request)
		json_put_string(writer, "request",
				(struct text){ request, len });
	free(request);
	return request != NULL;
}

static int lookup(struct ctl *ctl)
{
	struct json_writer writer = { 0 };
	const char *from = ctl_given(ctl, "from");
	char uri[URI_SIZE];
	bool is_good;

	json_open_object(&writer, NULL);
	is_good = put_subject(ctl, &writer) && ctl_verb_body(ctl, &writer);
	if (from) {
		ctl_uri_of(from, uri, sizeof(uri));
		json_put_string(&writer, "from", text_of(uri));
	}
	json_close_object(&writer);
	if (is_good)
		return ask(ctl, &writer);
	json_writer_clear(&writer);
	return CTL_USAGE;
}

const struct ctl_verb ctl_lookup_verbs[] = {
	{ .words = "lookup",
	  .operands = "ADDRESS|-",
	  .about = "what a call would be answered, and why; -v: its bytes",
	  .operands_min = 1,
	  .operands_max = 1,
	  .flags = flags,
	  .run = lookup },
	{ .words = NULL },
};
