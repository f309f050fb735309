#include "api/proposed_policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/document_member.h"
#include "db/policy_versions.h"

static int load_preset(struct json_object *document,
		       struct extension_policy_choice *choice)
{
	int err = extension_preset(text_of(choice->preset), &choice->rules,
				   &choice->rule_count);

	if (err != ENOENT)
		return err;
	json_fault(document, "preset", FAULT_UNKNOWN_PRESET,
		   "must be standard, redirect-server, transparent or "
		   "refuse-all");
	return 0;
}

static void check_rule(const struct json_object *document,
		       struct extension_rule *rule, size_t index,
		       struct faults *faults)
{
	struct faults found = { 0 };
	char pointer[FAULT_POINTER_SIZE * 3];

	extension_rule_validate(rule, &found);
	for (size_t i = 0; i < found.count; i++) {
		snprintf(pointer, sizeof(pointer), "%s/rules/%zu%s",
			 document->pointer, index, found.list[i].pointer);
		faults_add(faults, found.list[i].code, pointer, "%s",
			   found.list[i].detail);
	}
	faults->dropped += found.dropped;
	faults_clear(&found);
}

static void read_version(struct json_object *document,
			 struct proposed_policy *proposed)
{
	enum json_presence presence = json_integer(
		document, "version", 1, INT64_C(1) << 53, &proposed->version);

	if (presence == JSON_PRESENT && proposed->choice.is_given)
		json_fault(document, "version",
			   FAULT_CONFLICTS_WITH_OTHER_MEMBER,
			   "give one of `preset`, `rules` and `version`");
}

int proposed_policy_read(struct json_object *document,
			 struct proposed_policy *ret_proposed)
{
	struct extension_policy_choice *choice = &ret_proposed->choice;
	struct faults found = { 0 };
	int err;

	*ret_proposed = (struct proposed_policy){ 0 };
	err = extension_policy_choice_read(document, choice);
	if (err)
		return err;
	read_version(document, ret_proposed);
	if (choice->has_preset && !choice->rules)
		err = load_preset(document, choice);
	if (err || !choice->rules)
		return err;
	for (size_t i = 0; i < choice->rule_count; i++)
		check_rule(document, &choice->rules[i], i, &found);
	faults_join(document->faults, &found);
	if (faults_any(document->faults))
		return 0;
	return extension_policy_compile(choice->rules, choice->rule_count,
					&ret_proposed->policy);
}

bool proposed_policy_is_given(const struct proposed_policy *proposed)
{
	return proposed->choice.is_given || proposed->choice.rules ||
	       proposed->version != 0;
}

int proposed_policy_load(struct changes *changes,
			 struct proposed_policy *proposed)
{
	struct policy_version version;
	struct extension_rules rules = { 0 };
	int err = policy_version_get(changes, proposed->version, &version);

	if (err == ENOENT) {
		proposed->is_version_missing = true;
		return 0;
	}
	if (!err)
		err = policy_version_rules(changes, version.number, &rules);
	if (!err)
		err = extension_policy_compile(rules.rules, rules.count,
					       &proposed->policy);
	free(rules.rules);
	return err;
}

void proposed_policy_settle(struct json_object *document,
			    const struct proposed_policy *proposed)
{
	if (proposed->is_version_missing)
		json_fault(document, "version", FAULT_OUT_OF_RANGE,
			   "there is no such version, or it is kept no more");
}

void proposed_policy_clear(struct proposed_policy *proposed)
{
	extension_policy_choice_clear(&proposed->choice);
	extension_policy_free(proposed->policy);
	*proposed = (struct proposed_policy){ 0 };
}
