#include "api/session_document.h"

void session_document_write(struct json_writer *writer,
			    const struct session *session, bool is_current)
{
	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(session->id));
	json_put_string(writer, "user_id", text_of(session->user_id));
	json_put_string(writer, "name", text_of(session->user_name));
	json_put_string(writer, "role", text_of(session->role));
	json_put_string(writer, "peer", text_of(session->peer));
	json_put_bool(writer, "current", is_current);
	json_put_time_ms(writer, "created_at", session->created_at_ms);
	json_put_time_ms(writer, "last_used_at", session->used_at_ms);
	json_put_time_ms(writer, "expires_at", session->expires_at_ms);
	json_close_object(writer);
}
