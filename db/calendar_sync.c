#include "db/calendar_sync.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "db/inbound_source.h"
#include "db/move_import.h"
#include "db/rows.h"

enum {
	HASH_LEN = crypto_hash_sha256_BYTES,
};

struct sync {
	struct changes *changes;
	const struct calendar_subscription *subscription;
	struct calendar_feed *feed;
};

/* What is kept of an event. */
struct known_event {
	bool is_known, was_seen; /* in this calendar, before */
	unsigned char sha256[HASH_LEN];
};

/* --- which events were moves before
 * -------------------------------------------
 */

static int find_event(struct sync *sync, const char *external_id,
		      struct known_event *ret_known)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		sync->changes->database,
		"SELECT sha256, seen_at FROM calendar_event "
		"WHERE subscription_id = ?1 AND external_id = ?2",
		&statement);

	*ret_known = (struct known_event){ .is_known = false };
	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, sync->subscription->row_id);
	statement_bind_string(statement, 2, external_id);
	err = statement_step(statement, &row);
	if (err || !row)
		return err;
	ret_known->is_known = true;
	ret_known->was_seen = sqlite3_column_int64(statement, 1) ==
			      sync->changes->now_ms;
	if (sqlite3_column_bytes(statement, 0) == HASH_LEN)
		memcpy(ret_known->sha256, sqlite3_column_blob(statement, 0),
		       HASH_LEN);
	return statement_finish(statement);
}

/* sha256 NULL: as it was. */
static int keep_event(struct sync *sync, const char *external_id,
		      const unsigned char *sha256)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		sync->changes->database,
		sha256 ? "INSERT INTO calendar_event (subscription_id, "
			 "external_id, seen_at, sha256) VALUES (?1, ?2, ?3, "
			 "?4) ON CONFLICT DO UPDATE SET seen_at = ?3, "
			 "sha256 = ?4"
		       : "UPDATE calendar_event SET seen_at = ?3 "
			 "WHERE subscription_id = ?1 AND external_id = ?2",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, sync->subscription->row_id);
	statement_bind_string(statement, 2, external_id);
	sqlite3_bind_int64(statement, 3, sync->changes->now_ms);
	if (sha256)
		sqlite3_bind_blob(statement, 4, sha256, HASH_LEN,
				  SQLITE_TRANSIENT);
	return statement_run(statement);
}

static int forget_event(struct sync *sync, const char *external_id)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		sync->changes->database,
		"DELETE FROM calendar_event "
		"WHERE subscription_id = ?1 AND external_id = ?2",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, sync->subscription->row_id);
	statement_bind_string(statement, 2, external_id);
	return statement_run(statement);
}

static void hash_string(crypto_hash_sha256_state *state, const char *text)
{
	/* With the NUL: "a" and "bc" are not "ab" and "c". */
	crypto_hash_sha256_update(state, (const unsigned char *)text,
				  strlen(text) + 1);
}

/* An event that was cancelled has none of these. */
static void hash_event(const struct move *move, unsigned char sha256[HASH_LEN])
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

/* --- one event
 * ----------------------------------------------------------------
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

/* False: it was refused, which is told. */
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
	else if (!err)
		tell_failure(sync, move, &import);
	move_import_clear(&import);
	move_batch_clear(&batch);
	return err;
}

static int change_event(struct sync *sync, const struct move *move,
			bool cancels, const unsigned char *sha256)
{
	bool done;
	int err = write_move(sync, move, cancels, &done);

	if (err)
		return err;
	/* The next calendar finds it changed still. */
	if (!done)
		return keep_event(sync, move->external_id, NULL);
	return cancels ? forget_event(sync, move->external_id)
		       : keep_event(sync, move->external_id, sha256);
}

static int sync_event(struct sync *sync, const struct move *move,
		      const struct move_intent *intent)
{
	struct calendar_counts *counts = &sync->feed->counts;
	unsigned char sha256[HASH_LEN];
	struct known_event known;
	int err = find_event(sync, move->external_id, &known);

	if (err)
		return err;
	hash_event(move, sha256);
	/* Twice in one calendar; or over, or cancelled before it was known. */
	if (known.was_seen || (!known.is_known && intent->cancels)) {
		counts->skipped++;
		return 0;
	}
	if (known.is_known && !memcmp(known.sha256, sha256, HASH_LEN)) {
		/* Its move ends by itself, or when somebody has said. */
		if (intent->cancels) {
			counts->skipped++;
			return forget_event(sync, move->external_id);
		}
		counts->unchanged++;
		return keep_event(sync, move->external_id, NULL);
	}
	return change_event(sync, move, intent->cancels, sha256);
}

/* --- what is not there any more
 * -----------------------------------------------
 */

/* Another calendar of the same user may have it still. */
static int is_elsewhere(struct sync *sync, const char *external_id,
			bool *ret_elsewhere)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		sync->changes->database,
		"SELECT 1 FROM calendar_event WHERE external_id = ?2 "
		"AND subscription_id <> ?1 LIMIT 1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, sync->subscription->row_id);
	statement_bind_string(statement, 2, external_id);
	return row_exists(statement, ret_elsewhere);
}

/* ENOENT: there is none. */
static int find_gone(struct sync *sync,
		     char external_id[MOVE_EXTERNAL_ID_MAX + 1])
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		sync->changes->database,
		"SELECT external_id FROM calendar_event "
		"WHERE subscription_id = ?1 AND seen_at <> ?2 LIMIT 1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, sync->subscription->row_id);
	sqlite3_bind_int64(statement, 2, sync->changes->now_ms);
	err = statement_step(statement, &row);
	if (err || !row)
		return err ? err : ENOENT;
	text_copy(statement_text(statement, 0), external_id,
		  MOVE_EXTERNAL_ID_MAX + 1);
	return statement_finish(statement);
}

static int end_gone(struct sync *sync)
{
	struct move move = { 0 };
	bool elsewhere, done;
	int err;

	while (!(err = find_gone(sync, move.external_id))) {
		err = is_elsewhere(sync, move.external_id, &elsewhere);
		if (!err && !elsewhere)
			err = write_move(sync, &move, true, &done);
		if (!err)
			err = forget_event(sync, move.external_id);
		if (err)
			return err;
	}
	return err == ENOENT ? 0 : err;
}

int calendar_sync(struct changes *changes,
		  const struct calendar_subscription *subscription,
		  struct calendar_feed *feed)
{
	struct sync sync = { changes, subscription, feed };
	struct move_place place;
	struct move_intent intent;
	struct move move;
	size_t at = 0;
	int err = 0;

	while (!err &&
	       move_batch_next(&feed->unreadable, &at, &move, &place, &intent))
		err = keep_event(&sync, move.external_id, NULL);
	at = 0;
	while (!err &&
	       move_batch_next(&feed->events, &at, &move, &place, &intent))
		err = sync_event(&sync, &move, &intent);
	return err ? err : end_gone(&sync);
}
