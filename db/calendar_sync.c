#include "db/calendar_sync.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "db/calendar_event_rows.h"
#include "db/inbound_source.h"
#include "db/move_import.h"
#include "db/rows.h"

struct sync {
	struct changes *changes;
	const struct calendar_subscription *subscription;
	struct calendar_feed *feed;
	/* What overlaps other moves; NULL: that is told as a failure. */
	struct move_batch *refused;
};

/* --- what an event says
 * --------------------------------------------------------
 */

static void hash_string(crypto_hash_sha256_state *state, const char *text)
{
	/* With the NUL: "a" and "bc" are not "ab" and "c". */
	crypto_hash_sha256_update(state, (const unsigned char *)text,
				  strlen(text) + 1);
}

/* An event that was cancelled has none of these. */
static void hash_event(const struct move *move,
		       unsigned char sha256[CALENDAR_HASH_LEN])
{
	const int64_t numbers[] = { move->starts_at_ms, move->ends_at_ms,
				    move->target_count };
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	hash_string(&state, move->address);
	hash_string(&state, move->time_zone);
	hash_string(&state, move->note);
	for (size_t i = 0; i < move->target_count; i++)
		hash_string(&state, move->targets[i].uri);
	crypto_hash_sha256_update(&state, (const unsigned char *)numbers,
				  sizeof(numbers));
	crypto_hash_sha256_final(&state, sha256);
}

/* --- one move
 * -----------------------------------------------------------------
 */

static void tell_failure(struct sync *sync, const struct move *move,
			 const struct move_import *import)
{
	struct calendar_error error = { .summary = "" };

	sync->feed->counts.failed++;
	text_copy(text_of(move->note), error.summary, sizeof(error.summary));
	for (size_t i = 0; i < import->kept_count; i++) {
		text_copy(text_of(import->errors[i].member), error.member,
			  sizeof(error.member));
		text_copy(text_of(import->errors[i].code), error.code,
			  sizeof(error.code));
		text_copy(text_of(import->errors[i].detail), error.detail,
			  sizeof(error.detail));
		calendar_feed_add_error(sync->feed, &error);
	}
}

/* Of a disk that is nearly full new moves are refused, each by itself: others
 * are changed and ended still. */
static int tell_full(struct sync *sync, const struct move *move, bool *ret_full)
{
	struct calendar_error error = {
		.code = "STORAGE_FULL",
		.detail = "the disk is full: nothing new is stored",
	};
	struct move stored;
	int err;

	*ret_full = false;
	if (!changes_may_grow(sync->changes))
		return 0;
	err = move_find_external(sync->changes, text_of(move->external_id),
				 &stored);
	if (err != ENOENT)
		return err;
	*ret_full = true;
	sync->feed->counts.failed++;
	text_copy(text_of(move->note), error.summary, sizeof(error.summary));
	calendar_feed_add_error(sync->feed, &error);
	return 0;
}

static void count(struct sync *sync, const struct move_import *import,
		  bool cancels)
{
	struct calendar_counts *counts = &sync->feed->counts;

	/* What ended by itself, or by hand, is nobody's news. */
	if (cancels) {
		counts->cancelled += import->updated;
		return;
	}
	counts->created += import->created;
	counts->updated += import->updated;
	counts->unchanged += import->unchanged;
}

static bool is_overlapping(const struct move_import *import)
{
	return import->kept_count == 1 &&
	       !strcmp(import->errors[0].code, "MOVE_OVERLAPS");
}

/* False: it was refused, which is told, or kept for another round. */
static int write_move(struct sync *sync, const struct move *move, bool cancels,
		      bool *ret_done)
{
	const struct move_import_options options = {
		.name_member = sync->feed->name_member
	};
	const struct move_place place = { 1, 1 };
	const struct move_intent intent = { .cancels = cancels };
	struct move_import import = { .on_conflict =
					      sync->subscription->on_conflict ==
							      INBOUND_REPLACE
						      ? MOVE_IMPORT_REPLACE
						      : MOVE_IMPORT_FAIL };
	struct move_batch batch = { 0 };
	int err = move_batch_add(&batch, move, &place, &intent);

	if (!err)
		err = move_import_apply(sync->changes, &import, &batch,
					&options);
	*ret_done = !err && import.failed == 0;
	if (*ret_done)
		count(sync, &import, cancels);
	else if (!err && sync->refused && is_overlapping(&import))
		err = move_batch_add(sync->refused, move, &place, &intent);
	else if (!err)
		tell_failure(sync, move, &import);
	move_import_clear(&import);
	move_batch_clear(&batch);
	return err;
}

/* --- what is there
 * --------------------------------------------------------------
 */

static int mark_there(struct sync *sync, const struct move_batch *events)
{
	struct move_place place;
	struct move_intent intent;
	struct move move;
	size_t at = 0;
	int err = 0;

	while (!err && move_batch_next(events, &at, &move, &place, &intent))
		err = calendar_event_keep(sync->changes,
					  sync->subscription->row_id,
					  move.external_id, NULL);
	return err;
}

/* --- what is over, cancelled or not there any more
 * ------------------------------
 */

static int end_event(struct sync *sync, const char *external_id)
{
	const int64_t row = sync->subscription->row_id;
	struct move move = { .starts_at_ms = 0 };
	bool elsewhere, done;
	int err = calendar_event_is_elsewhere(sync->changes, row, external_id,
					      &elsewhere);

	if (err)
		return err;
	if (elsewhere)
		return calendar_event_forget(sync->changes, row, external_id);
	text_copy(text_of(external_id), move.external_id,
		  sizeof(move.external_id));
	err = write_move(sync, &move, true, &done);
	if (err)
		return err;
	/* Else the next calendar finds it changed still. */
	return done ? calendar_event_forget_all(sync->changes, external_id)
		    : calendar_event_keep(sync->changes, row, external_id,
					  NULL);
}

