#include "api/calendar_reader.h"

#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "base/utf8.h"

enum {
	SECOND_MS = 1000,
	DAY_MS = 86400000,
	DURATION_DIGITS_MAX = 6,
};

/* A content line: NAME;PARAMETER=VALUE;...:VALUE */
struct property {
	struct text name, parameters, value;
};

void calendar_reader_init(struct calendar_reader *reader)
{
	*reader = (struct calendar_reader){ .line = 1, .line_begins = 1 };
}

/* --- content lines
 * ----------------------------------------------------------------------- */

/* The colon that is not within quotes. */
static bool parse_line(struct text line, struct property *ret_property)
{
	bool is_quoted = false;
	size_t name_len = 0, i;

	while (name_len < line.len && line.ptr[name_len] != ';' &&
	       line.ptr[name_len] != ':')
		name_len++;
	for (i = name_len; i < line.len; i++) {
		is_quoted ^= line.ptr[i] == '"';
		if (line.ptr[i] == ':' && !is_quoted)
			break;
	}
	if (name_len == 0 || i >= line.len)
		return false;
	*ret_property = (struct property){
		{ line.ptr, name_len },
		{ line.ptr + name_len, i - name_len },
		{ line.ptr + i + 1, line.len - i - 1 },
	};
	return true;
}

/* ;NAME=value or ;NAME="value"; empty: it has none. */
static struct text parameter(const struct property *property, struct text name)
{
	struct text rest = property->parameters;

	while (rest.len > 0) {
		struct text one = { rest.ptr + 1, 0 };
		bool is_quoted = false;

		while (one.len + 1 < rest.len &&
		       (is_quoted || one.ptr[one.len] != ';')) {
			is_quoted ^= one.ptr[one.len] == '"';
			one.len++;
		}
		rest.ptr += one.len + 1;
		rest.len -= one.len + 1;
		if (one.len <= name.len || one.ptr[name.len] != '=' ||
		    !text_starts_with_nocase(one, name))
			continue;
		one.ptr += name.len + 1;
		one.len -= name.len + 1;
		if (one.len > 1 && one.ptr[0] == '"')
			one = (struct text){ one.ptr + 1, one.len - 2 };
		return one;
	}
	return TEXT("");
}

/* RFC 5545 3.3.11: \n, \, \; and \\. Line breaks become blanks, what is no
 * UTF-8 or too long is cut off. */
static void take_text(struct text value, char *buffer, size_t size)
{
	struct writer writer = writer_over(buffer, size - 1);

	for (size_t i = 0; i < value.len && writer_is_complete(&writer); i++) {
		char c = value.ptr[i];

		if (c == '\\' && i + 1 < value.len)
			c = ascii_lower(value.ptr[++i]) == 'n' ? ' '
							       : value.ptr[i];
		writer_byte(&writer,
			    (unsigned char)c < ' ' || c == 0x7f ? ' ' : c);
	}
	while (writer.len > 0 && !utf8_is_valid(writer_text(&writer)))
		writer.len--;
	buffer[writer.len] = '\0';
}

/* --- values
 * --------------------------------------------------------------------------------
 */

static bool take_digits(struct text *text, size_t count, int *ret_number)
{
	int number = 0;

	if (text->len < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (text->ptr[i] < '0' || text->ptr[i] > '9')
			return false;
		number = 10 * number + text->ptr[i] - '0';
	}
	text->ptr += count;
	text->len -= count;
	*ret_number = number;
	return true;
}

static bool take_byte(struct text *text, char byte)
{
	if (text->len == 0 || *text->ptr != byte)
		return false;
	text->ptr++;
	text->len--;
	return true;
}

/* 20261201 or 20261201T090000, with Z for UTC. */
static bool parse_time(struct text value, struct calendar_time *time)
{
	struct civil_time civil = { 0 };
	struct civil_time again;

	if (!take_digits(&value, 4, &civil.year) ||
	    !take_digits(&value, 2, &civil.month) ||
	    !take_digits(&value, 2, &civil.day))
		return false;
	time->is_date = value.len == 0;
	if (!time->is_date) {
		if (!take_byte(&value, 'T') ||
		    !take_digits(&value, 2, &civil.hour) ||
		    !take_digits(&value, 2, &civil.minute) ||
		    !take_digits(&value, 2, &civil.second))
			return false;
		time->is_utc = take_byte(&value, 'Z');
	}
	if (civil.second == 60)
		civil.second = 59;
	if (value.len > 0 || civil.year < 2000 || civil.year > 2100 ||
	    civil.month < 1 || civil.month > 12 || civil.day < 1)
		return false;
	time->local_ms = civil_to_ms(&civil);
	again = civil_from_ms(time->local_ms);
	return again.day == civil.day && again.hour == civil.hour &&
	       again.minute == civil.minute && again.second == civil.second;
}

