#include "ctl_verbs.h"

#include <string.h>

#include "ctl_arguments.h"
#include "ctl_text.h"
#include "version.h"

const struct ctl_verb *const ctl_verbs[] = {
	ctl_status_verbs,
	ctl_move_verbs,
	ctl_move_file_verbs,
	ctl_lookup_verbs,
	ctl_log_verbs,
	ctl_policy_verbs,
	ctl_policy_trial_verbs,
	ctl_account_verbs,
	ctl_object_verbs,
	ctl_doctor_verbs,
	ctl_server_verbs,
	ctl_help_verbs,
	NULL,
};

/* --- help ----------------------------------------------------------------- */

static void print_flag(const struct ctl_flag *flag, const char *short_name)
{
	printf("  %s%s--%s%s%s\n", short_name, *short_name ? ", " : "",
	       flag->name, flag->value ? " " : "",
	       flag->value ? flag->value : "");
}

static void print_verb(const struct ctl_verb *verb)
{
	printf("  %-22s %s\n", verb->words, verb->about);
}

static void print_all(const struct ctl *ctl)
{
	printf("%s VERB [OPERANDS] [FLAGS] - ask a sipmoved, and change what "
	       "it does\n\n",
	       ctl->program);
	for (size_t i = 0; ctl_verbs[i]; i++)
		for (const struct ctl_verb *verb = ctl_verbs[i]; verb->words;
		     verb++)
			print_verb(verb);
	puts("\nWith every verb:");
	for (const struct ctl_flag *flag = ctl_options; flag->name; flag++)
		print_flag(flag, ctl_option_short(flag));
	puts("\nThe local socket is found from --socket, --data-dir, --config "
	     "or the environment,\nand asks root and the server's user for no "
	     "token. Elsewhere: --url https://...\nand --token-file, or "
	     "SIPMOVED_URL and SIPMOVED_TOKEN_FILE.\n"
	     "\nExit codes: 0 done, 1 refused or not well, 2 usage, 3 no "
	     "answer, 4 not found,\n5 not allowed, 6 in conflict with what is "
	     "there.");
}

static const char *flag_value(const struct ctl_verb *verb, const char *name)
{
	for (const struct ctl_flag *flag = verb->flags; flag && flag->name;
	     flag++)
		if (!strcmp(flag->name, name))
			return flag->value;
	return NULL;
}

/* How a time is written, for a verb that takes one. */
static void print_time(const struct ctl_verb *verb)
{
	for (const struct ctl_flag *flag = verb->flags; flag && flag->name;
	     flag++)
		if (flag->value && !strncmp(flag->value, "TIME", 4)) {
			printf("  TIME is written "
			       "2026-12-01T18:00:00+07:00%s\n",
			       flag_value(verb, "time-zone")
				       ? "; with --time-zone Asia/Jakarta also "
					 "2026-12-01T18:00:00"
				       : "");
			return;
		}
}

static void print_one(const struct ctl *ctl, const struct ctl_verb *verb)
{
	printf("%s %s%s%s\n  %s\n", ctl->program, verb->words,
	       *verb->operands ? " " : "", verb->operands, verb->about);
	for (const struct ctl_flag *flag = verb->flags; flag && flag->name;
	     flag++)
		print_flag(flag, "");
	if (verb->traits & CTL_DRY_RUN)
		puts("  --dry-run");
	if (verb->traits & CTL_ASKS)
		puts("  -y, --yes");
	if (verb->traits & CTL_WATCH)
		puts("  --watch SECONDS");
	print_time(verb);
}

/* "moves" alone: every verb of that noun. */
static bool print_noun(const char *noun)
{
	size_t len = strlen(noun);
	bool found = false;

	for (size_t i = 0; ctl_verbs[i]; i++)
		for (const struct ctl_verb *verb = ctl_verbs[i]; verb->words;
		     verb++)
			if (!strncmp(verb->words, noun, len) &&
			    verb->words[len] == ' ') {
				print_verb(verb);
				found = true;
			}
	return found;
}

static int help(struct ctl *ctl)
{
	size_t count;
	const struct ctl_verb *verb =
		ctl_find_verb((int)ctl->operand_count,
			      (char *const *)(uintptr_t)ctl->operands, &count);

	if (verb)
		print_one(ctl, verb);
	else if (ctl->operand_count == 0)
		print_all(ctl);
	else if (!print_noun(ctl->operands[0]))
		return ctl_usage(ctl, "there is no verb \"%s\"",
				 ctl->operands[0]);
	return CTL_OK;
}

