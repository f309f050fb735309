/*
 * proposed_policy.h - a policy that is tried before it is saved: `preset`,
 * `rules`, or the number of a `version`. Made and read on the "http" thread;
 * loaded on the store's.
 */
#ifndef SIPMOVED_API_PROPOSED_POLICY_H
#define SIPMOVED_API_PROPOSED_POLICY_H

#include "api/extension_rule_document.h"
#include "db/changes.h"

struct proposed_policy {
	struct extension_policy_choice choice;
	int64_t version;		 /* 0: not asked for */
	bool is_version_missing;	 /* found by load */
	struct extension_policy *policy; /* owned; NULL: none was proposed, or
					  * a version that is not loaded yet */
};

/* Notes every fault; with one, there is no policy. ENOMEM. */
int proposed_policy_read(struct json_object *document,
			 struct proposed_policy *ret_proposed)
	__attribute__((warn_unused_result));
/* Was any proposed, be it faulty? */
bool proposed_policy_is_given(const struct proposed_policy *proposed);
/* In a store job, where a version was asked for. 0 also if it is missing. */
int proposed_policy_load(struct changes *changes,
			 struct proposed_policy *proposed)
	__attribute__((warn_unused_result));
/* Notes that the version is missing, if it is. */
void proposed_policy_settle(struct json_object *document,
			    const struct proposed_policy *proposed);
void proposed_policy_clear(struct proposed_policy *proposed);

#endif
