#include "db/extension_policy_diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef const struct extension_rule *rule_ref;
typedef int (*compare_fn)(const void *left, const void *right);

static int by_place(const void *left, const void *right)
{
	const struct extension_rule *a = *(const rule_ref *)left;
	const struct extension_rule *b = *(const rule_ref *)right;
	int order = strcmp(a->tag, b->tag);

	if (!order)
		order = strcmp(a->domain, b->domain);
	if (!order)
		order = strcmp(a->method, b->method);
	return order ? order
		     : (a->header > b->header) - (a->header < b->header);
}

static int by_id(const void *left, const void *right)
{
	return strcmp((*(const rule_ref *)left)->id,
		      (*(const rule_ref *)right)->id);
}

bool extension_rule_equals(const struct extension_rule *a,
			   const struct extension_rule *b)
{
	return by_place(&a, &b) == 0 && a->action == b->action &&
	       a->enabled == b->enabled && !strcmp(a->note, b->note);
}

/* References to rules, in some order. */
struct side {
	rule_ref *refs; /* owned */
	size_t count;
};

static int refer(const struct extension_rules *rules, struct side *side)
{
	side->refs = calloc(rules->count + 1, sizeof(rule_ref));
	if (!side->refs)
		return ENOMEM;
	side->count = rules->count;
	for (size_t i = 0; i < rules->count; i++)
		side->refs[i] = &rules->rules[i];
	return 0;
}

static void put_change(struct extension_policy_diff *diff, rule_ref before,
		       rule_ref after)
{
	diff->changes[diff->count++] =
		(struct extension_rule_change){ before, after };
	diff->added += !before;
	diff->removed += !after;
	diff->changed += before && after;
}

/*
 * Takes out of both sides what they share by this order, and notes the pairs
 * that differ. What is left stays, in this order.
 */
static void match(struct side *before, struct side *after, compare_fn compare,
		  struct extension_policy_diff *diff)
{
	size_t i = 0, j = 0, left = 0, right = 0;

	if (before->count > 1)
		qsort(before->refs, before->count, sizeof(rule_ref), compare);
	if (after->count > 1)
		qsort(after->refs, after->count, sizeof(rule_ref), compare);
	while (i < before->count || j < after->count) {
		int order = i == before->count	? 1
			    : j == after->count ? -1
						: compare(&before->refs[i],
							  &after->refs[j]);

		if (order < 0) {
			before->refs[left++] = before->refs[i++];
		} else if (order > 0) {
			after->refs[right++] = after->refs[j++];
		} else {
			if (!extension_rule_equals(before->refs[i],
						   after->refs[j]))
				put_change(diff, before->refs[i],
					   after->refs[j]);
			i++;
			j++;
		}
	}
	before->count = left;
	after->count = right;
}

static int in_order(const void *left, const void *right)
{
	const struct extension_rule_change *a = left, *b = right;
	rule_ref first = a->after ? a->after : a->before;
	rule_ref second = b->after ? b->after : b->before;

	return by_place(&first, &second);
}

int extension_policy_diff(const struct extension_rules *before,
			  const struct extension_rules *after,
			  struct extension_policy_diff *ret_diff)
{
	struct extension_policy_diff diff = { 0 };
	struct side old = { 0 }, new = { 0 };
	int err = refer(before, &old);

	if (!err)
		err = refer(after, &new);
	diff.changes =
		calloc(before->count + after->count + 1, sizeof(*diff.changes));
	if (!diff.changes)
		err = ENOMEM;
	if (err)
		goto out;
	match(&old, &new, by_place, &diff);
	match(&old, &new, by_id, &diff);
	for (size_t i = 0; i < old.count; i++)
		put_change(&diff, old.refs[i], NULL);
	for (size_t i = 0; i < new.count; i++)
		put_change(&diff, NULL, new.refs[i]);
	if (diff.count > 1)
		qsort(diff.changes, diff.count, sizeof(*diff.changes),
		      in_order);
	*ret_diff = diff;
	diff.changes = NULL;
out:
	free(old.refs);
	free(new.refs);
	free(diff.changes);
	return err;
}

void extension_policy_diff_clear(struct extension_policy_diff *diff)
{
	free(diff->changes);
	*diff = (struct extension_policy_diff){ 0 };
}
