/*
 * One known address as calls read it: a single allocation
 *   snapshot_address | moves | targets | canonical, URIs (no NULs)
 * so that it is two cache misses from the hash to the target, and one free().
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/snapshot_state.h"

struct shape {
	size_t moves, targets, text_bytes;
};

static struct text target_uri(const struct move_target *target)
{
	return (struct text){ target->uri,
			      strnlen(target->uri, sizeof(target->uri)) };
}

/*
 * Local targets pass: whether they are wanted was decided when they were
 * written. What must never reach the wire does not.
 */
static bool is_fit(const struct move_target *target)
{
	const char *why;

	return move_target_is_sendable(target_uri(target), true, &why);
}

static size_t target_count(const struct move *move)
{
	return move->target_count < MOVE_TARGETS_MAX ? move->target_count
						     : MOVE_TARGETS_MAX;
}

/* Room for all; what is not fit, which is rare, leaves its room unused. */
static struct shape measure(const struct move *moves, size_t count)
{
	struct shape shape = { .moves = count };

	for (size_t i = 0; i < count; i++) {
		shape.targets += target_count(&moves[i]);
		for (size_t j = 0; j < target_count(&moves[i]); j++)
			shape.text_bytes +=
				target_uri(&moves[i].targets[j]).len;
	}
	return shape;
}

/* Moves forward over the three areas while the entry is filled. */
struct filler {
	struct snapshot_move *move;
	struct snapshot_target *target;
	char *text;
};

static struct text keep_text(struct filler *filler, struct text text)
{
	struct text kept = { filler->text, text.len };

	if (text.len > 0)
		memcpy(filler->text, text.ptr, text.len);
	filler->text += text.len;
	return kept;
}

/* Descending q; the caller's order among equals. */
static void insert_target(struct snapshot_target *targets, size_t count,
			  struct snapshot_target target)
{
	size_t at = count;

	while (at > 0 && targets[at - 1].q_permille < target.q_permille) {
		targets[at] = targets[at - 1];
		at--;
	}
	targets[at] = target;
}

static void fill_move(struct filler *filler, const struct move *move)
{
	struct snapshot_move *made = filler->move;
	uint8_t count = 0;

	for (size_t i = 0; i < target_count(move); i++) {
		struct snapshot_target target;

		if (!is_fit(&move->targets[i]))
			continue;
		target.q_permille = move->targets[i].q_permille;
		target.uri = keep_text(filler, target_uri(&move->targets[i]));
		insert_target(filler->target, count++, target);
	}
	if (count == 0)
		return;
	*made = (struct snapshot_move){
		.starts_at_ms = move->starts_at_ms,
		.ends_at_ms = move->ends_at_ms,
		.revision = move->revision,
		.targets = filler->target,
		.target_count = count,
		.set_by_role = move->set_by_role,
		.permanent = move->permanent,
		.diversion_reason = (uint8_t)move->diversion_reason,
	};
	memcpy(made->id, move->id, sizeof(made->id));
	made->id[sizeof(made->id) - 1] = '\0';
	filler->move++;
	filler->target += count;
}

static int by_start(const void *left, const void *right)
{
	const struct snapshot_move *a = left, *b = right;

	return (a->starts_at_ms > b->starts_at_ms) -
	       (a->starts_at_ms < b->starts_at_ms);
}

int snapshot_address_new(uint64_t hash, struct text canonical,
			 const struct move *moves, size_t count,
			 struct snapshot_address **ret_entry)
{
	struct shape shape = measure(moves, count);
	struct snapshot_address *entry = malloc(
		sizeof(*entry) + shape.moves * sizeof(struct snapshot_move) +
		shape.targets * sizeof(struct snapshot_target) +
		shape.text_bytes + canonical.len);
	struct snapshot_move *made;
	struct filler filler;

	if (!entry)
		return ENOMEM;
	made = (void *)(entry + 1);
	filler.move = made;
	filler.target = (void *)(made + shape.moves);
	filler.text = (void *)(filler.target + shape.targets);
	*entry = (struct snapshot_address){
		.hash = hash,
		.canonical = keep_text(&filler, canonical),
		.moves = made,
	};
	for (size_t i = 0; i < count; i++)
		fill_move(&filler, &moves[i]);
	entry->move_count = (uint32_t)(filler.move - made);
	if (entry->move_count > 1)
		qsort(made, entry->move_count, sizeof(*made), by_start);
	*ret_entry = entry;
	return 0;
}