static void take_time(const struct property *property,
		      struct calendar_time *time)
{
	*time = (struct calendar_time){ .is_there = true };
	time->is_bad = !parse_time(text_trim(property->value), time);
	text_copy(parameter(property, TEXT("TZID")), time->zone,
		  sizeof(time->zone));
}

/* RFC 5545 3.3.6: P2W, P1DT2H30M. Days are as long as the clock says. -1: it is
 * none, or goes backwards. */
static int64_t parse_duration(struct text value)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = {
		{ 'W', INT64_C(7) * DAY_MS }, { 'D', DAY_MS },
		{ 'H', 3600 * SECOND_MS },    { 'M', 60 * SECOND_MS },
		{ 'S', SECOND_MS },
	};
	int64_t sum = 0;
	size_t at = 0;

	take_byte(&value, '+');
	if (!take_byte(&value, 'P') || value.len == 0)
		return -1;
	while (value.len > 0) {
		size_t digits = 0;
		int number = 0;

		if (take_byte(&value, 'T'))
			at = at < 2 ? 2 : at;
		while (digits < value.len && digits < DURATION_DIGITS_MAX &&
		       value.ptr[digits] >= '0' && value.ptr[digits] <= '9')
			digits++;
		if (digits == 0 || !take_digits(&value, digits, &number))
			return -1;
		while (at < sizeof(units) / sizeof(*units) &&
		       !take_byte(&value, units[at].unit))
			at++;
		if (at == sizeof(units) / sizeof(*units))
			return -1;
		sum += number * units[at++].ms;
	}
	return sum;
}

static int64_t parse_sequence(struct text value)
{
	uint64_t number;

	return text_to_u64(text_trim(value), &number) || number > INT32_MAX
		       ? 0
		       : (int64_t)number;
}

/* --- properties
 * -------------------------------------------------------------------------------
 */

