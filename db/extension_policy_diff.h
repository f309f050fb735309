/*
 * extension_policy_diff.h - what one list of rules has that another has not.
 * Pure. A rule is known again by its place (domain, header, tag, method), and
 * where that was changed, by its id.
 */
#ifndef SIPMOVED_DB_EXTENSION_POLICY_DIFF_H
#define SIPMOVED_DB_EXTENSION_POLICY_DIFF_H

#include "db/extension_policy.h"

/* Of the caller's rules. before NULL: it was added; after NULL: removed. */
struct extension_rule_change {
	const struct extension_rule *before, *after;
};

struct extension_policy_diff {
	struct extension_rule_change *changes; /* owned */
	size_t count;
	size_t added, changed, removed;
};

struct extension_rules {
	struct extension_rule *rules; /* owned */
	size_t count;
};

/* Same in all that an administrator may say of a rule. */
bool extension_rule_equals(const struct extension_rule *a,
			   const struct extension_rule *b);

/* ENOMEM */
int extension_policy_diff(const struct extension_rules *before,
			  const struct extension_rules *after,
			  struct extension_policy_diff *ret_diff)
	__attribute__((warn_unused_result));
void extension_policy_diff_clear(struct extension_policy_diff *diff);

#endif
