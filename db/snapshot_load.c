/*
 * Rows into a snapshot.
 *
 * An address that was touched is read along the indexes. At start each table is
 * walked once in the order of its rows: along the indexes, a million addresses
 * would be three million jumps in the file.
 *
 * What the file holds is not trusted: text that does not fit its value, or
 * holds a NUL, is left out rather than cut, because a URI that was cut is
 * another URI.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/changes_state.h"
#include "db/snapshot_load_rows.h"
#include "db/snapshot_state.h"
#include "db/target_rule.h"

/* All moves of one address, with their targets; the order is that of the
 * indexes, nothing is sorted. */
static const char one_address_sql[] =
	"SELECT m.row_id, m.id, m.starts_at, m.ends_at, m.permanent, "
	"m.diversion_reason, m.revision, m.address, m.set_by_role, t.move_id, "
	"t.uri, "
	"t.q_permille "
	"FROM move m LEFT JOIN move_target t ON t.move_id = m.row_id "
	"WHERE m.address = ?2 AND m.cancelled_at = 0 AND m.ends_at > ?1 "
	"ORDER BY m.starts_at, m.row_id, t.position";
static const char is_known_sql[] = "SELECT 1 FROM address WHERE uri = ?1";

static const char all_moves_sql[] =
	"SELECT row_id, id, starts_at, ends_at, permanent, "
	"diversion_reason, revision, address, set_by_role "
	"FROM move NOT INDEXED WHERE cancelled_at = 0 AND ends_at > ?1 "
	"ORDER BY row_id";
static const char all_targets_sql[] =
	"SELECT move_id, uri, q_permille FROM move_target "
	"ORDER BY move_id, position";
static const char all_addresses_sql[] = "SELECT uri FROM address";
static const char strangers_sql[] =
	"SELECT address FROM move m WHERE cancelled_at = 0 AND ends_at > ?1 "
	"AND NOT EXISTS (SELECT 1 FROM address a WHERE a.uri = m.address)";

/* Columns of the statements that give moves; targets follow in one of them. */
enum move_column {
	MOVE_ROW_ID,
	MOVE_ID,
	MOVE_STARTS_AT,
	MOVE_ENDS_AT,
	MOVE_PERMANENT,
	MOVE_DIVERSION_REASON,
	MOVE_REVISION,
	MOVE_ADDRESS,
	MOVE_SET_BY_ROLE,
	JOINED_TARGET,
};

/* From the first column of a target on. */
enum target_column {
	TARGET_MOVE_ID,
	TARGET_URI,
	TARGET_Q_PERMILLE,
};

struct loading {
	struct database *database;
	struct snapshot_builder *builder;
	int64_t now_ms;
	struct move *moves; /* of one address */
	size_t count, size;
};

static bool copy_whole(struct text text, char *buffer, size_t size)
{
	return !memchr(text.ptr, '\0', text.len) &&
	       text_copy(text, buffer, size);
}

static void read_move(sqlite3_stmt *row, struct move *move)
{
	*move = (struct move){
		.starts_at_ms = sqlite3_column_int64(row, MOVE_STARTS_AT),
		.ends_at_ms = sqlite3_column_int64(row, MOVE_ENDS_AT),
		.permanent = sqlite3_column_int(row, MOVE_PERMANENT) != 0,
		.diversion_reason = diversion_reason_of_stored(
			sqlite3_column_int64(row, MOVE_DIVERSION_REASON)),
		.revision = sqlite3_column_int64(row, MOVE_REVISION),
		.set_by_role = (uint8_t)target_role_of_name(
			statement_text(row, MOVE_SET_BY_ROLE)),
	};
	(void)copy_whole(statement_text(row, MOVE_ID), move->id,
			 sizeof(move->id));
}

static void add_target(struct move *move, sqlite3_stmt *row, int first_column)
{
	struct move_target *target = &move->targets[move->target_count];
	int64_t q = sqlite3_column_int64(row, first_column + TARGET_Q_PERMILLE);

	if (move->target_count == MOVE_TARGETS_MAX || q < 1 || q > 1000 ||
	    !copy_whole(statement_text(row, first_column + TARGET_URI),
			target->uri, sizeof(target->uri)))
		return;
	target->q_permille = (uint16_t)q;
	move->target_count++;
}

