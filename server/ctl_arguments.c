#include "ctl_arguments.h"

#include <string.h>

const struct ctl_flag ctl_options[] = {
	{ "url", CTL_OWN, "URL" },
	{ "token-file", CTL_OWN, "FILE" },
	{ "ca-file", CTL_OWN, "FILE" },
	{ "socket", CTL_OWN, "PATH" },
	{ "data-dir", CTL_OWN, "DIR" },
	{ "config", CTL_OWN, "FILE" },
	{ "output", CTL_OWN, "table|json|csv" },
	{ "watch", CTL_OWN, "SECONDS" },
	{ "dry-run", CTL_SWITCH, NULL },
	{ "yes", CTL_SWITCH, NULL },
	{ "verbose", CTL_SWITCH, NULL },
	{ NULL, CTL_END, NULL },
};

const char *ctl_option_short(const struct ctl_flag *flag)
{
	if (!strcmp(flag->name, "output"))
		return "-o";
	if (!strcmp(flag->name, "verbose"))
		return "-v";
	return !strcmp(flag->name, "yes") ? "-y" : "";
}

/* --- the verb ------------------------------------------------------------- */

/* How many words of the verb's begin argv; 0: not all of them. */
static size_t words_matched(const char *words, int argc, char *const *argv)
{
	size_t count = 0;

	while (*words) {
		size_t len = strcspn(words, " ");

		if ((int)count == argc || strlen(argv[count]) != len ||
		    strncmp(argv[count], words, len) != 0)
			return 0;
		count++;
		words += len + (words[len] == ' ');
	}
	return count;
}

const struct ctl_verb *ctl_find_verb(int argc, char *const *argv,
				     size_t *ret_count)
{
	const struct ctl_verb *best = NULL;

	*ret_count = 0;
	for (size_t i = 0; ctl_verbs[i]; i++)
		for (const struct ctl_verb *verb = ctl_verbs[i]; verb->words;
		     verb++) {
			size_t count = words_matched(verb->words, argc, argv);

			if (count > *ret_count) {
				*ret_count = count;
				best = verb;
			}
		}
	return best;
}

/* --- flags ---------------------------------------------------------------- */

static const struct ctl_flag *find_flag(const struct ctl_flag *flags,
					struct text name)
{
	for (; flags && flags->kind != CTL_END; flags++)
		if (text_equals(name, text_of(flags->name)))
			return flags;
	return NULL;
}

static const struct ctl_flag *find_short(const char *written)
{
	for (const struct ctl_flag *flag = ctl_options; flag->name; flag++)
		if (!strcmp(ctl_option_short(flag), written))
			return flag;
	return NULL;
}

/* What the verb takes, instead of what it was given. */
static int refuse_flag(const struct ctl *ctl, const char *written)
{
	const struct ctl_flag *flag = ctl->verb ? ctl->verb->flags : NULL;
	char known[512];
	struct writer writer = writer_over(known, sizeof(known) - 1);

	for (; flag && flag->name; flag++) {
		writer_put(&writer, TEXT(" --"));
		writer_put(&writer, text_of(flag->name));
	}
	known[writer.len] = '\0';
	return known[0] ? ctl_usage(ctl, "%s is not understood; it takes%s",
				    written, known)
			: ctl_usage(ctl, "%s is not understood", written);
}

static bool takes_value(const struct ctl_flag *flag)
{
	return flag->kind != CTL_SWITCH && flag->kind != CTL_TRUE;
}

static int set_output(struct ctl *ctl, const char *value)
{
	static const char *const names[] = {
		[CTL_TABLE] = "table", [CTL_JSON] = "json", [CTL_CSV] = "csv"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(value, names[i])) {
			ctl->output = (enum ctl_output)i;
			return 0;
		}
	return ctl_usage(ctl, "--output is table, json or csv");
}

static int set_watch(struct ctl *ctl, const char *value)
{
	uint64_t seconds;

	if (text_to_u64(text_of(value), &seconds) || seconds < 1 ||
	    seconds > 86400)
		return ctl_usage(ctl, "--watch is 1 to 86400 seconds");
	ctl->watch_s = (unsigned)seconds;
	return 0;
}

