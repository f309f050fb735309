#include "api/audit_event_document.h"

static const char prefix[] = "aud";

void audit_id_format(int64_t number, char id[AUDIT_ID_SIZE])
{
	number_id_format(prefix, number, id);
}

int audit_id_parse(struct text id, int64_t *ret_number)
{
	return number_id_parse(id, prefix, ret_number);
}

static void put_state(struct json_writer *writer, const char *name,
		      const char *json)
{
	if (json)
		json_put_json(writer, name, text_of(json));
	else
		json_put_null(writer, name);
}

/* The members that whoever is told of it may see. */
static void put_common(struct json_writer *writer,
		       const struct audit_event *event)
{
	char id[AUDIT_ID_SIZE];

	audit_id_format(event->number, id);
	json_put_string(writer, "id", text_of(id));
	json_put_time_ms(writer, "at", event->at_ms);
	json_put_string(writer, "action", text_of(event->action));
	json_put_string_or_null(writer, "object_id", text_of(event->object_id));
	json_put_i64_string(writer, "revision", event->revision);
	json_open_object(writer, "actor");
	json_put_string(writer, "kind", text_of(event->actor_kind));
	json_put_string_or_null(writer, "name", text_of(event->actor_name));
	json_put_string_or_null(writer, "role", text_of(event->actor_role));
	json_close_object(writer);
}

void audit_event_document_open(struct json_writer *writer, const char *name,
			       const struct audit_event *event)
{
	json_open_object(writer, name);
	put_common(writer, event);
	json_put_string_or_null(writer, "peer", text_of(event->peer));
	json_put_string_or_null(writer, "request_id",
				text_of(event->request_id));
	json_put_string_or_null(writer, "foreign_owner_id",
				text_of(event->foreign_owner));
}

void audit_event_document_write(struct json_writer *writer, const char *name,
				const struct audit_event *event)
{
	audit_event_document_open(writer, name, event);
	put_state(writer, "before", event->before);
	put_state(writer, "after", event->after);
	json_close_object(writer);
}

void own_change_document_write(struct json_writer *writer,
			       const struct audit_event *event)
{
	json_open_object(writer, NULL);
	put_common(writer, event);
	json_put_bool(writer, "by_other", event->foreign_owner[0] != '\0');
	put_state(writer, "before", event->before);
	put_state(writer, "after", event->after);
	json_close_object(writer);
}
