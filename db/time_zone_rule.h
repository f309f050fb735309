/*
 * time_zone_rule.h - the rule that holds after a zone's last listed transition:
 * the TZ string in the footer of a TZif file (RFC 9636 3.3.1). Inside db/ only.
 * A plain value; pure functions. Seconds since 1970, UTC.
 */
#ifndef SIPMOVED_DB_TIME_ZONE_RULE_H
#define SIPMOVED_DB_TIME_ZONE_RULE_H

#include "base/text.h"

enum time_zone_day_kind {
	DAY_OF_WEEK_IN_MONTH, /* Mm.w.d */
	DAY_WITHOUT_LEAP_DAY, /* Jn, 1 to 365 */
	DAY_WITH_LEAP_DAY,    /* n, 0 to 365 */
};

/* When one kind of time ends, in that kind's own reading. */
struct time_zone_change {
	enum time_zone_day_kind kind;
	int month, week, day; /* month and week: of Mm.w.d only */
	int32_t time_s;	      /* since midnight; may be below 0 or above 24 h */
};

struct time_zone_rule {
	int32_t standard_offset_s; /* east of UTC */
	int32_t summer_offset_s;
	bool has_summer;
	struct time_zone_change to_summer, to_standard;
};

/* "CET-1CEST,M3.5.0,M10.5.0/3". EBADMSG if it is not one. */
int time_zone_rule_parse(struct text text, struct time_zone_rule *ret_rule)
	__attribute__((warn_unused_result));
int32_t time_zone_rule_offset_s(const struct time_zone_rule *rule,
				int64_t at_s);
/* The first change after a time; INT64_MAX if there is none. */
int64_t time_zone_rule_next_s(const struct time_zone_rule *rule, int64_t at_s);

#endif
