/*
 * ctl.h - sipmovedctl, the client of the API for the command line: what its
 * verbs share. Main thread.
 *
 * A verb is a row of a table. Most are one request, told by the row alone:
 * ctl_verb.h runs those. The rest bring a function of their own.
 */
#ifndef SIPMOVED_CTL_H
#define SIPMOVED_CTL_H

#include <stdio.h>

#include "base/text.h"
#include "ctl_json.h"

/* Exit codes: promises, told in sipmovedctl(1). */
enum ctl_exit {
	CTL_OK = 0,
	CTL_REFUSED = 1,     /* the server said no, or something is not well */
	CTL_USAGE = 2,	     /* the command line is wrong; nothing was asked */
	CTL_UNREACHABLE = 3, /* no answer */
	CTL_NOT_FOUND = 4,
	CTL_NOT_ALLOWED = 5, /* no token, a bad one, or one without the scope */
	CTL_CONFLICT = 6,    /* with what is there, or changed by others */
};

enum ctl_output {
	CTL_TABLE,
	CTL_JSON,
	CTL_CSV,
};

enum ctl_flag_kind {
	CTL_END,       /* ends a list of flags */
	CTL_QUERY,     /* a parameter of the query */
	CTL_QUERY_URI, /* the same, as ctl_uri_of() makes it */
	CTL_STRING,    /* members of the body */
	CTL_NULLABLE,  /* a string; the word "none" is null */
	CTL_INTEGER,
	CTL_WORDS, /* "a,b" becomes ["a","b"] */
	CTL_BOOL,  /* yes or no */
	CTL_TRUE,  /* takes no value: true */
	CTL_OWN,   /* the verb's own, with a value */
	CTL_SWITCH /* the verb's own, without one */
};

struct ctl_flag {
	const char *name; /* "ends-at", of the member or parameter ends_at */
	enum ctl_flag_kind kind;
	const char *value; /* what the help calls its value */
};

struct ctl_column {
	const char *path; /* ctl_json_member(); the last of a row is NULL */
	const char *heading;
};

enum ctl_trait {
	CTL_DRY_RUN = 1 << 0, /* takes --dry-run */
	CTL_ASKS = 1 << 1,    /* asks before it does it, on a terminal */
	CTL_WATCH = 1 << 2,   /* takes --watch */
	CTL_LOCAL = 1 << 3,   /* asks no server */
};

struct ctl;

struct ctl_verb {
	const char *words; /* "policy rule add" */
	const char *operands, *about;
	unsigned char operands_min, operands_max;
	unsigned char traits;
	const struct ctl_flag *flags; /* NULL: none */
	int (*run)(struct ctl *ctl);
	/* For the functions of ctl_verb.h. */
	const char *method;
	const char *path;	/* "%s" is the first operand */
	const char *members[3]; /* that the operands are, in the body */
	const struct ctl_column *columns;
};

enum {
	CTL_OPERANDS_MAX = 32,
	CTL_GIVEN_MAX = 64,
};

/* Everything that one run knows. */
struct ctl {
	const char *program; /* "sipmovedctl", or "sipmoved ctl" */
	const struct ctl_verb *verb;

	/* Where the server is. */
	const char *url, *token_file, *ca_file; /* NULL: not given */
	const char *socket, *data_dir, *config;
	char socket_path[1024];
	char *authorization; /* header; owned */

	enum ctl_output output;
	bool is_verbose, is_sure, is_dry_run, is_terminal, has_colour;
	unsigned watch_s;

	const char *operands[CTL_OPERANDS_MAX];
	size_t operand_count;
	struct {
		const struct ctl_flag *flag;
		const char *value;
	} given[CTL_GIVEN_MAX];
	size_t given_count;

	bool rate_is_known; /* of calls: ctl_status.c */
	double calls_before, seconds_before;
};

/* The program: argv[0] is its name, argv[1] the first word behind it. */
int ctl_main(const char *program, int argc, char **argv);

/* Every table of verbs, in the order of the help; NULL behind the last row of a
 * table and behind the last table. */
extern const struct ctl_verb *const ctl_verbs[];
extern const struct ctl_flag ctl_options[];
const char *ctl_option_short(const struct ctl_flag *flag); /* "-o", or "" */

/* The value of the verb's flag; NULL: not given. A switch gives "". */
const char *ctl_given(const struct ctl *ctl, const char *name);

/* One line on stderr, with the program's name; bytes are made printable. */
void ctl_tell(const struct ctl *ctl, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int ctl_usage(const struct ctl *ctl, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Bold green, yellow, red... or nothing: for one word of the output. */
enum ctl_colour {
	CTL_PLAIN,
	CTL_GREEN,
	CTL_YELLOW,
	CTL_RED,
	CTL_BOLD
};
const char *ctl_colour(const struct ctl *ctl, enum ctl_colour colour);
/* On stdout, printable. */
void ctl_print(const struct ctl *ctl, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
