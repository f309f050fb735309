/*
 * target_screen.h - target rules compiled: may a call be sent to this URI?
 *
 * Two things are judged. The host, by the domain rules: an exact host before
 * *.parent, the one with more labels first, then *. The number, by prefix and
 * country: the longest prefix first; a country claims a number as far as the
 * prefix goes by which it is told apart. Where two say something of the same
 * length, one for the role beats one for any, and then deny beats allow. What
 * no rule says anything about follows the policy's default. A target must be
 * let through by both: a tel: URI has no host, and most SIP URIs no number.
 *
 * Immutable; any thread. A part of a snapshot. Judging takes a lookup for each
 * label that rules have at most, and a step for each digit; no allocation.
 */
#ifndef SIPMOVED_DB_TARGET_SCREEN_H
#define SIPMOVED_DB_TARGET_SCREEN_H

#include "base/hash.h"
#include "base/sip_number.h"
#include "db/target_rule.h"

struct target_screen;

/* What is kept of a rule. */
struct target_term {
	char id[OBJECT_ID_SIZE];
	char value[TARGET_VALUE_SIZE];
	enum target_action action;
	enum target_kind kind;
	enum target_role role;
};

enum target_subject {
	TARGET_HOST,
	TARGET_NUMBER,
	TARGET_SUBJECTS,
};
extern const char *const target_subject_names[TARGET_SUBJECTS];

struct target_check {
	enum target_subject subject;
	bool is_allowed;
	const struct target_term *term; /* NULL: the default decided */
};

struct target_verdict {
	bool is_allowed;
	size_t check_count; /* 0: not a URI that can be sent to */
	struct target_check checks[TARGET_SUBJECTS];
};

/* Disabled rules are left out, and what means nothing: stored text is not
 * trusted. NULL if there is no rule and all is allowed. ENOMEM. free() it. */
int target_screen_new(const struct hash_key *key,
		      const struct target_rule *rules, size_t count,
		      const struct target_policy *policy,
		      struct target_screen **ret_screen)
	__attribute__((warn_unused_result));

/* screen NULL: all is allowed. uri: parsed, as a target was. */
void target_screen_judge(const struct target_screen *screen,
			 const struct sip_uri *uri, enum target_role role,
			 struct target_verdict *ret_verdict);
/* The check that decided: one that refuses, or else one that a rule decided.
 * NULL without checks. */
const struct target_check *target_verdict_decisive(
	const struct target_verdict *verdict);
/* "exact_domain", "subdomains", "any_domain", "number_prefix", "any_number",
 * "country"; "default" for NULL. */
const char *target_term_level(const struct target_term *term);

/* The texts that are judged; an empty one is not. */
struct target_subjects {
	char host[SIP_CANONICAL_SIZE]; /* canonical */
	size_t host_len;
	bool is_name; /* and no IP address */
	struct sip_number number;
};
void target_subjects_read(const struct sip_uri *uri,
			  struct target_subjects *ret_subjects);

#endif
