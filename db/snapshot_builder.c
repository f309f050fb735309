/*
 * Copy on write without marks: a page, bucket, entry or section belongs to this
 * builder alone exactly when the base does not have it at the same place
 * (snapshot_state.h). What the builder owns is changed in place or freed at
 * once; what it shares is copied, and the base keeps its own.
 *
 * After a failed put the next snapshot is still whole: it may own a copy more,
 * with the same content.
 */
#include "db/snapshot_builder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/snapshot_state.h"

struct snapshot_builder {
	const struct snapshot *base; /* NULL: starts empty */
	struct snapshot *next;
};

static void share_all(struct snapshot *next, const struct snapshot *base)
{
	next->key = base->key;
	next->address_count = base->address_count;
	next->move_count = base->move_count;
	next->domains = base->domains;
	next->tokens = base->tokens;
	next->sip_users = base->sip_users;
	memcpy(next->session_pages, base->session_pages,
	       sizeof(next->session_pages));
	memcpy(next->user_pages, base->user_pages, sizeof(next->user_pages));
	next->policy = base->policy;
	next->sources = base->sources;
	next->peer_profiles = base->peer_profiles;
	next->target_screen = base->target_screen;
	memcpy(next->pages, base->pages, sizeof(next->pages));
}

/* Until rules are loaded nothing is refused, and no source. */
static int start_empty(struct snapshot_builder *builder)
{
	const struct extension_rule ignore_all = {
		.domain = "*",
		.header = EXTENSION_BOTH,
		.tag = "*",
		.method = "*",
		.action = EXTENSION_IGNORE,
		.enabled = true,
	};
	int err;

	hash_key_init(&builder->next->key);
	err = snapshot_builder_set_domains(builder, NULL, 0);
	if (!err)
		err = snapshot_builder_set_tokens(builder, NULL, 0);
	if (!err)
		err = snapshot_builder_set_sip_users(
			builder, &(struct sip_user_rows){ 0 });
	if (!err)
		err = snapshot_builder_set_rules(builder, &ignore_all, 1);
	if (!err)
		err = snapshot_builder_set_sources(
			builder, &(struct snapshot_source_rows){ 0 });
	return err;
}

int snapshot_builder_begin(const struct snapshot *base,
			   struct snapshot_builder **ret_builder)
{
	struct snapshot_builder *builder = calloc(1, sizeof(*builder));
	int err = 0;

	if (!builder)
		return ENOMEM;
	builder->base = base;
	builder->next = calloc(1, sizeof(*builder->next));
	if (!builder->next) {
		err = ENOMEM;
		goto out;
	}
	if (base)
		share_all(builder->next, base);
	else
		err = start_empty(builder);
	if (err)
		goto out;
	*ret_builder = builder;
	builder = NULL; /* the caller's now */
out:
	snapshot_builder_discard(builder);
	return err;
}

const struct snapshot *snapshot_builder_so_far(
	const struct snapshot_builder *builder)
{
	return builder->next;
}

/* The page of a hash, this builder's own. */
static int own_page(struct snapshot_builder *builder, uint64_t hash,
		    struct snapshot_page **ret_page)
{
	size_t at = snapshot_page_of(hash);
	struct snapshot_page *page = builder->next->pages[at];
	struct snapshot_page *shared = builder->base ? builder->base->pages[at]
						     : NULL;

	if (!page || page == shared) {
		page = calloc(1, sizeof(*page));
		if (!page)
			return ENOMEM;
		if (shared)
			*page = *shared;
		builder->next->pages[at] = page;
	}
	*ret_page = page;
	return 0;
}

static size_t bucket_size(size_t items)
{
	return sizeof(struct snapshot_bucket) +
	       items * sizeof(struct snapshot_item);
}

/* The bucket of a hash, this builder's own, with room for `room` items: at
 * least as many as it has. */
