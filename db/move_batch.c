#include "db/move_batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_SIZE = 64 * 1024,
	/* Above the longest move: its texts are bounded. */
	MOVE_BYTES_MAX = sizeof(struct move) + 64,
};

/* Before the texts: id, address, time_zone, note, external_id, then the
 * targets' URIs, each up to its NUL. */
struct packed {
	struct move_place place;
	struct move_intent intent;
	int64_t starts_at_ms, ends_at_ms;
	uint16_t q_permille[MOVE_TARGETS_MAX];
	uint8_t target_count;
	uint8_t diversion_reason;
	bool permanent;
};

static int make_room(struct move_batch *batch)
{
	size_t size = batch->size ? batch->size : FIRST_SIZE;
	char *bytes;

	while (size - batch->len < MOVE_BYTES_MAX)
		size *= 2;
	if (size == batch->size)
		return 0;
	bytes = realloc(batch->bytes, size);
	if (!bytes)
		return ENOMEM;
	batch->bytes = bytes;
	batch->size = size;
	return 0;
}

static void put_text(struct move_batch *batch, const char *text)
{
	size_t size = strlen(text) + 1;

	memcpy(batch->bytes + batch->len, text, size);
	batch->len += size;
}

int move_batch_add(struct move_batch *batch, const struct move *move,
		   const struct move_place *place,
		   const struct move_intent *intent)
{
	struct packed packed = { .place = *place,
				 .intent = *intent,
				 .starts_at_ms = move->starts_at_ms,
				 .ends_at_ms = move->ends_at_ms,
				 .target_count = (uint8_t)move->target_count,
				 .diversion_reason =
					 (uint8_t)move->diversion_reason,
				 .permanent = move->permanent };
	int err = make_room(batch);

	if (err)
		return err;
	for (size_t i = 0; i < move->target_count; i++)
		packed.q_permille[i] = move->targets[i].q_permille;
	memcpy(batch->bytes + batch->len, &packed, sizeof(packed));
	batch->len += sizeof(packed);
	put_text(batch, move->id);
	put_text(batch, move->address);
	put_text(batch, move->time_zone);
	put_text(batch, move->note);
	put_text(batch, move->external_id);
	for (size_t i = 0; i < move->target_count; i++)
		put_text(batch, move->targets[i].uri);
	batch->count++;
	return 0;
}

static void take_text(const struct move_batch *batch, size_t *at, char *text,
		      size_t size)
{
	struct text taken = text_of(batch->bytes + *at);

	text_copy(taken, text, size);
	*at += taken.len + 1;
}

bool move_batch_next(const struct move_batch *batch, size_t *at,
		     struct move *ret_move, struct move_place *ret_place,
		     struct move_intent *ret_intent)
{
	struct packed packed;

	if (*at >= batch->len)
		return false;
	memcpy(&packed, batch->bytes + *at, sizeof(packed));
	*at += sizeof(packed);
	memset(ret_move, 0, sizeof(*ret_move));
	*ret_place = packed.place;
	*ret_intent = packed.intent;
	ret_move->starts_at_ms = packed.starts_at_ms;
	ret_move->ends_at_ms = packed.ends_at_ms;
	ret_move->target_count = packed.target_count;
	ret_move->permanent = packed.permanent;
	ret_move->diversion_reason =
		(enum diversion_reason)packed.diversion_reason;
	take_text(batch, at, ret_move->id, sizeof(ret_move->id));
	take_text(batch, at, ret_move->address, sizeof(ret_move->address));
	take_text(batch, at, ret_move->time_zone, sizeof(ret_move->time_zone));
	take_text(batch, at, ret_move->note, sizeof(ret_move->note));
	take_text(batch, at, ret_move->external_id,
		  sizeof(ret_move->external_id));
	for (size_t i = 0; i < ret_move->target_count; i++) {
		struct move_target *target = &ret_move->targets[i];

		take_text(batch, at, target->uri, sizeof(target->uri));
		target->q_permille = packed.q_permille[i];
	}
	return true;
}

void move_batch_empty(struct move_batch *batch)
{
	batch->len = 0;
	batch->count = 0;
}

void move_batch_clear(struct move_batch *batch)
{
	free(batch->bytes);
	*batch = (struct move_batch){ 0 };
}
