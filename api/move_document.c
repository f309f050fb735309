#include "api/move_document.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/document_member.h"
#include "api/zoned_time.h"

static const char *const read_only[] = { "id",	       "starts_local",
					 "ends_local", "created_at",
					 "updated_at", "created_by",
					 "updated_by", "updated_by_other",
					 "revision",   NULL };

/* RFC 3261 25.1: qvalue has at most three decimals; q=0 asks for nothing. */
static void read_q(struct json_object *object, uint16_t *q_permille)
{
	double q, cut;
	int permille;

	*q_permille = 1000;
	if (json_number(object, "q", 0, 1, &q) != JSON_PRESENT)
		return;
	permille = (int)(q * 1000 + 0.5);
	cut = q * 1000 - permille;
	if (q <= 0)
		json_fault(object, "q", FAULT_OUT_OF_RANGE,
			   "must be above 0 and at most 1");
	else if (cut > 1e-6 || cut < -1e-6)
		json_fault(object, "q", FAULT_BAD_FORMAT,
			   "must have at most three decimals");
	else
		*q_permille = (uint16_t)permille;
}

static void read_target(const struct json_array *array, size_t index,
			struct move_target *target)
{
	struct json_object object;

	memset(target, 0, sizeof(*target));
	target->q_permille = 1000;
	if (!json_array_object_like(array, index, "{\"uri\":\"sip:...\"}",
				    &object))
		return;
	member_required_text(&object, "uri", true, target->uri,
			     sizeof(target->uri));
	read_q(&object, &target->q_permille);
	json_object_end(&object);
}

static void read_targets(struct json_object *object, bool is_new,
			 struct move *move)
{
	struct json_array array;
	enum json_presence presence =
		json_array(object, "targets", MOVE_TARGETS_MAX, &array);

	if (presence == JSON_NULL || (presence == JSON_ABSENT && is_new))
		json_missing(object, "targets");
	if (presence != JSON_PRESENT)
		return;
	/* The reader may hand over a list that it found too long. */
	move->target_count = array.count < MOVE_TARGETS_MAX ? array.count
							    : MOVE_TARGETS_MAX;
	for (size_t i = 0; i < move->target_count; i++)
		read_target(&array, i, &move->targets[i]);
}

struct zone_member {
	const struct time_zone *zone; /* the clock's; NULL: none */
	bool is_faulty;
};

/*
 * The zone that local times of this document are read in: its own, or else
 * the one the move has. One of the move's that this system does not know any
 * more does not stand in the way of a patch that leaves it alone.
 */
static int read_zone(struct json_object *object, struct move *move,
		     struct zoned_clock *clock, struct zone_member *ret_zone)
{
	struct text name;
	enum json_presence presence =
		json_string(object, "time_zone", MOVE_TIME_ZONE_MAX, &name);
	int err;

	*ret_zone = (struct zone_member){ .is_faulty = presence == JSON_WRONG };
	if (presence == JSON_NULL)
		move->time_zone[0] = '\0';
	if (presence == JSON_ABSENT)
		name = text_of(move->time_zone);
	if (presence == JSON_WRONG || presence == JSON_NULL ||
	    (presence == JSON_ABSENT && name.len == 0))
		return 0;
	err = zoned_clock_zone(clock, name, &ret_zone->zone);
	if (err == ENOMEM)
		return err;
	if (err && presence == JSON_PRESENT) {
		json_fault(object, "time_zone", FAULT_UNKNOWN_TIME_ZONE,
			   "is no time zone this system knows; IANA names "
			   "look like \"Asia/Jakarta\"");
		ret_zone->is_faulty = true;
	} else if (presence == JSON_PRESENT) {
		text_copy(name, move->time_zone, sizeof(move->time_zone));
	}
	return 0;
}

/* Without a zone that should be there, a local time is not judged: that fault
 * is the zone's. */
static bool is_local_time(struct text text)
{
	int64_t time_ms;
	bool has_offset;

	return timestamp_parse(text, &time_ms, &has_offset) == 0 && !has_offset;
}

