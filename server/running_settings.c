#include "running_settings.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "config_setting.h"
#include "sip/tls_context.h"

struct running_settings {
	pthread_mutex_t reload_lock;
	struct running_settings_config made_with;
	struct config config; /* in force; under reload_lock, like all below */
	bool needs_restart[CONFIG_SETTINGS_MAX];
};

_Static_assert((size_t)SETTINGS_NAMES_MAX >= (size_t)CONFIG_SETTINGS_MAX,
	       "every setting may have changed");

/* What a running server takes. The rest needs a restart. */
static const char *const reloadable[] = {
	"server.log_level",	  "tls.certificate",
	"tls.private_key",	  "tls.sni_dir",
	"tls.client_ca",	  "tls.verify_client",
	"tls.client_identities",  "http.reads_per_minute",
	"http.writes_per_minute", "http.exports_per_minute",
	"http.logins_per_minute", "http.limit_loopback",
};

static bool is_of_tls(const char *name)
{
	return strncmp(name, "tls.", 4) == 0;
}

static bool is_reloadable(const char *name)
{
	for (size_t i = 0; i < sizeof(reloadable) / sizeof(*reloadable); i++)
		if (!strcmp(reloadable[i], name))
			return true;
	return false;
}

static void name_of(const struct setting *setting,
		    char name[SETTINGS_NAME_SIZE])
{
	snprintf(name, SETTINGS_NAME_SIZE, "%s.%s", setting->section,
		 setting->key);
}

int running_settings_new(const struct running_settings_config *config,
			 struct running_settings **ret_settings)
{
	struct running_settings *running = calloc(1, sizeof(*running));

	if (!running)
		return ENOMEM;
	running->made_with = *config;
	running->config = *config->config;
	pthread_mutex_init(&running->reload_lock, NULL);
	*ret_settings = running;
	return 0;
}

void running_settings_free(struct running_settings *running)
{
	if (!running)
		return;
	pthread_mutex_destroy(&running->reload_lock);
	free(running);
}

/* --- as text ------------------------------------------------------------- */

/* As it would stand in a file; malloc'ed, the caller's. */
static int value_of(const struct config *config, const struct setting *setting,
		    char **ret_value)
{
	char *value = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&value, &size);

	if (!stream)
		return ENOMEM;
	setting_print(config, setting, stream);
	if (fclose(stream) != 0) {
		free(value);
		return ENOMEM;
	}
	*ret_value = value;
	return 0;
}

static enum setting_type type_of(const struct setting *setting)
{
	if (setting_is_list(setting))
		return SETTING_IS_LIST;
	if (setting->kind == SETTING_NUMBER)
		return SETTING_IS_NUMBER;
	return setting->kind == SETTING_BOOL ? SETTING_IS_BOOL
					     : SETTING_IS_TEXT;
}

static int report(const struct running_settings *running, size_t index,
		  setting_report_fn put, void *arg)
{
	const struct setting *setting = &settings[index];
	char name[SETTINGS_NAME_SIZE];
	char *value = NULL;
	int err = value_of(&running->config, setting, &value);

	if (err)
		return err;
	name_of(setting, name);
	put(arg, &(struct setting_report){
			 .name = name,
			 .type = type_of(setting),
			 .value = text_trim(text_of(value)),
			 .place = running->config.sources[index],
			 .is_reloadable = is_reloadable(name),
			 .is_secret = setting->kind == SETTING_SECRET,
			 .needs_restart = running->needs_restart[index],
		 });
	free(value);
	return 0;
}

int running_settings_list(void *arg, setting_report_fn put, void *put_arg)
{
	struct running_settings *running = arg;
	int err = 0;

	pthread_mutex_lock(&running->reload_lock);
	for (size_t i = 0; i < setting_count && !err; i++)
		err = report(running, i, put, put_arg);
	pthread_mutex_unlock(&running->reload_lock);
	return err;
}

/* --- reading again ------------------------------------------------------- */

struct reading {
	struct config config;
	struct tls_context *tls; /* NULL without certificates */
	char tls_why[TLS_WHY_SIZE];
	bool changed[CONFIG_SETTINGS_MAX];
};

static void take_faults(char *lines, struct settings_reload *reload)
{
	char *rest = lines, *line;

	while ((line = strsep(&rest, "\n")) != NULL)
		if (*line && reload->fault_count < SETTINGS_FAULTS_MAX)
			text_copy(text_of(line),
				  reload->faults[reload->fault_count++],
				  SETTINGS_FAULT_SIZE);
}

/* Everything that can be wrong is found here, before anything is changed. */
static int read_all(struct running_settings *running, struct reading *reading,
		    struct settings_reload *reload)
{
	const struct config_source *source = running->made_with.source;
	char *lines = NULL;
	size_t size = 0;
	struct config_errors errors = { .stream =
						open_memstream(&lines, &size) };

	if (!errors.stream)
		return ENOMEM;
	source->read(source->arg, &reading->config, &errors);
	if (errors.count == 0 && reading->config.tls.certificate[0] &&
	    tls_context_new(&reading->config.tls, &reading->tls,
			    reading->tls_why))
		config_tell(&errors, "[tls] %s", reading->tls_why);
	if (fclose(errors.stream) != 0) {
		free(lines);
		return ENOMEM;
	}
	take_faults(lines, reload);
	free(lines);
	return 0;
}

static int find_changed(const struct running_settings *running,
			struct reading *reading)
{
	int err = 0;