static int own_bucket(struct snapshot_builder *builder, uint64_t hash,
		      size_t room, struct snapshot_bucket **ret_bucket)
{
	struct snapshot_bucket *shared =
		snapshot_bucket_at(builder->base, hash);
	struct snapshot_bucket *old, *bucket;
	struct snapshot_page *page;
	int err = own_page(builder, hash, &page);

	if (err)
		return err;
	old = page->buckets[snapshot_bucket_of(hash)];
	if (old && old != shared && old->count == room) {
		*ret_bucket = old;
		return 0;
	}
	bucket = realloc(old == shared ? NULL : old, bucket_size(room));
	if (!bucket)
		return ENOMEM;
	if (!old)
		bucket->count = 0;
	else if (old == shared)
		memcpy(bucket, shared, bucket_size(shared->count));
	page->buckets[snapshot_bucket_of(hash)] = bucket;
	*ret_bucket = bucket;
	return 0;
}

/* The next snapshot has let go of this entry. */
static void drop_entry(struct snapshot_builder *builder,
		       struct snapshot_address *entry)
{
	builder->next->address_count--;
	builder->next->move_count -= entry->move_count;
	if (!snapshot_bucket_holds(
		    snapshot_bucket_at(builder->base, entry->hash), entry))
		free(entry);
}

int snapshot_builder_put_address(struct snapshot_builder *builder,
				 struct text canonical,
				 const struct move *moves, size_t count)
{
	uint64_t hash = hash_text(&builder->next->key, canonical);
	struct snapshot_bucket *bucket =
		snapshot_bucket_at(builder->next, hash);
	size_t items = bucket ? bucket->count : 0;
	struct snapshot_address *entry, *old = NULL;
	size_t at = items;
	int err;

	if (bucket && snapshot_bucket_find(bucket, hash, canonical, &at))
		old = bucket->items[at].entry;
	err = snapshot_address_new(hash, canonical, moves, count, &entry);
	if (err)
		return err;
	err = own_bucket(builder, hash, old ? items : items + 1, &bucket);
	if (err) {
		free(entry);
		return err;
	}
	if (old)
		drop_entry(builder, old);
	else
		bucket->count++;
	bucket->items[at] = (struct snapshot_item){ hash, entry };
	builder->next->address_count++;
	builder->next->move_count += entry->move_count;
	return 0;
}

/* An empty bucket is no bucket; what the base has stays the base's. */
static int drop_bucket(struct snapshot_builder *builder, uint64_t hash)
{
	struct snapshot_bucket **place, *shared;
	struct snapshot_page *page;
	int err = own_page(builder, hash, &page);

	if (err)
		return err;
	place = &page->buckets[snapshot_bucket_of(hash)];
	shared = snapshot_bucket_at(builder->base, hash);
	if (*place != shared)
		free(*place);
	*place = NULL;
	return 0;
}

int snapshot_builder_remove_address(struct snapshot_builder *builder,
				    struct text canonical)
{
	uint64_t hash = hash_text(&builder->next->key, canonical);
	struct snapshot_bucket *bucket =
		snapshot_bucket_at(builder->next, hash);
	struct snapshot_address *entry;
	size_t at;
	int err;

	if (!bucket || !snapshot_bucket_find(bucket, hash, canonical, &at))
		return 0;
	entry = bucket->items[at].entry;
	if (bucket->count == 1) {
		err = drop_bucket(builder, hash);
		if (err)
			return err;
	} else {
		err = own_bucket(builder, hash, bucket->count, &bucket);
		if (err)
			return err;
		bucket->items[at] = bucket->items[--bucket->count];
	}
	drop_entry(builder, entry);
	return 0;
}

int snapshot_builder_set_domains(struct snapshot_builder *builder,
				 const struct domain *domains, size_t count)
{
	struct snapshot *next = builder->next;
	struct snapshot_domains *made;
	int err = snapshot_domains_new(&next->key, domains, count, &made);

	if (err)
		return err;
	if (!builder->base || next->domains != builder->base->domains)
		free(next->domains);
	next->domains = made;
	return 0;
}

