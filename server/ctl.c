#include "ctl.h"

#include <curl/curl.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "ctl_arguments.h"
#include "ctl_config.h"
#include "ctl_text.h"

enum {
	TOLD_SIZE = 4096,
	TOKEN_MAX = 512,
};

#define CONFIG_DEFAULT "/etc/sipmoved/sipmoved.conf"

/* --- what is told --------------------------------------------------------- */

static void tell(const struct ctl *ctl, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));
static void tell(const struct ctl *ctl, const char *format, va_list arguments)
{
	char told[TOLD_SIZE];

	vsnprintf(told, sizeof(told), format, arguments);
	fflush(stdout);
	fprintf(stderr, "%s: ", ctl->program);
	ctl_text_print_lines(text_of(told), stderr);
	fputc('\n', stderr);
}

void ctl_tell(const struct ctl *ctl, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	tell(ctl, format, arguments);
	va_end(arguments);
}

int ctl_usage(const struct ctl *ctl, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	tell(ctl, format, arguments);
	va_end(arguments);
	if (ctl->verb)
		fprintf(stderr, "usage: %s %s%s%s; `%s help %s` tells more\n",
			ctl->program, ctl->verb->words,
			*ctl->verb->operands ? " " : "", ctl->verb->operands,
			ctl->program, ctl->verb->words);
	else
		fprintf(stderr, "`%s help` lists what can be asked\n",
			ctl->program);
	return CTL_USAGE;
}

const char *ctl_colour(const struct ctl *ctl, enum ctl_colour colour)
{
	static const char *const codes[] = {
		[CTL_PLAIN] = "\033[0m",   [CTL_GREEN] = "\033[32m",
		[CTL_YELLOW] = "\033[33m", [CTL_RED] = "\033[31m",
		[CTL_BOLD] = "\033[1m",
	};

	return ctl->has_colour ? codes[colour] : "";
}

void ctl_print(const struct ctl *ctl, const char *format, ...)
{
	char told[TOLD_SIZE];
	va_list arguments;

	(void)ctl;
	va_start(arguments, format);
	vsnprintf(told, sizeof(told), format, arguments);
	va_end(arguments);
	ctl_text_print_lines(text_of(told), stdout);
}

/* --- where the server is -------------------------------------------------- */

/* A token goes into a header: one line, nothing but visible characters. */
static bool is_token(const char *text)
{
	for (const char *c = text; *c; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	return *text != '\0';
}

static int read_token(struct ctl *ctl, const char *path)
{
	char line[TOKEN_MAX + 2] = "";
	FILE *file = fopen(path, "r");
	struct stat about;
	size_t size = sizeof("Authorization: Bearer ") + TOKEN_MAX + 1;

	if (!file)
		return ctl_usage(ctl, "the token's file %s cannot be read",
				 path);
	if (!fstat(fileno(file), &about) && (about.st_mode & 077))
		ctl_tell(ctl, "others can read the token: chmod 600 %s", path);
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, " \t\r\n")] = '\0';
	if (!is_token(line) || strlen(line) > TOKEN_MAX)
		return ctl_usage(ctl, "%s holds no token", path);
	ctl->authorization = malloc(size);
	if (!ctl->authorization)
		return ctl_usage(ctl, "out of memory");
	snprintf(ctl->authorization, size, "Authorization: Bearer %s", line);
	return 0;
}

void ctl_config_read(const struct ctl *ctl, struct config *config,
		     struct config_errors *errors)
{
	const char *file = ctl->config;

	if (!file && !ctl->data_dir && !access(CONFIG_DEFAULT, R_OK))
		file = CONFIG_DEFAULT;
	config_init(config);
	if (file)
		config_read_file(config, file, errors);
	config_read_environment(config, errors);
	if (!ctl->data_dir)
		return;
	config_set_flag(config, "server", "data_dir", "--data-dir",
			ctl->data_dir, errors);
	/* Whoever names a folder alone means the server that runs there. */
	if (!file)
		config->http_socket[0] = '\0';
}

/* Only where its socket is matters here. */
static int find_socket(struct ctl *ctl)
{
	static struct config config;
	struct config_errors errors = { .stream = stderr };
	char socket_path[CONFIG_PATH_MAX];

	ctl_config_read(ctl, &config, &errors);
	if (errors.count > 0)
		return ctl_usage(ctl, "the settings do not say where the "
				      "server is");
	config_socket_path(&config, socket_path);
	text_copy(text_of(socket_path), ctl->socket_path,
		  sizeof(ctl->socket_path));
	return 0;
}

static bool is_clear_and_far(const char *url)
{
	static const char *const near[] = { "http://127.", "http://localhost",
					    "http://[::1]" };

	for (size_t i = 0; i < 3; i++)
		if (!strncmp(url, near[i], strlen(near[i])))
			return false;
	return !strncmp(url, "http://", 7);
}

static int find_server(struct ctl *ctl)
{
	const char *token_file = ctl->token_file
					 ? ctl->token_file
					 : getenv("SIPMOVED_TOKEN_FILE");
	int code = 0;

	if (!ctl->url && !ctl->socket && !ctl->data_dir && !ctl->config)
		ctl->url = getenv("SIPMOVED_URL");
	if (ctl->url && strncmp(ctl->url, "http://", 7) != 0 &&
	    strncmp(ctl->url, "https://", 8) != 0)
		return ctl_usage(ctl, "--url begins with https:// or http://");
	if (ctl->socket)
		text_copy(text_of(ctl->socket), ctl->socket_path,
			  sizeof(ctl->socket_path));
	else if (!ctl->url)
		code = find_socket(ctl);
	if (!code && token_file && *token_file)
		code = read_token(ctl, token_file);
	if (!code && ctl->authorization && ctl->url &&
	    is_clear_and_far(ctl->url))
		ctl_tell(ctl, "the token travels in clear: use https://");
	return code;
}

/* --- running -------------------------------------------------------------- */

static int watch(struct ctl *ctl)
{
	const struct timespec pause = { .tv_sec = ctl->watch_s };
	int code;

	for (;;) {
		if (ctl->is_terminal)
			fputs("\033[H\033[2J", stdout);
		code = ctl->verb->run(ctl);
		if (code == CTL_USAGE || ferror(stdout))
			return code;
		if (!ctl->is_terminal)
			putchar('\n');
		fflush(stdout);
		nanosleep(&pause, NULL);
	}
}

static int run(struct ctl *ctl)
{
	const char *no_colour = getenv("NO_COLOR");
	int code;

	ctl->is_terminal = isatty(STDOUT_FILENO);
	ctl->has_colour = ctl->is_terminal && !(no_colour && *no_colour);
	if (ctl->verb->traits & CTL_LOCAL)
		return ctl->verb->run(ctl);
	code = find_server(ctl);
	if (code)
		return code;
	return ctl->watch_s ? watch(ctl) : ctl->verb->run(ctl);
}

int ctl_main(const char *program, int argc, char **argv)
{
	static struct ctl ctl;
	int code;

	ctl.program = program;
	/* For the width of characters; text is UTF-8 wherever it comes from. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
		ctl_tell(&ctl, "out of memory");
		return CTL_REFUSED;
	}
	code = ctl_arguments_read(&ctl, argc, argv);
	if (!code)
		code = run(&ctl);
	if (fflush(stdout) && code == CTL_OK)
		code = CTL_REFUSED;
	free(ctl.authorization);
	curl_global_cleanup();
	return code;
}
