/*
 * snapshot_state.h - how a snapshot lies in memory. Inside db/ only:
 * snapshot.c reads it, snapshot_builder.c makes it, publisher.c counts its
 * holders.
 *
 * Invariants:
 * - A published snapshot's nodes (pages, buckets, entries, sections) never
 *   change. Snapshots share them by pointer.
 * - The same hash key holds along a chain of snapshots, so a node has one place
 *   (page number, bucket number, section), and is there in a run of consecutive
 *   snapshots. Who owns a node alone is therefore found by comparing a place
 *   with the same place of the neighbour; nothing is counted per node.
 * - A page or bucket without entries is NULL.
 */
#ifndef SIPMOVED_DB_SNAPSHOT_STATE_H
#define SIPMOVED_DB_SNAPSHOT_STATE_H

#include <stdatomic.h>

#include "db/domain.h"
#include "db/peer_profile.h"
#include "db/sip_user.h"
#include "db/snapshot.h"
#include "db/source_policy.h"

enum {
	SNAPSHOT_PAGE_BITS = 10,
	SNAPSHOT_BUCKET_BITS = 8,
	SNAPSHOT_PAGES = 1 << SNAPSHOT_PAGE_BITS,
	SNAPSHOT_PAGE_BUCKETS = 1 << SNAPSHOT_BUCKET_BITS,
	SNAPSHOT_USER_PAGES = 256,
};

struct snapshot_item {
	uint64_t hash; /* the entry's, here so that a miss touches no entry */
	struct snapshot_address *entry;
};

struct snapshot_bucket {
	uint32_t count;
	struct snapshot_item items[];
};

struct snapshot_page {
	struct snapshot_bucket *buckets[SNAPSHOT_PAGE_BUCKETS];
};

struct snapshot_domains;
struct snapshot_tokens;
struct snapshot_sources;
struct snapshot_sip_users;
struct snapshot_peer_profiles;
struct target_screen;
struct snapshot_session_page; /* NULL: no session */
struct snapshot_user_page;    /* same: no user */
struct session;

struct snapshot {
	/* The publisher's: readers and mailboxes that hold it, and the one
	 * published after it. */
	atomic_uint holders;
	struct snapshot *successor;

	int64_t revision;
	struct hash_key key;
	size_t address_count;
	size_t move_count;
	struct snapshot_domains *domains; /* never NULL once finished */
	struct snapshot_tokens *tokens;	  /* same */
	struct extension_policy *policy;  /* same */
	struct snapshot_sources *sources; /* same */
	/* Who may call, same as those above. */
	struct snapshot_sip_users *sip_users;
	struct snapshot_peer_profiles *peer_profiles; /* NULL: none */
	struct target_screen *target_screen;	      /* same */
	struct snapshot_session_page *session_pages[SNAPSHOT_SESSION_PAGES];
	struct snapshot_user_page *user_pages[SNAPSHOT_USER_PAGES];
	struct snapshot_page *pages[SNAPSHOT_PAGES];
};

static inline size_t snapshot_page_of(uint64_t hash)
{
	return hash >> (64 - SNAPSHOT_PAGE_BITS);
}

static inline size_t snapshot_bucket_of(uint64_t hash)
{
	return (hash >> (64 - SNAPSHOT_PAGE_BITS - SNAPSHOT_BUCKET_BITS)) &
	       (SNAPSHOT_PAGE_BUCKETS - 1);
}

/* NULL if the page or the bucket is empty, or snapshot is NULL. */
static inline struct snapshot_bucket *snapshot_bucket_at(
	const struct snapshot *snapshot, uint64_t hash)
{
	const struct snapshot_page *page =
		snapshot ? snapshot->pages[snapshot_page_of(hash)] : NULL;

	return page ? page->buckets[snapshot_bucket_of(hash)] : NULL;
}

