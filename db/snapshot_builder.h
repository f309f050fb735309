/*
 * snapshot_builder.h - makes the next snapshot from the current one.
 *
 * Store thread only. Copy on write: what was not put stays shared with the
 * base. What can fail happens here, before the commit; publishing what was
 * built cannot fail (publisher.h).
 *
 *   builder = begin(base) -> put... -> finish -> publisher_publish
 *                                   \-> discard (on any error, nothing leaks)
 */
#ifndef SIPMOVED_DB_SNAPSHOT_BUILDER_H
#define SIPMOVED_DB_SNAPSHOT_BUILDER_H

#include "db/domain.h"
#include "db/sip_user.h"
#include "db/snapshot.h"

struct snapshot_builder;
struct peer_profile;

/* base NULL: starts empty, with refuse-nothing policy and no tokens. The key
 * is the base's; for NULL a fresh random one. */
int snapshot_builder_begin(const struct snapshot *base,
			   struct snapshot_builder **ret_builder)
	__attribute__((warn_unused_result));

/*
 * Replaces an address's entry; moves: any order, ended ones left out by the
 * caller; count 0 keeps the address as known without a move. Copies all.
 * Targets that sip_uri_parse() refuses, or that are not fit for a Contact
 * (move_target_is_sendable()), are left out: stored text is not trusted.
 */
int snapshot_builder_put_address(struct snapshot_builder *builder,
				 struct text canonical,
				 const struct move *moves, size_t count)
	__attribute__((warn_unused_result));
/* No error if it is not there. */
int snapshot_builder_remove_address(struct snapshot_builder *builder,
				    struct text canonical)
	__attribute__((warn_unused_result));
/* Each replaces the whole section, and copies. */
int snapshot_builder_set_domains(struct snapshot_builder *builder,
				 const struct domain *domains, size_t count)
	__attribute__((warn_unused_result));
int snapshot_builder_set_rules(struct snapshot_builder *builder,
			       const struct extension_rule *rules, size_t count)
	__attribute__((warn_unused_result));
int snapshot_builder_set_tokens(struct snapshot_builder *builder,
				const struct token *tokens, size_t count)
	__attribute__((warn_unused_result));

int snapshot_builder_set_peer_profiles(struct snapshot_builder *builder,
				       const struct peer_profile *profiles,
				       size_t count)
	__attribute__((warn_unused_result));

/* Takes it, whatever happens; NULL: all targets are allowed. */
void snapshot_builder_take_target_screen(struct snapshot_builder *builder,
					 struct target_screen *screen);
/* What sections of the snapshot are hashed with. */
const struct hash_key *snapshot_builder_key(
	const struct snapshot_builder *builder);
struct session; /* sessions.h */
/* Those whose secret's SHA-256 begins with the byte `at`. */
int snapshot_builder_set_session_page(struct snapshot_builder *builder,
				      size_t at, const struct session *sessions,
				      size_t count)
	__attribute__((warn_unused_result));

/* In place of who has that name; NULL: nobody has. */
int snapshot_builder_put_user(struct snapshot_builder *builder,
			      struct text name,
			      const struct snapshot_user *user)
	__attribute__((warn_unused_result));

struct snapshot_source_rows; /* snapshot_state.h */
int snapshot_builder_set_sources(struct snapshot_builder *builder,
				 const struct snapshot_source_rows *rows)
	__attribute__((warn_unused_result));
/* Users, and the domains that require them. */
int snapshot_builder_set_sip_users(struct snapshot_builder *builder,
				   const struct sip_user_rows *rows)
	__attribute__((warn_unused_result));

/* Hands the snapshot over and frees the builder; cannot fail. */
struct snapshot *snapshot_builder_finish(struct snapshot_builder *builder,
					 int64_t revision);
/* Takes NULL. */
void snapshot_builder_discard(struct snapshot_builder *builder);

/*
 * Reclaiming. A snapshot carries what it alone does not share with the one
 * after it ("replaced"); it is freed when it and all before it have no reader.
 * publisher.c is the one caller.
 */
void snapshot_free_replaced(struct snapshot *older);
/* With everything it holds: the last snapshot at shutdown. Takes NULL. */
void snapshot_free_whole(struct snapshot *last);

#endif
