/*
 * source_policy.h - who is answered at all: what an administrator says about
 * the networks that requests come from. Plain values; validating makes texts
 * canonical in place.
 *
 * Rules and bans are judged together: the longest prefix decides. A rule for
 * the listener that was asked beats one for any listener; between a rule and a
 * ban of one length the ban wins.
 */
#ifndef SIPMOVED_DB_SOURCE_POLICY_H
#define SIPMOVED_DB_SOURCE_POLICY_H

#include "base/ip_network.h"
#include "db/fault.h"
#include "db/object_id.h"

enum {
	SOURCE_LISTENER_SIZE = 64, /* "udp:[2001:db8::1]:5060", with the NUL */
	SOURCE_NETWORK_SIZE = 64,  /* room for what is not canonical yet */
	SOURCE_NOTE_MAX = 500,
	SOURCE_NAME_MAX = 63,
	SOURCE_RULES_MAX = 20000,
	SOURCE_BANS_MAX = 20000,
	SCANNER_TEXT_MAX = 64,
	SCANNER_PATTERNS_MAX = 64, /* each is looked for in every request */
	SCANNER_BAN_SECONDS_MAX = 86400,
	SOURCE_LIMIT_MAX = 1000000, /* rate and burst */
	SOURCE_SLIP_MAX = 1000,
};

#define SOURCE_BAN_FOREVER INT64_MAX

/* How the values below begin: what the store keeps of each of them. */
struct source_object {
	int64_t row_id;
	char id[OBJECT_ID_SIZE];
	int64_t created_at_ms;
	int64_t updated_at_ms;
	int64_t revision;
};

enum source_action {
	SOURCE_ALLOW, /* trusted: no limit and no pattern either */
	SOURCE_DENY,  /* silence */
};

struct source_rule {
	struct source_object object; /* "srl_..." */
	char network[SOURCE_NETWORK_SIZE];
	char listener[SOURCE_LISTENER_SIZE]; /* "": any */
	enum source_action action;
	bool enabled;
	char note[SOURCE_NOTE_MAX + 1];
};

struct source_ban {
	struct source_object object; /* "ban_..." */
	char network[SOURCE_NETWORK_SIZE];
	int64_t expires_at_ms; /* the first ms without it */
	char reason[SOURCE_NOTE_MAX + 1];
	char created_by[SOURCE_NAME_MAX + 1];
};

enum scanner_header {
	SCANNER_USER_AGENT,
	SCANNER_FROM, /* the whole value */
};

enum scanner_match {
	SCANNER_CONTAINS,
	SCANNER_PREFIX,
};

enum scanner_action {
	SCANNER_DROP,
	SCANNER_BAN, /* and nothing of that address is heard for a while */
};

struct scanner_pattern {
	struct source_object object; /* "scp_..." */
	enum scanner_header header;
	enum scanner_match match;
	char text[SCANNER_TEXT_MAX + 1]; /* compared without case */
	enum scanner_action action;
	int64_t ban_seconds; /* 0 unless the action is a ban */
	bool enabled;
	char note[SOURCE_NOTE_MAX + 1];
};

/* Messages of one network: a bucket of `burst` tokens that fills by `rate` a
 * second; one in `slip` of those beyond is answered all the same. */
struct source_limit {
	bool enabled;
	int64_t rate;
	int64_t burst;
	int64_t slip; /* 0: none */
	int64_t ipv4_prefix_bits;
	int64_t ipv6_prefix_bits;
	bool limit_private; /* loopback and private networks, too */
	/* Scanners go by addresses: a user at an IP address that is no domain
	 * of ours gets silence instead of a 404. */
	bool drop_unserved_ip_uris;
	int64_t updated_at_ms;
	int64_t revision;
};

/* What a fresh database has; and null in a document. */
extern const struct source_limit source_limit_default;

/* "allow", "deny" ...; arrays end with NULL, and follow the enums. */
extern const char *const source_action_names[];
extern const char *const scanner_header_names[];
extern const char *const scanner_match_names[];
extern const char *const scanner_action_names[];

void source_rule_validate(struct source_rule *rule, struct faults *faults);
void source_ban_validate(struct source_ban *ban, int64_t now_ms,
			 struct faults *faults);
void scanner_pattern_validate(struct scanner_pattern *pattern,
			      struct faults *faults);
void source_limit_validate(const struct source_limit *limit,
			   struct faults *faults);

/* Each makes its text canonical in place, or adds a fault at "/network" and
 * "/listener". A listener may be "": any. */
void source_network_check(char network[SOURCE_NETWORK_SIZE],
			  struct faults *faults);
void source_listener_check(char listener[SOURCE_LISTENER_SIZE],
			   struct faults *faults);

/* "udp:192.0.2.1:5060", "tls:[2001:db8::1]:5061": numeric address, in its one
 * form. EBADMSG */
int source_listener_canonical(struct text text, struct writer *writer)
	__attribute__((warn_unused_result));

#endif
