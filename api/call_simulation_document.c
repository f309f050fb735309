#include "api/call_simulation_document.h"

void call_simulation_document_put_status(
	struct json_writer *writer, const struct call_simulation *simulation)
{
	const char *reason = call_reason_name(simulation->reason);

	if (simulation->status)
		json_put_integer(writer, "status", simulation->status);
	else
		json_put_null(writer, "status");
	json_put_string_or_null(writer, "reason_phrase",
				text_of(simulation->reason_phrase));
	json_put_string_or_null(writer, "reason",
				text_of(reason ? reason : ""));
}

static void write_tag(struct json_writer *writer,
		      const struct call_simulation_tag *tag)
{
	json_open_object(writer, NULL);
	json_put_string(writer, "tag", text_of(tag->tag));
	json_put_string(writer, "header", text_of(tag->header));
	json_put_string(writer, "action", text_of(tag->action));
	json_put_string(writer, "level", text_of(tag->level));
	json_put_string_or_null(writer, "rule_id", text_of(tag->rule_id));
	json_close_object(writer);
}

/* Refused; in the answer once, though it may have come in both headers. */
static bool is_unsupported(const struct call_simulation *simulation, size_t at)
{
	const struct call_simulation_tag *tag = &simulation->tags[at];

	if (simulation->status != 420 ||
	    !text_equals(text_of(tag->action), TEXT("reject")))
		return false;
	for (size_t i = 0; i < at; i++)
		if (text_equals(text_of(simulation->tags[i].action),
				TEXT("reject")) &&
		    text_equals_nocase(text_of(simulation->tags[i].tag),
				       text_of(tag->tag)))
			return false;
	return true;
}

static void write_unsupported(struct json_writer *writer,
			      const struct call_simulation *simulation)
{
	json_open_array(writer, "unsupported");
	for (size_t i = 0; i < simulation->tag_count; i++)
		if (is_unsupported(simulation, i))
			json_put_string(writer, NULL,
					text_of(simulation->tags[i].tag));
	json_close_array(writer);
}

void call_simulation_document_put_tags(struct json_writer *writer,
				       const struct call_simulation *simulation)
{
	write_unsupported(writer, simulation);
	json_open_array(writer, "tags");
	for (size_t i = 0; i < simulation->tag_count; i++)
		write_tag(writer, &simulation->tags[i]);
	json_close_array(writer);
}

void call_simulation_document_put_bytes(
	struct json_writer *writer, struct text request,
	const struct call_simulation *simulation)
{
	json_put_string(writer, "request", request);
	json_put_string_or_null(writer, "response",
				(struct text){ simulation->response,
					       simulation->response_len });
}