static int version(struct ctl *ctl)
{
	printf("%s %s\n", ctl->program, SIPMOVED_VERSION);
	return CTL_OK;
}

/* --- completion ----------------------------------------------------------- */

/* "verb words:--flag --flag" for each verb: what both shells look through. */
static void print_table(void)
{
	for (size_t i = 0; ctl_verbs[i]; i++)
		for (const struct ctl_verb *verb = ctl_verbs[i]; verb->words;
		     verb++) {
			printf("%s:", verb->words);
			for (const struct ctl_flag *flag = verb->flags;
			     flag && flag->name; flag++)
				printf("--%s ", flag->name);
			putchar('\n');
		}
}

static void print_options(void)
{
	for (const struct ctl_flag *flag = ctl_options; flag->name; flag++)
		printf("--%s ", flag->name);
}

static void print_bash(void)
{
	puts("# bash completion of sipmovedctl: source it, or put it into "
	     "/etc/bash_completion.d");
	fputs("_sipmovedctl_table='", stdout);
	print_table();
	fputs("'\n_sipmovedctl_options='", stdout);
	print_options();
	puts("'\n"
	     "_sipmovedctl() {\n"
	     "	local said='' at word line words rest found=''\n"
	     "	local current=${COMP_WORDS[COMP_CWORD]}\n"
	     "	for ((at = 1; at < COMP_CWORD; at++)); do\n"
	     "		word=${COMP_WORDS[at]}\n"
	     "		[[ $word == -* ]] || said+=\"$word \"\n"
	     "	done\n"
	     "	while IFS= read -r line; do\n"
	     "		words=${line%%:*}\n"
	     "		if [[ \"$said\" == \"$words \"* ]]; then\n"
	     "			found+=\"${line#*:} \"\n"
	     "		elif [[ \"$words \" == \"$said\"* ]]; then\n"
	     "			rest=${words#\"$said\"}\n"
	     "			found+=\"${rest%% *} \"\n"
	     "		fi\n"
	     "	done <<<\"$_sipmovedctl_table\"\n"
	     "	COMPREPLY=($(compgen -W \"$found $_sipmovedctl_options\" -- "
	     "\"$current\"))\n"
	     "}\n"
	     "complete -o default -F _sipmovedctl sipmovedctl");
}

static void print_zsh(void)
{
	puts("#compdef sipmovedctl");
	fputs("local -a table options found\n"
	      "table=(${(f)'",
	      stdout);
	print_table();
	fputs("'})\noptions=(${=:-", stdout);
	print_options();
	puts("})\n"
	     "local said='' line verb rest\n"
	     "said=\"${(j: :)${(@)words[2,CURRENT-1]:#-*}}\"\n"
	     "[[ -n $said ]] && said=\"$said \"\n"
	     "for line in $table; do\n"
	     "	verb=${line%%:*}\n"
	     "	if [[ \"$said\" == \"$verb \"* ]]; then\n"
	     "		found+=(${=line#*:})\n"
	     "	elif [[ \"$verb \" == \"$said\"* ]]; then\n"
	     "		rest=${verb#$said}\n"
	     "		found+=(${rest%% *})\n"
	     "	fi\n"
	     "done\n"
	     "compadd -a found\n"
	     "compadd -a options\n"
	     "_files");
}

static int completion(struct ctl *ctl)
{
	if (!strcmp(ctl->operands[0], "bash"))
		print_bash();
	else if (!strcmp(ctl->operands[0], "zsh"))
		print_zsh();
	else
		return ctl_usage(ctl, "there is completion for bash and zsh");
	return CTL_OK;
}

const struct ctl_verb ctl_help_verbs[] = {
	{ .words = "completion",
	  .operands = "bash|zsh",
	  .about = "a script that completes verbs and flags in that shell",
	  .operands_min = 1,
	  .operands_max = 1,
	  .traits = CTL_LOCAL,
	  .run = completion },
	{ .words = "help",
	  .operands = "[VERB]",
	  .about = "this text, or what a verb takes",
	  .operands_max = 8,
	  .traits = CTL_LOCAL,
	  .run = help },
	{ .words = "version",
	  .operands = "",
	  .about = "of this program",
	  .traits = CTL_LOCAL,
	  .run = version },
	{ .words = NULL },
};
