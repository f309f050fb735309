/*
 * snapshot.h - the immutable picture of domains, addresses, moves, extension
 * policy and tokens that calls and requests are answered from.
 *
 * A snapshot never changes once it is published; any number of threads read it
 * without a lock for as long as they hold it (snapshot_reader.h). It is built
 * by the store thread alone (snapshot_builder.h), which shares all that did not
 * change with the one before.
 *
 * Addresses: a root of 1,024 pages of 256 buckets, chosen by the keyed hash of
 * the canonical address; a bucket holds its entries. One change copies a root
 * (8 KiB), a page (2 KiB), a bucket and one entry, whatever the table's size.
 */
#ifndef SIPMOVED_DB_SNAPSHOT_H
#define SIPMOVED_DB_SNAPSHOT_H

#include "base/digest_hash.h"
#include "base/hash.h"
#include "base/text.h"
#include "db/domain_settings.h"
#include "db/extension_policy.h"
#include "db/move.h"
#include "db/token.h"

struct snapshot;
struct target_screen;

struct snapshot_target {
	struct text uri; /* valid as a Contact: checked when it was loaded */
	uint16_t q_permille;
};

struct snapshot_move {
	char id[MOVE_ID_SIZE];
	int64_t starts_at_ms;
	int64_t ends_at_ms; /* first ms too late; INT64_MAX: open end */
	int64_t revision;
	const struct snapshot_target *targets; /* descending q */
	uint8_t target_count;
	uint8_t set_by_role; /* enum target_role: whose targets they are */
	bool permanent;
	uint8_t diversion_reason; /* enum diversion_reason */
};

/* One known address and its moves that have not ended, by start. */
struct snapshot_address {
	uint64_t hash;
	struct text canonical; /* "sip:alice@example.com", "tel:+15550100" */
	const struct snapshot_move *moves;
	uint32_t move_count;
};

/* A host part that calls are answered for. */
struct snapshot_domain {
	struct text name; /* canonical: sip_host_canonical() */
	int64_t id;
	const struct domain_settings *settings; /* never NULL */
};

int64_t snapshot_revision(const struct snapshot *snapshot);
size_t snapshot_address_count(const struct snapshot *snapshot);
size_t snapshot_move_count(const struct snapshot *snapshot);
size_t snapshot_domain_count(const struct snapshot *snapshot);

/* NULL if it is not known. canonical: from sip_uri_canonical(). */
const struct snapshot_address *snapshot_address(const struct snapshot *snapshot,
						struct text canonical);
/* NULL if it is not served. name: from sip_host_canonical(). */
const struct snapshot_domain *snapshot_domain(const struct snapshot *snapshot,
					      struct text name);
const struct extension_policy *snapshot_extension_policy(
	const struct snapshot *snapshot);
/* Judges targets (target_screen.h); NULL: all are allowed. */
const struct target_screen *snapshot_target_screen(
	const struct snapshot *snapshot);
/* The token with this public id, or NULL; expiry is the caller's to judge. */
const struct token *snapshot_token(const struct snapshot *snapshot,
				   struct text public_id);

struct session; /* sessions.h */
/* Sessions by the first byte of their secret's SHA-256: what a change makes
 * anew, and what it leaves alone. */
enum {
	SNAPSHOT_SESSION_PAGES = 256, /* one for each first byte */
};
struct session_pages {
	bool has[SNAPSHOT_SESSION_PAGES];
};
/* The session of this secret, or NULL; whether it is over, or its user not
 * enabled, is the caller's to judge. */
const struct session *snapshot_session(const struct snapshot *snapshot,
				       const unsigned char secret_sha256[32]);

struct snapshot_user {
	char id[OBJECT_ID_SIZE];
	char name[64];
	char role[16];
	bool enabled;
};
/* By the name as it is stored; NULL: there is none. */
const struct snapshot_user *snapshot_user(const struct snapshot *snapshot,
					  struct text name);

/* How a domain has its callers prove who they are (RFC 3261 22). */
struct snapshot_authentication {
	struct text realm;   /* the domain's canonical name */
	unsigned algorithms; /* 1 << enum digest_algorithm; not 0 */
	int64_t nonce_lifetime_ms;
	bool is_qop_needed;
	bool is_nonce_bound; /* to the source's address */
};
/* False: no domain asks for it. */
bool snapshot_has_authentication(const struct snapshot *snapshot);
/* NULL if this domain does not. */
const struct snapshot_authentication *snapshot_authentication(
	const struct snapshot *snapshot, struct text domain);
/* NULL if there is no such user. */
const struct digest_secrets *snapshot_sip_user(const struct snapshot *snapshot,
					       struct text realm,
					       struct text username);

/* The move in force at a time, or NULL: starts_at_ms <= now < ends_at_ms. */
const struct snapshot_move *snapshot_active_move(
	const struct snapshot_address *address, int64_t now_ms);

#endif
