/*
 * main.c - the command line: verbs and flags.
 */
#include <errno.h>
#include <getopt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup_command.h"
#include "config.h"
#include "ctl.h"
#include "serve.h"
#include "token_command.h"
#include "user_command.h"
#include "version.h"

static const char usage[] =
	"sipmoved " SIPMOVED_VERSION " - a SIP redirect server\n"
	"\n"
	"  sipmoved serve [SETTINGS]         run until SIGTERM\n"
	"  sipmoved token create --name N --role ROLE [--expires-in-days D]\n"
	"                                    print a new API token on stdout;\n"
	"                                    ROLE: admin operator helpdesk "
	"service\n"
	"  sipmoved token list [--name N]    the tokens, without their "
	"secrets\n"
	"  sipmoved token revoke --name N    that token opens nothing any "
	"more\n"
	"  sipmoved user create-admin --name N\n"
	"                                    print a link that sets an "
	"administrator's\n"
	"                                    password, once\n"
	"  sipmoved hash                     a password's hash; the password "
	"is "
	"read\n"
	"                                    from stdin\n"
	"  sipmoved backup [--output FILE] [--note TEXT]\n"
	"                                    with the server running or not\n"
	"  sipmoved restore FILE [--force]   put a backup back; the server is "
	"stopped\n"
	"  sipmoved check-config [SETTINGS]  tell every error, change nothing\n"
	"  sipmoved print-config [SETTINGS]  each setting and where it comes "
	"from\n"
	"  sipmoved ctl VERB ...             ask a server that runs: the same "
	"as\n"
	"                                    sipmovedctl; sipmoved ctl help\n"
	"  sipmoved version | help\n"
	"\n"
	"SETTINGS, each over the one before: defaults, the file and its "
	"conf.d,\n"
	"the environment (SIPMOVED_SIP__WORKERS=2), flags:\n"
	"  --config FILE\n"
	"  --data-dir DIR                  [server] data_dir\n"
	"  --log-level LEVEL               [server] log_level\n"
	"  --sip-listen udp:HOST:PORT ...  [sip] listen; UDP and TCP, or "
	"tls:HOST:PORT\n"
	"  --sip-workers N                 [sip] workers\n"
	"  --http-listen HOST:PORT ...     [http] listen\n"
	"  --http-socket PATH              [http] socket\n"
	"  --portal-dir DIR                [http] portal_dir: the portal's "
	"files\n"
	"                                  from disk, for who works on them\n"
	"  --set SECTION.KEY=VALUE ...     any setting\n";

enum flag {
	FLAG_CONFIG = 256,
	FLAG_NAME,
	FLAG_ROLE,
	FLAG_EXPIRES,
	FLAG_SET,
	FLAG_OUTPUT,
	FLAG_NOTE,
	FLAG_FORCE,
	FLAG_SETTING, /* and up: setting_flags[flag - FLAG_SETTING] */
};

static const struct {
	const char *flag, *section, *key;
} setting_flags[] = {
	{ "data-dir", "server", "data_dir" },
	{ "log-level", "server", "log_level" },
	{ "sip-listen", "sip", "listen" },
	{ "sip-workers", "sip", "workers" },
	{ "http-listen", "http", "listen" },
	{ "http-socket", "http", "socket" },
	{ "portal-dir", "http", "portal_dir" },
};

enum {
	SETTING_FLAGS = sizeof(setting_flags) / sizeof(*setting_flags),
	FLAGS_MAX = 256,
};

static const struct option long_options[] = {
	{ "data-dir", required_argument, NULL, FLAG_SETTING + 0 },
	{ "log-level", required_argument, NULL, FLAG_SETTING + 1 },
	{ "sip-listen", required_argument, NULL, FLAG_SETTING + 2 },
	{ "sip-workers", required_argument, NULL, FLAG_SETTING + 3 },
	{ "http-listen", required_argument, NULL, FLAG_SETTING + 4 },
	{ "http-socket", required_argument, NULL, FLAG_SETTING + 5 },
	{ "portal-dir", required_argument, NULL, FLAG_SETTING + 6 },
	{ "set", required_argument, NULL, FLAG_SET },
	{ "config", required_argument, NULL, FLAG_CONFIG },
	{ "name", required_argument, NULL, FLAG_NAME },
	{ "role", required_argument, NULL, FLAG_ROLE },
	{ "expires-in-days", required_argument, NULL, FLAG_EXPIRES },
	{ "output", required_argument, NULL, FLAG_OUTPUT },
	{ "note", required_argument, NULL, FLAG_NOTE },
	{ "force", no_argument, NULL, FLAG_FORCE },
	{ NULL, 0, NULL, 0 },
};

