/*
 * policy_versions.h - every extension policy that was in force, kept to be
 * compared with and to go back to: part of changes.h, with its rules and its
 * errors. Store thread.
 *
 * A version is made in the transaction of the change that brings it into
 * force. At most POLICY_VERSIONS_MAX are kept, and at most
 * POLICY_OLD_RULES_MAX rules that no newer version has; the oldest go first.
 * The newest one is what is in force.
 */
#ifndef SIPMOVED_DB_POLICY_VERSIONS_H
#define SIPMOVED_DB_POLICY_VERSIONS_H

#include "db/changes.h"
#include "db/extension_policy_diff.h"

enum {
	POLICY_VERSIONS_MAX = 1000,
	POLICY_OLD_RULES_MAX = 200000,
	POLICY_NOTE_MAX = 500,
};

struct policy_version {
	int64_t number; /* 1 is the first one there was */
	int64_t revision;
	int64_t at_ms;
	char actor_kind[16];
	char actor_name[64];
	char preset[32]; /* "": the rules are nobody's preset */
	char note[POLICY_NOTE_MAX + 1];
	int64_t restored_from; /* a version; 0: not by going back */
	int64_t rule_count;
	int64_t added, changed, removed; /* beside the version before it */
};

/* number 0: the newest one. ENOENT: there never was, or is no more. */
int policy_version_get(struct changes *changes, int64_t number,
		       struct policy_version *ret_version)
	__attribute__((warn_unused_result));
/* Its rules, in order of resolution; malloc'ed, the caller's. Those of a
 * version that is not there are none. */
int policy_version_rules(struct changes *changes, int64_t number,
			 struct extension_rules *ret_rules)
	__attribute__((warn_unused_result));
/* Newest first, those before a number (0: from the newest on). */
int policy_version_list(struct changes *changes, int64_t before, size_t limit,
			struct policy_version *versions, size_t *ret_count,
			bool *ret_more) __attribute__((warn_unused_result));

/* Says of the version that this job has made why, if it has made one. */
int policy_version_describe(struct changes *changes, const char *note)
	__attribute__((warn_unused_result));
/* Puts a version's rules in force, ids and all, as a new version. ENOENT;
 * ESTALE if_revision is not the policy's. */
int policy_version_restore(struct changes *changes, int64_t number,
			   int64_t if_revision)
	__attribute__((warn_unused_result));

#endif
