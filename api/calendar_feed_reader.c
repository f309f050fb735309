#include "api/calendar_feed_reader.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "api/move_import_reader.h"

enum {
	ID_BYTES = 20, /* of a hash, in an external_id */
};

struct feed_reader {
	struct move_import_reader rows;
	const struct calendar_reading *reading;
	struct calendar_feed *feed;
	/* Of the events that are not over. */
	char coming[CALENDAR_COMING_MAX][MOVE_EXTERNAL_ID_MAX + 1];
	size_t coming_count;
};

/* One user's own: the same event may be in the calendars of many. */
static void write_external_id(const struct feed_reader *reader,
			      struct move *move)
{
	const char *user_id = reader->reading->subscription->user_id;
	const char *uid = reader->rows.calendar.event.uid;
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const unsigned char *)user_id,
				  strlen(user_id) + 1);
	crypto_hash_sha256_update(&state, (const unsigned char *)uid,
				  strlen(uid));
	crypto_hash_sha256_final(&state, hash);
	text_copy(TEXT("cal-"), move->external_id, sizeof(move->external_id));
	sodium_bin2hex(move->external_id + 4, sizeof(move->external_id) - 4,
		       hash, ID_BYTES);
}

static void tell_faults(struct feed_reader *reader)
{
	const struct faults *faults = &reader->rows.faults;
	struct calendar_error error = { .summary = "" };

	text_copy(text_of(reader->rows.calendar.event.summary), error.summary,
		  sizeof(error.summary));
	for (size_t i = 0; i < faults->count; i++) {
		calendar_name_property(faults->list[i].pointer, error.member);
		text_copy(text_of(fault_code_name(faults->list[i].code)),
			  error.code, sizeof(error.code));
		text_copy(text_of(faults->list[i].detail), error.detail,
			  sizeof(error.detail));
		calendar_feed_add_error(reader->feed, &error);
	}
}

static void break_off(struct feed_reader *reader, const char *why)
{
	text_copy(text_of(why), reader->feed->why, sizeof(reader->feed->why));
}

static bool is_coming(const struct feed_reader *reader, const char *external_id)
{
	for (size_t i = 0; i < reader->coming_count; i++)
		if (!strcmp(reader->coming[i], external_id))
			return true;
	return false;
}

static int add_event(struct feed_reader *reader, const struct move *move)
{
	/* The calendar is what holds: it may begin to count anew. */
	const struct move_intent intent = {
		.cancels = reader->rows.intent.cancels
	};
	struct calendar_feed *feed = reader->feed;

	if (intent.cancels)
		return move_batch_add(&feed->over, move, &reader->rows.place,
				      &intent);
	/* The first of those with one UID is it. */
	if (is_coming(reader, move->external_id)) {
		feed->counts.skipped++;
		return 0;
	}
	if (reader->coming_count == CALENDAR_COMING_MAX) {
		break_off(
			reader,
			"has more than 500 events to come that lead somewhere");
		return 0;
	}
	text_copy(text_of(move->external_id),
		  reader->coming[reader->coming_count++],
		  sizeof(reader->coming[0]));
	return move_batch_add(&feed->events, move, &reader->rows.place,
			      &intent);
}

static int take_event(struct feed_reader *reader)
{
	const struct calendar_event *event = &reader->rows.calendar.event;
	struct move *move = &reader->rows.move;
	struct calendar_counts *counts = &reader->feed->counts;

	write_external_id(reader, move);
	if (!event->is_cancelled &&
	    !calendar_move_leads_somewhere(event, &reader->rows.defaults)) {
		counts->skipped++;
		return 0;
	}
	if (!faults_any(&reader->rows.faults))
		return add_event(reader, move);
	counts->failed++;
	tell_faults(reader);
	/* It is there: what it was before stands. */
	return event->uid[0] ? move_batch_add(&reader->feed->unreadable, move,
					      &reader->rows.place,
					      &reader->rows.intent)
			     : 0;
}

static int read_events(struct feed_reader *reader)
{
	struct text rest = reader->reading->body;
	enum move_read read;
	int err = 0;

	do {
		read = move_import_reader_next(&reader->rows, &rest, true);
		if (read == MOVE_READ_ROW)
			err = take_event(reader);
		if (read == MOVE_READ_BROKEN)
			break_off(reader, reader->rows.broken_detail);
		if (read == MOVE_READ_FAILED)
			err = ENOMEM;
	} while (!err && read == MOVE_READ_ROW && !reader->feed->why[0]);
	return err;
}

int calendar_feed_read(const struct calendar_reading *reading,
		       struct calendar_feed *ret_feed)
{
	const struct calendar_subscription *subscription =
		reading->subscription;
	struct feed_reader *reader = calloc(1, sizeof(*reader));
	struct calendar_defaults *defaults;
	int err = ENOMEM;

	if (!reader)
		return ENOMEM;
	reader->reading = reading;
	reader->feed = ret_feed;
	ret_feed->name_member = calendar_name_property;
	if (move_import_reader_init(&reader->rows, MOVE_IMPORT_CALENDAR, false))
		goto out;
	reader->rows.allow_local_targets = reading->allow_local_targets;
	defaults = &reader->rows.defaults;
	defaults->now_ms = reading->now_ms;
	text_copy(text_of(subscription->address), defaults->address,
		  sizeof(defaults->address));
	text_copy(text_of(subscription->target), defaults->target,
		  sizeof(defaults->target));
	text_copy(text_of(subscription->time_zone), defaults->time_zone,
		  sizeof(defaults->time_zone));
	err = read_events(reader);
	move_import_reader_clear(&reader->rows);
out:
	free(reader);
	return err;
}
