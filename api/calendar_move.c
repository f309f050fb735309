#include "api/calendar_move.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "api/windows_zone.h"
#include "api/zoned_time.h"

enum {
	DAY_MS = 86400000,
};

/* --- what is what
 * ---------------------------------------------------------------------------
 */

/* UIDs are long with some programs, and any text. */
static void write_external_id(const struct calendar_event *event,
			      char external_id[MOVE_EXTERNAL_ID_MAX + 1])
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	bool is_plain = strlen(event->uid) <= MOVE_EXTERNAL_ID_MAX;

	for (const char *c = event->uid; *c && is_plain; c++)
		is_plain = *c > ' ' && *c <= '~';
	if (is_plain) {
		text_copy(text_of(event->uid), external_id,
			  MOVE_EXTERNAL_ID_MAX + 1);
		return;
	}
	crypto_hash_sha256(hash, (const unsigned char *)event->uid,
			   strlen(event->uid));
	text_copy(TEXT("uid-"), external_id, MOVE_EXTERNAL_ID_MAX + 1);
	sodium_bin2hex(external_id + 4, MOVE_EXTERNAL_ID_MAX + 1 - 4, hash,
		       sizeof(hash));
}

static bool is_uri(const char *text)
{
	return text_starts_with_nocase(text_of(text), TEXT("sip:")) ||
	       text_starts_with_nocase(text_of(text), TEXT("sips:")) ||
	       text_starts_with_nocase(text_of(text), TEXT("tel:"));
}

/* "+62 811-234 (567)" */
static bool is_number(const char *text)
{
	size_t digits = 0;

	if (text[0] != '+')
		return false;
	for (const char *c = text + 1; *c; c++) {
		digits += *c >= '0' && *c <= '9';
		if (!strchr("0123456789 -().", *c))
			return false;
	}
	return digits >= 5;
}

/* A number without what people write between its digits. */
static void write_target(const char *text, char *uri, size_t size)
{
	struct writer writer = writer_over(uri, size - 1);

	writer_put(&writer, is_number(text) ? TEXT("tel:") : TEXT(""));
	for (const char *c = text; *c; c++)
		if (!is_number(text) || !strchr(" -().", *c))
			writer_byte(&writer, *c);
	uri[writer.len] = '\0';
}

static const char *target_of(const struct calendar_event *event,
			     const struct calendar_defaults *defaults)
{
	if (event->target[0])
		return event->target;
	return is_uri(event->location) || is_number(event->location)
		       ? event->location
		       : defaults->target;
}

bool calendar_move_leads_somewhere(const struct calendar_event *event,
				   const struct calendar_defaults *defaults)
{
	return target_of(event, defaults)[0] != '\0';
}

/* --- times
 * ------------------------------------------------------------------------------------
 */

/* IANA's name of a TZID: Outlook has names of its own, and others put a prefix
 * before it: "/example.org/Europe/Berlin". */
static struct text zone_name(const char *tzid)
{
	const char *windows = windows_zone_find(tzid);
	const char *slash = strrchr(tzid, '/');

	if (windows)
		return text_of(windows);
	if (tzid[0] != '/' || slash == tzid)
		return text_of(tzid);
	do
		slash--;
	while (slash > tzid && *slash != '/');
	return text_of(slash + (*slash == '/'));
}

static struct text zone_of(const struct calendar_time *time,
			   const char *calendar_zone,
			   const struct calendar_defaults *defaults)
{
	if (time->zone[0])
		return zone_name(time->zone);
	return zone_name(calendar_zone[0] ? calendar_zone
					  : defaults->time_zone);
}

/* The end as a reading of the clock; DTEND, or DTSTART and DURATION, or that
 * whole day (RFC 5545 3.6.1). */
static bool find_end(const struct calendar_event *event,
		     struct calendar_time *ret_end, struct faults *faults)
{
	*ret_end = event->end.is_there ? event->end : event->start;
	if (event->end.is_there)
		return true;
	if (event->has_duration && event->duration_ms >= 0)
		ret_end->local_ms += event->duration_ms;
	else if (event->has_duration)
		faults_add(faults, FAULT_BAD_TIME, "DURATION",
			   "must be like P1DT2H");
	else if (event->start.is_date)
		ret_end->local_ms += DAY_MS;
	else
		faults_add(faults, FAULT_MISSING_MEMBER, "DTEND",
			   "is required, or DURATION");
	return !faults_any(faults);
}

static void put_time(struct json_writer *writer, const char *name,
		     const struct calendar_time *time)
{
	char text[TIMESTAMP_SIZE];

	timestamp_format(time->local_ms, text);
	/* Without the Z it is a reading in the move's zone. */
	if (!time->is_utc)
		text[strlen(text) - 1] = '\0';
	json_put_string(writer, name, text_of(text));
}

