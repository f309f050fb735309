#include "db/webhook_event.h"

#include <string.h>

const char *const webhook_event_names[WEBHOOK_EVENT_TYPES] = {
	[WEBHOOK_MOVE_CREATED] = "move.created",
	[WEBHOOK_MOVE_UPDATED] = "move.updated",
	[WEBHOOK_MOVE_CANCELLED] = "move.cancelled",
	[WEBHOOK_MOVE_STARTING_SOON] = "move.starting_soon",
	[WEBHOOK_MOVE_STARTED] = "move.started",
	[WEBHOOK_MOVE_ENDING_SOON] = "move.ending_soon",
	[WEBHOOK_MOVE_ENDED] = "move.ended",
	[WEBHOOK_MOVE_EXPIRED_UNUSED] = "move.expired_unused",
	[WEBHOOK_POLICY_UPDATED] = "policy.updated",
	[WEBHOOK_IMPORT_COMPLETED] = "import.completed",
	[WEBHOOK_CALL_REDIRECTED] = "call.redirected",
	[WEBHOOK_CALL_REFUSED] = "call.refused",
	[WEBHOOK_BACKUP_COMPLETED] = "backup.completed",
	[WEBHOOK_BACKUP_FAILED] = "backup.failed",
	[WEBHOOK_NODE_DEGRADED] = "node.degraded",
	[WEBHOOK_NODE_RECOVERED] = "node.recovered",
	[WEBHOOK_ENDPOINT_DISABLED] = "endpoint.disabled",
	[WEBHOOK_ENDPOINT_TEST] = "endpoint.test",
};

static bool is_call(enum webhook_event_type type)
{
	return type == WEBHOOK_CALL_REDIRECTED || type == WEBHOOK_CALL_REFUSED;
}

bool webhook_pattern_fits(struct text pattern, enum webhook_event_type type)
{
	struct text name = text_of(webhook_event_names[type]);

	if (text_equals(pattern, TEXT("*")))
		return !is_call(type);
	if (pattern.len < 3 ||
	    memcmp(pattern.ptr + pattern.len - 2, ".*", 2) != 0)
		return text_equals(pattern, name);
	pattern.len--; /* "move." */
	return name.len > pattern.len &&
	       memcmp(name.ptr, pattern.ptr, pattern.len) == 0;
}

bool webhook_pattern_is_known(struct text pattern)
{
	for (size_t i = 0; i < WEBHOOK_EVENT_TYPES; i++)
		if (webhook_pattern_fits(pattern, (enum webhook_event_type)i))
			return true;
	return false;
}

bool webhook_patterns_next(struct text *patterns, struct text *ret_pattern)
{
	const char *blank;

	while (patterns->len > 0 && *patterns->ptr == ' ') {
		patterns->ptr++;
		patterns->len--;
	}
	if (patterns->len == 0)
		return false;
	blank = memchr(patterns->ptr, ' ', patterns->len);
	*ret_pattern = (struct text){ patterns->ptr,
				      blank ? (size_t)(blank - patterns->ptr)
					    : patterns->len };
	patterns->ptr += ret_pattern->len;
	patterns->len -= ret_pattern->len;
	return true;
}

bool webhook_patterns_fit(struct text patterns, enum webhook_event_type type)
{
	struct text pattern;

	while (webhook_patterns_next(&patterns, &pattern))
		if (webhook_pattern_fits(pattern, type))
			return true;
	return false;
}
