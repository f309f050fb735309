/*
 * move_batch.h - many moves in little memory, in order: those of an import on
 * their way to the store. Each with the row and line that it was read from.
 *
 * A move is kept as long as its texts are, a few hundred bytes in place of the
 * kilobytes of a struct move. One thread at a time.
 */
#ifndef SIPMOVED_DB_MOVE_BATCH_H
#define SIPMOVED_DB_MOVE_BATCH_H

#include "db/move.h"

/* Where a row stands in what was sent; both count from 1. */
struct move_place {
	uint32_t row, line;
};

/* What a row asks for; zeros: that its move is written. */
struct move_intent {
	bool cancels; /* the move with its external_id is over */
	/* Of a calendar's event: one that is older than what the move was
	 * written by is passed over. */
	bool has_sequence;
	int64_t sequence;
};

/* A zeroed one is empty and ready. */
struct move_batch {
	char *bytes; /* owned */
	size_t len, size;
	size_t count;
};

/* Of the move: id, address, targets, times, zone, permanent,
 * diversion_reason, note and external_id. ENOMEM. */
int move_batch_add(struct move_batch *batch, const struct move *move,
		   const struct move_place *place,
		   const struct move_intent *intent)
	__attribute__((warn_unused_result));
/* The one at *at (0: the first), which goes on to the next. False: that was
 * the last. What a batch does not keep is zero. */
bool move_batch_next(const struct move_batch *batch, size_t *at,
		     struct move *ret_move, struct move_place *ret_place,
		     struct move_intent *ret_intent);
/* Keeps the memory for the next ones. */
void move_batch_empty(struct move_batch *batch);
void move_batch_clear(struct move_batch *batch);

#endif
