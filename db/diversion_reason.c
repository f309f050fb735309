#include "db/diversion_reason.h"

#define ROW(name, cause)                    \
	{                                   \
		{ name, sizeof(name) - 1 }, \
		{                           \
			cause, 3            \
		}                           \
	}

/* RFC 7544 5: what has no cause of its own is 404. A deflection is one before
 * anything rang: 480. */
static const struct {
	struct text name, cause;
} rows[DIVERSION_REASONS] = {
	[DIVERSION_UNCONDITIONAL] = ROW("unconditional", "302"),
	[DIVERSION_TIME_OF_DAY] = ROW("time-of-day", "404"),
	[DIVERSION_AWAY] = ROW("away", "404"),
	[DIVERSION_DO_NOT_DISTURB] = ROW("do-not-disturb", "404"),
	[DIVERSION_FOLLOW_ME] = ROW("follow-me", "404"),
	[DIVERSION_OUT_OF_SERVICE] = ROW("out-of-service", "404"),
	[DIVERSION_UNAVAILABLE] = ROW("unavailable", "503"),
	[DIVERSION_USER_BUSY] = ROW("user-busy", "486"),
	[DIVERSION_NO_ANSWER] = ROW("no-answer", "408"),
	[DIVERSION_DEFLECTION] = ROW("deflection", "480"),
	[DIVERSION_UNKNOWN] = ROW("unknown", "404"),
};

struct text diversion_reason_name(enum diversion_reason reason)
{
	return rows[reason].name;
}

struct text diversion_reason_cause(enum diversion_reason reason)
{
	return rows[reason].cause;
}

enum diversion_reason diversion_reason_of_stored(int64_t stored)
{
	return stored > 0 && stored < DIVERSION_REASONS
		       ? (enum diversion_reason)stored
		       : DIVERSION_UNCONDITIONAL;
}

bool diversion_reason_of_name(struct text name, enum diversion_reason *ret)
{
	for (size_t i = 0; i < DIVERSION_REASONS; i++)
		if (text_equals(name, rows[i].name)) {
			*ret = (enum diversion_reason)i;
			return true;
		}
	return false;
}
