/*
 * One allocation: the struct, what the two indexes need, and the patterns.
 */
#include "db/snapshot_sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/snapshot_state.h"
#include "db/source_index.h"

struct snapshot_sources {
	struct source_limit limit;
	struct source_index rules; /* value: the action */
	struct source_index bans;  /* of any listener; value: expires_at_ms */
	size_t pattern_count;
	struct snapshot_pattern *patterns;
};

unsigned snapshot_sources_listener(const struct snapshot_sources *sources,
				   struct text listener)
{
	return source_index_listener(&sources->rules, listener);
}

/* --- making --- */

/* What the file holds is not trusted: what is no network is left out. */
static void add_rules(struct snapshot_sources *sources,
		      const struct snapshot_source_rows *rows)
{
	for (size_t i = 0; i < rows->rule_count; i++) {
		const struct source_rule *rule = &rows->rules[i];
		struct ip_network network;
		unsigned listener;

		if (!rule->enabled ||
		    ip_network_parse(text_of(rule->network), &network) ||
		    source_index_name(&sources->rules, text_of(rule->listener),
				      &listener))
			continue;
		source_index_put(&sources->rules, &network, listener)->value =
			rule->action;
	}
}

static void add_bans(struct snapshot_sources *sources,
		     const struct snapshot_source_rows *rows)
{
	for (size_t i = 0; i < rows->ban_count; i++) {
		const struct source_ban *ban = &rows->bans[i];
		struct source_index_entry *entry;
		struct ip_network network;

		if (ip_network_parse(text_of(ban->network), &network))
			continue;
		entry = source_index_put(&sources->bans, &network,
					 SOURCE_INDEX_ANY_LISTENER);
		if (entry->value < ban->expires_at_ms)
			entry->value = ban->expires_at_ms;
	}
}

static void add_patterns(struct snapshot_sources *sources,
			 const struct snapshot_source_rows *rows)
{
	for (size_t i = 0; i < rows->pattern_count &&
			   sources->pattern_count < SCANNER_PATTERNS_MAX;
	     i++) {
		const struct scanner_pattern *row = &rows->patterns[i];
		struct text text = text_of(row->text);
		struct snapshot_pattern *pattern;

		if (!row->enabled || text.len == 0)
			continue;
		pattern = &sources->patterns[sources->pattern_count++];
		pattern->header = row->header;
		pattern->match = row->match;
		pattern->text_len = text.len;
		for (size_t at = 0; at < text.len; at++)
			pattern->text[at] = ascii_lower(text.ptr[at]);
		pattern->ban_seconds =
			row->action == SCANNER_BAN ? row->ban_seconds : 0;
	}
}

int snapshot_sources_new(const struct hash_key *key,
			 const struct snapshot_source_rows *rows,
			 struct snapshot_sources **ret_sources)
{
	size_t rule_bytes = source_index_bytes(rows->rule_count);
	size_t ban_bytes = source_index_bytes(rows->ban_count);
	struct snapshot_sources *made = calloc(
		1, sizeof(*made) + rule_bytes + ban_bytes +
			   SCANNER_PATTERNS_MAX * sizeof(*made->patterns));
	char *memory;

	if (!made)
		return ENOMEM;
	memory = (char *)(made + 1);
	made->limit = rows->limit;
	source_index_init(&made->rules, key, rows->rule_count, memory);
	memory += rule_bytes;
	source_index_init(&made->bans, key, rows->ban_count, memory);
	made->patterns = (void *)(memory + ban_bytes);
	add_rules(made, rows);
	add_bans(made, rows);
	add_patterns(made, rows);
	*ret_sources = made;
	return 0;
}

/* --- looking up --- */

/* Is there a ban in force that is at least as long? */
static bool is_banned(const struct snapshot_sources *sources,
		      const struct ip_address *address, unsigned least_bits,
		      int64_t now_ms)
{
	const struct source_index_entry *ban;
	unsigned below = SOURCE_INDEX_ALL;

	while ((ban = source_index_next(&sources->bans,
					SOURCE_INDEX_ANY_LISTENER, address,
					below)) &&
	       ban->key.bits >= least_bits) {
		if (now_ms < ban->value)
			return true;
		below = ban->key.bits;
	}
	return false;
}

static bool says_nothing(const struct snapshot_sources *sources)
{
	return sources->rules.count == 0 && sources->bans.count == 0;
}

enum source_verdict snapshot_sources_judge(
	const struct snapshot_sources *sources, unsigned listener,
	const struct ip_address *address, int64_t now_ms)
{
	const struct source_index_entry *rule;

	if (says_nothing(sources))
		return SOURCE_IS_UNKNOWN;
	rule = source_index_find(&sources->rules, listener, address);
	if (rule && rule->value == SOURCE_DENY)
		return SOURCE_IS_DENIED;
	if (is_banned(sources, address, rule ? rule->key.bits : 0, now_ms))
		return SOURCE_IS_BANNED;
	return rule ? SOURCE_IS_ALLOWED : SOURCE_IS_UNKNOWN;
}

bool snapshot_sources_are_open(const struct snapshot_sources *sources)
{
	return says_nothing(sources) && !sources->limit.enabled;
}

const struct source_limit *snapshot_sources_limit(
	const struct snapshot_sources *sources)
{
	return &sources->limit;
}

/* --- patterns --- */

bool snapshot_sources_have_patterns(const struct snapshot_sources *sources)
{
	return sources->pattern_count > 0;
}

static bool matches(const struct snapshot_pattern *pattern, struct text lower)
{
	if (pattern->match == SCANNER_PREFIX)
		return lower.len >= pattern->text_len &&
		       !memcmp(lower.ptr, pattern->text, pattern->text_len);
	return memmem(lower.ptr, lower.len, pattern->text, pattern->text_len) !=
	       NULL;
}

const struct snapshot_pattern *snapshot_sources_match(
	const struct snapshot_sources *sources, enum scanner_header header,
	struct text value)
{
	char buffer[SOURCE_HEADER_LOOKED_AT];
	struct text lower = { buffer, value.len };

	if (value.len == 0)
		return NULL;
	if (lower.len > sizeof(buffer))
		lower.len = sizeof(buffer);
	for (size_t i = 0; i < lower.len; i++)
		buffer[i] = ascii_lower(value.ptr[i]);
	for (size_t i = 0; i < sources->pattern_count; i++)
		if (sources->patterns[i].header == header &&
		    matches(&sources->patterns[i], lower))
			return &sources->patterns[i];
	return NULL;
}
