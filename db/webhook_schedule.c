#include "db/webhook_schedule.h"

enum {
	DIGITS_MAX = 9,
};

static const int64_t delay_max_ms = INT64_C(48) * 3600 * 1000;

static const struct {
	struct text name;
	int64_t ms;
} units[] = {
	{ { "ms", 2 }, 1 },	  { { "s", 1 }, 1000 },
	{ { "m", 1 }, 60000 },	  { { "h", 1 }, 3600000 },
	{ { "d", 1 }, 86400000 },
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == ',';
}

static struct text take_word(struct text *rest)
{
	struct text word = { rest->ptr, 0 };

	while (rest->len > 0 && is_blank(*rest->ptr)) {
		rest->ptr++;
		rest->len--;
	}
	word.ptr = rest->ptr;
	while (rest->len > 0 && !is_blank(*rest->ptr)) {
		rest->ptr++;
		rest->len--;
		word.len++;
	}
	return word;
}

static bool parse_delay(struct text word, int64_t *ret_ms)
{
	size_t digits = 0;
	struct text unit;
	uint64_t number;

	while (digits < word.len && word.ptr[digits] >= '0' &&
	       word.ptr[digits] <= '9')
		digits++;
	if (digits == 0 || digits > DIGITS_MAX ||
	    text_to_u64((struct text){ word.ptr, digits }, &number))
		return false;
	unit = (struct text){ word.ptr + digits, word.len - digits };
	*ret_ms = 0;
	if (number == 0 && unit.len == 0)
		return true;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (text_equals(unit, units[i].name)) {
			*ret_ms = (int64_t)number * units[i].ms;
			return *ret_ms <= delay_max_ms;
		}
	return false;
}

const char *webhook_schedule_parse(struct text text,
				   struct webhook_schedule *ret_schedule)
{
	struct webhook_schedule schedule = { .count = 0 };
	struct text word;

	for (;;) {
		word = take_word(&text);
		if (word.len == 0)
			break;
		if (schedule.count == WEBHOOK_TRIES_MAX)
			return "names more than 20 tries";
		if (!parse_delay(word, &schedule.delays_ms[schedule.count++]))
			return "is not like \"0 5s 5m 30m 2h\", each at most "
			       "48h";
	}
	if (schedule.count == 0)
		return "names no try";
	*ret_schedule = schedule;
	return NULL;
}

int64_t webhook_schedule_delay(const struct webhook_schedule *schedule,
			       size_t number, uint32_t random)
{
	int64_t delay_ms, span_ms;

	if (number >= schedule->count)
		return -1;
	delay_ms = schedule->delays_ms[number];
	span_ms = delay_ms * WEBHOOK_JITTER_PERCENT / 100;
	return delay_ms - span_ms +
	       (int64_t)((uint64_t)random % (uint64_t)(2 * span_ms + 1));
}
