#include "api/inbound_source_document.h"

#include <errno.h>
#include <stdlib.h>

#include "api/document_member.h"
#include "api/hook_signature.h"
#include "api/inbound_mapping.h"

static const char *const read_only[] = { "id",	       "path",	     "url",
					 "created_at", "updated_at", "revision",
					 NULL };

static bool has_window(const struct inbound_source *source)
{
	return source->kind != INBOUND_BEARER &&
	       source->kind != INBOUND_GITHUB && source->kind != INBOUND_HMAC;
}

/* --- in
 * ------------------------------------------------------------------------------
 */

/* Null, or absent from a new one: one is made. */
static void read_secret(struct json_object *document, bool is_new,
			struct inbound_source_edit *edit)
{
	struct inbound_source *source = &edit->source;
	struct text secret;
	const char *why = "";
	enum json_presence presence =
		json_string(document, "secret", INBOUND_SECRET_MAX, &secret);

	edit->made_secret[0] = '\0';
	if (presence == JSON_NULL || (presence == JSON_ABSENT && is_new)) {
		hook_secret_make(source->kind, edit->made_secret);
		secret = text_of(edit->made_secret);
		presence = JSON_PRESENT;
	}
	if (presence == JSON_PRESENT &&
	    hook_secret_store(source->kind, secret, source->secret, &why))
		json_fault(document, "secret", FAULT_BAD_FORMAT, "%s", why);
}

static void read_window(struct json_object *document, bool is_new,
			struct inbound_source *source)
{
	enum json_presence presence = json_integer(document, "window_seconds",
						   1, INBOUND_WINDOW_MAX_S,
						   &source->window_seconds);

	if (presence == JSON_NULL || (presence == JSON_ABSENT && is_new))
		source->window_seconds = INBOUND_WINDOW_DEFAULT_S;
	if (presence == JSON_PRESENT && !has_window(source))
		json_fault(document, "window_seconds",
			   FAULT_CONFLICTS_WITH_OTHER_MEMBER,
			   "is for kinds that sign the time");
}

/* As it was written, without its blanks. */
static int keep_mapping(struct json_object *document,
			const struct json_value *rules,
			struct inbound_source *source)
{
	struct json_writer writer = { 0 };
	char *json;
	size_t len;
	int err;

	json_value_write(&writer, NULL, rules);
	err = json_writer_finish(&writer, &json, &len);
	if (err)
		return err;
	if (!text_copy((struct text){ json, len }, source->mapping,
		       sizeof(source->mapping)))
		json_fault(document, "mapping", FAULT_TOO_LONG,
			   "must be at most %d bytes long",
			   INBOUND_MAPPING_SIZE - 1);
	free(json);
	return 0;
}

static int read_mapping(struct json_object *document, bool is_new,
			struct inbound_source *source)
{
	struct inbound_mapping *mapping = NULL;
	struct json_array array;
	enum json_presence presence =
		json_array(document, "mapping", MAPPING_RULES_MAX, &array);
	int err;

	if (source->kind == INBOUND_SLACK_COMMAND) {
		text_copy(TEXT("[]"), source->mapping, sizeof(source->mapping));
		if (presence != JSON_ABSENT && presence != JSON_NULL)
			json_fault(document, "mapping",
				   FAULT_CONFLICTS_WITH_OTHER_MEMBER,
				   "is not for slash commands: they say "
				   "themselves what is to be done");
		return 0;
	}
	if (presence == JSON_NULL || (presence == JSON_ABSENT && is_new))
		json_missing(document, "mapping");
	if (presence != JSON_PRESENT)
		return 0;
	err = inbound_mapping_compile(array.value, "/mapping", document->faults,
				      &mapping);
	inbound_mapping_free(mapping);
	return err ? err : keep_mapping(document, array.value, source);
}

static void read_words(struct json_object *document, bool is_new,
		       struct inbound_source *source)
{
	member_word(document,
		    &(struct word_member){ "encoding", inbound_encoding_names,
					   true },
		    is_new, &source->encoding);
	member_word(document,
		    &(struct word_member){ "algorithm", inbound_algorithm_names,
					   true },
		    is_new, &source->algorithm);
	member_word(document,
		    &(struct word_member){ "on_conflict",
					   inbound_on_conflict_names, true },
		    is_new, &source->on_conflict);
}