static int set_option(struct ctl *ctl, const struct ctl_flag *option,
		      const char *value)
{
	const struct {
		const char *name;
		const char **place;
	} places[] = {
		{ "url", &ctl->url },
		{ "token-file", &ctl->token_file },
		{ "ca-file", &ctl->ca_file },
		{ "socket", &ctl->socket },
		{ "config", &ctl->config },
		{ "data-dir", &ctl->data_dir },
	};
	const struct {
		const char *name;
		bool *place;
	} switches[] = {
		{ "dry-run", &ctl->is_dry_run },
		{ "yes", &ctl->is_sure },
		{ "verbose", &ctl->is_verbose },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (!strcmp(option->name, places[i].name))
			*places[i].place = value;
	for (size_t i = 0; i < sizeof(switches) / sizeof(*switches); i++)
		if (!strcmp(option->name, switches[i].name))
			*switches[i].place = true;
	if (!strcmp(option->name, "output"))
		return set_output(ctl, value);
	return strcmp(option->name, "watch") ? 0 : set_watch(ctl, value);
}

static int set_flag(struct ctl *ctl, const struct ctl_flag *flag,
		    bool is_option, const char *value)
{
	if (is_option)
		return set_option(ctl, flag, value);
	if (ctl_given(ctl, flag->name))
		return ctl_usage(ctl, "--%s was given twice", flag->name);
	if (ctl->given_count == CTL_GIVEN_MAX)
		return ctl_usage(ctl, "that is too many flags");
	ctl->given[ctl->given_count].flag = flag;
	ctl->given[ctl->given_count++].value = value;
	return 0;
}

const char *ctl_given(const struct ctl *ctl, const char *name)
{
	for (size_t i = 0; i < ctl->given_count; i++)
		if (!strcmp(ctl->given[i].flag->name, name))
			return ctl->given[i].value;
	return NULL;
}

/* One flag at argv[*at], and its value behind it. */
static int read_flag(struct ctl *ctl, int argc, char **argv, int *at)
{
	const char *written = argv[*at];
	const char *equals = NULL, *value = "";
	const struct ctl_flag *flag = NULL, *option;

	if (!strncmp(written, "--", 2)) {
		equals = strchr(written, '=');
		struct text name = { written + 2,
				     equals ? (size_t)(equals - written - 2)
					    : strlen(written + 2) };

		flag = ctl->verb ? find_flag(ctl->verb->flags, name) : NULL;
		option = find_flag(ctl_options, name);
	} else {
		option = find_short(written);
	}
	if (!flag && !option)
		return refuse_flag(ctl, written);
	if (takes_value(flag ? flag : option)) {
		if (!equals && *at + 1 == argc)
			return ctl_usage(ctl, "%s needs a value", written);
		value = equals ? equals + 1 : argv[++*at];
	} else if (equals) {
		return ctl_usage(ctl, "%s takes no value", written);
	}
	return set_flag(ctl, flag ? flag : option, !flag, value);
}

static bool is_flag(const char *written)
{
	return written[0] == '-' && written[1] != '\0';
}

/* Options may come before the verb: it is what begins with none of them. */
static int find_first_word(struct ctl *ctl, int argc, char **argv, int *ret_at)
{
	int at = 0, code;

	while (at < argc && is_flag(argv[at])) {
		code = read_flag(ctl, argc, argv, &at);
		if (code)
			return code;
		at++;
	}
	*ret_at = at;
	return 0;
}

static int read_rest(struct ctl *ctl, int argc, char **argv)
{
	bool flags_over = false;
	int code = 0;

	for (int at = 0; at < argc && !code; at++) {
		if (!flags_over && !strcmp(argv[at], "--"))
			flags_over = true;
		else if (!flags_over && is_flag(argv[at]))
			code = read_flag(ctl, argc, argv, &at);
		else if (ctl->operand_count == CTL_OPERANDS_MAX)
			code = ctl_usage(ctl, "that is too many words");
		else
			ctl->operands[ctl->operand_count++] = argv[at];
	}
	return code;
}

static int check(struct ctl *ctl)
{
	const struct ctl_verb *verb = ctl->verb;

	if (ctl->operand_count < verb->operands_min)
		return ctl_usage(ctl, "%s needs %s", verb->words,
				 verb->operands);
	if (ctl->operand_count > verb->operands_max)
		return ctl_usage(ctl, "\"%s\" is not understood",
				 ctl->operands[verb->operands_max]);
	if (ctl->is_dry_run && !(verb->traits & CTL_DRY_RUN))
		return ctl_usage(ctl, "%s takes no --dry-run", verb->words);
	if (ctl->watch_s && !(verb->traits & CTL_WATCH))
		return ctl_usage(ctl, "%s takes no --watch", verb->words);
	return 0;
}

/* A noun alone, or with an unknown word: what there is. */
static bool tell_noun(const struct ctl *ctl, const char *noun)
{
	size_t len = strlen(noun), count = 0;

	for (size_t i = 0; ctl_verbs[i]; i++)
		for (const struct ctl_verb *verb = ctl_verbs[i]; verb->words;
		     verb++) {
			if (strncmp(verb->words, noun, len) != 0 ||
			    verb->words[len] != ' ')
				continue;
			if (count++ == 0)
				ctl_tell(ctl, "%s what? There are:", noun);
			fprintf(stderr, "  %s %s\n", verb->words,
				verb->operands);
		}
	return count > 0;
}

/* "--help" and "-h" are verbs too, wherever they come, and so is "--version"
 * before any other word: some verbs have a flag of that name. */
static const char *verb_by_flag(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return "help";
		if (i == 0 && !strcmp(argv[i], "--version"))
			return "version";
	}
	return NULL;
}

int ctl_arguments_read(struct ctl *ctl, int argc, char **argv)
{
	char help[] = "help", *word = help;
	const char *by_flag = verb_by_flag(argc, argv);
	size_t words = 0;
	int at = 0, code;

	if (by_flag) {
		word = (char *)(uintptr_t)by_flag;
		ctl->verb = ctl_find_verb(1, &word, &words);
		for (; !strcmp(by_flag, "help") && at < argc; at++)
			if (!is_flag(argv[at]) &&
			    ctl->operand_count < CTL_OPERANDS_MAX)
				ctl->operands[ctl->operand_count++] = argv[at];
		return 0;
	}
	code = find_first_word(ctl, argc, argv, &at);
	if (code)
		return code;
	if (at == argc)
		return ctl_usage(ctl, "what is to be done?");
	ctl->verb = ctl_find_verb(argc - at, argv + at, &words);
	if (!ctl->verb && tell_noun(ctl, argv[at]))
		return CTL_USAGE;
	if (!ctl->verb)
		return ctl_usage(ctl, "there is no verb \"%s%s%s\"", argv[at],
				 at + 1 < argc ? " " : "",
				 at + 1 < argc ? argv[at + 1] : "");
	code = read_rest(ctl, argc - at - (int)words, argv + at + words);
	return code ? code : check(ctl);
}
