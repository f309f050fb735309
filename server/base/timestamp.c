#include "base/timestamp.h"

#include <errno.h>
#include <stdio.h>

enum {
	MS_PER_DAY = 86400000,
};

/* Days from civil: Howard Hinnant's published algorithm, eras of 400 years. */
int64_t civil_days(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year =
		(153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 -
			     year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

int64_t civil_to_ms(const struct civil_time *time)
{
	return civil_days(time->year, time->month, time->day) * MS_PER_DAY +
	       time->hour * INT64_C(3600000) + time->minute * INT64_C(60000) +
	       time->second * INT64_C(1000) + time->millisecond;
}

struct civil_time civil_from_ms(int64_t time_ms)
{
	int64_t in_day = ((time_ms % MS_PER_DAY) + MS_PER_DAY) % MS_PER_DAY;
	int64_t days = (time_ms - in_day) / MS_PER_DAY + 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t day_of_era = days - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 +
			       day_of_era / 36524 - day_of_era / 146096) /
			      365;
	int64_t day_of_year =
		day_of_era -
		(365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month_index = (5 * day_of_year + 2) / 153;
	int month = (int)(month_index < 10 ? month_index + 3 : month_index - 9);

	return (struct civil_time){
		.year = (int)(year_of_era + era * 400) + (month <= 2),
		.month = month,
		.day = (int)(day_of_year - (153 * month_index + 2) / 5 + 1),
		.hour = (int)(in_day / 3600000),
		.minute = (int)(in_day / 60000 % 60),
		.second = (int)(in_day / 1000 % 60),
		.millisecond = (int)(in_day % 1000),
	};
}

void timestamp_format(int64_t time_ms, char buffer[TIMESTAMP_SIZE])
{
	struct civil_time t = civil_from_ms(time_ms);

	/* Masks tell the compiler what civil_from_ms() promises. */
	snprintf(buffer, TIMESTAMP_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
		 (unsigned)t.year % 10000, (unsigned)t.month % 100,
		 (unsigned)t.day % 100, (unsigned)t.hour % 100,
		 (unsigned)t.minute % 100, (unsigned)t.second % 100,
		 (unsigned)t.millisecond % 1000);
}

static bool take_digits(struct text *text, size_t count, int *ret_value)
{
	int value = 0;

	if (text->len < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		char c = text->ptr[i];

		if (c < '0' || c > '9')
			return false;
		value = value * 10 + (c - '0');
	}
	text->ptr += count;
	text->len -= count;
	*ret_value = value;
	return true;
}

static bool take_byte(struct text *text, const char *one_of)
{
	if (text->len == 0)
		return false;
	for (; *one_of; one_of++)
		if (text->ptr[0] == *one_of) {
			text->ptr++;
			text->len--;
			return true;
		}
	return false;
}

static bool take_fraction(struct text *text, int *ret_millisecond)
{
	int scale = 100;

	*ret_millisecond = 0;
	if (!take_byte(text, "."))
		return true;
	if (text->len == 0 || text->ptr[0] < '0' || text->ptr[0] > '9')
		return false;
	while (text->len > 0 && text->ptr[0] >= '0' && text->ptr[0] <= '9') {
		*ret_millisecond += (text->ptr[0] - '0') * scale;
		scale /= 10;
		text->ptr++;
		text->len--;
	}
	return true;
}

static bool take_civil(struct text *text, struct civil_time *time)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30,
				    31, 31, 30, 31, 30, 31 };
	bool leap;

	if (!take_digits(text, 4, &time->year) || !take_byte(text, "-") ||
	    !take_digits(text, 2, &time->month) || !take_byte(text, "-") ||
	    !take_digits(text, 2, &time->day) || !take_byte(text, "Tt ") ||
	    !take_digits(text, 2, &time->hour) || !take_byte(text, ":") ||
	    !take_digits(text, 2, &time->minute) || !take_byte(text, ":") ||
	    !take_digits(text, 2, &time->second) ||
	    !take_fraction(text, &time->millisecond))
		return false;
	leap = (time->year % 4 == 0 && time->year % 100 != 0) ||
	       time->year % 400 == 0;
	if (time->month < 1 || time->month > 12 || time->day < 1 ||
	    time->day > days[time->month - 1] ||
	    (time->month == 2 && time->day == 29 && !leap) || time->hour > 23 ||
	    time->minute > 59 || time->second > 60)
		return false;
	if (time->second == 60)
		time->second = 59;
	return true;
}

static bool take_offset(struct text *text, int64_t *ret_ms,
			bool *ret_has_offset)
{
	bool negative;
	int hours, minutes;

	*ret_ms = 0;
	*ret_has_offset = text->len > 0;
	if (!*ret_has_offset || take_byte(text, "Zz"))
		return true;
	negative = text->ptr[0] == '-';
	if (!take_byte(text, "+-") || !take_digits(text, 2, &hours) ||
	    !take_byte(text, ":") || !take_digits(text, 2, &minutes) ||
	    hours > 23 || minutes > 59)
		return false;
	*ret_ms = (hours * INT64_C(60) + minutes) * 60000 * (negative ? -1 : 1);
	return true;
}

int timestamp_parse(struct text text, int64_t *ret_ms, bool *ret_has_offset)
{
	struct civil_time time;
	int64_t offset_ms;
	bool has_offset;

	if (!take_civil(&text, &time) ||
	    !take_offset(&text, &offset_ms, &has_offset) || text.len > 0 ||
	    (!has_offset && !ret_has_offset))
		return EBADMSG;
	if (time.year < 2000 || time.year > 2100)
		return ERANGE;
	*ret_ms = civil_to_ms(&time) - offset_ms;
	if (ret_has_offset)
		*ret_has_offset = has_offset;
	return 0;
}
