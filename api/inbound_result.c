#include "api/inbound_result.h"

#include <errno.h>
#include <stdlib.h>

#include "api/problem_kind.h"

enum {
	ERRORS_KEPT = 8,
};

static int keep(struct inbound_event *event, struct json_writer *writer)
{
	char *json;
	size_t len;
	int err = json_writer_finish(writer, &json, &len);

	if (err)
		return err;
	if (!text_copy((struct text){ json, len }, event->result,
		       sizeof(event->result)))
		err = EMSGSIZE;
	free(json);
	return err;
}

static void open_refusal(struct json_writer *writer, enum problem_code refusal,
			 const char *why)
{
	json_open_object(writer, NULL);
	json_put_string(writer, "code", text_of(problem_kinds[refusal].code));
	json_put_string(writer, "detail", text_of(why));
}

void inbound_result_refuse(struct inbound_event *event,
			   enum problem_code refusal, const char *why)
{
	struct json_writer writer = { 0 };

	event->status = (int)problem_kinds[refusal].status;
	open_refusal(&writer, refusal, why);
	json_close_object(&writer);
	/* For want of memory it is told without its reason. */
	if (keep(event, &writer))
		event->result[0] = '\0';
}

/* The first ones: the sender has been told all of them. */
static int keep_errors(struct inbound_event *event,
		       const struct inbound_effect *effect)
{
	struct json_writer writer = { 0 };

	open_refusal(&writer, PROBLEM_EVENT_REFUSED,
		     "What the mapping made is no valid move.");
	inbound_effect_write_errors(&writer, effect, ERRORS_KEPT);
	json_close_object(&writer);
	return keep(event, &writer);
}

static int keep_change(struct inbound_event *event,
		       const struct inbound_effect *effect)
{
	struct json_writer writer = { 0 };

	json_open_object(&writer, NULL);
	json_put_string(&writer, "event_id", text_of(event->id));
	json_put_string(&writer, "outcome",
			text_of(inbound_outcome_names[event->outcome]));
	json_put_string(&writer, "action",
			text_of(mapped_action_names[effect->mapped.action]));
	json_put_string(&writer, "change",
			text_of(inbound_effect_change(effect)));
	json_put_string_or_null(&writer, "move_id",
				effect->has_stored ? text_of(effect->stored.id)
						   : TEXT(""));
	json_close_object(&writer);
	return keep(event, &writer);
}

int inbound_result_settle(struct inbound_event *event,
			  const struct inbound_effect *effect)
{
	int err;

	if (inbound_effect_is_refused(effect)) {
		event->outcome = INBOUND_REFUSED;
		event->status =
			(int)problem_kinds[PROBLEM_EVENT_REFUSED].status;
		err = keep_errors(event, effect);
		if (err == EMSGSIZE)
			inbound_result_refuse(event, PROBLEM_EVENT_REFUSED,
					      "What the mapping made is no "
					      "valid move.");
		return err == EMSGSIZE ? 0 : err;
	}
	event->outcome = effect->mapped.action == MAPPED_IGNORE
				 ? INBOUND_IGNORED
				 : INBOUND_APPLIED;
	event->status = 200;
	return keep_change(event, effect);
}