/* One more move of the address; NULL for want of memory. */
static struct move *next_move(struct loading *loading)
{
	if (loading->count == loading->size) {
		size_t size = loading->size ? 2 * loading->size : 4;
		struct move *moves =
			reallocarray(loading->moves, size, sizeof(*moves));

		if (!moves)
			return NULL;
		loading->moves = moves;
		loading->size = size;
	}
	return &loading->moves[loading->count++];
}

static int read_moves_of(struct loading *loading, struct text address)
{
	int64_t last_row_id = 0;
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(loading->database, one_address_sql,
				     &statement);

	loading->count = 0;
	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, loading->now_ms);
	statement_bind_text(statement, 2, address);
	while (!(err = statement_step(statement, &row)) && row) {
		int64_t row_id = sqlite3_column_int64(statement, MOVE_ROW_ID);

		if (loading->count == 0 || row_id != last_row_id) {
			struct move *move = next_move(loading);

			if (!move) {
				err = ENOMEM;
				break;
			}
			read_move(statement, move);
			last_row_id = row_id;
		}
		if (sqlite3_column_type(statement, JOINED_TARGET) !=
		    SQLITE_NULL)
			add_target(&loading->moves[loading->count - 1],
				   statement, JOINED_TARGET);
	}
	sqlite3_reset(statement);
	return err;
}

static int load_moves_of(struct loading *loading, struct text address)
{
	int err = read_moves_of(loading, address);

	if (err)
		return err;
	return snapshot_builder_put_address(loading->builder, address,
					    loading->moves, loading->count);
}

static int load_touched_address(struct loading *loading, struct text address)
{
	sqlite3_stmt *statement;
	bool known;
	int err =
		database_statement(loading->database, is_known_sql, &statement);

	if (err)
		return err;
	statement_bind_text(statement, 1, address);
	err = statement_step(statement, &known);
	if (err)
		return err;
	sqlite3_reset(statement);
	return known ? load_moves_of(loading, address)
		     : snapshot_builder_remove_address(loading->builder,
						       address);
}

static bool has_move(const struct snapshot_address *address, const char *id)
{
	for (size_t i = 0; i < address->move_count; i++)
		if (!strcmp(address->moves[i].id, id))
			return true;
	return false;
}

/*
 * Most addresses have one move. When a second one comes, all are read along the
 * index, and those that come later are there already.
 */
static int put_move(struct loading *loading, const char *address,
		    const struct move *move)
{
	const struct snapshot_address *known = snapshot_address(
		snapshot_builder_so_far(loading->builder), text_of(address));

	if (!known)
		return snapshot_builder_put_address(loading->builder,
						    text_of(address), move, 1);
	return has_move(known, move->id)
		       ? 0
		       : load_moves_of(loading, text_of(address));
}

/* Steps the targets, which stand by their move's row, on to one of this row or
 * a later one, and takes those of this row. *more: the statement has a row. */
static int take_targets(sqlite3_stmt *targets, int64_t row_id, bool *more,
			struct move *move)
{
	int err = 0;

	while (!err && *more) {
		int64_t of = sqlite3_column_int64(targets, TARGET_MOVE_ID);

		if (of > row_id)
			break;
		if (of == row_id)
			add_target(move, targets, TARGET_MOVE_ID);
		err = statement_step(targets, more);
	}
	return err;
}

static int walk_moves(struct loading *loading, sqlite3_stmt *moves,
		      sqlite3_stmt *targets)
{
	char address[MOVE_ADDRESS_MAX + 1];
	bool row, more_targets;
	struct move move;
	int err = statement_step(targets, &more_targets);

	while (!err && !(err = statement_step(moves, &row)) && row) {
		read_move(moves, &move);
		err = take_targets(targets,
				   sqlite3_column_int64(moves, MOVE_ROW_ID),
				   &more_targets, &move);
		if (!err && copy_whole(statement_text(moves, MOVE_ADDRESS),
				       address, sizeof(address)))
			err = put_move(loading, address, &move);
	}
	sqlite3_reset(moves);
	sqlite3_reset(targets);
	return err;
}

