/*
 * Calls that would go round in a circle: A has moved to B while B has moved to
 * A. Looked for when a move is written, breadth first from its targets, along
 * the targets of the moves that are in force at the same time: a step's window
 * is the time in which all moves up to it are in force together.
 *
 * The work is bounded: at most LOOP_HOPS_MAX steps from the start, and
 * PLACES_MAX places. A move that leads further than that is refused as well, so
 * that there is never a loop in the table, and any new loop leads back to the
 * address that is being written. A number is followed only in a served domain,
 * so a new domain may close a loop as well: move_loops_refuse_domain().
 */
#include "db/move_rows.h"

#include "db/address_rows.h"

#include <errno.h>
#include <stdlib.h>

enum {
	PLACES_MAX = 1024,
	NO_PLACE = -1,
};

/* An address that calls can come to, and when. */
struct place {
	char address[MOVE_ADDRESS_MAX + 1];
	int64_t starts_at_ms, ends_at_ms;
	int from; /* index of the place before; NO_PLACE: the start */
	int hops; /* from the start */
};

struct search {
	struct place *places; /* PLACES_MAX, in order of hops */
	int count;
	int next; /* to look at */
	bool is_full;
};

/* Has it been reached already, for all of that time? */
static bool is_known(const struct search *search, const struct place *place)
{
	for (int i = 0; i < search->count; i++) {
		const struct place *known = &search->places[i];

		if (known->starts_at_ms <= place->starts_at_ms &&
		    known->ends_at_ms >= place->ends_at_ms &&
		    text_equals(text_of(known->address),
				text_of(place->address)))
			return true;
	}
	return false;
}

/* Coming back to the start is a place of its own: the loop. */
static void add_place(struct search *search, const struct place *place,
		      const char *start)
{
	if (!place->address[0])
		return;
	if (!text_equals(text_of(place->address), text_of(start)) &&
	    is_known(search, place))
		return;
	if (search->count == PLACES_MAX) {
		search->is_full = true;
		return;
	}
	search->places[search->count++] = *place;
}

/* Does a call to this target's host come to us at all? */
static int is_served(struct changes *changes, const char *address,
		     bool *ret_served)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"SELECT 1 FROM domain "
		"WHERE name = substr(?1, instr(?1, '@') + 1)",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, address);
	err = statement_step(statement, ret_served);
	sqlite3_reset(statement);
	return err;
}

/* The moving address's own targets: they have no row yet. */
static int add_own_targets(struct changes *changes, struct search *search,
			   const struct move *move)
{
	struct place place = { .starts_at_ms = move->starts_at_ms,
			       .ends_at_ms = move->ends_at_ms,
			       .from = NO_PLACE,
			       .hops = 1 };
	struct move_lead lead;
	bool served;
	int err;

	for (size_t i = 0; i < move->target_count; i++) {
		move_target_leads_to(move->targets[i].uri, &lead);
		err = address_settle_case(changes, lead.address);
		if (err)
			return err;
		text_copy(text_of(lead.address), place.address,
			  sizeof(place.address));
		add_place(search, &place, move->address);
		if (!lead.number[0])
			continue;
		err = is_served(changes, lead.address, &served);
		if (err)
			return err;
		if (!served)
			continue;
		text_copy(text_of(lead.number), place.address,
			  sizeof(place.address));
		add_place(search, &place, move->address);
	}
	return 0;
}

/*
 * A row for each place that the moves of ?1 in force in [?2, ?3) lead to. A
 * number is followed only where it is asked of us: sip:+1@gateway is the
 * gateway's affair. ?4: the move that is being edited, as it was.
 */
static const char next_sql[] =
	"SELECT t.leads_to, m.starts_at, m.ends_at "
	"FROM move m JOIN move_target t ON t.move_id = m.row_id "
	"WHERE m.address = ?1 AND m.starts_at < ?3 AND m.ends_at > ?2 "
	"AND m.cancelled_at = 0 AND m.id <> ?4 "
	"UNION ALL "
	"SELECT t.leads_to_number, m.starts_at, m.ends_at "
	"FROM move m JOIN move_target t ON t.move_id = m.row_id "
	"JOIN domain d ON d.name = "
	"substr(t.leads_to, instr(t.leads_to, '@') + 1) "
	"WHERE m.address = ?1 AND m.starts_at < ?3 AND m.ends_at > ?2 "
	"AND m.cancelled_at = 0 AND m.id <> ?4 AND t.leads_to_number <> ''";