static void take_event_text(struct calendar_event *event,
			    const struct property *property)
{
	const struct {
		const char *name;
		char *buffer;
		size_t size;
	} texts[] = {
		{ "UID", event->uid, sizeof(event->uid) },
		{ "SUMMARY", event->summary, sizeof(event->summary) },
		{ "LOCATION", event->location, sizeof(event->location) },
		{ "X-SIPMOVED-TARGET", event->target, sizeof(event->target) },
		{ "X-SIPMOVED-ADDRESS", event->address,
		  sizeof(event->address) },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (text_equals_nocase(property->name, text_of(texts[i].name)))
			take_text(property->value, texts[i].buffer,
				  texts[i].size);
}

static void take_event_property(struct calendar_event *event,
				const struct property *property)
{
	struct text name = property->name;

	if (text_equals_nocase(name, TEXT("DTSTART")))
		take_time(property, &event->start);
	else if (text_equals_nocase(name, TEXT("DTEND")))
		take_time(property, &event->end);
	else if (text_equals_nocase(name, TEXT("SEQUENCE")))
		event->sequence = parse_sequence(property->value);
	else if (text_equals_nocase(name, TEXT("STATUS")))
		event->is_cancelled |= text_equals_nocase(
			text_trim(property->value), TEXT("CANCELLED"));
	else if (text_equals_nocase(name, TEXT("RRULE")) ||
		 text_equals_nocase(name, TEXT("RDATE")) ||
		 text_equals_nocase(name, TEXT("RECURRENCE-ID")))
		event->is_recurring = true;
	else if (text_equals_nocase(name, TEXT("DURATION"))) {
		event->has_duration = true;
		event->duration_ms = parse_duration(text_trim(property->value));
	} else {
		take_event_text(event, property);
	}
}

static void take_calendar_property(struct calendar_reader *reader,
				   const struct property *property)
{
	if (text_equals_nocase(property->name, TEXT("X-WR-TIMEZONE")))
		text_copy(text_trim(property->value), reader->zone,
			  sizeof(reader->zone));
	else if (text_equals_nocase(property->name, TEXT("METHOD")))
		reader->is_cancelling = text_equals_nocase(
			text_trim(property->value), TEXT("CANCEL"));
}

/* --- components
 * -------------------------------------------------------------------------------
 */

static enum record_read broken(struct calendar_reader *reader, const char *why)
{
	reader->why = why;
	return RECORD_BROKEN;
}

static enum record_read begin(struct calendar_reader *reader,
			      struct text component)
{
	bool is_calendar = text_equals_nocase(component, TEXT("VCALENDAR"));

	if (reader->depth == CALENDAR_NESTING_MAX)
		return broken(reader, "has too many components in each other");
	if (is_calendar != (reader->depth == 0))
		return broken(reader, is_calendar
					      ? "has a calendar in another one"
					      : "does not begin with "
						"BEGIN:VCALENDAR");
	reader->depth++;
	reader->was_begun = true;
	if (is_calendar) {
		reader->zone[0] = '\0';
		reader->is_cancelling = false;
	}
	if (reader->depth == 2 &&
	    text_equals_nocase(component, TEXT("VEVENT"))) {
		memset(&reader->event, 0, sizeof(reader->event));
		reader->event_depth = reader->depth;
		reader->record_line = reader->line_begins;
	}
	return RECORD_PARTIAL;
}

/* Whose END it is, is not asked: only how deep it is. */
static enum record_read end(struct calendar_reader *reader)
{
	bool is_event = reader->event_depth > 0 &&
			reader->depth == reader->event_depth;

	if (reader->depth == 0)
		return broken(reader, "has an END without its BEGIN");
	reader->depth--;
	if (!is_event)
		return RECORD_PARTIAL;
	reader->event_depth = 0;
	reader->event.is_cancelled |= reader->is_cancelling;
	return RECORD_WHOLE;
}

static enum record_read take_line(struct calendar_reader *reader)
{
	struct text line = { reader->bytes, reader->len };
	struct property property;

	if (line.len >= 3 && memcmp(line.ptr, "\xef\xbb\xbf", 3) == 0)
		line = (struct text){ line.ptr + 3, line.len - 3 };
	reader->len = 0;
	if (text_trim(line).len == 0)
		return RECORD_PARTIAL;
	if (!parse_line(line, &property))
		return broken(reader, "has a line without a colon");
	if (text_equals_nocase(property.name, TEXT("BEGIN")))
		return begin(reader, text_trim(property.value));
	if (reader->depth == 0)
		return broken(reader, "does not begin with BEGIN:VCALENDAR");
	if (text_equals_nocase(property.name, TEXT("END")))
		return end(reader);
	if (reader->event_depth > 0 && reader->depth == reader->event_depth)
		take_event_property(&reader->event, &property);
	else if (reader->depth == 1)
		take_calendar_property(reader, &property);
	return RECORD_PARTIAL;
}

/* --- bytes
 * ----------------------------------------------------------------------------------------
 */

/* A line is over when the next one does not begin with a blank (RFC 5545 3.1):
 * then this byte is the first of the next. */
static enum record_read take_next_byte(struct calendar_reader *reader,
				       struct text *part)
{
	char c = *part->ptr;
	enum record_read read = RECORD_PARTIAL;

	if (reader->was_end_of_line && c != ' ' && c != '\t' && c != '\n') {
		reader->was_end_of_line = false;
		read = take_line(reader);
		reader->line_begins = reader->line;
		return read;
	}
	part->ptr++;
	part->len--;
	if (c == '\n') {
		/* An empty line: the one before it is over. */
		if (reader->was_end_of_line)
			read = take_line(reader);
		reader->line++;
		if (reader->was_end_of_line)
			reader->line_begins = reader->line;
		reader->was_end_of_line = true;
	} else if (reader->was_end_of_line) {
		reader->was_end_of_line = false;
	} else if (c != '\r' && reader->len < sizeof(reader->bytes)) {
		reader->bytes[reader->len++] = c;
	}
	return read;
}

enum record_read calendar_reader_feed(struct calendar_reader *reader,
				      struct text *part)
{
	enum record_read read = RECORD_PARTIAL;

	while (part->len > 0 && read == RECORD_PARTIAL)
		read = take_next_byte(reader, part);
	return read;
}

enum record_read calendar_reader_end(struct calendar_reader *reader)
{
	enum record_read read = RECORD_PARTIAL;

	if (reader->len > 0)
		read = take_line(reader);
	if (read != RECORD_PARTIAL)
		return read;
	if (!reader->was_begun)
		return broken(reader, "has no BEGIN:VCALENDAR");
	if (reader->depth > 0)
		return broken(reader, "ends before its END:VCALENDAR");
	return RECORD_PARTIAL;
}