static int load_moves(struct loading *loading)
{
	sqlite3_stmt *moves, *targets;
	int err = database_statement(loading->database, all_moves_sql, &moves);

	if (!err)
		err = database_statement(loading->database, all_targets_sql,
					 &targets);
	if (err)
		return err;
	sqlite3_bind_int64(moves, 1, loading->now_ms);
	return walk_moves(loading, moves, targets);
}

/* Those without a move; *ret_count: of all that can be looked up. */
static int load_addresses(struct loading *loading, size_t *ret_count)
{
	char address[MOVE_ADDRESS_MAX + 1];
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(loading->database, all_addresses_sql,
				     &statement);

	*ret_count = 0;
	if (err)
		return err;
	while (!err && !(err = statement_step(statement, &row)) && row) {
		if (!copy_whole(statement_text(statement, 0), address,
				sizeof(address)))
			continue;
		++*ret_count;
		if (!snapshot_address(snapshot_builder_so_far(loading->builder),
				      text_of(address)))
			err = snapshot_builder_put_address(
				loading->builder, text_of(address), NULL, 0);
	}
	sqlite3_reset(statement);
	return err;
}

/* An address that was deleted leaves its moves behind. All of them have ended,
 * unless the clock was set back. */
static int remove_strangers(struct loading *loading)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(loading->database, strangers_sql,
				     &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, loading->now_ms);
	while (!err && !(err = statement_step(statement, &row)) && row)
		err = snapshot_builder_remove_address(
			loading->builder, statement_text(statement, 0));
	sqlite3_reset(statement);
	return err;
}

int snapshot_load_all(struct database *database,
		      struct snapshot_builder *builder, int64_t now_ms)
{
	struct loading loading = { .database = database,
				   .builder = builder,
				   .now_ms = now_ms };
	size_t count = 0;
	int err = snapshot_load_domains(database, builder);

	if (!err)
		err = snapshot_load_rules(database, builder);
	if (!err)
		err = snapshot_load_tokens(database, builder);
	if (!err)
		err = snapshot_load_sources(database, builder);
	if (!err)
		err = snapshot_load_peer_profiles(database, builder);
	if (!err)
		err = snapshot_load_targets(database, builder);
	if (!err)
		err = snapshot_load_sip_users(database, builder);
	if (!err)
		err = snapshot_load_sessions(database, NULL, builder);
	if (!err)
		err = snapshot_load_users(database, builder);
	if (!err)
		err = load_moves(&loading);
	if (!err)
		err = load_addresses(&loading, &count);
	if (!err &&
	    count != snapshot_address_count(snapshot_builder_so_far(builder)))
		err = remove_strangers(&loading);
	free(loading.moves);
	return err;
}

int snapshot_load_touched(struct changes *changes,
			  struct snapshot_builder *builder)
{
	struct loading loading = { .database = changes->database,
				   .builder = builder,
				   .now_ms = changes->now_ms };
	int err = 0;

	if (changes->touched_domains)
		err = snapshot_load_domains(changes->database, builder);
	if (!err && changes->touched_rules)
		err = snapshot_load_rules(changes->database, builder);
	if (!err && changes->touched_tokens)
		err = snapshot_load_tokens(changes->database, builder);
	if (!err && changes->touched_sources)
		err = snapshot_load_sources(changes->database, builder);
	if (!err && changes->touched_peer_profiles)
		err = snapshot_load_peer_profiles(changes->database, builder);
	if (!err && changes->touched_targets)
		err = snapshot_load_targets(changes->database, builder);
	if (!err && changes->touched_sip_users)
		err = snapshot_load_sip_users(changes->database, builder);
	if (!err)
		err = snapshot_load_sessions(
			changes->database, &changes->touched_sessions, builder);
	for (size_t i = 0; !err && i < changes->touched_users.count; i++)
		err = snapshot_load_user(
			changes->database,
			text_of(changes->touched_users.list[i]), builder);
	for (size_t i = 0; !err && i < changes->touched_addresses.count; i++)
		err = load_touched_address(
			&loading, text_of(changes->touched_addresses.list[i]));
	free(loading.moves);
	return err;
}