static int add_next_places(struct changes *changes, struct search *search,
			   int from, const struct move *move)
{
	struct place place, at = search->places[from];
	sqlite3_stmt *statement;
	int64_t starts_at_ms, ends_at_ms;
	bool row;
	int err = database_statement(changes->database, next_sql, &statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, at.address);
	sqlite3_bind_int64(statement, 2, at.starts_at_ms);
	sqlite3_bind_int64(statement, 3, at.ends_at_ms);
	statement_bind_string(statement, 4, move->id);
	while (!(err = statement_step(statement, &row)) && row) {
		place = (struct place){ .from = from, .hops = at.hops + 1 };
		text_copy(statement_text(statement, 0), place.address,
			  sizeof(place.address));
		starts_at_ms = sqlite3_column_int64(statement, 1);
		ends_at_ms = sqlite3_column_int64(statement, 2);
		place.starts_at_ms = starts_at_ms > at.starts_at_ms
					     ? starts_at_ms
					     : at.starts_at_ms;
		place.ends_at_ms = ends_at_ms < at.ends_at_ms ? ends_at_ms
							      : at.ends_at_ms;
		add_place(search, &place, move->address);
	}
	return err;
}

/* A, B, ... and A again: the way back from the last place, turned round. */
static void tell_cycle(const struct search *search, int last,
		       const struct move *move, struct move_conflict *conflict)
{
	int at = last;

	conflict->kind = MOVE_LOOPS;
	conflict->cycle_count = (size_t)search->places[last].hops + 1;
	while (at != NO_PLACE) {
		const struct place *place = &search->places[at];

		text_copy(text_of(place->address), conflict->cycle[place->hops],
			  sizeof(conflict->cycle[0]));
		at = place->from;
	}
	text_copy(text_of(move->address), conflict->cycle[0],
		  sizeof(conflict->cycle[0]));
}

static int leads_too_far(const struct move_write *write)
{
	faults_add(write->faults, FAULT_BAD_TARGET, "/targets",
		   "have moved themselves, and lead on over more than %d moves "
		   "or %d addresses",
		   LOOP_HOPS_MAX, PLACES_MAX);
	return EINVAL;
}

static int walk(struct changes *changes, struct search *search,
		const struct move *move, const struct move_write *write)
{
	int err = add_own_targets(changes, search, move);

	for (; !err && search->next < search->count; search->next++) {
		const struct place *place = &search->places[search->next];

		if (search->is_full || place->hops > LOOP_HOPS_MAX)
			return leads_too_far(write);
		if (text_equals(text_of(place->address),
				text_of(move->address))) {
			tell_cycle(search, search->next, move, write->conflict);
			return EEXIST;
		}
		err = add_next_places(changes, search, search->next, move);
	}
	return err;
}

int move_loops_refuse(struct changes *changes, const struct move *move,
		      const struct move_write *write)
{
	struct search search = { 0 };
	int err;

	/* Not cleared: a place is written whole when it is added. */
	search.places = reallocarray(NULL, PLACES_MAX, sizeof(*search.places));
	if (!search.places)
		return ENOMEM;
	err = walk(changes, &search, move, write);
	free(search.places);
	return err;
}

/* Does the stored move lead back to its address by now? */
static int refuse_stored(struct changes *changes, struct text id,
			 const char *pointer, struct faults *faults)
{
	struct move_row row;
	struct faults found = { 0 };
	struct move_conflict conflict = { 0 };
	const struct move_write write = { .faults = &found,
					  .conflict = &conflict };
	int err = move_row_find(changes, id, 0, &row);

	if (!err)
		err = move_loops_refuse(changes, &row.move, &write);
	faults_clear(&found);
	if (err != EEXIST && err != EINVAL)
		return err;
	faults_add(faults, FAULT_BAD_TARGET, pointer,
		   "would send calls to %s round in a circle: a target of its "
		   "move would be served here; end that move first",
		   row.move.address);
	return EINVAL;
}

int move_loops_refuse_domain(struct changes *changes, const char *name,
			     const char *pointer, struct faults *faults)
{
	char id[MOVE_ID_SIZE];
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT m.id FROM move_target t "
		"CROSS JOIN move m ON m.row_id = t.move_id "
		"WHERE t.leads_to_number <> '' AND m.cancelled_at = 0 "
		"AND m.ends_at > ?2 "
		"AND substr(t.leads_to, instr(t.leads_to, '@') + 1) = ?1",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, name);
	sqlite3_bind_int64(statement, 2, changes->now_ms);
	while (!(err = statement_step(statement, &row)) && row) {
		text_copy(statement_text(statement, 0), id, sizeof(id));
		err = refuse_stored(changes, text_of(id), pointer, faults);
		if (err)
			break;
	}
	sqlite3_reset(statement);
	return err;
}
