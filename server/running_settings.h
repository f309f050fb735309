/*
 * running_settings.h - the settings in force, and reading them again: all or
 * nothing, and only what can change while the server runs.
 *
 * Any thread; reload_lock is held while they are read, shown or replaced.
 */
#ifndef SIPMOVED_RUNNING_SETTINGS_H
#define SIPMOVED_RUNNING_SETTINGS_H

#include "base/settings_report.h"
#include "config.h"

struct tls_context;
struct running_settings;

/* Reads all there is into a fresh config, and tells every error. */
struct config_source {
	void (*read)(void *arg, struct config *config,
		     struct config_errors *errors);
	void *arg;
};

struct running_settings_config {
	const struct config *config;	    /* at the start; copied */
	const struct config_source *source; /* borrowed; outlives it */
	/* Takes the reference. */
	void (*offer_tls)(void *arg, struct tls_context *tls);
	/* Before anything else is applied. ENOMEM: nothing is. */
	int (*offer_rates)(void *arg, const struct config *config);
	void *arg;
};

int running_settings_new(const struct running_settings_config *config,
			 struct running_settings **ret_settings)
	__attribute__((warn_unused_result));
void running_settings_free(struct running_settings *running); /* takes NULL */

/* settings_list_fn, settings_reload_fn. The second one writes what came of it
 * into the log, unless it is a dry run. */
int running_settings_list(void *arg, setting_report_fn put, void *put_arg)
	__attribute__((warn_unused_result));
int running_settings_reload(void *arg, bool is_dry_run,
			    struct settings_reload *ret_reload)
	__attribute__((warn_unused_result));

#endif
