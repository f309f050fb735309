#include "api/redirect_log_document.h"

#include <string.h>

#include "api/log_id.h"
#include "base/call_reason.h"

static const char *transport_name(enum log_transport transport)
{
	switch (transport) {
	case LOG_UDP:
		return "udp";
	case LOG_TCP:
		return "tcp";
	case LOG_TLS:
		return "tls";
	}
	return "";
}

/* The next word between any of these separators; false at the end. */
static bool next_word(const char **rest, const char *separators,
		      struct text *ret_word)
{
	*rest += strspn(*rest, separators);
	ret_word->ptr = *rest;
	ret_word->len = strcspn(*rest, separators);
	*rest += ret_word->len;
	return ret_word->len > 0;
}

/* "a:b" into a and b; all of it is a without the mark. */
static void split(struct text word, char mark, struct text *ret_left,
		  struct text *ret_right)
{
	const char *at = memchr(word.ptr, mark, word.len);

	*ret_left = word;
	*ret_right = (struct text){ 0 };
	if (!at)
		return;
	ret_left->len = (size_t)(at - word.ptr);
	*ret_right = (struct text){ at + 1, word.len - ret_left->len - 1 };
}

static void write_targets(struct json_writer *writer, const char *rest)
{
	struct text uri;

	json_open_array(writer, "targets");
	while (next_word(&rest, "\n", &uri))
		json_put_string(writer, NULL, uri);
	json_close_array(writer);
}

static void write_tags_asked(struct json_writer *writer, const char *rest)
{
	struct text word, header, tag;

	json_open_array(writer, "tags_asked");
	while (next_word(&rest, " ", &word)) {
		split(word, ':', &header, &tag);
		json_open_object(writer, NULL);
		json_put_string(writer, "header", header);
		json_put_string(writer, "tag", tag);
		json_close_object(writer);
	}
	json_close_array(writer);
}

/* A tag refused by no rule, but by what is built in, has null. */
static void write_tags_refused(struct json_writer *writer, const char *rest)
{
	struct text word, tag, rule_id;

	json_open_array(writer, "tags_refused");
	while (next_word(&rest, " ,", &word)) {
		if (word.ptr[0] == '@')
			continue;
		split(word, '=', &tag, &rule_id);
		if (text_equals(rule_id, TEXT("-")))
			rule_id = (struct text){ 0 };
		json_open_object(writer, NULL);
		json_put_string(writer, "tag", tag);
		json_put_string_or_null(writer, "rule_id", rule_id);
		json_close_object(writer);
	}
	json_close_array(writer);
}

/* A target that was not sent, for want of a rule that allows it, has null. */
static void write_targets_withheld(struct json_writer *writer, const char *rest)
{
	struct text word, uri, rule_id;
	const char *mark;

	json_open_array(writer, "targets_withheld");
	while (next_word(&rest, " ", &word)) {
		mark = memrchr(word.ptr, '=', word.len);
		if (word.ptr[0] != '@' || !mark)
			continue;
		uri = (struct text){ word.ptr + 1,
				     (size_t)(mark - word.ptr - 1) };
		rule_id = (struct text){ mark + 1, word.len - uri.len - 2 };
		if (text_equals(rule_id, TEXT("-")))
			rule_id = (struct text){ 0 };
		json_open_object(writer, NULL);
		json_put_string(writer, "uri", uri);
		json_put_string_or_null(writer, "rule_id", rule_id);
		json_close_object(writer);
	}
	json_close_array(writer);
}

static void put_text(struct json_writer *writer, const char *name,
		     const char *text)
{
	json_put_string_or_null(writer, name, text_of(text));
}

void redirect_log_document_open(struct json_writer *writer,
				const struct redirect_log_entry *entry)
{
	const char *reason = call_reason_name(entry->reason);
	char id[LOG_ID_SIZE];

	log_id_format(entry->id, id);
	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(id));
	json_put_time_ms(writer, "received_at", entry->received_at_us / 1000);
	put_text(writer, "method", entry->method);
	put_text(writer, "request_uri", entry->request_uri);
	put_text(writer, "address", entry->address);
	put_text(writer, "from", entry->from);
	put_text(writer, "call_id", entry->call_id);
	put_text(writer, "source", entry->source);
	put_text(writer, "transport", transport_name(entry->transport));
	put_text(writer, "user_agent", entry->user_agent);
	json_put_integer(writer, "status", entry->status);
	put_text(writer, "reason", reason ? reason : "");
	write_targets(writer, entry->targets);
	put_text(writer, "move_id", entry->move_id);
	if (entry->move_id[0] != '\0')
		json_put_i64_string(writer, "move_revision",
				    entry->move_revision);
	else
		json_put_null(writer, "move_revision");
	put_text(writer, "profile", entry->profile);
	json_put_i64_string(writer, "revision", entry->revision);
	write_tags_asked(writer, entry->tags_asked);
	write_tags_refused(writer, entry->tags_refused);
	write_targets_withheld(writer, entry->tags_refused);
	/* RFC 3261 17.1.1.3: nothing else is acknowledged. */
	if (strcmp(entry->method, "INVITE") == 0)
		json_put_bool(writer, "ack_seen", entry->ack_seen);
	else
		json_put_null(writer, "ack_seen");
	json_put_integer(writer, "handling_us", entry->handling_us);
}

void redirect_log_document_write(struct json_writer *writer,
				 const struct redirect_log_entry *entry)
{
	redirect_log_document_open(writer, entry);
	json_close_object(writer);
}