/* null gives the default, null_ms. */
static void read_time(struct json_object *object, const char *name,
		      const struct zone_member *zone, int64_t null_ms,
		      int64_t *time_ms)
{
	enum zoned_time_edge edge = null_ms == MOVE_OPEN_END ? ZONED_TIME_END
							     : ZONED_TIME_START;
	char pointer[FAULT_POINTER_SIZE];
	struct text text;
	enum json_presence presence =
		json_string(object, name, TIMESTAMP_SIZE * 2, &text);

	if (presence == JSON_NULL)
		*time_ms = null_ms;
	if (presence != JSON_PRESENT ||
	    (zone->is_faulty && is_local_time(text)))
		return;
	snprintf(pointer, sizeof(pointer), "/%s", name);
	zoned_time_read(text, zone->zone, edge, pointer, time_ms,
			object->faults);
}

/* Stored times are instants: another zone beside them moves none of them. */
static void check_zone_alone(struct json_object *object, const char *before,
			     const struct move *move)
{
	if (move->time_zone[0] && strcmp(before, move->time_zone) != 0 &&
	    !json_has(object, "starts_at") && !json_has(object, "ends_at"))
		json_fault(object, "time_zone", FAULT_MISSING_MEMBER,
			   "alone changes no time: give `starts_at` or "
			   "`ends_at` in that zone as well");
}

static void read_diversion_reason(struct json_object *object,
				  enum diversion_reason *reason)
{
	char known[256];
	struct writer writer = writer_over(known, sizeof(known));
	struct text word;
	enum json_presence presence =
		json_string(object, "diversion_reason", 32, &word);

	if (presence == JSON_NULL)
		*reason = DIVERSION_UNCONDITIONAL;
	if (presence != JSON_PRESENT || diversion_reason_of_name(word, reason))
		return;
	for (unsigned i = 0; i < DIVERSION_REASONS; i++) {
		writer_put(&writer, i > 0 ? TEXT(", ") : TEXT(""));
		writer_put(&writer, diversion_reason_name(i));
	}
	json_fault(object, "diversion_reason", FAULT_BAD_FORMAT,
		   "must be one of %.*s", TEXT_ARG(writer_text(&writer)));
}

static void refuse_read_only(struct json_object *object)
{
	members_read_only(object, read_only);
	if (json_has(object, "state"))
		json_fault(object, "state", FAULT_READ_ONLY_MEMBER,
			   "is what the times make it: to end a move, DELETE "
			   "it or set `ends_at`");
}

/* The members that may be set; the others are the caller's to judge. */
static int read_members(struct json_object *object, bool is_new,
			bool needs_address, struct move *move,
			struct zoned_clock *clock)
{
	char zone_before[sizeof(move->time_zone)];
	struct zone_member zone;
	int err;

	text_copy(text_of(move->time_zone), zone_before, sizeof(zone_before));
	err = read_zone(object, move, clock, &zone);
	if (err)
		return err;
	if (!is_new)
		check_zone_alone(object, zone_before, move);
	member_required_text(object, "address", needs_address, move->address,
			     sizeof(move->address));
	read_targets(object, is_new, move);
	read_time(object, "starts_at", &zone, 0, &move->starts_at_ms);
	read_time(object, "ends_at", &zone, MOVE_OPEN_END, &move->ends_at_ms);
	member_bool(object, "permanent", false, &move->permanent);
	read_diversion_reason(object, &move->diversion_reason);
	member_text(object, "note", move->note, sizeof(move->note));
	member_text(object, "external_id", move->external_id,
		    sizeof(move->external_id));
	return 0;
}

/* One document by itself. */
static int read_alone(struct json_object *object, bool is_new,
		      bool needs_address, struct move *move)
{
	struct zoned_clock clock = { 0 };
	int err = read_members(object, is_new, needs_address, move, &clock);

	zoned_clock_clear(&clock);
	if (err)
		return err;
	refuse_read_only(object);
	json_object_end(object);
	return 0;
}

