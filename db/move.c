#include "db/move.h"

#include <stdio.h>
#include <string.h>

#include "db/value_check.h"

_Static_assert(MOVE_URI_MAX == 255, "why_not_sendable() names the number");

/* Times that a caller could have meant: the years 1970 to 2100. */
static const int64_t latest_ms = INT64_C(4133980800000);

static const char *const state_names[] = {
	[MOVE_SCHEDULED] = "scheduled",
	[MOVE_ACTIVE] = "active",
	[MOVE_ENDED] = "ended",
	[MOVE_CANCELLED] = "cancelled",
};

const char *move_state_name(enum move_state state)
{
	return state_names[state];
}

enum move_state move_state(const struct move *move, int64_t now_ms)
{
	if (move->cancelled_at_ms != 0)
		return MOVE_CANCELLED;
	if (now_ms < move->starts_at_ms)
		return MOVE_SCHEDULED;
	return now_ms < move->ends_at_ms ? MOVE_ACTIVE : MOVE_ENDED;
}

bool move_is_active(const struct move *move, int64_t now_ms)
{
	return move_state(move, now_ms) == MOVE_ACTIVE;
}

static struct text uri_of(const struct move_target *target)
{
	return (struct text){ target->uri,
			      strnlen(target->uri, sizeof(target->uri)) };
}

struct pointer {
	char text[FAULT_POINTER_SIZE];
};

static struct pointer pointer_to(size_t index, const char *member)
{
	struct pointer pointer;

	snprintf(pointer.text, sizeof(pointer.text), "/targets/%zu/%s", index,
		 member);
	return pointer;
}

/* Is it one of those before it, or the address? uris[index] is parsed. */
static void check_sameness(const struct sip_uri *uris, const bool *parsed,
			   size_t index, const struct sip_uri *address,
			   struct faults *faults)
{
	struct pointer at = pointer_to(index, "uri");

	if (address && sip_uri_equals(&uris[index], address))
		faults_add(faults, FAULT_TARGET_IS_ADDRESS, at.text,
			   "is the address that moves: calls would come back");
	for (size_t i = 0; i < index; i++)
		if (parsed[i] && sip_uri_equals(&uris[index], &uris[i])) {
			faults_add(faults, FAULT_DUPLICATE, at.text,
				   "is the same target as /targets/%zu/uri", i);
			return;
		}
}

/* address: NULL if it is not valid. */
static void check_targets(const struct move *move, bool allow_local,
			  const struct sip_uri *address, struct faults *faults)
{
	struct sip_uri uris[MOVE_TARGETS_MAX];
	bool parsed[MOVE_TARGETS_MAX] = { false };
	const char *why;

	for (size_t i = 0; i < move->target_count && i < MOVE_TARGETS_MAX;
	     i++) {
		const struct move_target *target = &move->targets[i];

		if (!move_target_is_sendable(uri_of(target), allow_local, &why))
			faults_add(faults, FAULT_BAD_TARGET,
				   pointer_to(i, "uri").text, "%s", why);
		else
			parsed[i] = sip_uri_parse(uri_of(target), &uris[i]) ==
				    0;
		if (parsed[i])
			check_sameness(uris, parsed, i, address, faults);
		if (target->q_permille < 1 || target->q_permille > 1000)
			faults_add(faults, FAULT_OUT_OF_RANGE,
				   pointer_to(i, "q").text,
				   "must be from 0.001 to 1");
	}
}

static void check_target_count(const struct move *move, struct faults *faults)
{
	if (move->target_count == 0)
		faults_add(faults, FAULT_OUT_OF_RANGE, "/targets",
			   "must have at least one target");
	if (move->target_count > MOVE_TARGETS_MAX)
		faults_add(faults, FAULT_TOO_MANY, "/targets",
			   "must not have more than %d targets",
			   MOVE_TARGETS_MAX);
}

static void check_times(const struct move *move, struct faults *faults)
{
	if (move->starts_at_ms < 0 || move->starts_at_ms >= latest_ms)
		faults_add(faults, FAULT_BAD_TIME, "/starts_at",
			   "must be a time of the years 1970 to 2100");
	if (move->ends_at_ms != MOVE_OPEN_END && move->ends_at_ms >= latest_ms)
		faults_add(faults, FAULT_BAD_TIME, "/ends_at",
			   "must be a time of the years 1970 to 2100, or null "
			   "for an open end");
	else if (move->ends_at_ms <= move->starts_at_ms)
		faults_add(faults, FAULT_END_BEFORE_START, "/ends_at",
			   move->created_at_ms
				   ? "must be later than the start; to end "
				     "the move at once, DELETE it"
				   : "must be later than the start");
}

static void check_external_id(const struct move *move, struct faults *faults)
{
	struct text id = { move->external_id,
			   strnlen(move->external_id,
				   sizeof(move->external_id)) };

	if (id.len > MOVE_EXTERNAL_ID_MAX)
		faults_add(faults, FAULT_TOO_LONG, "/external_id",
			   "must not be longer than %d bytes",
			   MOVE_EXTERNAL_ID_MAX);
	for (size_t i = 0; i < id.len; i++)
		if (id.ptr[i] < '!' || id.ptr[i] > '~') {
			faults_add(faults, FAULT_BAD_FORMAT, "/external_id",
				   "must be visible ASCII: no blanks, line "
				   "breaks or control characters");
			return;
		}
}

void move_validate(struct move *move, bool allow_local_targets,
		   struct faults *faults)
{
	struct sip_uri address;
	bool known = value_check_address(move->address, "/address", faults) &&
		     sip_uri_parse(text_of(move->address), &address) == 0;

	check_target_count(move, faults);
	check_targets(move, allow_local_targets, known ? &address : NULL,
		      faults);
	check_times(move, faults);
	value_check_note(move->note, MOVE_NOTE_MAX, "/note", faults);
	check_external_id(move, faults);
}
