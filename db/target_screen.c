/*
 * One allocation: the struct, terms, entries, digit nodes and host slots. What
 * several terms say at one place is a list of entries; 0 is no index, so each
 * area begins with one that is not used.
 *
 * Countries: each prefix of the table that begins a country is a node that is
 * marked, so that a shorter prefix does not reach into it (+1 is the United
 * States', +1242 is not).
 */
#include "db/target_screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/sip_host.h"
#include "db/calling_code.h"

enum {
	DIGITS = 10,
};

const char *const target_subject_names[TARGET_SUBJECTS] = {
	[TARGET_HOST] = "domain",
	[TARGET_NUMBER] = "number",
};

struct entry {
	const struct target_term *term;
	uint32_t next;
};

struct digit_node {
	uint32_t children[DIGITS];
	uint32_t prefixes; /* entries */
	uint32_t countries;
	bool begins_country;
};

/* "*.example.net" is kept as "example.net", and "*" as "". */
struct host_slot {
	struct text host; /* ptr NULL: free */
	uint32_t exact;	  /* entries */
	uint32_t below;
};

struct target_screen {
	struct hash_key key;
	bool allows_by_default[TARGET_SUBJECTS];
	bool has_domains;
	size_t labels_max; /* of hosts whose subdomains are named */
	size_t slot_mask;
	size_t term_count, entry_count, node_count;
	struct target_term *terms;
	struct entry *entries;
	struct digit_node *nodes; /* 1 is the root */
	struct host_slot *slots;
};

/* --- sizes ---------------------------------------------------------------- */

struct sizes {
	size_t terms, entries, nodes, slots;
	bool has_countries;
};

/* Walks the prefixes of a country; *at starts as 0. NULL at the end. */
static const char *next_prefix(const char *country, size_t *at)
{
	while (country && *at < calling_code_count) {
		const struct calling_code *code = &calling_codes[(*at)++];

		if (!strcmp(code->country, country))
			return code->prefix;
	}
	return NULL;
}

static void add_sizes(const struct target_rule *rule, struct sizes *sizes)
{
	const char *country;
	size_t at = 0;

	sizes->terms++;
	if (rule->kind != TARGET_COUNTRY)
		sizes->entries++;
	if (rule->kind == TARGET_NUMBER_PREFIX)
		sizes->nodes += strlen(rule->value);
	if (rule->kind != TARGET_COUNTRY)
		return;
	country = calling_code_country(text_of(rule->value));
	while (next_prefix(country, &at))
		sizes->entries++;
	sizes->has_countries = true;
}

static struct sizes measure(const struct target_rule *rules, size_t count)
{
	struct sizes sizes = { .entries = 1, .nodes = 2 };

	for (size_t i = 0; i < count; i++)
		if (rules[i].enabled)
			add_sizes(&rules[i], &sizes);
	for (size_t i = 0; sizes.has_countries && i < calling_code_count; i++)
		sizes.nodes += strlen(calling_codes[i].prefix);
	sizes.slots = 2;
	while (sizes.slots < 2 * sizes.terms)
		sizes.slots *= 2;
	return sizes;
}

/* --- filling -------------------------------------------------------------- */

static void add_entry(struct target_screen *screen, uint32_t *list,
		      const struct target_term *term)
{
	screen->entries[++screen->entry_count] = (struct entry){ term, *list };
	*list = (uint32_t)screen->entry_count;
}

/* The node of these digits, made if it is not there; NULL if they are none. */
static struct digit_node *node_of(struct target_screen *screen,
				  const char *digits)
{
	uint32_t at = 1;

	for (; *digits; digits++) {
		uint32_t *child;

		if (*digits < '0' || *digits > '9')
			return NULL;
		child = &screen->nodes[at].children[*digits - '0'];
		if (!*child)
			*child = (uint32_t)++screen->node_count;
		at = *child;
	}
	return &screen->nodes[at];
}

/* The slot of a host, or a free one: half of them are always free. */
static struct host_slot *slot_of(const struct target_screen *screen,
				 struct text host)
{
	size_t at = (size_t)hash_text(&screen->key, host) & screen->slot_mask;

	while (screen->slots[at].host.ptr &&
	       !text_equals(screen->slots[at].host, host))
		at = (at + 1) & screen->slot_mask;
	return &screen->slots[at];
}

static size_t labels_of(struct text host)
{
	size_t labels = host.len > 0;

	for (size_t i = 0; i < host.len; i++)
		labels += host.ptr[i] == '.';
	return labels;
}

