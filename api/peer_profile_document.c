#include "api/peer_profile_document.h"

#include "api/answer_style_document.h"
#include "api/document_member.h"
#include "db/peer_profile.h"

static const char *const read_only[] = { "id", "created_at", "updated_at",
					 "revision", NULL };

/* An unknown preset is peer_profile_validate()'s fault. */
static void read_preset(struct json_object *object,
			struct peer_profile *profile)
{
	const struct peer_preset *preset;
	struct text name;
	enum json_presence presence = json_string(
		object, "preset", sizeof(profile->preset) - 1, &name);

	if (presence == JSON_NULL)
		profile->preset[0] = '\0';
	if (presence != JSON_PRESENT)
		return;
	if (name.len == 0)
		json_fault(object, "preset", FAULT_UNKNOWN_PRESET,
			   "must be the name of a preset, or null");
	(void)text_copy(name, profile->preset, sizeof(profile->preset));
	preset = peer_preset_of_name(name);
	if (preset)
		profile->style = preset->style;
}

void peer_profile_document_read(struct json_object *object, bool is_new,
				int64_t now_ms, void *value)
{
	struct peer_profile *profile = value;

	(void)now_ms;
	if (is_new) {
		profile->enabled = true;
		profile->style = ANSWER_STYLE_DEFAULT;
	}
	member_text(object, "name", profile->name, sizeof(profile->name));
	read_preset(object, profile);
	member_text(object, "network", profile->network,
		    sizeof(profile->network));
	member_text(object, "listener", profile->listener,
		    sizeof(profile->listener));
	answer_style_document_merge(object, "answer_style", &profile->style);
	member_bool(object, "enabled", true, &profile->enabled);
	member_text(object, "note", profile->note, sizeof(profile->note));
	members_read_only(object, read_only);
	json_object_end(object);
}

void peer_profile_document_write(struct json_writer *writer, const void *value)
{
	const struct peer_profile *profile = value;

	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(profile->object.id));
	json_put_string(writer, "name", text_of(profile->name));
	json_put_string_or_null(writer, "preset", text_of(profile->preset));
	json_put_string_or_null(writer, "network", text_of(profile->network));
	json_put_string_or_null(writer, "listener", text_of(profile->listener));
	answer_style_document_write(writer, "answer_style", &profile->style);
	json_put_bool(writer, "enabled", profile->enabled);
	json_put_string(writer, "note", text_of(profile->note));
	json_put_time_ms(writer, "created_at", profile->object.created_at_ms);
	json_put_time_ms(writer, "updated_at", profile->object.updated_at_ms);
	json_put_i64_string(writer, "revision", profile->object.revision);
	json_close_object(writer);
}
