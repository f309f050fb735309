#include <errno.h>
#include <stdlib.h>

#include "db/extension_policy.h"

/* One row of design 4.6's table. */
struct preset {
	const char *name;
	enum extension_action any_require;
	enum extension_action any_proxy_require;
	/* One row a registered tag, and the exceptions below. */
	bool names_tags;
	enum extension_action registered; /* in Require */
};

static const struct preset presets[] = {
	{ "standard", EXTENSION_REJECT, EXTENSION_REJECT, true,
	  EXTENSION_ACCEPT },
	{ "redirect-server", EXTENSION_IGNORE, EXTENSION_REJECT, true,
	  EXTENSION_IGNORE },
	{ "transparent", EXTENSION_IGNORE, EXTENSION_IGNORE, false,
	  EXTENSION_IGNORE },
	{ "refuse-all", EXTENSION_REJECT, EXTENSION_REJECT, false,
	  EXTENSION_REJECT },
};

#define PRESET_COUNT (sizeof(presets) / sizeof(presets[0]))

const char *const extension_preset_names[] = {
	"standard", "redirect-server", "transparent", "refuse-all", NULL,
};

/* What the registry's rows do not say: one rule each. */
struct exception {
	const char *tag;
	enum extension_header header;
	enum extension_action action;
	const char *note;
};

static const struct exception exceptions[] = {
	{ "sec-agree", EXTENSION_BOTH, EXTENSION_REJECT,
	  "RFC 3329: security agreed with the first hop. Answering as if "
	  "nothing had been asked would defeat its protection, so it is "
	  "refused." },
	{ "mediasec", EXTENSION_BOTH, EXTENSION_REJECT,
	  "Not registered: media security agreed with the first hop. Refused "
	  "for the same reason as sec-agree." },
	{ "199", EXTENSION_PROXY_REQUIRE, EXTENSION_ACCEPT,
	  "RFC 6228: a server that sends no provisional answers meets it "
	  "without doing anything." },
};

#define EXCEPTION_COUNT (sizeof(exceptions) / sizeof(exceptions[0]))

/* By enum extension_action. */
static const char *const any_require_notes[] = {
	[EXTENSION_ACCEPT] = "Any other tag in Require is accepted.",
	[EXTENSION_IGNORE] =
		"Any other tag in Require is passed over and the caller is "
		"redirected, as RFC 3261 8.3 asks of a redirect server: the "
		"new target will judge it.",
	[EXTENSION_REJECT] =
		"Any other tag in Require is refused with 420, as RFC 3261 "
		"8.2.2.3 asks: the caller learns what it asked for in vain.",
};

static const char *const any_proxy_require_notes[] = {
	[EXTENSION_ACCEPT] = "Any other tag in Proxy-Require is accepted.",
	[EXTENSION_IGNORE] =
		"Any other tag in Proxy-Require is passed over: a proxy before "
		"this server has already judged it.",
	[EXTENSION_REJECT] =
		"Any other tag in Proxy-Require is refused with 420, as RFC "
		"3261 16.3 asks: it speaks to servers on the way, and this one "
		"does not know it.",
};

static const char *const registered_notes[] = {
	[EXTENSION_ACCEPT] = "Accepted: the new target will judge it.",
	[EXTENSION_IGNORE] = "Passed over: the new target will judge it.",
	[EXTENSION_REJECT] = "Refused.",
};

/* A rule for every domain and method. */
static struct writer rule_start(struct extension_rule *rule, const char *tag,
				enum extension_header header,
				enum extension_action action)
{
	*rule = (struct extension_rule){ .domain = "*",
					 .method = "*",
					 .header = header,
					 .action = action,
					 .enabled = true };
	text_copy(text_of(tag), rule->tag, sizeof(rule->tag));
	for (char *c = rule->tag; *c; c++)
		*c = ascii_lower(*c);
	return writer_over(rule->note, sizeof(rule->note) - 1);
}

static void put_registered(struct extension_rule *rule,
			   const struct option_tag *tag,
			   enum extension_action action)
{
	struct writer note =
		rule_start(rule, tag->name, EXTENSION_REQUIRE, action);

	writer_put(&note, text_of(tag->reference));
	writer_put(&note, TEXT(": "));
	writer_put(&note, text_of(tag->meaning));
	writer_put(&note, TEXT(". "));
	writer_put(&note, text_of(registered_notes[action]));
}

static void put_any(struct extension_rule *rule, enum extension_header header,
		    enum extension_action action)
{
	const char *const *notes = header == EXTENSION_REQUIRE
					   ? any_require_notes
					   : any_proxy_require_notes;
	struct writer note = rule_start(rule, "*", header, action);

	writer_put(&note, text_of(notes[action]));
}

/* A tag whose exception speaks for Require has no row of the registry's. */
static bool is_excepted(const char *tag)
{
	for (size_t i = 0; i < EXCEPTION_COUNT; i++)
		if (exceptions[i].header != EXTENSION_PROXY_REQUIRE &&
		    text_equals(text_of(exceptions[i].tag), text_of(tag)))
			return true;
	return false;
}

static size_t put_named(const struct preset *preset,
			struct extension_rule *rules)
{
	size_t count = 0;

	for (size_t i = 0; i < option_tag_count; i++)
		if (option_tags[i].registered &&
		    !is_excepted(option_tags[i].name))
			put_registered(&rules[count++], &option_tags[i],
				       preset->registered);
	for (size_t i = 0; i < EXCEPTION_COUNT; i++) {
		const struct exception *exception = &exceptions[i];
		struct writer note = rule_start(&rules[count++], exception->tag,
						exception->header,
						exception->action);

		writer_put(&note, text_of(exception->note));
	}
	return count;
}

int extension_preset(struct text name, struct extension_rule **ret_rules,
		     size_t *ret_count)
{
	const struct preset *preset = NULL;
	struct extension_rule *rules;
	size_t count = 0;

	for (size_t i = 0; i < PRESET_COUNT; i++)
		if (text_equals(text_of(presets[i].name), name))
			preset = &presets[i];
	if (!preset)
		return ENOENT;
	rules = calloc(option_tag_count + EXCEPTION_COUNT + 2, sizeof(*rules));
	if (!rules)
		return ENOMEM;

	put_any(&rules[count++], EXTENSION_REQUIRE, preset->any_require);
	put_any(&rules[count++], EXTENSION_PROXY_REQUIRE,
		preset->any_proxy_require);
	if (preset->names_tags)
		count += put_named(preset, &rules[count]);
	*ret_rules = rules;
	*ret_count = count;
	return 0;
}
