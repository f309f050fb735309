#include "db/address_history.h"

#include <errno.h>
#include <stdlib.h>

#include "db/changes_state.h"
#include "db/snapshot_builder.h"
#include "db/snapshot_state.h"

struct address_history {
	struct changes *changes;	  /* borrowed */
	struct snapshot_builder *builder; /* owned; never published */
	struct move *moves;		  /* owned; PAGE_LIMIT_MAX of them */
};

int address_history_new(struct changes *changes,
			struct address_history **ret_history)
{
	struct address_history *history = calloc(1, sizeof(*history));
	int err;

	if (!history)
		return ENOMEM;
	history->changes = changes;
	history->moves = calloc(PAGE_LIMIT_MAX, sizeof(*history->moves));
	err = history->moves ? snapshot_builder_begin(changes->snapshot,
						      &history->builder)
			     : ENOMEM;
	if (err) {
		address_history_free(history);
		return err;
	}
	*ret_history = history;
	return 0;
}

int address_history_add(struct address_history *history, struct text canonical,
			int64_t at_ms)
{
	const struct move_filter filter = {
		.address = canonical,
		.states = 1U << MOVE_SCHEDULED | 1U << MOVE_ACTIVE |
			  1U << MOVE_ENDED,
		.from_ms = at_ms,
		.sort = MOVE_SORT_STARTS_AT,
		.limit = PAGE_LIMIT_MAX,
	};
	size_t count = 0;
	bool more;
	int err;

	if (canonical.len == 0 ||
	    !snapshot_address(history->changes->snapshot, canonical))
		return 0;
	err = move_list(history->changes, &filter, history->moves, &count,
			&more);
	if (err)
		return err;
	return snapshot_builder_put_address(history->builder, canonical,
					    history->moves, count);
}

const struct snapshot *address_history_snapshot(
	const struct address_history *history)
{
	return snapshot_builder_so_far(history->builder);
}

void address_history_free(struct address_history *history)
{
	if (!history)
		return;
	snapshot_builder_discard(history->builder);
	free(history->moves);
	free(history);
}
