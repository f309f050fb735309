#include "db/time_zone_rule.h"

#include <errno.h>
#include <string.h>

#include "base/timestamp.h"

enum {
	DAY_S = 86400,
	NAME_MIN = 3,
	OFFSET_HOURS_MAX = 24,
	CHANGE_HOURS_MAX = 167, /* RFC 9636 3.3.1: within a week */
	CHANGES_LOOKED_AT = 6,	/* two a year, of three years */
};

static bool is_letter(char c)
{
	c = ascii_lower(c);
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take(struct text *text, char c)
{
	if (text->len == 0 || text->ptr[0] != c)
		return false;
	text->ptr++;
	text->len--;
	return true;
}

static void skip(struct text *text, size_t count)
{
	text->ptr += count;
	text->len -= count;
}

/* A name of letters, or one of letters, digits and signs within <>. */
static bool take_name(struct text *text)
{
	bool quoted = take(text, '<');
	size_t len = 0;

	while (len < text->len &&
	       (is_letter(text->ptr[len]) ||
		(quoted && (is_digit(text->ptr[len]) || text->ptr[len] == '+' ||
			    text->ptr[len] == '-'))))
		len++;
	skip(text, len);
	return len >= NAME_MIN && (!quoted || take(text, '>'));
}

static bool take_number(struct text *text, int max, int *ret_number)
{
	int number = 0;
	size_t len = 0;

	while (len < text->len && is_digit(text->ptr[len])) {
		number = number * 10 + (text->ptr[len++] - '0');
		if (number > max)
			return false;
	}
	skip(text, len);
	*ret_number = number;
	return len > 0;
}

/* [+-]hh[:mm[:ss]] as seconds. */
static bool take_time(struct text *text, int hours_max, int32_t *ret_s)
{
	bool negative = take(text, '-');
	int hours, minutes = 0, seconds = 0;

	if (!negative)
		(void)take(text, '+');
	if (!take_number(text, hours_max, &hours))
		return false;
	if (take(text, ':')) {
		if (!take_number(text, 59, &minutes))
			return false;
		if (take(text, ':') && !take_number(text, 59, &seconds))
			return false;
	}
	*ret_s = (hours * 3600 + minutes * 60 + seconds) * (negative ? -1 : 1);
	return true;
}

/* POSIX counts offsets to the west. */
static bool take_offset(struct text *text, int32_t *ret_offset_s)
{
	int32_t west_s;

	if (!take_time(text, OFFSET_HOURS_MAX, &west_s))
		return false;
	*ret_offset_s = -west_s;
	return true;
}

static bool take_day(struct text *text, struct time_zone_change *change)
{
	if (take(text, 'M')) {
		change->kind = DAY_OF_WEEK_IN_MONTH;
		return take_number(text, 12, &change->month) &&
		       change->month >= 1 && take(text, '.') &&
		       take_number(text, 5, &change->week) &&
		       change->week >= 1 && take(text, '.') &&
		       take_number(text, 6, &change->day);
	}
	if (take(text, 'J')) {
		change->kind = DAY_WITHOUT_LEAP_DAY;
		return take_number(text, 365, &change->day) && change->day >= 1;
	}
	change->kind = DAY_WITH_LEAP_DAY;
	return take_number(text, 365, &change->day);
}

/* ",date[/time]" */
static bool take_change(struct text *text, struct time_zone_change *change)
{
	change->time_s = 2 * 3600;
	if (!take(text, ',') || !take_day(text, change))
		return false;
	return !take(text, '/') ||
	       take_time(text, CHANGE_HOURS_MAX, &change->time_s);
}

int time_zone_rule_parse(struct text text, struct time_zone_rule *ret_rule)
{
	struct time_zone_rule rule = { 0 };

	if (!take_name(&text) || !take_offset(&text, &rule.standard_offset_s))
		return EBADMSG;
	if (text.len > 0) {
		rule.has_summer = true;
		rule.summer_offset_s = rule.standard_offset_s + 3600;
		if (!take_name(&text) ||
		    (text.len > 0 && text.ptr[0] != ',' &&
		     !take_offset(&text, &rule.summer_offset_s)) ||
		    !take_change(&text, &rule.to_summer) ||
		    !take_change(&text, &rule.to_standard) || text.len > 0)
			return EBADMSG;
	}
	*ret_rule = rule;
	return 0;
}

static int64_t day_of_change(const struct time_zone_change *change, int year)
{
	int64_t first, next_month, day;
	bool leap = civil_days(year, 3, 1) - civil_days(year, 2, 1) == 29;

	if (change->kind == DAY_WITH_LEAP_DAY)
		return civil_days(year, 1, 1) + change->day;
	if (change->kind == DAY_WITHOUT_LEAP_DAY)
		return civil_days(year, 1, 1) + change->day - 1 +
		       (leap && change->day >= 60);
	first = civil_days(year, change->month, 1);
	next_month = change->month == 12
			     ? civil_days(year + 1, 1, 1)
			     : civil_days(year, change->month + 1, 1);
	/* 1970-01-01 was a Thursday; (x % 7 + 7) % 7 is never below 0. */
	day = first + (((change->day - (first + 4)) % 7) + 7) % 7 +
	      (change->week - 1) * INT64_C(7);
	return day >= next_month ? day - 7 : day;
}

struct moment {
	int64_t at_s;
	bool to_summer;
};

/* The changes of the year around a time and of its neighbours: a change may
 * stand up to a week outside of its year. */
static void changes_around(const struct time_zone_rule *rule, int64_t at_s,
			   struct moment moments[CHANGES_LOOKED_AT])
{
	int year = civil_from_ms(at_s * 1000).year - 1;

	for (int i = 0; i < CHANGES_LOOKED_AT; i += 2, year++) {
		moments[i].to_summer = true;
		moments[i].at_s =
			day_of_change(&rule->to_summer, year) * DAY_S +
			rule->to_summer.time_s - rule->standard_offset_s;
		moments[i + 1].to_summer = false;
		moments[i + 1].at_s =
			day_of_change(&rule->to_standard, year) * DAY_S +
			rule->to_standard.time_s - rule->summer_offset_s;
	}
}

int32_t time_zone_rule_offset_s(const struct time_zone_rule *rule, int64_t at_s)
{
	struct moment moments[CHANGES_LOOKED_AT];
	struct moment last = { INT64_MIN, false };

	if (!rule->has_summer)
		return rule->standard_offset_s;
	changes_around(rule, at_s, moments);
	/*
	 * Summer time all year is written as one that ends in the moment it
	 * begins again: of two changes at once the one to summer holds.
	 */
	for (int i = 0; i < CHANGES_LOOKED_AT; i++)
		if (moments[i].at_s <= at_s &&
		    (moments[i].at_s > last.at_s ||
		     (moments[i].at_s == last.at_s && moments[i].to_summer)))
			last = moments[i];
	return last.to_summer ? rule->summer_offset_s : rule->standard_offset_s;
}

int64_t time_zone_rule_next_s(const struct time_zone_rule *rule, int64_t at_s)
{
	struct moment moments[CHANGES_LOOKED_AT];
	int64_t next = INT64_MAX;

	if (!rule->has_summer)
		return next;
	changes_around(rule, at_s, moments);
	for (int i = 0; i < CHANGES_LOOKED_AT; i++)
		if (moments[i].at_s > at_s && moments[i].at_s < next)
			next = moments[i].at_s;
	return next;
}
