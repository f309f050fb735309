/*
 * extension_policy.h - which SIP option tags are accepted, ignored or rejected
 * (design 4.6, RFC 3261 8.2.2.3, 8.3 and 16.3).
 *
 * A rule is a plain value. A compiled policy is immutable and part of a
 * snapshot; resolving costs the same with 10 rules as with 10,000.
 */
#ifndef SIPMOVED_DB_EXTENSION_POLICY_H
#define SIPMOVED_DB_EXTENSION_POLICY_H

#include "base/text.h"
#include "db/fault.h"
#include "db/object_id.h"

enum {
	EXTENSION_TAG_MAX = 64,
	EXTENSION_METHOD_MAX = 32,
	EXTENSION_NOTE_MAX = 500,
	EXTENSION_RULES_MAX = 20000,
};

enum extension_header {
	EXTENSION_REQUIRE,
	EXTENSION_PROXY_REQUIRE,
	EXTENSION_BOTH,
};

enum extension_action {
	EXTENSION_ACCEPT,
	EXTENSION_IGNORE,
	EXTENSION_REJECT,
};

struct extension_rule {
	char id[OBJECT_ID_SIZE]; /* "rul_..." */
	char domain[254];	 /* canonical host, or "*" */
	enum extension_header header;
	char tag[EXTENSION_TAG_MAX + 1];       /* lower case, or "*" */
	char method[EXTENSION_METHOD_MAX + 1]; /* with case, or "*" */
	enum extension_action action;
	bool enabled;
	char note[EXTENSION_NOTE_MAX + 1];
	int64_t created_at_ms;
	int64_t updated_at_ms;
	int64_t revision;
};

/* Where the decision was found, first hit wins. */
enum extension_level {
	EXTENSION_TAG_IN_DOMAIN,
	EXTENSION_TAG_GLOBAL,
	EXTENSION_ANY_IN_DOMAIN,
	EXTENSION_ANY_GLOBAL,
	EXTENSION_BUILT_IN, /* reject; no rule */
};

struct extension_verdict {
	enum extension_action action;
	enum extension_level level;
	const struct extension_rule *rule; /* NULL: built in; policy's memory */
};

struct extension_policy;

/* Copies the rules; disabled ones take no part. ENOMEM. */
int extension_policy_compile(const struct extension_rule *rules, size_t count,
			     struct extension_policy **ret_policy)
	__attribute__((warn_unused_result));
void extension_policy_free(struct extension_policy *policy); /* takes NULL */

/*
 * header: EXTENSION_REQUIRE or EXTENSION_PROXY_REQUIRE. tag: as received, in
 * any case. domain: canonical host of the Request-URI, may be empty. No
 * allocation, no lock: called on the call path.
 */
struct extension_verdict extension_policy_resolve(
	const struct extension_policy *policy, enum extension_header header,
	struct text tag, struct text method, struct text domain);

/* Names on the wire of the API. */
const char *extension_header_name(enum extension_header header);
const char *extension_action_name(enum extension_action action);
const char *extension_level_name(enum extension_level level);
int extension_header_from_text(struct text text, enum extension_header *ret);
int extension_action_from_text(struct text text, enum extension_action *ret);

/* Canonicalises tag and domain in place. */
void extension_rule_validate(struct extension_rule *rule,
			     struct faults *faults);

/* The registry, docs/option-tags: one row a tag that a build knows. */
struct option_tag {
	const char *name;
	const char *reference; /* "RFC 3262", or where it is seen */
	const char *meaning;
	bool registered;
};
extern const struct option_tag option_tags[];
extern const size_t option_tag_count;

/*
 * The rules of a preset ("standard", "redirect-server", "transparent",
 * "refuse-all"), without ids and times: `*` rules and the named tags' rows of
 * design 4.6. Allocates *ret_rules with malloc, the caller's to free.
 * ENOENT no such preset, ENOMEM.
 */
int extension_preset(struct text name, struct extension_rule **ret_rules,
		     size_t *ret_count) __attribute__((warn_unused_result));
/* NULL-terminated. */
extern const char *const extension_preset_names[];

#endif