static void add_domain(struct target_screen *screen,
		       const struct target_term *term)
{
	struct text host = text_of(term->value);
	bool is_below = host.len > 0 && host.ptr[0] == '*';
	struct host_slot *slot;

	if (is_below) {
		size_t cut = host.len > 1 ? 2 : 1;

		host = (struct text){ host.ptr + cut, host.len - cut };
		if (labels_of(host) > screen->labels_max)
			screen->labels_max = labels_of(host);
	}
	slot = slot_of(screen, host);
	slot->host = host;
	add_entry(screen, is_below ? &slot->below : &slot->exact, term);
	screen->has_domains = true;
}

static void add_country(struct target_screen *screen,
			const struct target_term *term)
{
	const char *country = calling_code_country(text_of(term->value));
	const char *prefix;
	size_t at = 0;

	while ((prefix = next_prefix(country, &at)))
		add_entry(screen, &node_of(screen, prefix)->countries, term);
}

static void add_rule(struct target_screen *screen,
		     const struct target_rule *rule)
{
	struct target_term *term = &screen->terms[screen->term_count++];
	struct digit_node *node;

	*term = (struct target_term){ .action = rule->action,
				      .kind = rule->kind,
				      .role = rule->role };
	memcpy(term->id, rule->object.id, sizeof(term->id));
	memcpy(term->value, rule->value, sizeof(term->value));
	if (rule->kind == TARGET_DOMAIN) {
		add_domain(screen, term);
	} else if (rule->kind == TARGET_COUNTRY) {
		add_country(screen, term);
	} else {
		node = rule->value[0] == '+' ? node_of(screen, rule->value + 1)
					     : NULL;
		if (node)
			add_entry(screen, &node->prefixes, term);
	}
}

static void mark_countries(struct target_screen *screen)
{
	for (size_t i = 0; i < calling_code_count; i++)
		node_of(screen, calling_codes[i].prefix)->begins_country = true;
}

static struct target_screen *allocate(const struct sizes *sizes)
{
	size_t terms = sizes->terms * sizeof(struct target_term);
	size_t entries = sizes->entries * sizeof(struct entry);
	size_t nodes = sizes->nodes * sizeof(struct digit_node);
	size_t slots = sizes->slots * sizeof(struct host_slot);
	struct target_screen *screen =
		calloc(1, sizeof(*screen) + entries + slots + terms + nodes);

	if (!screen)
		return NULL;
	/* Those that hold pointers first: each area is aligned for the next. */
	screen->entries = (void *)(screen + 1);
	screen->slots = (void *)((char *)screen->entries + entries);
	screen->terms = (void *)((char *)screen->slots + slots);
	screen->nodes = (void *)((char *)screen->terms + terms);
	screen->slot_mask = sizes->slots - 1;
	screen->node_count = 1;
	return screen;
}

int target_screen_new(const struct hash_key *key,
		      const struct target_rule *rules, size_t count,
		      const struct target_policy *policy,
		      struct target_screen **ret_screen)
{
	struct sizes sizes = measure(rules, count);
	struct target_screen *screen;

	*ret_screen = NULL;
	if (sizes.terms == 0 && policy->default_domain_action == TARGET_ALLOW &&
	    policy->default_number_action == TARGET_ALLOW)
		return 0;
	screen = allocate(&sizes);
	if (!screen)
		return ENOMEM;
	screen->key = *key;
	screen->allows_by_default[TARGET_HOST] =
		policy->default_domain_action == TARGET_ALLOW;
	screen->allows_by_default[TARGET_NUMBER] =
		policy->default_number_action == TARGET_ALLOW;
	if (sizes.has_countries)
		mark_countries(screen);
	for (size_t i = 0; i < count; i++)
		if (rules[i].enabled)
			add_rule(screen, &rules[i]);
	*ret_screen = screen;
	return 0;
}

/* --- judging -------------------------------------------------------------- */

/* Of two that say something of the same length; either may be NULL. */
static const struct target_term *stronger(const struct target_term *a,
					  const struct target_term *b)
{
	if (!a || !b)
		return a ? a : b;
	if ((a->role == TARGET_ANY_ROLE) != (b->role == TARGET_ANY_ROLE))
		return a->role == TARGET_ANY_ROLE ? b : a;
	return b->action == TARGET_DENY ? b : a;
}

static const struct target_term *pick(const struct target_screen *screen,
				      uint32_t list, enum target_role role)
{
	const struct target_term *best = NULL;

	for (; list; list = screen->entries[list].next) {
		const struct target_term *term = screen->entries[list].term;

		if (term->role == TARGET_ANY_ROLE || term->role == role)
			best = stronger(best, term);
	}
	return best;
}

/* A local number has no digits that are known: "+" is said of it too. */
static const struct target_term *judge_number(
	const struct target_screen *screen, const struct sip_number *number,
	enum target_role role)
{
	const struct target_term *prefix = NULL, *country = NULL;
	size_t prefix_at = 0, country_at = 0;
	uint32_t at = 1;

