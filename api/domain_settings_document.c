#include "api/domain_settings_document.h"

#include "api/answer_style_document.h"
#include "api/document_member.h"

/* "otherwise" and "register": refuse, or redirect to a URI. */
struct action_member {
	const char *name, *uri_name;
	bool *redirects;
	char *uri;
};

static void write_action(struct json_writer *writer,
			 const struct action_member *member)
{
	json_open_object(writer, member->name);
	json_put_string(writer, "action",
			*member->redirects ? TEXT("redirect") : TEXT("refuse"));
	json_put_string_or_null(writer, member->uri_name, text_of(member->uri));
	json_close_object(writer);
}

static void merge_action(struct json_object *document,
			 const struct action_member *member)
{
	struct json_object object;
	struct text word;
	enum json_presence presence =
		json_member_object(document, member->name, &object);

	if (presence == JSON_NULL) {
		*member->redirects = false;
		member->uri[0] = '\0';
	}
	if (presence != JSON_PRESENT)
		return;
	presence = json_string(&object, "action", 32, &word);
	if (presence == JSON_NULL)
		*member->redirects = false;
	else if (presence == JSON_PRESENT &&
		 !text_equals(word, TEXT("refuse")) &&
		 !text_equals(word, TEXT("redirect")))
		json_fault(&object, "action", FAULT_BAD_FORMAT,
			   "must be `refuse` or `redirect`");
	else if (presence == JSON_PRESENT)
		*member->redirects = text_equals(word, TEXT("redirect"));
	member_text(&object, member->uri_name, member->uri,
		    ANSWER_TEMPLATE_MAX + 1);
	json_object_end(&object);
}

static void merge_retry_after(struct json_object *document,
			      struct domain_settings *settings)
{
	struct json_object object;
	struct text word;
	int64_t seconds;
	enum json_presence presence =
		json_member_object(document, "retry_after", &object);

	if (presence == JSON_NULL) {
		settings->retry_after = RETRY_AFTER_OFF;
		settings->retry_after_s = 0;
	}
	if (presence != JSON_PRESENT)
		return;
	presence = json_string(&object, "mode", 32, &word);
	if (presence == JSON_NULL)
		settings->retry_after = RETRY_AFTER_OFF;
	else if (presence == JSON_PRESENT &&
		 !retry_after_of_name(word, &settings->retry_after))
		json_fault(&object, "mode", FAULT_BAD_FORMAT,
			   "must be `off`, `next_start` or `fixed`");
	presence = json_integer(&object, "seconds", 1, RETRY_AFTER_SECONDS_MAX,
				&seconds);
	if (presence == JSON_NULL)
		settings->retry_after_s = 0;
	else if (presence == JSON_PRESENT)
		settings->retry_after_s = (uint32_t)seconds;
	json_object_end(&object);
}

void domain_settings_document_write(struct json_writer *writer,
				    const struct domain_settings *settings)
{
	struct domain_settings copy = *settings;
	const struct action_member otherwise = { "otherwise", "target_template",
						 &copy.redirects_otherwise,
						 copy.otherwise_template };
	const struct action_member registers = { "register", "target",
						 &copy.redirects_register,
						 copy.register_target };

	json_put_bool(writer, "ignore_user_case", settings->ignores_user_case);
	json_put_bool(writer, "uniform_refusal", settings->refuses_uniformly);
	json_put_bool(writer, "reject_anonymous", settings->rejects_anonymous);
	write_action(writer, &otherwise);
	write_action(writer, &registers);
	json_open_object(writer, "retry_after");
	json_put_string(writer, "mode",
			text_of(retry_after_name(settings->retry_after)));
	if (settings->retry_after_s)
		json_put_integer(writer, "seconds", settings->retry_after_s);
	else
		json_put_null(writer, "seconds");
	json_close_object(writer);
	json_put_string_or_null(writer, "unavailable_phrase",
				text_of(settings->unavailable_phrase));
	answer_style_document_write(writer, "answer_style", &settings->style);
}

void domain_settings_document_merge(struct json_object *document,
				    struct domain_settings *settings)
{
	const struct action_member otherwise = { "otherwise", "target_template",
						 &settings->redirects_otherwise,
						 settings->otherwise_template };
	const struct action_member registers = { "register", "target",
						 &settings->redirects_register,
						 settings->register_target };

	member_bool(document, "ignore_user_case", false,
		    &settings->ignores_user_case);
	member_bool(document, "uniform_refusal", false,
		    &settings->refuses_uniformly);
	member_bool(document, "reject_anonymous", false,
		    &settings->rejects_anonymous);
	merge_action(document, &otherwise);
	merge_action(document, &registers);
	merge_retry_after(document, settings);
	member_text(document, "unavailable_phrase",
		    settings->unavailable_phrase,
		    sizeof(settings->unavailable_phrase));
	answer_style_document_merge(document, "answer_style", &settings->style);
}