/* What was on the command line, in order; settings are applied after the file
 * and the environment. */
struct command_line {
	const char *config_path;
	struct token_request token;
	struct backup_order backup;
	bool takes_file; /* one word behind the flags */
	struct {
		int flag;
		const char *value;
	} flags[FLAGS_MAX];
	size_t flag_count;
};

static bool parse_days(const char *text, unsigned *ret_days)
{
	uint64_t days;

	if (text_to_u64(text_of(text), &days) || days < 1 || days > 366) {
		fputs("sipmoved: --expires-in-days is 1 to 366\n", stderr);
		return false;
	}
	*ret_days = (unsigned)days;
	return true;
}

static bool parse_flags(int argc, char **argv, struct command_line *line)
{
	int flag;

	while ((flag = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (flag) {
		case '?':
			return false;
		case FLAG_CONFIG:
			line->config_path = optarg;
			break;
		case FLAG_NAME:
			line->token.name = optarg;
			break;
		case FLAG_ROLE:
			line->token.role = optarg;
			break;
		case FLAG_OUTPUT:
			line->backup.output = optarg;
			break;
		case FLAG_NOTE:
			line->backup.note = optarg;
			break;
		case FLAG_FORCE:
			line->backup.is_forced = true;
			break;
		case FLAG_EXPIRES:
			if (!parse_days(optarg, &line->token.expires_in_days))
				return false;
			break;
		default:
			if (line->flag_count == FLAGS_MAX) {
				fputs("sipmoved: too many flags\n", stderr);
				return false;
			}
			line->flags[line->flag_count].flag = flag;
			line->flags[line->flag_count++].value = optarg;
		}
	}
	if (optind < argc && line->takes_file)
		line->backup.file = argv[optind++];
	if (optind < argc)
		fprintf(stderr, "sipmoved: \"%s\" is not understood\n",
			argv[optind]);
	return optind == argc;
}

static void apply_flag(struct config *config, int flag, const char *value,
		       struct config_errors *errors)
{
	char name[64];

	if (flag == FLAG_SET) {
		config_set_pair(config, value, errors);
		return;
	}
	snprintf(name, sizeof(name), "--%s",
		 setting_flags[flag - FLAG_SETTING].flag);
	config_set_flag(config, setting_flags[flag - FLAG_SETTING].section,
			setting_flags[flag - FLAG_SETTING].key, name, value,
			errors);
}

/* Of a config_source: arg is the command line. Also while the server runs. */
static void read_all(void *arg, struct config *config,
		     struct config_errors *errors)
{
	const struct command_line *line = arg;

	config_init(config);
	if (line->config_path)
		config_read_file(config, line->config_path, errors);
	config_read_environment(config, errors);
	for (size_t i = 0; i < line->flag_count; i++)
		apply_flag(config, line->flags[i].flag, line->flags[i].value,
			   errors);
	if (errors->count == 0)
		config_check(config, errors);
}

/* False, with every error told, if something is wrong. */
static bool read_config(struct command_line *line, struct config *config)
{
	struct config_errors errors = { .stream = stderr };

	read_all(line, config, &errors);
	if (errors.count > 0)
		fprintf(stderr, "sipmoved: %zu error%s in the configuration\n",
			errors.count, errors.count == 1 ? "" : "s");
	return errors.count == 0;
}

static int verb_serve(const struct config *config, struct command_line *line)
{
	const struct config_source source = { read_all, line };

	log_set_level(config->log_level);
	return serve(config, &source);
}

static int verb_token_create(const struct config *config,
			     struct command_line *line)
{
	if (!line->token.name || !line->token.role) {
		fputs("sipmoved: token create needs --name and --role\n",
		      stderr);
		return 2;
	}
	return token_create_command(config, &line->token);
}

static int verb_token_list(const struct config *config,
			   struct command_line *line)
{
	return token_list_command(config, &line->token);
}

static int verb_token_revoke(const struct config *config,
			     struct command_line *line)
{
	if (!line->token.name) {
		fputs("sipmoved: token revoke needs --name\n", stderr);
		return 2;
	}
	return token_revoke_command(config, &line->token);
}

static int verb_user_create_admin(const struct config *config,
				  struct command_line *line)
{
	if (!line->token.name) {
		fputs("sipmoved: user create-admin needs --name\n", stderr);
		return 2;
	}
	return user_create_admin_command(config, line->token.name);
}

static int verb_hash(const struct config *config, struct command_line *line)
{
	(void)line;
	return hash_command(config);
}

static int verb_backup(const struct config *config, struct command_line *line)
{
	return backup_command(config, &line->backup);
}

static int verb_restore(const struct config *config, struct command_line *line)
{
	if (!line->backup.file) {
		fputs("sipmoved: restore needs the FILE of a backup\n", stderr);
		return 2;
	}
	return restore_command(config, &line->backup);
}

static int verb_check_config(const struct config *config,
			     struct command_line *line)
{
	struct config_errors errors = { .stream = stderr };

	(void)line;
	config_check_files(config, &errors);
	if (errors.count > 0)
		return 1;
	puts("the configuration is good");
	return 0;
}

static int verb_print_config(const struct config *config,
			     struct command_line *line)
{
	(void)line;
	config_print(config, stdout);
	return 0;
}

static const struct verb {
	const char *first, *second; /* second NULL: a verb of one word */
	int (*run)(const struct config *config, struct command_line *line);
} verbs[] = {
	{ "serve", NULL, verb_serve },
	{ "token", "create", verb_token_create },
	{ "token", "list", verb_token_list },
	{ "token", "revoke", verb_token_revoke },
	{ "user", "create-admin", verb_user_create_admin },
	{ "hash", NULL, verb_hash },
	{ "backup", NULL, verb_backup },
	{ "restore", NULL, verb_restore },
	{ "check-config", NULL, verb_check_config },
	{ "print-config", NULL, verb_print_config },
};

static const struct verb *find_verb(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		const struct verb *verb = &verbs[i];

		if (argc > 1 && !strcmp(argv[1], verb->first) &&
		    (!verb->second ||
		     (argc > 2 && !strcmp(argv[2], verb->second))))
			return verb;
	}
	return NULL;
}

