/*
 * settings_report.h - how api/ asks for the settings in force, and for reading
 * them again, without knowing server/config.h: main.c hands functions over.
 */
#ifndef SIPMOVED_BASE_SETTINGS_REPORT_H
#define SIPMOVED_BASE_SETTINGS_REPORT_H

#include "base/text.h"

enum {
	SETTINGS_NAMES_MAX = 96,
	SETTINGS_NAME_SIZE = 64, /* "redirect_log.segment_records" */
	SETTINGS_FAULTS_MAX = 16,
	SETTINGS_FAULT_SIZE = 320,
};

enum setting_type {
	SETTING_IS_TEXT,
	SETTING_IS_NUMBER,
	SETTING_IS_BOOL,
	SETTING_IS_LIST, /* words parted by blanks */
};

/* One setting; texts are views for as long as the call lasts. */
struct setting_report {
	const char *name; /* "sip.workers" */
	enum setting_type type;
	struct text value; /* as in a file; a secret's is its mask */
	const char *place; /* "default", "FILE:12", a variable, a flag */
	bool is_reloadable;
	bool is_secret;
	/* The file, the environment or a flag says otherwise by now. */
	bool needs_restart;
};
typedef void (*setting_report_fn)(void *arg,
				  const struct setting_report *report);

/* What came of reading the settings again. Names as above. */
struct settings_reload {
	char applied[SETTINGS_NAMES_MAX][SETTINGS_NAME_SIZE];
	size_t applied_count;
	char needs_restart[SETTINGS_NAMES_MAX][SETTINGS_NAME_SIZE];
	size_t needs_restart_count;
	/* Any: nothing was applied. One line each; more are left out. */
	char faults[SETTINGS_FAULTS_MAX][SETTINGS_FAULT_SIZE];
	size_t fault_count;
};

/* Both from any thread. */
typedef int (*settings_list_fn)(void *settings, setting_report_fn put,
				void *arg);
/* ENOMEM, or 0, with faults or without. */
typedef int (*settings_reload_fn)(void *settings, bool is_dry_run,
				  struct settings_reload *ret_reload);

#endif
