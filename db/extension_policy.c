#include "db/extension_policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/*
 * A compiled policy is one table of (domain, tag) groups. A group holds what a
 * resolution can ask of one level: the rules for any method, and those for
 * named methods in order of their names. A slot is found by the keyed hashes of
 * domain and tag, so that a resolution hashes each once and looks at four slots
 * at most, however many rules there are.
 */

/* By enum extension_header; NULL: no such rule. */
struct rule_choice {
	const struct extension_rule *by_header[3];
};

struct named_method {
	struct text name;
	struct rule_choice choice;
};

struct group {
	uint64_t hash;
	struct text domain;
	struct text tag;
	struct rule_choice any_method;
	const struct named_method *named; /* ascending by name */
	size_t named_count;
};

struct extension_policy {
	struct hash_key key;
	struct extension_rule *rules; /* enabled ones, sorted; owned */
	size_t rule_count;
	struct named_method *named; /* of all groups; owned */
	struct group *slots;	    /* open addressing; owned */
	size_t slot_mask;
	uint64_t any_hash;	     /* of "*" */
	const struct group *any_any; /* domain "*", tag "*"; or NULL */
	bool has_domain_rules;
};

static const struct text any = { "*", 1 };

/*
 * Neither part's hash can be known from outside, so neither can their sum; the
 * rotation keeps (a, b) and (b, a) apart.
 */
static uint64_t hash_pair(uint64_t domain_hash, uint64_t tag_hash)
{
	return domain_hash + (tag_hash << 32 | tag_hash >> 32);
}

static struct group *slot_of(const struct extension_policy *policy,
			     uint64_t hash, struct text domain, struct text tag)
{
	size_t at = (size_t)hash & policy->slot_mask;

	/* At most half of the slots are taken: an empty one always comes. */
	for (;; at = (at + 1) & policy->slot_mask) {
		struct group *group = &policy->slots[at];

		if (group->tag.len == 0)
			return group;
		if (group->hash == hash && text_equals(group->tag, tag) &&
		    text_equals(group->domain, domain))
			return group;
	}
}

static int compare_rules(const void *left, const void *right)
{
	const struct extension_rule *a = left, *b = right;
	int order = strcmp(a->domain, b->domain);

	if (!order)
		order = strcmp(a->tag, b->tag);
	if (!order)
		order = strcmp(a->method, b->method);
	if (!order)
		order = (a->header > b->header) - (a->header < b->header);
	/* Never two with the same four; were there, the older one stands. */
	return order ? order : strcmp(a->id, b->id);
}

static void choice_add(struct rule_choice *choice,
		       const struct extension_rule *rule)
{
	if ((unsigned)rule->header <= EXTENSION_BOTH &&
	    !choice->by_header[rule->header])
		choice->by_header[rule->header] = rule;
}

/* Rules of one group come one after the other, and so do those of one method:
 * *free_named is the next unused entry. */
static void add_rule(struct extension_policy *policy,
		     const struct extension_rule *rule,
		     struct named_method **free_named)
{
	struct text domain = text_of(rule->domain), tag = text_of(rule->tag);
	struct text method = text_of(rule->method);
	uint64_t hash = hash_pair(hash_text(&policy->key, domain),
				  hash_text(&policy->key, tag));
	struct group *group = slot_of(policy, hash, domain, tag);

	if (group->tag.len == 0)
		*group = (struct group){ .hash = hash,
					 .domain = domain,
					 .tag = tag,
					 .named = *free_named };
	if (!text_equals(domain, any))
		policy->has_domain_rules = true;
	if (text_equals(method, any)) {
		choice_add(&group->any_method, rule);
		return;
	}
	if (group->named_count == 0 ||
	    !text_equals((*free_named)[-1].name, method)) {
		*(*free_named)++ = (struct named_method){ .name = method };
		group->named_count++;
	}
	choice_add(&(*free_named)[-1].choice, rule);
}

static void copy_enabled(struct extension_policy *policy,
			 const struct extension_rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct extension_rule *rule =
			&policy->rules[policy->rule_count];

		/* A rule without a tag can match nothing. */
		if (!rules[i].enabled || !rules[i].tag[0])
			continue;
		*rule = rules[i];
		for (char *c = rule->tag; *c; c++)
			*c = ascii_lower(*c);
		policy->rule_count++;
	}
	if (policy->rule_count > 1)
		qsort(policy->rules, policy->rule_count, sizeof(*policy->rules),
		      compare_rules);
}

static size_t slots_for(size_t rule_count)
{
	size_t slots = 16;

	while (slots < 2 * rule_count)
		slots *= 2;
	return slots;
}

