/*
 * The small sections of a snapshot: domains and tokens. Each is rebuilt whole
 * on a change, and found by open addressing: slots hold 1 + an index into the
 * list, at most half of them are used.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/snapshot_state.h"

struct slots {
	uint32_t *slots;
	size_t mask;
};

struct snapshot_domains {
	struct slots slots;
	size_t count;
	struct snapshot_domain list[];
};

struct snapshot_tokens {
	struct slots slots;
	size_t count;
	struct token list[];
};

static size_t slots_needed(size_t count)
{
	size_t size = 2;

	while (size < 2 * count)
		size *= 2;
	return size;
}

/* slots: as many zeros as slots_needed() said. */
static struct slots slots_over(void *slots, size_t count)
{
	return (struct slots){ slots, slots_needed(count) - 1 };
}

static void slots_put(struct slots *slots, uint64_t hash, size_t index)
{
	size_t at = hash & slots->mask;

	while (slots->slots[at])
		at = (at + 1) & slots->mask;
	slots->slots[at] = (uint32_t)index + 1;
}

/* Walks the candidates of a hash; *at starts as the hash. */
static bool slots_next(const struct slots *slots, uint64_t *at,
		       size_t *ret_index)
{
	uint32_t slot = slots->slots[*at & slots->mask];

	if (!slot)
		return false;
	*ret_index = slot - 1;
	++*at;
	return true;
}

static struct text name_of(const struct domain *domain)
{
	return (struct text){ domain->name,
			      strnlen(domain->name, sizeof(domain->name)) };
}

/* Most domains choose nothing, and share this. */
static const struct domain_settings default_settings = {
	.style = { .contacts_max = MOVE_TARGETS_MAX },
};

/* Takes its place behind those kept before, if it is worth one. */
static const struct domain_settings *keep_settings(
	const struct domain_settings *settings, struct domain_settings **next)
{
	if (domain_settings_are_default(settings))
		return &default_settings;
	**next = *settings;
	return (*next)++;
}

int snapshot_domains_new(const struct hash_key *key,
			 const struct domain *domains, size_t count,
			 struct snapshot_domains **ret_domains)
{
	size_t slots_bytes = slots_needed(count) * sizeof(uint32_t);
	size_t text_bytes = 0, settings_count = 0;
	struct domain_settings *settings;
	struct snapshot_domains *made;
	char *text;

	for (size_t i = 0; i < count; i++) {
		text_bytes += name_of(&domains[i]).len;
		settings_count +=
			!domain_settings_are_default(&domains[i].settings);
	}
	made = calloc(1, sizeof(*made) + count * sizeof(made->list[0]) +
				 settings_count * sizeof(*settings) +
				 slots_bytes + text_bytes);
	if (!made)
		return ENOMEM;
	made->count = count;
	settings = (struct domain_settings *)(made->list + count);
	made->slots = slots_over(settings + settings_count, count);
	text = (char *)made->slots.slots + slots_bytes;
	for (size_t i = 0; i < count; i++) {
		struct text name = name_of(&domains[i]);

		if (name.len > 0)
			memcpy(text, name.ptr, name.len);
		made->list[i] = (struct snapshot_domain){
			.name = { text, name.len },
			.id = domains[i].row_id,
			.settings =
				keep_settings(&domains[i].settings, &settings),
		};
		text += name.len;
		slots_put(&made->slots, hash_text(key, name), i);
	}
	*ret_domains = made;
	return 0;
}

const struct snapshot_domain *snapshot_domains_find(
	const struct snapshot_domains *domains, const struct hash_key *key,
	struct text name)
{
	uint64_t at = hash_text(key, name);
	size_t index;

	while (slots_next(&domains->slots, &at, &index))
		if (text_equals(domains->list[index].name, name))
			return &domains->list[index];
	return NULL;
}

size_t snapshot_domains_count(const struct snapshot_domains *domains)
{
	return domains->count;
}

static struct text public_id_of(const struct token *token)
{
	return (struct text){ token->public_id,
			      strnlen(token->public_id,
				      sizeof(token->public_id)) };
}

int snapshot_tokens_new(const struct hash_key *key, const struct token *tokens,
			size_t count, struct snapshot_tokens **ret_tokens)
{
	size_t slots_bytes = slots_needed(count) * sizeof(uint32_t);
	struct snapshot_tokens *made;

	made = calloc(1, sizeof(*made) + count * sizeof(made->list[0]) +
				 slots_bytes);
	if (!made)
		return ENOMEM;
	made->count = count;
	made->slots = slots_over(made->list + count, count);
	for (size_t i = 0; i < count; i++) {
		made->list[i] = tokens[i];
		slots_put(&made->slots,
			  hash_text(key, public_id_of(&tokens[i])), i);
	}
	*ret_tokens = made;
	return 0;
}

const struct token *snapshot_tokens_find(const struct snapshot_tokens *tokens,
					 const struct hash_key *key,
					 struct text public_id)
{
	uint64_t at = hash_text(key, public_id);
	size_t index;

	while (slots_next(&tokens->slots, &at, &index))
		if (text_equals(public_id_of(&tokens->list[index]), public_id))
			return &tokens->list[index];
	return NULL;
}
