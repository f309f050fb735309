#include "api/away_command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	WORDS_MAX = 16,
	DAY_MINUTES = 1440,
	MINUTE_MS = 60000,
	DAY_MS = 86400000,
	LONGEST_DAYS = 3660,
};

struct words {
	struct text list[WORDS_MAX];
	size_t count, at;
	char *why;
	int64_t now_ms;
	const struct time_zone *zone;
};

/* A day, a time of day, or both, as it was said. */
struct when {
	bool has_day, is_weekday, has_clock;
	int64_t day;	/* days since 1970; with is_weekday: 0 is Sunday */
	int64_t minute; /* of the day; 1440: its end */
};

static bool fail(struct words *words, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static bool fail(struct words *words, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(words->why, AWAY_WHY_SIZE, format, args);
	va_end(args);
	return false;
}

/* For a reply: what was typed, but no more than a few words of it. */
static int shown(struct text word)
{
	return word.len < 40 ? (int)word.len : 40;
}

static bool is_any(struct text word, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (text_equals_nocase(word, text_of(words[i])))
			return true;
	return false;
}

static bool split(struct text text, struct words *words)
{
	size_t i = 0;

	while (i < text.len) {
		size_t from;

		while (i < text.len && (unsigned char)text.ptr[i] <= ' ')
			i++;
		from = i;
		while (i < text.len && (unsigned char)text.ptr[i] > ' ')
			i++;
		if (i == from)
			break;
		if (words->count == WORDS_MAX)
			return fail(words, "That is too long for me.");
		words->list[words->count++] =
			(struct text){ text.ptr + from, i - from };
	}
	return true;
}

/* --- times of day
 * -------------------------------------------------------------------- */

/* One or two digits in front; *text goes on behind them. */
static bool take_number(struct text *text, int64_t *ret_number)
{
	size_t len = 0;
	uint64_t number = 0;

	while (len < text->len && len < 2 && text->ptr[len] >= '0' &&
	       text->ptr[len] <= '9')
		len++;
	if (len == 0 || text_to_u64((struct text){ text->ptr, len }, &number))
		return false;
	text->ptr += len;
	text->len -= len;
	*ret_number = (int64_t)number;
	return true;
}

/* "18:00", "6pm", "6:30pm", "noon", "midnight". */
static bool read_clock(struct text word, int64_t *ret_minute)
{
	static const char *const noon[] = { "noon", NULL };
	static const char *const midnight[] = { "midnight", NULL };
	int64_t hour, minute = 0;
	bool has_minutes = false;

	if (is_any(word, noon) || is_any(word, midnight)) {
		*ret_minute = is_any(word, noon) ? DAY_MINUTES / 2
						 : DAY_MINUTES;
		return true;
	}
	if (!take_number(&word, &hour))
		return false;
	if (word.len > 0 && *word.ptr == ':') {
		word = (struct text){ word.ptr + 1, word.len - 1 };
		has_minutes = word.len >= 2 && take_number(&word, &minute);
		if (!has_minutes || minute > 59)
			return false;
	}
	if (text_equals_nocase(word, TEXT("am")) ||
	    text_equals_nocase(word, TEXT("pm"))) {
		if (hour < 1 || hour > 12)
			return false;
		hour = hour % 12 + (ascii_lower(*word.ptr) == 'p' ? 12 : 0);
	} else if (word.len > 0 || !has_minutes || hour > 24 ||
		   (hour == 24 && minute > 0)) {
		return false;
	}
	*ret_minute = hour * 60 + minute;
	return true;
}

/* --- days
 * ----------------------------------------------------------------------------
 */

static int64_t local_now(const struct words *words)
{
	int64_t offset_s =
		words->zone ? time_zone_offset_s(words->zone, words->now_ms)
			    : 0;

	return words->now_ms + offset_s * 1000;
}

static int64_t today(const struct words *words)
{
	return local_now(words) / DAY_MS;
}

/* "fri", "friday" */
static bool read_weekday(struct text word, int64_t *ret_weekday)
{
	static const char *const names[] = { "sunday",	  "monday",   "tuesday",
					     "wednesday", "thursday", "friday",
					     "saturday" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (word.len >= 3 &&
		    text_starts_with_nocase(text_of(names[i]), word)) {
			*ret_weekday = (int64_t)i;
			return true;
		}
	return false;
}

static bool read_date(struct text word, int64_t *ret_day)
{
	char text[40];
	int64_t time_ms;
	bool has_offset;

	snprintf(text, sizeof(text), "%.*sT00:00:00", shown(word), word.ptr);
	if (word.len != 10 ||
	    timestamp_parse(text_of(text), &time_ms, &has_offset))
		return false;
	*ret_day = time_ms / DAY_MS;
	return true;
}

static bool read_day(const struct words *words, struct text word,
		     struct when *when)
{
	if (text_equals_nocase(word, TEXT("today")))
		when->day = today(words);
	else if (text_equals_nocase(word, TEXT("tomorrow")))
		when->day = today(words) + 1;
	else if (read_weekday(word, &when->day))
		when->is_weekday = true;
	else
		return read_date(word, &when->day);
	return true;
}

/* --- a day and a time
 * ------------------------------------------------------------------ */

/* Each at most once, in any order. */
static bool read_when(struct words *words, struct when *ret_when)
{
	static const char *const fillers[] = { "at", "on", NULL };
	size_t before = words->at;

	*ret_when = (struct when){ 0 };
	while (words->at < words->count) {
		struct text word = words->list[words->at];

		if (is_any(word, fillers))
			;
		else if (!ret_when->has_clock &&
			 read_clock(word, &ret_when->minute))
			ret_when->has_clock = true;
		else if (!ret_when->has_day && read_day(words, word, ret_when))
			ret_when->has_day = true;
		else
			break;
		words->at++;
	}
	if (ret_when->has_day || ret_when->has_clock)
		return true;
	if (words->at == words->count)
		return fail(words, "Until when, or from when? For example: "
				   "friday 18:00");
	return fail(words,
		    "I do not know when \"%.*s\" is. Try today, friday, "
		    "2026-12-24 or 18:00.",
		    shown(words->list[before]), words->list[before].ptr);
}

/* 1970-01-01 was a Thursday. */
static int64_t weekday_of(int64_t day)
{
	return (day + 4) % 7;
}

static void settle_day(const struct words *words, struct when *when)
{
	int64_t day = today(words);
	bool is_over = when->has_clock &&
		       day * DAY_MS + when->minute * MINUTE_MS <=
			       local_now(words);

	if (when->is_weekday) {
		int64_t ahead = (when->day + 7 - weekday_of(day)) % 7;

		when->day = day + (ahead == 0 && is_over ? 7 : ahead);
	} else if (!when->has_day) {
		when->day = day + (is_over ? 1 : 0);
	}
}

static bool to_utc(struct words *words, int64_t local_ms, bool is_end,
		   int64_t *ret_ms)
{
	int64_t first, second;

	*ret_ms = local_ms;
	if (!words->zone)
		return true;
	if (time_zone_from_local(words->zone, local_ms, &first, &second) ==
	    LOCAL_TIME_GAP)
		return fail(words, "The clocks are put forward then, and that "
				   "time does not exist.");
	*ret_ms = is_end ? second : first;
	return true;
}

static bool read_start(struct words *words, struct away_command *command)
{
	struct when when;
	bool is_now;

	if (!read_when(words, &when))
		return false;
	settle_day(words, &when);
	is_now = !when.has_clock && when.day == today(words);
	if (is_now)
		return true;
	return to_utc(words, when.day * DAY_MS + when.minute * MINUTE_MS, false,
		      &command->starts_at_ms);
}

static bool read_end(struct words *words, struct away_command *command)
{
	struct when when;

	if (!read_when(words, &when))
		return false;
	settle_day(words, &when);
	if (!when.has_clock)
		when.minute = DAY_MINUTES;
	return to_utc(words, when.day * DAY_MS + when.minute * MINUTE_MS, true,
		      &command->ends_at_ms);
}

/* --- how long
 * ------------------------------------------------------------------------------
 */

/* "2d", "2 days", "90 minutes" */
static bool read_duration(struct words *words, int64_t *ret_ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {
		{ "minutes", MINUTE_MS },
		{ "hours", 60 * MINUTE_MS },
		{ "days", DAY_MS },
		{ "weeks", INT64_C(7) * DAY_MS },
	};
	struct text word = words->at < words->count ? words->list[words->at++]
						    : TEXT("");
	size_t digits = 0;
	uint64_t number = 0;

	while (digits < word.len && word.ptr[digits] >= '0' &&
	       word.ptr[digits] <= '9')
		digits++;
	if (digits == 0 || digits > 5 ||
	    text_to_u64((struct text){ word.ptr, digits }, &number) ||
	    number == 0)
		return fail(words, "For how long? For example: 2 days");
	word = (struct text){ word.ptr + digits, word.len - digits };
	if (word.len == 0 && words->at < words->count)
		word = words->list[words->at++];
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (word.len > 0 &&
		    text_starts_with_nocase(text_of(units[i].name), word)) {
			*ret_ms = (int64_t)number * units[i].ms;
			if (*ret_ms <= INT64_C(1) * LONGEST_DAYS * DAY_MS)
				return true;
			return fail(words, "That is more than ten years.");
		}
	return fail(words, "For how long? For example: 2 days, 3h, 1 week");
}

/* --- where
 * -----------------------------------------------------------------------------------
 */

/* Slack makes links of what looks like one: <mailto:a@b.example|a@b.example> */
static struct text unlink_word(struct text word)
{
	const char *bar;

	if (word.len < 2 || *word.ptr != '<' || word.ptr[word.len - 1] != '>')
		return word;
	word = (struct text){ word.ptr + 1, word.len - 2 };
	bar = memchr(word.ptr, '|', word.len);
	if (bar)
		word.len = (size_t)(bar - word.ptr);
	if (text_starts_with_nocase(word, TEXT("mailto:")))
		word = (struct text){ word.ptr + 7, word.len - 7 };
	return word;
}

static bool read_target(struct words *words, struct away_command *command)
{
	static const char *const schemes[] = { "sip:", "sips:", "tel:" };
	struct text word = unlink_word(words->list[words->at++]);
	struct writer writer =
		writer_over(command->target, sizeof(command->target) - 1);
	bool has_scheme = false;

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		has_scheme |=
			text_starts_with_nocase(word, text_of(schemes[i]));
	if (!has_scheme && word.len > 0 && memchr(word.ptr, '@', word.len))
		writer_put(&writer, TEXT("sip:"));
	else if (!has_scheme && word.len > 1 && *word.ptr == '+')
		writer_put(&writer, TEXT("tel:"));
	else if (!has_scheme)
		return fail(words,
			    "I do not know where \"%.*s\" is. Say "
			    "sip:me@hotel.example.net or +49301234567, or off.",
			    shown(word), word.ptr);
	writer_put(&writer, word);
	command->target[writer.len] = '\0';
	return writer_is_complete(&writer) ||
	       fail(words, "That address is too long.");
}

/* --- the whole
 * ---------------------------------------------------------------------------------
 */

static bool read_clause(struct words *words, struct away_command *command)
{
	static const char *const from[] = { "from", "starting", NULL };
	static const char *const until[] = { "until", "till", "to", NULL };
	static const char *const during[] = { "for", NULL };
	struct text word = words->list[words->at++];
	int64_t start_ms, length_ms = 0;

	if (is_any(word, from) && !command->starts_at_ms)
		return read_start(words, command);
	if (is_any(word, until) && command->ends_at_ms == MOVE_OPEN_END)
		return read_end(words, command);
	if (!is_any(word, during) || command->ends_at_ms != MOVE_OPEN_END)
		return fail(words,
			    "I do not understand \"%.*s\". Say from, until or "
			    "for.",
			    shown(word), word.ptr);
	if (!read_duration(words, &length_ms))
		return false;
	start_ms = command->starts_at_ms ? command->starts_at_ms
					 : words->now_ms;
	command->ends_at_ms = start_ms + length_ms;
	return true;
}

static bool read_move(struct words *words, struct away_command *command)
{
	int64_t start_ms;

	command->verb = AWAY_SET;
	if (!read_target(words, command))
		return false;
	while (words->at < words->count)
		if (!read_clause(words, command))
			return false;
	start_ms = command->starts_at_ms ? command->starts_at_ms
					 : words->now_ms;
	return command->ends_at_ms > start_ms ||
	       fail(words, "That would end before it begins.");
}

bool away_command_parse(struct text text, int64_t now_ms,
			const struct time_zone *zone,
			struct away_command *ret_command,
			char why[AWAY_WHY_SIZE])
{
	static const struct {
		const char *word;
		enum away_verb verb;
	} verbs[] = {
		{ "off", AWAY_OFF },   { "back", AWAY_OFF },
		{ "stop", AWAY_OFF },  { "status", AWAY_STATUS },
		{ "help", AWAY_HELP }, { "?", AWAY_HELP },
	};
	struct words words = { .why = why, .now_ms = now_ms, .zone = zone };

	*ret_command = (struct away_command){ .ends_at_ms = MOVE_OPEN_END };
	why[0] = '\0';
	if (!split(text, &words))
		return false;
	if (words.count == 0)
		return true;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (text_equals_nocase(words.list[0], text_of(verbs[i].word))) {
			ret_command->verb = verbs[i].verb;
			return words.count == 1 ||
			       fail(&words, "\"%s\" stands alone.",
				    verbs[i].word);
		}
	return read_move(&words, ret_command);
}
