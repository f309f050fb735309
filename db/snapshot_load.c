/*
 * Rows into a snapshot. What the file holds is not trusted: text that does not
 * fit its value, or holds a NUL, is left out rather than cut, because a URI
 * that was cut is another URI.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/changes_state.h"
#include "db/snapshot_load_rows.h"

/* Rows of one address stand together, and of one move within it: the order is
 * that of the indexes, nothing is sorted. */
#define ADDRESS_ROWS                                                    \
	"SELECT a.uri, m.row_id, m.id, m.starts_at, m.ends_at, "        \
	"m.permanent, m.revision, t.uri, t.q_permille "                 \
	"FROM address a "                                               \
	"LEFT JOIN move m ON m.address = a.uri AND m.cancelled_at = 0 " \
	"AND m.ends_at > ?1 "                                           \
	"LEFT JOIN move_target t ON t.move_id = m.row_id "
#define ADDRESS_ORDER " ORDER BY a.uri, m.starts_at, m.row_id, t.position"

enum column {
	ADDRESS_URI,
	MOVE_ROW_ID,
	MOVE_ID,
	MOVE_STARTS_AT,
	MOVE_ENDS_AT,
	MOVE_PERMANENT,
	MOVE_REVISION,
	TARGET_URI,
	TARGET_Q_PERMILLE,
};

/* The address whose rows are being read, and its moves so far. */
struct gathering {
	struct snapshot_builder *builder;
	char address[MOVE_ADDRESS_MAX + 1];
	bool has_address;
	int64_t move_row_id; /* of the last of the moves */
	struct move *moves;
	size_t count, size;
};

static bool copy_whole(struct text text, char *buffer, size_t size)
{
	return !memchr(text.ptr, '\0', text.len) &&
	       text_copy(text, buffer, size);
}

static int put_gathered(struct gathering *gathering)
{
	if (!gathering->has_address)
		return 0;
	gathering->has_address = false;
	return snapshot_builder_put_address(gathering->builder,
					    text_of(gathering->address),
					    gathering->moves, gathering->count);
}

static int add_move(struct gathering *gathering, sqlite3_stmt *row)
{
	struct move *move;

	if (gathering->count == gathering->size) {
		size_t size = gathering->size ? 2 * gathering->size : 4;
		struct move *moves =
			reallocarray(gathering->moves, size, sizeof(*moves));

		if (!moves)
			return ENOMEM;
		gathering->moves = moves;
		gathering->size = size;
	}
	move = &gathering->moves[gathering->count++];
	*move = (struct move){
		.starts_at_ms = sqlite3_column_int64(row, MOVE_STARTS_AT),
		.ends_at_ms = sqlite3_column_int64(row, MOVE_ENDS_AT),
		.permanent = sqlite3_column_int(row, MOVE_PERMANENT) != 0,
		.revision = sqlite3_column_int64(row, MOVE_REVISION),
	};
	(void)copy_whole(statement_text(row, MOVE_ID), move->id,
			 sizeof(move->id));
	return 0;
}

static void add_target(struct move *move, sqlite3_stmt *row)
{
	struct move_target *target = &move->targets[move->target_count];
	int64_t q = sqlite3_column_int64(row, TARGET_Q_PERMILLE);

	if (move->target_count == MOVE_TARGETS_MAX || q < 1 || q > 1000 ||
	    !copy_whole(statement_text(row, TARGET_URI), target->uri,
			sizeof(target->uri)))
		return;
	target->q_permille = (uint16_t)q;
	move->target_count++;
}

static int take_row(struct gathering *gathering, sqlite3_stmt *row)
{
	struct text uri = statement_text(row, ADDRESS_URI);
	int64_t move_row_id = sqlite3_column_int64(row, MOVE_ROW_ID);
	int err;

	if (!gathering->has_address ||
	    !text_equals(uri, text_of(gathering->address))) {
		err = put_gathered(gathering);
		if (err)
			return err;
		gathering->count = 0;
		gathering->has_address = copy_whole(uri, gathering->address,
						    sizeof(gathering->address));
	}
	if (!gathering->has_address ||
	    sqlite3_column_type(row, MOVE_ROW_ID) == SQLITE_NULL)
		return 0;
	if (gathering->count == 0 || gathering->move_row_id != move_row_id) {
		err = add_move(gathering, row);
		if (err)
			return err;
		gathering->move_row_id = move_row_id;
	}
	if (sqlite3_column_type(row, TARGET_URI) != SQLITE_NULL)
		add_target(&gathering->moves[gathering->count - 1], row);
	return 0;
}

/* Puts every address that the statement gives. *ret_any: there was one. */
static int put_addresses(struct gathering *gathering, sqlite3_stmt *statement,
			 bool *ret_any)
{
	bool row;
	int err;

	*ret_any = false;
	while (!(err = statement_step(statement, &row)) && row) {
		*ret_any = true;
		err = take_row(gathering, statement);
		if (err)
			break;
	}
	if (!err)
		err = put_gathered(gathering);
	sqlite3_reset(statement);
	return err;
}

static int load_addresses(struct database *database,
			  struct snapshot_builder *builder, int64_t now_ms)
{
	struct gathering gathering = { .builder = builder };
	sqlite3_stmt *statement;
	bool any;
	int err = database_statement(database, ADDRESS_ROWS ADDRESS_ORDER,
				     &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, now_ms);
	err = put_addresses(&gathering, statement, &any);
	free(gathering.moves);
	return err;
}

static int load_address(struct changes *changes, struct gathering *gathering,
			struct text canonical)
{
	sqlite3_stmt *statement;
	bool any;
	int err = database_statement(
		changes->database,
		ADDRESS_ROWS "WHERE a.uri = ?2" ADDRESS_ORDER, &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, changes->now_ms);
	statement_bind_text(statement, 2, canonical);
	gathering->has_address = false;
	err = put_addresses(gathering, statement, &any);
	if (!err && !any)
		err = snapshot_builder_remove_address(gathering->builder,
						      canonical);
	return err;
}

int snapshot_load_all(struct database *database,
		      struct snapshot_builder *builder, int64_t now_ms)
{
	int err = snapshot_load_domains(database, builder);

	if (!err)
		err = snapshot_load_rules(database, builder);
	if (!err)
		err = snapshot_load_tokens(database, builder);
	if (!err)
		err = load_addresses(database, builder, now_ms);
	return err;
}

int snapshot_load_touched(struct changes *changes,
			  struct snapshot_builder *builder)
{
	struct gathering gathering = { .builder = builder };
	int err = 0;

	if (changes->touched_domains)
		err = snapshot_load_domains(changes->database, builder);
	if (!err && changes->touched_rules)
		err = snapshot_load_rules(changes->database, builder);
	if (!err && changes->touched_tokens)
		err = snapshot_load_tokens(changes->database, builder);
	for (size_t i = 0; !err && i < changes->touched_count; i++)
		err = load_address(changes, &gathering,
				   text_of(changes->touched_addresses[i]));
	free(gathering.moves);
	return err;
}