int move_document_read(struct json_object *document, struct move *move)
{
	move->ends_at_ms = MOVE_OPEN_END;
	return read_alone(document, true, true, move);
}

int move_document_read_own(struct json_object *document, struct move *move)
{
	move->ends_at_ms = MOVE_OPEN_END;
	return read_alone(document, true, false, move);
}

int move_document_merge(struct json_object *patch, struct move *move)
{
	return read_alone(patch, false, false, move);
}

/* What an export shows of a move and nobody may set is passed over. */
static void pass_read_only(struct json_object *document, struct move *move,
			   bool *ret_history)
{
	struct text state = TEXT("");

	member_text(document, "id", move->id, sizeof(move->id));
	for (size_t i = 0; read_only[i]; i++)
		json_has(document, read_only[i]);
	json_string(document, "state", 16, &state);
	*ret_history = text_equals(state, TEXT("ended")) ||
		       text_equals(state, TEXT("cancelled"));
}

int move_document_import(struct json_object *document, struct move *move,
			 struct zoned_clock *clock, bool *ret_history)
{
	int err;

	move->ends_at_ms = MOVE_OPEN_END;
	err = read_members(document, true, true, move, clock);
	if (err)
		return err;
	pass_read_only(document, move, ret_history);
	json_object_end(document);
	return 0;
}

static void write_targets(struct json_writer *writer, const struct move *move)
{
	json_open_array(writer, "targets");
	for (size_t i = 0; i < move->target_count; i++) {
		json_open_object(writer, NULL);
		json_put_string(writer, "uri", text_of(move->targets[i].uri));
		json_put_permille(writer, "q", move->targets[i].q_permille);
		json_close_object(writer);
	}
	json_close_array(writer);
}

/* The same instant as people on the spot read it; null without a zone. */
static void put_local(struct json_writer *writer, const char *name,
		      const struct move *move, struct zoned_clock *clock,
		      int64_t time_ms)
{
	char text[ZONED_TIME_SIZE] = "";

	if (move->time_zone[0] && time_ms != MOVE_OPEN_END &&
	    !zoned_time_format(clock, move->time_zone, time_ms, text))
		text[0] = '\0';
	json_put_string_or_null(writer, name, text_of(text));
}

void move_document_begin(struct json_writer *writer, const struct move *move,
			 struct zoned_clock *clock, int64_t now_ms)
{
	const char *state = move_state_name(move_state(move, now_ms));

	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(move->id));
	json_put_string(writer, "address", text_of(move->address));
	write_targets(writer, move);
	json_put_time_ms(writer, "starts_at", move->starts_at_ms);
	if (move->ends_at_ms == MOVE_OPEN_END)
		json_put_null(writer, "ends_at");
	else
		json_put_time_ms(writer, "ends_at", move->ends_at_ms);
	json_put_string_or_null(writer, "time_zone", text_of(move->time_zone));
	put_local(writer, "starts_local", move, clock, move->starts_at_ms);
	put_local(writer, "ends_local", move, clock, move->ends_at_ms);
	json_put_bool(writer, "permanent", move->permanent);
	json_put_string(writer, "diversion_reason",
			diversion_reason_name(move->diversion_reason));
	json_put_string(writer, "note", text_of(move->note));
	json_put_string_or_null(writer, "external_id",
				text_of(move->external_id));
	json_put_string(writer, "state", text_of(state));
	json_put_time_ms(writer, "created_at", move->created_at_ms);
	json_put_time_ms(writer, "updated_at", move->updated_at_ms);
	json_put_string(writer, "created_by", text_of(move->created_by));
	json_put_string(writer, "updated_by", text_of(move->updated_by));
	json_put_bool(writer, "updated_by_other", move->updated_by_other);
	json_put_i64_string(writer, "revision", move->revision);
}

void move_document_write(struct json_writer *writer, const struct move *move,
			 struct zoned_clock *clock, int64_t now_ms)
{
	move_document_begin(writer, move, clock, now_ms);
	json_close_object(writer);
}