	for (size_t i = 0; i < setting_count && !err; i++) {
		const struct setting *setting = &settings[i];
		char *old = NULL, *new = NULL;

		err = value_of(&running->config, setting, &old);
		if (!err)
			err = value_of(&reading->config, setting, &new);
		if (!err)
			reading->changed[i] =
				setting->kind == SETTING_SECRET
					? memcmp((const char *)&running
								 ->config +
							 setting->offset,
						 (const char *)&reading
								 ->config +
							 setting->offset,
						 setting->size) != 0
					: strcmp(old, new) != 0;
		free(old);
		free(new);
	}
	return err;
}

/* Certificates are exchanged where there are some, and will be. */
static bool can_apply(const struct running_settings *running,
		      const struct reading *reading, const char *name)
{
	return is_reloadable(name) &&
	       (!is_of_tls(name) ||
		(running->config.tls.certificate[0] && reading->tls));
}

static void sort_out(const struct running_settings *running,
		     const struct reading *reading,
		     struct settings_reload *reload)
{
	for (size_t i = 0; i < setting_count; i++) {
		char name[SETTINGS_NAME_SIZE];

		if (!reading->changed[i])
			continue;
		name_of(&settings[i], name);
		memcpy(can_apply(running, reading, name)
			       ? reload->applied[reload->applied_count++]
			       : reload->needs_restart
					 [reload->needs_restart_count++],
		       name, sizeof(name));
	}
}

static void note_places(struct running_settings *running,
			const struct reading *reading)
{
	for (size_t i = 0; i < setting_count; i++) {
		char name[SETTINGS_NAME_SIZE];

		name_of(&settings[i], name);
		running->needs_restart[i] = reading->changed[i] &&
					    !can_apply(running, reading, name);
		if (!running->needs_restart[i])
			memcpy(running->config.sources[i],
			       reading->config.sources[i],
			       sizeof(running->config.sources[i]));
	}
}

static void apply_tls(struct running_settings *running, struct reading *reading)
{
	struct config *config = &running->config;
	uint64_t handshake_timeout_s = config->tls.handshake_timeout_s;
	char expires_at[TIMESTAMP_SIZE];

	if (!config->tls.certificate[0] || !reading->tls)
		return;
	config->tls = reading->config.tls;
	config->tls.handshake_timeout_s = handshake_timeout_s;
	timestamp_format(tls_context_expires_at_ms(reading->tls), expires_at);
	log_info("tls_reloaded", "certificates=%zu first_expires_at=%s",
		 tls_context_certificate_count(reading->tls), expires_at);
	running->made_with.offer_tls(running->made_with.arg, reading->tls);
	reading->tls = NULL; /* theirs now */
}

static bool rates_differ(const struct config *a, const struct config *b)
{
	return a->http_limit_loopback != b->http_limit_loopback ||
	       memcmp(a->http_per_minute, b->http_per_minute,
		      sizeof(a->http_per_minute)) != 0;
}

/* What can fail comes first. */
static int apply(struct running_settings *running, struct reading *reading)
{
	struct config *config = &running->config;
	int err = 0;

	/* Quotas that stay are not filled up by a reload. */
	if (rates_differ(config, &reading->config))
		err = running->made_with.offer_rates(running->made_with.arg,
						     &reading->config);
	if (err)
		return err;
	note_places(running, reading);
	memcpy(config->http_per_minute, reading->config.http_per_minute,
	       sizeof(config->http_per_minute));
	config->http_limit_loopback = reading->config.http_limit_loopback;
	config->log_level = reading->config.log_level;
	log_set_level(config->log_level);
	apply_tls(running, reading);
	return 0;
}

static void put_names(struct writer *writer,
		      const char names[][SETTINGS_NAME_SIZE], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			writer_byte(writer, ' ');
		writer_put(writer, text_of(names[i]));
	}
}

static void tell(const struct reading *reading,
		 const struct settings_reload *reload)
{
	char applied[LOG_QUOTED_MAX], restart[LOG_QUOTED_MAX];
	struct writer first = writer_over(applied, sizeof(applied));
	struct writer second = writer_over(restart, sizeof(restart));

	if (reading->tls_why[0])
		log_error("tls_reload_failed",
			  "detail=%s kept=\"the certificates in use\"",
			  log_quoted(text_of(reading->tls_why)));
	for (size_t i = 0; i < reload->fault_count; i++)
		log_error("reload_failed", "detail=%s kept=\"all settings\"",
			  log_quoted(text_of(reload->faults[i])));
	if (reload->fault_count > 0)
		return;
	put_names(&first, reload->applied, reload->applied_count);
	put_names(&second, reload->needs_restart, reload->needs_restart_count);
	log_info("reloaded", "applied=%s needs_restart=%s",
		 log_quoted(writer_text(&first)),
		 log_quoted(writer_text(&second)));
}

int running_settings_reload(void *arg, bool is_dry_run,
			    struct settings_reload *ret_reload)
{
	struct running_settings *running = arg;
	struct reading *reading = calloc(1, sizeof(*reading));
	int err;

	if (!reading)
		return ENOMEM;
	memset(ret_reload, 0, sizeof(*ret_reload));
	pthread_mutex_lock(&running->reload_lock);
	err = read_all(running, reading, ret_reload);
	if (!err && ret_reload->fault_count == 0)
		err = find_changed(running, reading);
	if (!err && ret_reload->fault_count == 0)
		sort_out(running, reading, ret_reload);
	if (!err && ret_reload->fault_count == 0 && !is_dry_run)
		err = apply(running, reading);
	if (!err && !is_dry_run)
		tell(reading, ret_reload);
	pthread_mutex_unlock(&running->reload_lock);
	tls_context_unref(reading->tls);
	free(reading);
	return err;
}