static int end_if_changed(struct sync *sync, const struct move *move)
{
	unsigned char sha256[CALENDAR_HASH_LEN];
	struct calendar_event_known known;
	int err = calendar_event_find(sync->changes, sync->subscription->row_id,
				      move->external_id, &known);

	if (err)
		return err;
	hash_event(move, sha256);
	if (known.is_known && !known.is_there &&
	    memcmp(known.sha256, sha256, CALENDAR_HASH_LEN) != 0)
		return end_event(sync, move->external_id);
	sync->feed->counts.skipped++;
	/* Its move ends by itself, or when somebody has said. */
	return known.is_known && !known.is_there
		       ? calendar_event_forget(sync->changes,
					       sync->subscription->row_id,
					       move->external_id)
		       : 0;
}

static int end_over(struct sync *sync)
{
	struct move_place place;
	struct move_intent intent;
	struct move move;
	size_t at = 0;
	int err = 0;

	while (!err &&
	       move_batch_next(&sync->feed->over, &at, &move, &place, &intent))
		err = end_if_changed(sync, &move);
	return err;
}

static int end_gone(struct sync *sync)
{
	char external_id[MOVE_EXTERNAL_ID_MAX + 1];
	int err;

	while (!(err = calendar_event_find_gone(sync->changes,
						sync->subscription->row_id,
						external_id))) {
		err = end_event(sync, external_id);
		if (err)
			return err;
	}
	return err == ENOENT ? 0 : err;
}

/* --- what is to come
 * ------------------------------------------------------------
 */

static int write_event(struct sync *sync, const struct move *move)
{
	unsigned char sha256[CALENDAR_HASH_LEN];
	struct calendar_event_known known;
	bool done, full;
	int err = calendar_event_find(sync->changes, sync->subscription->row_id,
				      move->external_id, &known);

	if (err)
		return err;
	hash_event(move, sha256);
	if (known.is_known &&
	    !memcmp(known.sha256, sha256, CALENDAR_HASH_LEN)) {
		sync->feed->counts.unchanged++;
		return 0;
	}
	err = tell_full(sync, move, &full);
	if (err || full)
		return err;
	err = write_move(sync, move, false, &done);
	/* Else the next calendar finds it changed still. */
	return err || !done ? err
			    : calendar_event_keep(sync->changes,
						  sync->subscription->row_id,
						  move->external_id, sha256);
}

/* refused: see struct sync. */
static int write_round(struct sync *sync, const struct move_batch *events,
		       struct move_batch *refused)
{
	struct move_place place;
	struct move_intent intent;
	struct move move;
	size_t at = 0;
	int err = 0;

	sync->refused = refused;
	while (!err && move_batch_next(events, &at, &move, &place, &intent))
		err = write_event(sync, &move);
	sync->refused = NULL;
	return err;
}

static int end_all(struct sync *sync, const struct move_batch *events)
{
	struct move_place place;
	struct move_intent intent;
	struct move move;
	size_t at = 0;
	bool done;
	int err = 0;

	while (!err && move_batch_next(events, &at, &move, &place, &intent))
		err = write_move(sync, &move, true, &done);
	return err;
}

/* Trips that change places are in each other's way: without their moves, all of
 * them are written, or none. */
static int swap(struct sync *sync, const struct move_batch *events,
		bool *ret_done)
{
	const struct changes_mark mark = changes_mark(sync->changes);
	const struct calendar_counts before = sync->feed->counts;
	const size_t error_count = sync->feed->error_count;
	struct move_batch refused = { 0 };
	int err = row_run_literal(sync->changes, "SAVEPOINT calendar_swap");

	if (!err)
		err = end_all(sync, events);
	if (!err)
		err = write_round(sync, events, &refused);
	*ret_done = !err && refused.count == 0 &&
		    sync->feed->counts.failed == before.failed;
	move_batch_clear(&refused);
	if (err)
		return err;
	sync->feed->counts = before;
	sync->feed->error_count = error_count;
	if (*ret_done) {
		sync->feed->counts.updated += (uint32_t)events->count;
	} else {
		changes_rewind(sync->changes, &mark);
		err = row_run_literal(sync->changes,
				      "ROLLBACK TO calendar_swap");
	}
	return err ? err
		   : row_run_literal(sync->changes, "RELEASE calendar_swap");
}

/* What is in the way of one may be written itself after it. */
static int write_events(struct sync *sync)
{
	struct move_batch first = { 0 }, second = { 0 };
	bool done = false;
	int err = write_round(sync, &sync->feed->events, &first);

	if (!err)
		err = write_round(sync, &first, &second);
	if (!err && second.count > 1)
		err = swap(sync, &second, &done);
	if (!err && !done)
		err = write_round(sync, &second, NULL);
	move_batch_clear(&first);
	move_batch_clear(&second);
	return err;
}

int calendar_sync(struct changes *changes,
		  const struct calendar_subscription *subscription,
		  struct calendar_feed *feed)
{
	struct sync sync = { changes, subscription, feed, NULL };
	int err = mark_there(&sync, &feed->unreadable);

	if (!err)
		err = mark_there(&sync, &feed->events);
	/* First, as it may be in the way of what is to come. */
	if (!err)
		err = end_over(&sync);
	if (!err)
		err = end_gone(&sync);
	return err ? err : write_events(&sync);
}
