#include "api/session_activity.h"

#include <stdlib.h>
#include <string.h>

enum {
	FIRST_SIZE = 64,
};

struct session_use {
	char id[OBJECT_ID_SIZE]; /* "": free */
	int64_t used_at_ms;
	int64_t saved_at_ms;
};

/* An id ends with random bytes that strangers do not choose. */
static size_t place_of(const char *id, size_t size)
{
	uint64_t hash = 0;

	for (const char *c = id; *c; c++)
		hash = hash * 31 + (unsigned char)*c;
	return (hash ^ hash >> 29) & (size - 1);
}

static struct session_use *slot_of(struct session_use *uses, size_t size,
				   const char *id)
{
	size_t at = place_of(id, size);

	while (uses[at].id[0] && strcmp(uses[at].id, id) != 0)
		at = (at + 1) & (size - 1);
	return &uses[at];
}

void session_activity_clear(struct session_activity *activity)
{
	free(activity->uses);
	*activity = (struct session_activity){ 0 };
}

static bool is_left(const struct session_use *use, int64_t now_ms)
{
	return !use->id[0] || now_ms - use->used_at_ms > SESSION_FORGET_MS;
}

/* Four places for each that is still in use. */
static size_t size_needed(const struct session_activity *activity,
			  int64_t now_ms)
{
	size_t count = 1, size = FIRST_SIZE;

	for (size_t i = 0; i < activity->size; i++)
		count += !is_left(&activity->uses[i], now_ms);
	while (size < 4 * count)
		size *= 2;
	return size;
}

/* At least half of the places stay free; what is long over is left behind. */
static bool make_room(struct session_activity *activity, int64_t now_ms)
{
	struct session_use *uses;
	size_t size, count = 0;

	if (2 * (activity->count + 1) <= activity->size)
		return true;
	size = size_needed(activity, now_ms);
	uses = calloc(size, sizeof(*uses));
	if (!uses)
		return false;
	for (size_t i = 0; i < activity->size; i++) {
		const struct session_use *use = &activity->uses[i];

		if (is_left(use, now_ms))
			continue;
		*slot_of(uses, size, use->id) = *use;
		count++;
	}
	free(activity->uses);
	*activity = (struct session_activity){ uses, count, size };
	return true;
}

int64_t session_activity_last_ms(const struct session_activity *activity,
				 const char *session_id, int64_t stored_ms)
{
	const struct session_use *use;

	if (activity->size == 0)
		return stored_ms;
	use = slot_of(activity->uses, activity->size, session_id);
	return use->id[0] && use->used_at_ms > stored_ms ? use->used_at_ms
							 : stored_ms;
}

bool session_activity_note(struct session_activity *activity,
			   const char *session_id, int64_t stored_ms,
			   int64_t now_ms)
{
	struct session_use *use;

	if (!make_room(activity, now_ms))
		return true;
	use = slot_of(activity->uses, activity->size, session_id);
	if (!use->id[0]) {
		text_copy(text_of(session_id), use->id, sizeof(use->id));
		use->saved_at_ms = stored_ms;
		activity->count++;
	}
	use->used_at_ms = now_ms;
	if (now_ms - use->saved_at_ms < SESSION_SAVE_MS)
		return false;
	use->saved_at_ms = now_ms;
	return true;
}