/* "--help", also behind a verb. */
static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--help"))
			return true;
	return false;
}

/* The client by its own name, or as a verb. */
static bool is_ctl(int argc, char **argv, int *ret_words)
{
	const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;

	name = name ? name + 1 : argc > 0 ? argv[0] : "";
	*ret_words = strcmp(name, "sipmovedctl") ? 2 : 1;
	return *ret_words == 1 || (argc > 1 && !strcmp(argv[1], "ctl"));
}

int main(int argc, char **argv)
{
	static struct config config;
	static struct command_line line = { .token = { .expires_in_days =
							       90 } };
	const struct verb *verb = find_verb(argc, argv);
	int words;

	if (is_ctl(argc, argv, &words))
		return ctl_main(words == 1 ? "sipmovedctl" : "sipmoved ctl",
				argc - words, argv + words);
	if ((argc > 1 && !strcmp(argv[1], "help")) ||
	    asks_for_help(argc, argv)) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc > 1 &&
	    (!strcmp(argv[1], "version") || !strcmp(argv[1], "--version"))) {
		puts("sipmoved " SIPMOVED_VERSION);
		return 0;
	}
	if (!verb) {
		if (argc > 1)
			fprintf(stderr, "sipmoved: no command \"%s%s%s\"\n\n",
				argv[1], argc > 2 ? " " : "",
				argc > 2 ? argv[2] : "");
		fputs(usage, stderr);
		return 2;
	}
	words = verb->second ? 2 : 1;
	line.takes_file = verb->run == verb_restore;
	if (!parse_flags(argc - words, argv + words, &line))
		return 2;
	if (!read_config(&line, &config))
		return 1;
	if (sodium_init() < 0) {
		fputs("sipmoved: no source of random bytes\n", stderr);
		return 1;
	}
	return verb->run(&config, &line);
}