int inbound_source_document_read(struct json_object *document, bool is_new,
				 struct inbound_source_edit *edit)
{
	struct inbound_source *source = &edit->source;
	int err;

	if (is_new) {
		source->enabled = true;
		member_word(document,
			    &(struct word_member){ "kind", inbound_kind_names,
						   false },
			    true, &source->kind);
	}
	member_required_text(document, "name", is_new, source->name,
			     sizeof(source->name));
	member_text(document, "note", source->note, sizeof(source->note));
	member_bool(document, "enabled", true, &source->enabled);
	read_secret(document, is_new, edit);
	member_text(document, "header", source->header, sizeof(source->header));
	member_text(document, "prefix", source->prefix, sizeof(source->prefix));
	read_words(document, is_new, source);
	read_window(document, is_new, source);
	member_text(document, "dedupe_header", source->dedupe_header,
		    sizeof(source->dedupe_header));
	member_text(document, "dedupe_pointer", source->dedupe_pointer,
		    sizeof(source->dedupe_pointer));
	err = read_mapping(document, is_new, source);
	if (!is_new)
		json_read_only(document, "kind");
	members_read_only(document, read_only);
	json_object_end(document);
	return err;
}

/* --- out
 * ------------------------------------------------------------------------------
 */

static void put_path(struct json_writer *writer,
		     const struct inbound_source *source,
		     const char *public_origin)
{
	char url[320];
	struct writer path = writer_over(url, sizeof(url));

	writer_put(&path, TEXT("/hooks/"));
	writer_put(&path, text_of(source->slug));
	json_put_string(writer, "path", writer_text(&path));
	path = writer_over(url, sizeof(url));
	writer_put(&path, text_of(public_origin));
	writer_put(&path, TEXT("/hooks/"));
	writer_put(&path, text_of(source->slug));
	json_put_string_or_null(writer, "url",
				public_origin[0] ? writer_text(&path)
						 : TEXT(""));
}

void inbound_source_document_write(struct json_writer *writer,
				   const struct inbound_source *source,
				   const char *public_origin,
				   const char *made_secret)
{
	bool is_hmac = source->kind == INBOUND_HMAC;
	struct text none = TEXT("");

	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(source->id));
	json_put_string(writer, "name", text_of(source->name));
	json_put_string(writer, "note", text_of(source->note));
	json_put_string(writer, "kind",
			text_of(inbound_kind_names[source->kind]));
	json_put_bool(writer, "enabled", source->enabled);
	put_path(writer, source, public_origin);
	json_put_string_or_null(writer, "header", text_of(source->header));
	json_put_string_or_null(writer, "prefix", text_of(source->prefix));
	json_put_string_or_null(
		writer, "encoding",
		is_hmac ? text_of(inbound_encoding_names[source->encoding])
			: none);
	json_put_string_or_null(
		writer, "algorithm",
		is_hmac ? text_of(inbound_algorithm_names[source->algorithm])
			: none);
	if (has_window(source))
		json_put_integer(writer, "window_seconds",
				 source->window_seconds);
	else
		json_put_null(writer, "window_seconds");
	json_put_string_or_null(writer, "dedupe_header",
				text_of(source->dedupe_header));
	json_put_string_or_null(writer, "dedupe_pointer",
				text_of(source->dedupe_pointer));
	json_put_string(
		writer, "on_conflict",
		text_of(inbound_on_conflict_names[source->on_conflict]));
	json_put_json(writer, "mapping", text_of(source->mapping));
	json_put_time_ms(writer, "created_at", source->created_at_ms);
	json_put_time_ms(writer, "updated_at", source->updated_at_ms);
	json_put_i64_string(writer, "revision", source->revision);
	if (made_secret[0])
		json_put_string(writer, "secret", text_of(made_secret));
	json_close_object(writer);
}
