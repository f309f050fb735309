/*
 * One allocation: the struct, the entries, the slots over them, the listeners
 * and the patterns. Open addressing; slots hold 1 + an entry's index, at most
 * half of them are used.
 */
#include "db/snapshot_sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/snapshot_state.h"

enum {
	BANS = UINT16_MAX, /* beside the listeners of rules */
};

/* What is hashed, byte by byte; no padding. */
struct network_key {
	uint8_t bytes[16];
	uint8_t bits;
	uint8_t is_ipv4;
	uint16_t space; /* a listener's number, or BANS */
};

struct network_entry {
	struct network_key key;
	enum source_action action; /* rules */
	int64_t expires_at_ms;	   /* bans */
};

/* Bit n of it: there is a network with a prefix of n bits. */
struct length_set {
	uint64_t words[3];
};

struct listener_name {
	char text[SOURCE_LISTENER_SIZE];
};

struct snapshot_sources {
	struct hash_key hash_key;
	struct source_limit limit;
	struct length_set rule_lengths[2]; /* by is_ipv4 */
	struct length_set ban_lengths[2];
	size_t entry_count, listener_count, pattern_count;
	size_t slot_mask;
	struct network_entry *entries;
	uint32_t *slots;
	struct listener_name *listeners; /* number 1 is the first */
	struct snapshot_pattern *patterns;
};

_Static_assert(sizeof(struct network_key) == 20, "has no padding");

/* --- making --- */

static size_t slots_needed(size_t count)
{
	size_t size = 2;

	while (size < 2 * count)
		size *= 2;
	return size;
}

static struct network_key key_of(const struct ip_network *network,
				 unsigned space)
{
	struct network_key key = {
		.bits = network->bits,
		.is_ipv4 = network->address.is_ipv4,
		.space = (uint16_t)space,
	};

	memcpy(key.bytes, network->address.bytes, sizeof(key.bytes));
	return key;
}

static uint64_t key_hash(const struct snapshot_sources *sources,
			 const struct network_key *key)
{
	return hash_text(&sources->hash_key,
			 (struct text){ (const char *)key, sizeof(*key) });
}

static struct network_entry *find(const struct snapshot_sources *sources,
				  const struct network_key *key)
{
	size_t at = key_hash(sources, key) & sources->slot_mask;

	for (; sources->slots[at]; at = (at + 1) & sources->slot_mask) {
		struct network_entry *entry =
			&sources->entries[sources->slots[at] - 1];

		if (!memcmp(&entry->key, key, sizeof(*key)))
			return entry;
	}
	return NULL;
}

static struct network_entry *add(struct snapshot_sources *sources,
				 const struct ip_network *network,
				 unsigned space)
{
	struct network_key key = key_of(network, space);
	size_t at = key_hash(sources, &key) & sources->slot_mask;
	struct network_entry *entry = find(sources, &key);
	struct length_set *lengths = space == BANS ? sources->ban_lengths
						   : sources->rule_lengths;

	if (entry)
		return entry;
	while (sources->slots[at])
		at = (at + 1) & sources->slot_mask;
	entry = &sources->entries[sources->entry_count++];
	entry->key = key;
	sources->slots[at] = (uint32_t)sources->entry_count;
	lengths[key.is_ipv4].words[key.bits / 64] |= UINT64_C(1)
						     << key.bits % 64;
	return entry;
}

unsigned snapshot_sources_listener(const struct snapshot_sources *sources,
				   struct text listener)
{
	for (size_t i = 0; i < sources->listener_count; i++)
		if (text_equals(text_of(sources->listeners[i].text), listener))
			return (unsigned)i + 1;
	return SOURCE_ANY_LISTENER;
}

/* Beyond LISTENERS_MAX a rule is left out: no server has so many sockets. */
static int number_listener(struct snapshot_sources *sources,
			   const char *listener, unsigned *ret_number)
{
	struct text text = text_of(listener);
	unsigned number = snapshot_sources_listener(sources, text);

	if (text.len > 0 && number == SOURCE_ANY_LISTENER) {
		if (sources->listener_count == SNAPSHOT_LISTENERS_MAX)
			return ENOSPC;
		text_copy(text,
			  sources->listeners[sources->listener_count].text,
			  SOURCE_LISTENER_SIZE);
		number = (unsigned)++sources->listener_count;
	}
	*ret_number = number;
	return 0;
}

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
		    number_listener(sources, rule->listener, &listener))
			continue;
		add(sources, &network, listener)->action = rule->action;
	}
}

