#include "db/snapshot.h"

#include <stdlib.h>

#include "db/snapshot_builder.h"
#include "db/snapshot_peer_profiles.h"
#include "db/snapshot_sources.h"
#include "db/snapshot_state.h"

int64_t snapshot_revision(const struct snapshot *snapshot)
{
	return snapshot->revision;
}

size_t snapshot_address_count(const struct snapshot *snapshot)
{
	return snapshot->address_count;
}

size_t snapshot_move_count(const struct snapshot *snapshot)
{
	return snapshot->move_count;
}

size_t snapshot_domain_count(const struct snapshot *snapshot)
{
	return snapshot_domains_count(snapshot->domains);
}

bool snapshot_bucket_find(const struct snapshot_bucket *bucket, uint64_t hash,
			  struct text canonical, size_t *ret_index)
{
	if (!bucket)
		return false;
	for (size_t i = 0; i < bucket->count; i++)
		if (bucket->items[i].hash == hash &&
		    text_equals(bucket->items[i].entry->canonical, canonical)) {
			*ret_index = i;
			return true;
		}
	return false;
}

const struct snapshot_address *snapshot_address(const struct snapshot *snapshot,
						struct text canonical)
{
	uint64_t hash = hash_text(&snapshot->key, canonical);
	const struct snapshot_bucket *bucket =
		snapshot_bucket_at(snapshot, hash);
	size_t index;

	return snapshot_bucket_find(bucket, hash, canonical, &index)
		       ? bucket->items[index].entry
		       : NULL;
}

const struct snapshot_domain *snapshot_domain(const struct snapshot *snapshot,
					      struct text name)
{
	return snapshot_domains_find(snapshot->domains, &snapshot->key, name);
}

const struct extension_policy *snapshot_extension_policy(
	const struct snapshot *snapshot)
{
	return snapshot->policy;
}

const struct snapshot_peer_profiles *snapshot_peer_profiles(
	const struct snapshot *snapshot)
{
	return snapshot->peer_profiles;
}

const struct target_screen *snapshot_target_screen(
	const struct snapshot *snapshot)
{
	return snapshot->target_screen;
}

const struct snapshot_sources *snapshot_sources(const struct snapshot *snapshot)
{
	return snapshot->sources;
}

const struct token *snapshot_token(const struct snapshot *snapshot,
				   struct text public_id)
{
	return snapshot_tokens_find(snapshot->tokens, &snapshot->key,
				    public_id);
}

const struct snapshot_move *snapshot_active_move(
	const struct snapshot_address *address, int64_t now_ms)
{
	size_t low = 0, high = address->move_count;

	/*
	 * Moves of one address do not overlap: only the last one that has
	 * started can be in force. low counts those that have started.
	 */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (address->moves[middle].starts_at_ms <= now_ms)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || now_ms >= address->moves[low - 1].ends_at_ms)
		return NULL;
	return &address->moves[low - 1];
}

bool snapshot_bucket_holds(const struct snapshot_bucket *bucket,
			   const struct snapshot_address *entry)
{
	for (size_t i = 0; bucket && i < bucket->count; i++)
		if (bucket->items[i].entry == entry)
			return true;
	return false;
}

static void free_bucket(struct snapshot_bucket *bucket,
			const struct snapshot_bucket *other)
{
	if (!bucket || bucket == other)
		return;
	for (size_t i = 0; i < bucket->count; i++)
		if (!snapshot_bucket_holds(other, bucket->items[i].entry))
			free(bucket->items[i].entry);
	free(bucket);
}

static void free_page(struct snapshot_page *page,
		      const struct snapshot_page *other)
{
	if (!page || page == other)
		return;
	for (size_t i = 0; i < SNAPSHOT_PAGE_BUCKETS; i++)
		free_bucket(page->buckets[i], other ? other->buckets[i] : NULL);
	free(page);
}

void snapshot_free_unshared(struct snapshot *snapshot,
			    const struct snapshot *other)
{
	if (!snapshot)
		return;
	for (size_t i = 0; i < SNAPSHOT_PAGES; i++)
		free_page(snapshot->pages[i], other ? other->pages[i] : NULL);
	if (!other || snapshot->domains != other->domains)
		free(snapshot->domains);
	if (!other || snapshot->tokens != other->tokens)
		free(snapshot->tokens);
	snapshot_session_pages_free(snapshot, other);
	snapshot_user_pages_free(snapshot, other);
	if (!other || snapshot->sources != other->sources)
		free(snapshot->sources);
	if (!other || snapshot->sip_users != other->sip_users)
		free(snapshot->sip_users);
	if (!other || snapshot->peer_profiles != other->peer_profiles)
		free(snapshot->peer_profiles);
	if (!other || snapshot->target_screen != other->target_screen)
		free(snapshot->target_screen);
	if (!other || snapshot->policy != other->policy)
		extension_policy_free(snapshot->policy);
	free(snapshot);
}

void snapshot_free_replaced(struct snapshot *older)
{
	snapshot_free_unshared(older, older->successor);
}

void snapshot_free_whole(struct snapshot *last)
{
	snapshot_free_unshared(last, NULL);
}
