#include "api/answer_style_document.h"

#include "api/document_member.h"
#include "db/move.h"

void answer_style_document_write(struct json_writer *writer, const char *name,
				 const struct answer_style *style)
{
	json_open_object(writer, name);
	if (style->status)
		json_put_integer(writer, "status", style->status);
	else
		json_put_null(writer, "status");
	json_put_integer(writer, "contacts_max", answer_style_contacts(style));
	json_put_bool(writer, "one_header", style->is_one_header);
	json_put_string(writer, "contact_expires",
			text_of(contact_expires_name(style->expires)));
	json_put_bool(writer, "diversion", style->has_diversion);
	json_put_bool(writer, "history_info", style->has_history_info);
	json_put_bool(writer, "cause", style->has_cause);
	json_put_string_or_null(writer, "contact_template",
				text_of(style->contact_template));
	json_close_object(writer);
}

static void merge_numbers(struct json_object *object,
			  struct answer_style *style)
{
	int64_t value;
	enum json_presence presence =
		json_integer(object, "status", 300, 302, &value);

	if (presence == JSON_NULL)
		style->status = 0;
	else if (presence == JSON_PRESENT)
		style->status = (uint16_t)value;
	presence = json_integer(object, "contacts_max", 1, MOVE_TARGETS_MAX,
				&value);
	if (presence == JSON_NULL)
		style->contacts_max = MOVE_TARGETS_MAX;
	else if (presence == JSON_PRESENT)
		style->contacts_max = (uint8_t)value;
}

static void merge_expires(struct json_object *object,
			  struct answer_style *style)
{
	struct text word;
	enum json_presence presence =
		json_string(object, "contact_expires", 32, &word);

	if (presence == JSON_NULL)
		style->expires = CONTACT_EXPIRES_OFF;
	else if (presence == JSON_PRESENT &&
		 !contact_expires_of_name(word, &style->expires))
		json_fault(object, "contact_expires", FAULT_BAD_FORMAT,
			   "must be `off` or `next_change`");
}

void answer_style_document_merge(struct json_object *document, const char *name,
				 struct answer_style *style)
{
	struct json_object object;
	enum json_presence presence =
		json_member_object(document, name, &object);

	if (presence == JSON_NULL)
		*style = ANSWER_STYLE_DEFAULT;
	if (presence != JSON_PRESENT)
		return;
	merge_numbers(&object, style);
	member_bool(&object, "one_header", false, &style->is_one_header);
	merge_expires(&object, style);
	member_bool(&object, "diversion", false, &style->has_diversion);
	member_bool(&object, "history_info", false, &style->has_history_info);
	member_bool(&object, "cause", false, &style->has_cause);
	member_text(&object, "contact_template", style->contact_template,
		    sizeof(style->contact_template));
	json_object_end(&object);
}