static void add_bans(struct snapshot_sources *sources,
		     const struct snapshot_source_rows *rows)
{
	for (size_t i = 0; i < rows->ban_count; i++) {
		const struct source_ban *ban = &rows->bans[i];
		struct network_entry *entry;
		struct ip_network network;

		if (ip_network_parse(text_of(ban->network), &network))
			continue;
		entry = add(sources, &network, BANS);
		if (entry->expires_at_ms < ban->expires_at_ms)
			entry->expires_at_ms = ban->expires_at_ms;
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
	size_t entries = rows->rule_count + rows->ban_count;
	size_t slots = slots_needed(entries);
	struct snapshot_sources *made = calloc(
		1, sizeof(*made) + entries * sizeof(*made->entries) +
			   SCANNER_PATTERNS_MAX * sizeof(*made->patterns) +
			   slots * sizeof(*made->slots) +
			   SNAPSHOT_LISTENERS_MAX * sizeof(*made->listeners));

	if (!made)
		return ENOMEM;
	made->hash_key = *key;
	made->limit = rows->limit;
	made->slot_mask = slots - 1;
	made->entries = (struct network_entry *)(void *)(made + 1);
	made->patterns = (void *)(made->entries + entries);
	made->slots = (void *)(made->patterns + SCANNER_PATTERNS_MAX);
	made->listeners = (void *)(made->slots + slots);
	add_rules(made, rows);
	add_bans(made, rows);
	add_patterns(made, rows);
	*ret_sources = made;
	return 0;
}

/* --- looking up --- */

/* The longest length in the set that is shorter than `below`; -1: none. */
static int next_length(const struct length_set *set, int below)
{
	for (int word = (below - 1) / 64; below > 0 && word >= 0; word--) {
		uint64_t bits = set->words[word];
		int top = below - word * 64;

		if (top < 64)
			bits &= (UINT64_C(1) << top) - 1;
		if (bits)
			return word * 64 + 63 - __builtin_clzll(bits);
	}
	return -1;
}

/* The rule of the longest prefix in one space. */
static const struct network_entry *find_rule(
	const struct snapshot_sources *sources, unsigned space,
	const struct ip_address *address)
{
	const struct length_set *set = &sources->rule_lengths[address->is_ipv4];
	int bits = IPV6_BITS + 1;

	while ((bits = next_length(set, bits)) >= 0) {
		struct ip_network network =
			ip_address_prefix(address, (unsigned)bits);
		struct network_key key = key_of(&network, space);
		const struct network_entry *entry = find(sources, &key);

		if (entry)
			return entry;
	}
	return NULL;
}

/* Is there a ban in force that is at least as long? */
static bool is_banned(const struct snapshot_sources *sources,
		      const struct ip_address *address, int least_bits,
		      int64_t now_ms)
{
	const struct length_set *set = &sources->ban_lengths[address->is_ipv4];
	int bits = IPV6_BITS + 1;

	while ((bits = next_length(set, bits)) >= least_bits && bits >= 0) {
		struct ip_network network =
			ip_address_prefix(address, (unsigned)bits);
		struct network_key key = key_of(&network, BANS);
		const struct network_entry *entry = find(sources, &key);

		if (entry && now_ms < entry->expires_at_ms)
			return true;
	}
	return false;
}

enum source_verdict snapshot_sources_judge(
	const struct snapshot_sources *sources, unsigned listener,
	const struct ip_address *address, int64_t now_ms)
{
	const struct network_entry *rule = NULL;

	if (sources->entry_count == 0)
		return SOURCE_IS_UNKNOWN;
	if (listener != SOURCE_ANY_LISTENER)
		rule = find_rule(sources, listener, address);
	if (!rule)
		rule = find_rule(sources, SOURCE_ANY_LISTENER, address);
	if (rule && rule->action == SOURCE_DENY)
		return SOURCE_IS_DENIED;
	if (is_banned(sources, address, rule ? rule->key.bits : 0, now_ms))
		return SOURCE_IS_BANNED;
	return rule ? SOURCE_IS_ALLOWED : SOURCE_IS_UNKNOWN;
}

bool snapshot_sources_are_open(const struct snapshot_sources *sources)
{
	return sources->entry_count == 0 && !sources->limit.enabled;
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