static void fill(struct extension_policy *policy)
{
	struct named_method *free_named = policy->named;
	struct group *group;

	for (size_t i = 0; i < policy->rule_count; i++)
		add_rule(policy, &policy->rules[i], &free_named);
	group = slot_of(policy, hash_pair(policy->any_hash, policy->any_hash),
			any, any);
	policy->any_any = group->tag.len > 0 ? group : NULL;
}

int extension_policy_compile(const struct extension_rule *rules, size_t count,
			     struct extension_policy **ret_policy)
{
	struct extension_policy *policy = calloc(1, sizeof(*policy));
	size_t slots = slots_for(count);
	int err = 0;

	if (!policy)
		return ENOMEM;
	hash_key_init(&policy->key);
	policy->any_hash = hash_text(&policy->key, any);
	policy->rules = calloc(count + 1, sizeof(*policy->rules));
	policy->named = calloc(count + 1, sizeof(*policy->named));
	policy->slots = calloc(slots, sizeof(*policy->slots));
	policy->slot_mask = slots - 1;
	if (!policy->rules || !policy->named || !policy->slots) {
		err = ENOMEM;
		goto out;
	}

	copy_enabled(policy, rules, count);
	fill(policy);
	*ret_policy = policy;
	policy = NULL;
out:
	extension_policy_free(policy);
	return err;
}

void extension_policy_free(struct extension_policy *policy)
{
	if (!policy)
		return;
	free(policy->slots);
	free(policy->named);
	free(policy->rules);
	free(policy);
}

/* A named header beats `both`. */
static const struct extension_rule *choose(const struct rule_choice *choice,
					   enum extension_header header)
{
	const struct extension_rule *rule = choice->by_header[header];

	return rule ? rule : choice->by_header[EXTENSION_BOTH];
}

static const struct named_method *named_method(const struct group *group,
					       struct text method)
{
	size_t low = 0, high = group->named_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = text_compare(group->named[middle].name, method);

		if (order == 0)
			return &group->named[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* A named method beats `*`, whatever their headers. */
static const struct extension_rule *rule_in(const struct group *group,
					    enum extension_header header,
					    struct text method)
{
	const struct named_method *named = named_method(group, method);
	const struct extension_rule *rule = NULL;

	if (named)
		rule = choose(&named->choice, header);
	return rule ? rule : choose(&group->any_method, header);
}

/* The four levels of one question; NULL: nothing is said there. */
struct levels {
	const struct group *groups[EXTENSION_BUILT_IN];
};

static void find_levels(const struct extension_policy *policy, struct text tag,
			struct text domain, struct levels *levels)
{
	/* "*" is a token, so it may be asked for: no rule names it exactly. */
	bool has_exact = tag.len <= EXTENSION_TAG_MAX && !text_equals(tag, any);
	bool has_domain = policy->has_domain_rules && domain.len > 0 &&
			  !text_equals(domain, any);
	uint64_t any_hash = policy->any_hash;
	uint64_t tag_hash = has_exact ? hash_text(&policy->key, tag) : 0;
	uint64_t domain_hash = has_domain ? hash_text(&policy->key, domain) : 0;

	*levels = (struct levels){ .groups[EXTENSION_ANY_GLOBAL] =
					   policy->any_any };
	if (has_exact)
		levels->groups[EXTENSION_TAG_GLOBAL] = slot_of(
			policy, hash_pair(any_hash, tag_hash), any, tag);
	if (has_domain)
		levels->groups[EXTENSION_ANY_IN_DOMAIN] = slot_of(
			policy, hash_pair(domain_hash, any_hash), domain, any);
	if (has_exact && has_domain)
		levels->groups[EXTENSION_TAG_IN_DOMAIN] = slot_of(
			policy, hash_pair(domain_hash, tag_hash), domain, tag);
}

struct extension_verdict extension_policy_resolve(
	const struct extension_policy *policy, enum extension_header header,
	struct text tag, struct text method, struct text domain)
{
	char lower[EXTENSION_TAG_MAX];
	struct text lower_tag = { lower, tag.len };
	struct levels levels;

	for (size_t i = 0; i < tag.len && i < sizeof(lower); i++)
		lower[i] = ascii_lower(tag.ptr[i]);
	/* Too long for any rule: only its length is looked at. */
	find_levels(policy, lower_tag, domain, &levels);

	for (int i = EXTENSION_TAG_IN_DOMAIN; i < EXTENSION_BUILT_IN; i++) {
		const struct group *group = levels.groups[i];
		const struct extension_rule *rule =
			group ? rule_in(group, header, method) : NULL;

		if (rule)
			return (struct extension_verdict){
				.action = rule->action,
				.level = (enum extension_level)i,
				.rule = rule
			};
	}
	return (struct extension_verdict){ .action = EXTENSION_REJECT,
					   .level = EXTENSION_BUILT_IN };
}