	for (size_t i = 0; at; i++) {
		const struct digit_node *node = &screen->nodes[at];
		const struct target_term *term =
			pick(screen, node->prefixes, role);

		if (term) {
			prefix = term;
			prefix_at = i;
		}
		if (node->begins_country) {
			country = pick(screen, node->countries, role);
			country_at = i;
		}
		if (i == number->digit_count)
			break;
		at = node->children[number->digits[i] - '0'];
	}
	if (!prefix || !country || prefix_at == country_at)
		return stronger(prefix, country);
	return prefix_at > country_at ? prefix : country;
}

static struct text parent_of(struct text host)
{
	const char *dot = host.len > 0 ? memchr(host.ptr, '.', host.len) : NULL;

	if (!dot)
		return (struct text){ host.ptr, 0 };
	return (struct text){ dot + 1,
			      host.len - (size_t)(dot + 1 - host.ptr) };
}

static const struct target_term *judge_host(const struct target_screen *screen,
					    struct text host, bool is_name,
					    enum target_role role)
{
	const struct target_term *term;
	size_t labels;

	if (!screen->has_domains)
		return NULL;
	term = pick(screen, slot_of(screen, host)->exact, role);
	/* An address is below nothing but "*". */
	if (!is_name)
		host.len = 0;
	labels = labels_of(host);
	while (!term && labels > 0) {
		host = parent_of(host);
		if (--labels <= screen->labels_max)
			term = pick(screen, slot_of(screen, host)->below, role);
	}
	if (!term && !is_name)
		term = pick(screen, slot_of(screen, host)->below, role);
	return term;
}

static bool is_name(struct text host)
{
	enum sip_host_kind kind;

	return sip_host_parse(host, &kind) == 0 && kind == SIP_HOST_NAME;
}

void target_subjects_read(const struct sip_uri *uri,
			  struct target_subjects *ret_subjects)
{
	struct writer writer =
		writer_over(ret_subjects->host, sizeof(ret_subjects->host) - 1);
	struct text host = uri->host;

	sip_number_read(uri, &ret_subjects->number);
	if (uri->scheme == SIP_SCHEME_TEL)
		host = ret_subjects->number.context;
	if (host.len == 0 || target_host_write(host, &writer))
		writer.len = 0;
	ret_subjects->is_name = writer.len > 0 && is_name(host);
	ret_subjects->host_len = writer.len;
	ret_subjects->host[writer.len] = '\0';
}

static void add_check(const struct target_screen *screen,
		      struct target_verdict *verdict,
		      enum target_subject subject,
		      const struct target_term *term)
{
	bool is_allowed = term ? term->action == TARGET_ALLOW
			       : !screen || screen->allows_by_default[subject];

	verdict->checks[verdict->check_count++] =
		(struct target_check){ subject, is_allowed, term };
	verdict->is_allowed &= is_allowed;
}

void target_screen_judge(const struct target_screen *screen,
			 const struct sip_uri *uri, enum target_role role,
			 struct target_verdict *ret_verdict)
{
	const struct target_term *term = NULL;
	struct target_subjects subjects;
	struct text host;

	*ret_verdict = (struct target_verdict){ .is_allowed = true };
	target_subjects_read(uri, &subjects);
	host = (struct text){ subjects.host, subjects.host_len };
	if (host.len > 0) {
		if (screen)
			term = judge_host(screen, host, subjects.is_name, role);
		add_check(screen, ret_verdict, TARGET_HOST, term);
	}
	term = NULL;
	if (screen && subjects.number.kind != SIP_NUMBER_NONE)
		term = judge_number(screen, &subjects.number, role);
	if (subjects.number.kind != SIP_NUMBER_NONE)
		add_check(screen, ret_verdict, TARGET_NUMBER, term);
	/* What cannot be judged is not let through, once there are rules. */
	if (ret_verdict->check_count == 0)
		ret_verdict->is_allowed = !screen;
}

const struct target_check *target_verdict_decisive(
	const struct target_verdict *verdict)
{
	const struct target_check *found = NULL;

	for (size_t i = 0; i < verdict->check_count; i++) {
		const struct target_check *check = &verdict->checks[i];

		if (!check->is_allowed)
			return check;
		if (!found || (check->term && !found->term))
			found = check;
	}
	return found;
}

const char *target_term_level(const struct target_term *term)
{
	if (!term)
		return "default";
	if (term->kind == TARGET_COUNTRY)
		return "country";
	if (term->kind == TARGET_NUMBER_PREFIX)
		return term->value[1] ? "number_prefix" : "any_number";
	if (term->value[0] != '*')
		return "exact_domain";
	return term->value[1] ? "subdomains" : "any_domain";
}