int snapshot_builder_set_rules(struct snapshot_builder *builder,
			       const struct extension_rule *rules, size_t count)
{
	struct snapshot *next = builder->next;
	struct extension_policy *made;
	int err = extension_policy_compile(rules, count, &made);

	if (err)
		return err;
	if (!builder->base || next->policy != builder->base->policy)
		extension_policy_free(next->policy);
	next->policy = made;
	return 0;
}

int snapshot_builder_set_tokens(struct snapshot_builder *builder,
				const struct token *tokens, size_t count)
{
	struct snapshot *next = builder->next;
	struct snapshot_tokens *made;
	int err = snapshot_tokens_new(&next->key, tokens, count, &made);

	if (err)
		return err;
	if (!builder->base || next->tokens != builder->base->tokens)
		free(next->tokens);
	next->tokens = made;
	return 0;
}

int snapshot_builder_set_sources(struct snapshot_builder *builder,
				 const struct snapshot_source_rows *rows)
{
	struct snapshot *next = builder->next;
	struct snapshot_sources *made;
	int err = snapshot_sources_new(&next->key, rows, &made);

	if (err)
		return err;
	if (!builder->base || next->sources != builder->base->sources)
		free(next->sources);
	next->sources = made;
	return 0;
}

int snapshot_builder_set_sip_users(struct snapshot_builder *builder,
				   const struct sip_user_rows *rows)
{
	struct snapshot *next = builder->next;
	struct snapshot_sip_users *made;
	int err = snapshot_sip_users_new(&next->key, rows, &made);

	if (err)
		return err;
	if (!builder->base || next->sip_users != builder->base->sip_users)
		free(next->sip_users);
	next->sip_users = made;
	return 0;
}

int snapshot_builder_set_peer_profiles(struct snapshot_builder *builder,
				       const struct peer_profile *profiles,
				       size_t count)
{
	struct snapshot *next = builder->next;
	struct snapshot_peer_profiles *made;
	int err =
		snapshot_peer_profiles_new(&next->key, profiles, count, &made);

	if (err)
		return err;
	if (!builder->base ||
	    next->peer_profiles != builder->base->peer_profiles)
		free(next->peer_profiles);
	next->peer_profiles = made;
	return 0;
}

void snapshot_builder_take_target_screen(struct snapshot_builder *builder,
					 struct target_screen *screen)
{
	struct snapshot *next = builder->next;

	if (!builder->base ||
	    next->target_screen != builder->base->target_screen)
		free(next->target_screen);
	next->target_screen = screen;
}

const struct hash_key *snapshot_builder_key(
	const struct snapshot_builder *builder)
{
	return &builder->next->key;
}

int snapshot_builder_set_session_page(struct snapshot_builder *builder,
				      size_t at, const struct session *sessions,
				      size_t count)
{
	struct snapshot_session_page **place =
		&builder->next->session_pages[at];
	struct snapshot_session_page *made;
	int err = snapshot_session_page_new(sessions, count, &made);

	if (err)
		return err;
	if (!builder->base || *place != builder->base->session_pages[at])
		free(*place);
	*place = made;
	return 0;
}

int snapshot_builder_put_user(struct snapshot_builder *builder,
			      struct text name,
			      const struct snapshot_user *user)
{
	size_t at = snapshot_user_page_at(&builder->next->key, name);
	struct snapshot_user_page **place = &builder->next->user_pages[at];
	bool is_shared = builder->base &&
			 *place == builder->base->user_pages[at];

	return snapshot_user_page_put(place, is_shared, name, user);
}

struct snapshot *snapshot_builder_finish(struct snapshot_builder *builder,
					 int64_t revision)
{
	struct snapshot *next = builder->next;

	next->revision = revision;
	free(builder);
	return next;
}

void snapshot_builder_discard(struct snapshot_builder *builder)
{
	if (!builder)
		return;
	snapshot_free_unshared(builder->next, builder->base);
	free(builder);
}