/* An end in a zone of its own becomes an instant. */
static void settle_zone(struct calendar_time *end, struct text zone_of_start,
			struct text zone_of_end, struct faults *faults)
{
	struct time_zone *zone = NULL;
	char text[TIMESTAMP_SIZE];
	int64_t time_ms;

	if (end->is_utc || text_equals(zone_of_start, zone_of_end))
		return;
	if (zone_of_end.len == 0 || time_zone_open(zone_of_end, &zone)) {
		faults_add(faults, FAULT_UNKNOWN_TIME_ZONE, "DTEND",
			   "has a TZID that is no time zone this system knows");
		return;
	}
	timestamp_format(end->local_ms, text);
	text[strlen(text) - 1] = '\0';
	if (zoned_time_read(text_of(text), zone, ZONED_TIME_END, "DTEND",
			    &time_ms, faults)) {
		end->local_ms = time_ms;
		end->is_utc = true;
	}
	time_zone_close(zone);
}

/* --- the move
 * ------------------------------------------------------------------------------------
 */

static void check_event(const struct calendar_event *event,
			struct faults *faults)
{
	if (!event->uid[0])
		faults_add(faults, FAULT_MISSING_MEMBER, "UID", "is required");
	if (event->is_recurring)
		faults_add(faults, FAULT_BAD_FORMAT, "RRULE",
			   "events that come again are not known here: send "
			   "each as an event of its own");
	if (!event->start.is_there)
		faults_add(faults, FAULT_MISSING_MEMBER, "DTSTART",
			   "is required");
	else if (event->start.is_bad)
		faults_add(faults, FAULT_BAD_TIME, "DTSTART",
			   "must be like 20301201T090000 or 20301201");
	if (event->end.is_bad)
		faults_add(faults, FAULT_BAD_TIME, "DTEND",
			   "must be like 20301201T090000 or 20301201");
}

static void put_places(struct json_writer *writer,
		       const struct calendar_event *event,
		       const struct calendar_defaults *defaults,
		       struct faults *faults)
{
	const char *address = event->address[0] ? event->address
						: defaults->address;
	const char *target = target_of(event, defaults);
	char uri[CALENDAR_VALUE_SIZE + 8];

	if (!address[0])
		faults_add(faults, FAULT_MISSING_MEMBER, "X-SIPMOVED-ADDRESS",
			   "is required, or the parameter `address`");
	if (!target[0])
		faults_add(faults, FAULT_MISSING_MEMBER, "LOCATION",
			   "is no URI and no number, and there is neither "
			   "X-SIPMOVED-TARGET nor the parameter `target`");
	write_target(target, uri, sizeof(uri));
	json_put_string(writer, "address", text_of(address));
	json_open_array(writer, "targets");
	json_open_object(writer, NULL);
	json_put_string(writer, "uri", text_of(uri));
	json_close_object(writer);
	json_close_array(writer);
}

void calendar_move_write(const struct calendar_event *event,
			 const struct calendar_defaults *defaults,
			 const char *calendar_zone, struct json_writer *writer,
			 struct faults *faults)
{
	char external_id[MOVE_EXTERNAL_ID_MAX + 1];
	struct text zone = zone_of(&event->start, calendar_zone, defaults);
	struct calendar_time end;

	check_event(event, faults);
	json_open_object(writer, NULL);
	put_places(writer, event, defaults, faults);
	if (!faults_any(faults) && find_end(event, &end, faults)) {
		struct text end_zone =
			event->end.is_there
				? zone_of(&end, calendar_zone, defaults)
				: zone;

		settle_zone(&end, zone, end_zone, faults);
		put_time(writer, "starts_at", &event->start);
		put_time(writer, "ends_at", &end);
	}
	if (zone.len > 0)
		json_put_string(writer, "time_zone", zone);
	json_put_string(writer, "note", text_of(event->summary));
	write_external_id(event, external_id);
	json_put_string(writer, "external_id", text_of(external_id));
	json_close_object(writer);
}

void calendar_move_cancel(const struct calendar_event *event,
			  struct move *ret_move, struct faults *faults)
{
	*ret_move = (struct move){ 0 };
	if (!event->uid[0])
		faults_add(faults, FAULT_MISSING_MEMBER, "UID", "is required");
	write_external_id(event, ret_move->external_id);
}

void calendar_name_property(const char *pointer, char name[FAULT_POINTER_SIZE])
{
	static const struct {
		const char *pointer, *name;
	} names[] = {
		{ "/address", "X-SIPMOVED-ADDRESS" },
		{ "/targets", "LOCATION" },
		{ "/starts_at", "DTSTART" },
		{ "/ends_at", "DTEND" },
		{ "/time_zone", "TZID" },
		{ "/note", "SUMMARY" },
		{ "/external_id", "UID" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (text_starts_with_nocase(text_of(pointer),
					    text_of(names[i].pointer))) {
			text_copy(text_of(names[i].name), name,
				  FAULT_POINTER_SIZE);
			return;
		}
	text_copy(text_of(pointer), name, FAULT_POINTER_SIZE);
}
