/*
 * away_command.h - what somebody types to be reached elsewhere: a small
 * language, bounded, in the time of the one who types.
 *
 *   TARGET [from WHEN] [until WHEN | for N UNITS]    off    status    help
 *   WHEN: [today | tomorrow | friday | 2026-12-24] [18:00 | 6pm | noon]
 *   UNITS: minutes, hours, days, weeks
 *
 * A day without a time is all of it: from its beginning, until its end. A time
 * without a day is the next one. Pure.
 */
#ifndef SIPMOVED_API_AWAY_COMMAND_H
#define SIPMOVED_API_AWAY_COMMAND_H

#include "db/move.h"
#include "db/time_zone.h"

enum {
	AWAY_TEXT_MAX = 1000,
	AWAY_WHY_SIZE = 200,
};

enum away_verb {
	AWAY_STATUS,
	AWAY_OFF,
	AWAY_HELP,
	AWAY_SET,
};

struct away_command {
	enum away_verb verb;
	char target[MOVE_URI_MAX + 1];
	int64_t starts_at_ms; /* 0: now */
	int64_t ends_at_ms;   /* MOVE_OPEN_END: none was given */
};

/* zone NULL: UTC. False: *why is a sentence for who typed it. */
bool away_command_parse(struct text text, int64_t now_ms,
			const struct time_zone *zone,
			struct away_command *ret_command,
			char why[AWAY_WHY_SIZE]);

#endif
