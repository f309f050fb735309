#include "db/source_match.h"

#include <errno.h>
#include <stdlib.h>

#include "db/changes_state.h"
#include "db/source_rows.h"

enum {
	ROWS_A_PAGE = 500,
	FOR_LISTENER = IPV6_BITS + 1,
};

struct matching {
	const struct ip_address *address;
	struct text listener;
	int64_t at_ms;
	int best; /* how exact what was found so far is */
	struct source_match *match;
};

static void consider(struct matching *matching, const char *id,
		     const char *network_text, int more)
{
	struct ip_network network;
	int worth;

	if (ip_network_parse(text_of(network_text), &network) ||
	    !ip_network_has(&network, matching->address))
		return;
	worth = network.bits + more;
	if (worth <= matching->best)
		return;
	matching->best = worth;
	text_copy(text_of(id), matching->match->id,
		  sizeof(matching->match->id));
	text_copy(text_of(network_text), matching->match->network,
		  sizeof(matching->match->network));
}

/* Any rule for the listener goes before those for all. */
static void consider_rule(struct matching *matching, const void *value)
{
	const struct source_rule *rule = value;
	bool has_listener = rule->listener[0] != '\0';

	if (rule->enabled &&
	    (!has_listener ||
	     text_equals(text_of(rule->listener), matching->listener)))
		consider(matching, rule->object.id, rule->network,
			 has_listener ? FOR_LISTENER : 0);
}

static void consider_ban(struct matching *matching, const void *value)
{
	const struct source_ban *ban = value;

	if (ban->expires_at_ms > matching->at_ms)
		consider(matching, ban->object.id, ban->network, 0);
}

static int walk(struct changes *changes, enum source_kind kind,
		void (*look)(struct matching *matching, const void *value),
		struct matching *matching)
{
	size_t size = source_row_size(kind), count = 0;
	char *values = calloc(ROWS_A_PAGE, size);
	char after[OBJECT_ID_SIZE] = "";
	bool more = true;
	int err = values ? 0 : ENOMEM;

	while (!err && more) {
		err = source_row_list(changes, kind, after, ROWS_A_PAGE, values,
				      &count, &more);
		for (size_t i = 0; !err && i < count; i++)
			look(matching, values + i * size);
		if (!err && count > 0) {
			const struct source_object *last =
				(const void *)(values + (count - 1) * size);

			text_copy(text_of(last->id), after, sizeof(after));
		}
		more = more && count > 0;
	}
	free(values);
	return err;
}

int source_match_find(struct changes *changes, const struct ip_address *address,
		      struct text listener, int64_t at_ms,
		      struct source_match *ret_match)
{
	const struct snapshot_sources *sources =
		snapshot_sources(changes->snapshot);
	struct matching matching = { .address = address,
				     .listener = listener,
				     .at_ms = at_ms,
				     .best = -1,
				     .match = ret_match };

	*ret_match = (struct source_match){
		.verdict = snapshot_sources_judge(
			sources, snapshot_sources_listener(sources, listener),
			address, at_ms),
	};
	if (ret_match->verdict == SOURCE_IS_UNKNOWN)
		return 0;
	return ret_match->verdict == SOURCE_IS_BANNED
		       ? walk(changes, SOURCE_BANS, consider_ban, &matching)
		       : walk(changes, SOURCE_RULES, consider_rule, &matching);
}
