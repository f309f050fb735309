/*
 * config_setting.h - the table of settings, and how one value is read and
 * written. Between the files of config.h only.
 */
#ifndef SIPMOVED_CONFIG_SETTING_H
#define SIPMOVED_CONFIG_SETTING_H

#include "config.h"

enum setting_kind {
	SETTING_TEXT,
	SETTING_NUMBER,
	SETTING_BOOL,
	SETTING_LOG_LEVEL,
	SETTING_SIP_LISTENS,
	SETTING_HTTP_LISTENS,
	SETTING_HOST_NAMES,
	SETTING_ORIGINS,
	SETTING_TLS_VERIFY,
	SETTING_TLS_IDENTITIES,
	SETTING_COLLECTOR, /* HOST:PORT, or nothing */
	SETTING_SECRET,	   /* text that is never shown */
};

/* What stands where a secret would. */
#define SETTING_MASK "***"

/* One row a setting. offset, size: of its member in struct config. */
struct setting {
	const char *section, *key;
	enum setting_kind kind;
	size_t offset, size;
	uint64_t minimum, maximum; /* SETTING_NUMBER */
	const char *initial;	   /* as it would stand in a file */
};

extern const struct setting settings[];
extern const size_t setting_count;

/* NULL if there is none. */
const struct setting *setting_find(const char *section, const char *key);
/* The one that was probably meant, or NULL. */
const struct setting *setting_nearest(const char *section, const char *key);

/* config_value.c: NULL, or what is wrong with the text. A list grows. */
const char *setting_parse(struct config *config, const struct setting *setting,
			  const char *value);
bool setting_is_list(const struct setting *setting);
void setting_clear_list(struct config *config, const struct setting *setting);
/* As it would stand in a file, with a blank before each word. */
void setting_print(const struct config *config, const struct setting *setting,
		   FILE *stream);

/* Where one value came from. */
struct origin {
	const char *place;  /* "FILE:12", "the environment", "--http-listen" */
	bool replaces_list; /* first word from here drops what others said */
};

void config_set(struct config *config, const struct setting *setting,
		const struct origin *origin, const char *value,
		struct config_errors *errors);
void config_tell(struct config_errors *errors, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