struct publisher;
/* Snapshots not freed yet: the newest, and those that a reader may see. */
size_t publisher_kept_count(const struct publisher *publisher);

/* The place of an address in its bucket; false if it is not in it. bucket may
 * be NULL. */
bool snapshot_bucket_find(const struct snapshot_bucket *bucket, uint64_t hash,
			  struct text canonical, size_t *ret_index);
/* Is this very entry in it? bucket may be NULL. */
bool snapshot_bucket_holds(const struct snapshot_bucket *bucket,
			   const struct snapshot_address *entry);

/*
 * Frees the snapshot and all that it does not share with the other one, which
 * is its neighbour in the chain, or NULL: shares nothing. Takes NULL.
 */
void snapshot_free_unshared(struct snapshot *snapshot,
			    const struct snapshot *other);

struct snapshot_builder;
/* What was put so far, for looking up. */
const struct snapshot *snapshot_builder_so_far(
	const struct snapshot_builder *builder);

/* One allocation with its texts, moves and targets: freed with free(). Leaves
 * out targets that are not sendable, and moves that then have none. ENOMEM */
int snapshot_address_new(uint64_t hash, struct text canonical,
			 const struct move *moves, size_t count,
			 struct snapshot_address **ret_entry)
	__attribute__((warn_unused_result));

/* Sections: one allocation each, freed with free(). ENOMEM */
int snapshot_domains_new(const struct hash_key *key,
			 const struct domain *domains, size_t count,
			 struct snapshot_domains **ret_domains)
	__attribute__((warn_unused_result));
const struct snapshot_domain *snapshot_domains_find(
	const struct snapshot_domains *domains, const struct hash_key *key,
	struct text name);
size_t snapshot_domains_count(const struct snapshot_domains *domains);
int snapshot_tokens_new(const struct hash_key *key, const struct token *tokens,
			size_t count, struct snapshot_tokens **ret_tokens)
	__attribute__((warn_unused_result));
const struct token *snapshot_tokens_find(const struct snapshot_tokens *tokens,
					 const struct hash_key *key,
					 struct text public_id);
/* Without the domains that require no authentication. */
int snapshot_sip_users_new(const struct hash_key *key,
			   const struct sip_user_rows *rows,
			   struct snapshot_sip_users **ret_sip_users)
	__attribute__((warn_unused_result));

/* *ret_page NULL: there are none. */
int snapshot_session_page_new(const struct session *sessions, size_t count,
			      struct snapshot_session_page **ret_page)
	__attribute__((warn_unused_result));
/* Those that the other one does not share. */
void snapshot_session_pages_free(struct snapshot *snapshot,
				 const struct snapshot *other);

/* Where the user of that name is, if there is one. */
size_t snapshot_user_page_at(const struct hash_key *key, struct text name);
/* In place of who has that name there; NULL: nobody has. *page, which may be
 * NULL, is copied first if it is shared. ENOMEM: it is as it was. */
int snapshot_user_page_put(struct snapshot_user_page **page, bool is_shared,
			   struct text name, const struct snapshot_user *user)
	__attribute__((warn_unused_result));
/* Those that the other one does not share. */
void snapshot_user_pages_free(struct snapshot *snapshot,
			      const struct snapshot *other);

/* NULL if none is enabled. */
int snapshot_peer_profiles_new(const struct hash_key *key,
			       const struct peer_profile *profiles,
			       size_t count,
			       struct snapshot_peer_profiles **ret_profiles)
	__attribute__((warn_unused_result));

struct snapshot_source_rows {
	const struct source_rule *rules;
	size_t rule_count;
	const struct source_ban *bans;
	size_t ban_count;
	const struct scanner_pattern *patterns;
	size_t pattern_count;
	struct source_limit limit;
};
int snapshot_sources_new(const struct hash_key *key,
			 const struct snapshot_source_rows *rows,
			 struct snapshot_sources **ret_sources)
	__attribute__((warn_unused_result));

#endif
