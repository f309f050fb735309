#include "api/policy_version_document.h"

#include <string.h>

#include "api/extension_rule_document.h"

enum {
	WORDS_MAX = 512, /* of one rule */
	SENTENCE_MAX = 2 * WORDS_MAX + 64,
	SENTENCES_MAX = 200,
};

int64_t policy_version_number(struct text text)
{
	uint64_t number;

	return text_to_u64(text, &number) || number == 0 || number > INT64_MAX
		       ? -1
		       : (int64_t)number;
}

void policy_version_document_put(struct json_writer *writer,
				 const struct policy_version *version)
{
	json_put_integer(writer, "number", version->number);
	json_put_i64_string(writer, "revision", version->revision);
	json_put_time_ms(writer, "created_at", version->at_ms);
	json_open_object(writer, "actor");
	json_put_string(writer, "kind", text_of(version->actor_kind));
	json_put_string_or_null(writer, "name", text_of(version->actor_name));
	json_close_object(writer);
	json_put_string_or_null(writer, "preset", text_of(version->preset));
	json_put_string(writer, "note", text_of(version->note));
	if (version->restored_from)
		json_put_integer(writer, "restored_from",
				 version->restored_from);
	else
		json_put_null(writer, "restored_from");
	json_put_integer(writer, "rule_count", version->rule_count);
	json_put_integer(writer, "added_count", version->added);
	json_put_integer(writer, "changed_count", version->changed);
	json_put_integer(writer, "removed_count", version->removed);
}

/* --- plain words --------------------------------------------------------- */

static const struct text in_headers[] = {
	[EXTENSION_REQUIRE] = { " in Require", 11 },
	[EXTENSION_PROXY_REQUIRE] = { " in Proxy-Require", 17 },
	[EXTENSION_BOTH] = { " in Require and Proxy-Require", 29 },
};

static const struct text what_happens[] = {
	[EXTENSION_ACCEPT] = { " is accepted", 12 },
	[EXTENSION_IGNORE] = { " is ignored", 11 },
	[EXTENSION_REJECT] = { " is refused with 420", 20 },
};

static bool is_any(const char *word)
{
	return strcmp(word, "*") == 0;
}

void extension_rule_words_put(const struct extension_rule *rule,
			      struct writer *writer)
{
	bool has_domain = !is_any(rule->domain);
	bool has_method = !is_any(rule->method);

	if (is_any(rule->tag)) {
		writer_put(writer, TEXT("any other tag"));
	} else {
		writer_byte(writer, '`');
		writer_put(writer, text_of(rule->tag));
		writer_byte(writer, '`');
	}
	writer_put(writer, in_headers[rule->header]);
	writer_put(writer, what_happens[rule->action]);
	if (has_domain || has_method)
		writer_put(writer, TEXT(" ("));
	if (has_domain) {
		writer_put(writer, TEXT("domain "));
		writer_put(writer, text_of(rule->domain));
	}
	if (has_domain && has_method)
		writer_put(writer, TEXT(", "));
	if (has_method) {
		writer_put(writer, TEXT("method "));
		writer_put(writer, text_of(rule->method));
	}
	if (has_domain || has_method)
		writer_byte(writer, ')');
	if (!rule->enabled)
		writer_put(writer, TEXT(", switched off"));
}

static void put_sentence(struct json_writer *json,
			 const struct extension_rule_change *change)
{
	char buffer[SENTENCE_MAX], before_buffer[WORDS_MAX];
	char after_buffer[WORDS_MAX];
	struct writer sentence = writer_over(buffer, sizeof(buffer));
	struct writer before =
		writer_over(before_buffer, sizeof(before_buffer));
	struct writer after = writer_over(after_buffer, sizeof(after_buffer));

	if (change->before)
		extension_rule_words_put(change->before, &before);
	if (change->after)
		extension_rule_words_put(change->after, &after);
	writer_put(&sentence, !change->before  ? TEXT("Added: ")
			      : !change->after ? TEXT("Removed: ")
					       : TEXT("Changed: "));
	writer_put(&sentence, writer_text(&before));
	if (change->before && change->after &&
	    text_equals(writer_text(&before), writer_text(&after)))
		writer_put(&sentence, TEXT("; another note"));
	else if (change->before && change->after)
		writer_put(&sentence, TEXT("; now "));
	if (!change->before ||
	    !text_equals(writer_text(&before), writer_text(&after)))
		writer_put(&sentence, writer_text(&after));
	writer_byte(&sentence, '.');
	json_put_string(json, NULL, writer_text(&sentence));
}

static void put_summary(struct json_writer *writer,
			const struct extension_policy_diff *diff)
{
	json_open_array(writer, "summary");
	if (diff->count == 0)
		json_put_string(writer, NULL, TEXT("Nothing differs."));
	for (size_t i = 0; i < diff->count && i < SENTENCES_MAX; i++)
		put_sentence(writer, &diff->changes[i]);
	if (diff->count > SENTENCES_MAX)
		json_put_string(writer, NULL, TEXT("And more."));
	json_close_array(writer);
}

/* --- what differs -------------------------------------------------------- */

static void put_alone(struct json_writer *writer, const char *name,
		      const struct extension_policy_diff *diff, bool is_added)
{
	json_open_array(writer, name);
	for (size_t i = 0; i < diff->count; i++) {
		const struct extension_rule_change *change = &diff->changes[i];

		if (is_added && !change->before)
			extension_rule_document_write(writer, change->after);
		if (!is_added && !change->after)
			extension_rule_document_write(writer, change->before);
	}
	json_close_array(writer);
}

static void put_changed(struct json_writer *writer,
			const struct extension_rule_change *change)
{
	const struct extension_rule *a = change->before, *b = change->after;
	const struct {
		const char *name;
		bool differs;
	} members[] = {
		{ "domain", strcmp(a->domain, b->domain) != 0 },
		{ "header", a->header != b->header },
		{ "tag", strcmp(a->tag, b->tag) != 0 },
		{ "method", strcmp(a->method, b->method) != 0 },
		{ "action", a->action != b->action },
		{ "enabled", a->enabled != b->enabled },
		{ "note", strcmp(a->note, b->note) != 0 },
	};

	json_open_object(writer, NULL);
	json_open_array(writer, "members");
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		if (members[i].differs)
			json_put_string(writer, NULL, text_of(members[i].name));
	json_close_array(writer);
	extension_rule_document_put(writer, "before", a);
	extension_rule_document_put(writer, "after", b);
	json_close_object(writer);
}

void policy_diff_document_put(struct json_writer *writer,
			      const struct extension_policy_diff *diff)
{
	put_alone(writer, "added", diff, true);
	json_open_array(writer, "changed");
	for (size_t i = 0; i < diff->count; i++)
		if (diff->changes[i].before && diff->changes[i].after)
			put_changed(writer, &diff->changes[i]);
	json_close_array(writer);
	put_alone(writer, "removed", diff, false);
	put_summary(writer, diff);
}
