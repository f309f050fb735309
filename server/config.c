#include "config_setting.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "db/password.h"
#include "sip/tls_context.h"

enum {
	MEBIBYTE = 1 << 20,
};

#define MEMBER(member) \
	offsetof(struct config, member), sizeof(((struct config *)0)->member)

const struct setting settings[] = {
	{ "server", "data_dir", SETTING_TEXT, MEMBER(data_dir), 0, 0, "data" },
	{ "server", "log_level", SETTING_LOG_LEVEL, MEMBER(log_level), 0, 0,
	  "info" },
	{ "sip", "listen", SETTING_SIP_LISTENS, MEMBER(sip_listens), 0, 0,
	  "udp:127.0.0.1:5060" },
	{ "sip", "workers", SETTING_NUMBER, MEMBER(sip_workers), 1,
	  SIP_WORKERS_MAX, "1" },
	{ "sip", "transactions_max", SETTING_NUMBER,
	  MEMBER(sip_transactions_max), 1000, 10000000, "1000000" },
	{ "sip", "unproven_retransmits", SETTING_NUMBER,
	  MEMBER(sip_unproven_retransmits), 0, 10, "1" },
	{ "sip", "strict_timer_g", SETTING_BOOL, MEMBER(sip_strict_timer_g), 0,
	  0, "no" },
	{ "sip", "receive_buffer_bytes", SETTING_NUMBER,
	  MEMBER(sip_receive_buffer_bytes), 0, 256 * MEBIBYTE, "8388608" },
	{ "sip", "server_header", SETTING_TEXT, MEMBER(sip_server_header), 0, 0,
	  "sipmoved" },
	{ "sip", "connections_max", SETTING_NUMBER, MEMBER(sip_connections_max),
	  1, 100000, "10000" },
	{ "sip", "connections_per_source", SETTING_NUMBER,
	  MEMBER(sip_connections_per_source), 1, 100000, "500" },
	{ "sip", "first_message_timeout_s", SETTING_NUMBER,
	  MEMBER(sip_first_message_timeout_s), 1, 3600, "32" },
	{ "sip", "idle_timeout_s", SETTING_NUMBER, MEMBER(sip_idle_timeout_s),
	  1, 86400, "900" },
	{ "tls", "certificate", SETTING_TEXT, MEMBER(tls.certificate), 0, 0,
	  "" },
	{ "tls", "private_key", SETTING_TEXT, MEMBER(tls.private_key), 0, 0,
	  "" },
	{ "tls", "sni_dir", SETTING_TEXT, MEMBER(tls.sni_dir), 0, 0, "" },
	{ "tls", "client_ca", SETTING_TEXT, MEMBER(tls.client_ca), 0, 0, "" },
	{ "tls", "verify_client", SETTING_TLS_VERIFY, MEMBER(tls.verify_client),
	  0, 0, "off" },
	{ "tls", "client_identities", SETTING_TLS_IDENTITIES,
	  MEMBER(tls.client_identities), 0, 0, "" },
	{ "tls", "handshake_timeout_s", SETTING_NUMBER,
	  MEMBER(tls.handshake_timeout_s), 1, 600, "10" },
	{ "hep", "collector", SETTING_COLLECTOR, MEMBER(hep_collector), 0, 0,
	  "" },
	{ "hep", "capture_id", SETTING_NUMBER, MEMBER(hep_capture_id), 0,
	  UINT32_MAX, "0" },
	{ "hep", "password", SETTING_SECRET, MEMBER(hep_password), 0, 0, "" },
	{ "http", "listen", SETTING_HTTP_LISTENS, MEMBER(http_listens), 0, 0,
	  "127.0.0.1:8080" },
	{ "http", "socket", SETTING_TEXT, MEMBER(http_socket), 0, 0, "" },
	{ "http", "host_names", SETTING_HOST_NAMES, MEMBER(http_host_names), 0,
	  0, "" },
	{ "http", "metrics_open", SETTING_BOOL, MEMBER(http_metrics_open), 0, 0,
	  "no" },
	{ "http", "cors_origins", SETTING_ORIGINS, MEMBER(http_cors_origins), 0,
	  0, "" },
	{ "http", "reads_per_minute", SETTING_NUMBER,
	  MEMBER(http_per_minute[RATE_READ]), 0, MEBIBYTE, "6000" },
	{ "http", "writes_per_minute", SETTING_NUMBER,
	  MEMBER(http_per_minute[RATE_WRITE]), 0, MEBIBYTE, "1200" },
	{ "http", "exports_per_minute", SETTING_NUMBER,
	  MEMBER(http_per_minute[RATE_EXPORT]), 0, MEBIBYTE, "60" },
	{ "http", "logins_per_minute", SETTING_NUMBER,
	  MEMBER(http_per_minute[RATE_LOGIN]), 0, MEBIBYTE, "30" },
	{ "http", "limit_loopback", SETTING_BOOL, MEMBER(http_limit_loopback),
	  0, 0, "no" },
	{ "http", "stream_heartbeat_seconds", SETTING_NUMBER,
	  MEMBER(http_stream_heartbeat_seconds), 1, 60, "15" },
	{ "http", "public_origin", SETTING_TEXT, MEMBER(http_public_origin), 0,
	  0, "" },
	{ "http", "portal_dir", SETTING_TEXT, MEMBER(http_portal_dir), 0, 0,
	  "" },
	{ "auth", "password_memory_kib", SETTING_NUMBER,
	  MEMBER(auth_password_memory_kib), PASSWORD_MEMORY_KIB_MIN,
	  PASSWORD_MEMORY_KIB_MAX, "65536" },
	{ "auth", "bootstrap_admin_name", SETTING_TEXT,
	  MEMBER(auth_bootstrap_admin_name), 0, 0, "admin" },
	{ "auth", "bootstrap_admin_hash_file", SETTING_TEXT,
	  MEMBER(auth_bootstrap_admin_hash_file), 0, 0, "" },
	{ "auth", "proxy_networks", SETTING_TEXT, MEMBER(auth_proxy_networks),
	  0, 0, "" },
	{ "auth", "proxy_user_header", SETTING_TEXT,
	  MEMBER(auth_proxy_user_header), 0, 0, "X-Remote-User" },
	{ "auth", "proxy_secret_header", SETTING_TEXT,
	  MEMBER(auth_proxy_secret_header), 0, 0, "X-Proxy-Secret" },
	{ "auth", "proxy_secret_file", SETTING_TEXT,
	  MEMBER(auth_proxy_secret_file), 0, 0, "" },
	{ "moves", "allow_local_targets", SETTING_BOOL,
	  MEMBER(moves_allow_local_targets), 0, 0, "no" },
	{ "redirect_log", "retention_days", SETTING_NUMBER,
	  MEMBER(log_retention_days), 1, 3650, "30" },
	{ "redirect_log", "segment_records", SETTING_NUMBER,
	  MEMBER(log_segment_records), 100, 100000000, "1000000" },
	{ "redirect_log", "ring_size_bytes", SETTING_NUMBER,
	  MEMBER(log_ring_size_bytes), 65536, 1024 * MEBIBYTE, "8388608" },
	{ "redirect_log", "min_free_bytes", SETTING_NUMBER,
	  MEMBER(log_min_free_bytes), 1, UINT64_C(1) << 50, "67108864" },
	{ "backup", "dir", SETTING_TEXT, MEMBER(backup_dir), 0, 0, "" },
	{ "backup", "every_hours", SETTING_NUMBER, MEMBER(backup_every_hours),
	  0, 8784, "24" },
	{ "backup", "keep", SETTING_NUMBER, MEMBER(backup_keep), 1, 500, "7" },
	{ "webhooks", "allow_http", SETTING_BOOL, MEMBER(webhooks_allow_http),
	  0, 0, "no" },
	{ "webhooks", "allow_networks", SETTING_TEXT,
	  MEMBER(webhooks_allow_networks), 0, 0, "" },
	{ "webhooks", "ports", SETTING_TEXT, MEMBER(webhooks_ports), 0, 0,
	  "443 8443" },
	{ "webhooks", "retry_schedule", SETTING_TEXT,
	  MEMBER(webhooks_retry_schedule), 0, 0,
	  "0 5s 5m 30m 2h 5h 10h 14h 20h 24h" },
	{ "webhooks", "timeout_seconds", SETTING_NUMBER,
	  MEMBER(webhooks_timeout_seconds), 1, 60, "15" },
	{ "webhooks", "disable_after_hours", SETTING_NUMBER,
	  MEMBER(webhooks_disable_after_hours), 1, 8784, "120" },
	{ "webhooks", "retention_days", SETTING_NUMBER,
	  MEMBER(webhooks_retention_days), 3, 3650, "30" },
	{ "webhooks", "call_batch_seconds", SETTING_NUMBER,
	  MEMBER(webhooks_call_batch_seconds), 1, 3600, "5" },
	{ "webhooks", "remind_before_start_minutes", SETTING_NUMBER,
	  MEMBER(webhooks_remind_before_start_minutes), 0, 44640, "60" },
	{ "webhooks", "remind_before_end_minutes", SETTING_NUMBER,
	  MEMBER(webhooks_remind_before_end_minutes), 0, 44640, "60" },
	{ "calendars", "allow_http", SETTING_BOOL, MEMBER(calendars_allow_http),
	  0, 0, "no" },
	{ "calendars", "allow_networks", SETTING_TEXT,
	  MEMBER(calendars_allow_networks), 0, 0, "" },
	{ "calendars", "ports", SETTING_TEXT, MEMBER(calendars_ports), 0, 0,
	  "443 8443" },
};

enum {
	SETTINGS = sizeof(settings) / sizeof(*settings),
};
const size_t setting_count = SETTINGS;
_Static_assert((size_t)SETTINGS <= (size_t)CONFIG_SETTINGS_MAX,
	       "every setting has a place for its source");

/* --- names -----------------------------------------------------------------
 */

const struct setting *setting_find(const char *section, const char *key)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (!strcmp(settings[i].section, section) &&
		    !strcmp(settings[i].key, key))
			return &settings[i];
	return NULL;
}

static size_t minimum(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein distance of two short words. */
static size_t distance(const char *a, const char *b)
{
	enum {
		WORD_MAX = 64,
	};
	size_t row[WORD_MAX + 1];
	size_t a_len = minimum(strlen(a), WORD_MAX);
	size_t b_len = minimum(strlen(b), WORD_MAX);

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t above = row[j];
			size_t change = diagonal + (a[i - 1] != b[j - 1]);

			row[j] =
				minimum(change, minimum(above, row[j - 1]) + 1);
			diagonal = above;
		}
	}
	return row[b_len];
}

const struct setting *setting_nearest(const char *section, const char *key)
{
	const struct setting *best = NULL;
	/* Beyond half of the letters it is another word. */
	size_t best_distance =
		minimum(6, (strlen(section) + strlen(key)) / 2 + 1);

	for (size_t i = 0; i < SETTINGS; i++) {
		size_t far = distance(settings[i].key, key) +
			     distance(settings[i].section, section);

		if (far < best_distance) {
			best_distance = far;
			best = &settings[i];
		}
	}
	return best;
}

/* --- one value from one place -----------------------------------------------
 */

void config_tell(struct config_errors *errors, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(errors->stream, format, args);
	va_end(args);
	fputc('\n', errors->stream);
	errors->count++;
}

void config_set(struct config *config, const struct setting *setting,
		const struct origin *origin, const char *value,
		struct config_errors *errors)
{
	char *source = config->sources[setting - settings];
	const char *why;

	if (setting_is_list(setting) && origin->replaces_list)
		setting_clear_list(config, setting);
	why = setting_parse(config, setting, value);
	if (why) {
		config_tell(errors, "%s: [%s] %s: \"%s\" %s", origin->place,
			    setting->section, setting->key,
			    setting->kind == SETTING_SECRET ? SETTING_MASK
							    : value,
			    why);
		return;
	}
	text_copy(text_of(origin->place), source, sizeof(config->sources[0]));
}

void config_init(struct config *config)
{
	struct config_errors none = { .stream = stderr };
	const struct origin origin = { "default", true };

	memset(config, 0, sizeof(*config));
	for (size_t i = 0; i < SETTINGS; i++)
		config_set(config, &settings[i], &origin, settings[i].initial,
			   &none);
}

void config_set_flag(struct config *config, const char *section,
		     const char *key, const char *flag, const char *value,
		     struct config_errors *errors)
{
	const struct setting *setting = setting_find(section, key);
	const char *source = config->sources[setting - settings];
	const struct origin origin = { flag, strcmp(source, flag) != 0 };

	config_set(config, setting, &origin, value, errors);
}

void config_set_pair(struct config *config, const char *pair,
		     struct config_errors *errors)
{
	char section[64] = "", key[64] = "";
	const char *equals = strchr(pair, '=');
	const char *dot = strchr(pair, '.');

	if (equals && dot && dot < equals) {
		text_copy((struct text){ pair, (size_t)(dot - pair) }, section,
			  sizeof(section));
		text_copy((struct text){ dot + 1, (size_t)(equals - dot - 1) },
			  key, sizeof(key));
	}
	if (equals && section[0] && !setting_find(section, key) &&
	    setting_nearest(section, key))
		config_tell(errors,
			    "--set %s: no such setting; did you mean %s.%s?",
			    pair, setting_nearest(section, key)->section,
			    setting_nearest(section, key)->key);
	else if (!equals || !setting_find(section, key))
		config_tell(errors,
			    "--set %s: not SECTION.KEY=VALUE of a setting",
			    pair);
	else
		config_set_flag(config, section, key, "--set", equals + 1,
				errors);
}

enum {
	VARIABLE_SIZE = 96,
};

/* "SIPMOVED_SIP__WORKERS" */
static void name_variable(const struct setting *setting,
			  char name[VARIABLE_SIZE])
{
	snprintf(name, VARIABLE_SIZE, "SIPMOVED_%s__%s", setting->section,
		 setting->key);
	for (char *c = name; *c; c++)
		*c = (char)toupper((unsigned char)*c);
}

/* A variable of ours that sets nothing: "SIPMOVED_SIP__WORKRS=2". */
static void check_variable(const char *pair, struct config_errors *errors)
{
	size_t len = strcspn(pair, "=");
	char name[VARIABLE_SIZE], section[VARIABLE_SIZE], known[VARIABLE_SIZE];
	const struct setting *near;
	char *key;

	if (!text_copy((struct text){ pair, len }, name, sizeof(name)) ||
	    strncmp(name, "SIPMOVED_", 9) != 0 || !strstr(name + 9, "__"))
		return;
	for (size_t i = 0; i < SETTINGS; i++) {
		name_variable(&settings[i], known);
		if (!strcmp(known, name))
			return;
	}
	text_copy(text_of(name + 9), section, sizeof(section));
	for (char *c = section; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	key = strstr(section, "__");
	*key = '\0';
	near = setting_nearest(section, key + 2);
	if (near)
		name_variable(near, known);
	config_tell(errors, "%s: no such setting%s%s%s", name,
		    near ? "; did you mean " : "", near ? known : "",
		    near ? "?" : "");
}

void config_read_environment(struct config *config,
			     struct config_errors *errors)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		char name[VARIABLE_SIZE];
		struct origin origin = { name, true };
		const char *value;

		name_variable(&settings[i], name);
		value = getenv(name);
		if (value)
			config_set(config, &settings[i], &origin, value,
				   errors);
	}
	for (char **pair = environ; pair && *pair; pair++)
		check_variable(*pair, errors);
}

/* --- the whole --------------------------------------------------------------
 */

static bool is_power_of_two(uint64_t number)
{
	return number > 0 && (number & (number - 1)) == 0;
}

static void check_tls(const struct config *config, struct config_errors *errors)
{
	const struct tls_settings *tls = &config->tls;
	bool is_listening = false;

	for (size_t i = 0; i < config->sip_listen_count; i++)
		is_listening |= config->sip_listens[i].is_tls;
	if (is_listening && !tls->certificate[0])
		config_tell(errors,
			    "[tls] certificate: names no file, and [sip] "
			    "listen has an address for tls");
	if (tls->verify_client != TLS_VERIFY_OFF && !tls->client_ca[0])
		config_tell(errors, "[tls] client_ca: names no file, and "
				    "verify_client is not off");
	if (tls->verify_client == TLS_VERIFY_OFF &&
	    tls->client_identity_count > 0)
		config_tell(errors,
			    "[tls] client_identities: nobody is asked for a "
			    "certificate while verify_client is off");
}

void config_check_files(const struct config *config,
			struct config_errors *errors)
{
	struct tls_context *context = NULL;
	char why[TLS_WHY_SIZE];

	if (!config->tls.certificate[0])
		return;
	if (tls_context_new(&config->tls, &context, why))
		config_tell(errors, "[tls] %s", why);
	tls_context_unref(context);
}

void config_check(const struct config *config, struct config_errors *errors)
{
	char socket_path[CONFIG_PATH_MAX];

	if (!is_power_of_two(config->log_ring_size_bytes))
		config_tell(errors,
			    "[redirect_log] ring_size_bytes: %llu is not a "
			    "power of "
			    "two",
			    (unsigned long long)config->log_ring_size_bytes);
	if (config->sip_listen_count == 0)
		config_tell(errors, "[sip] listen: names no address");
	check_tls(config, errors);
	config_check_accounts(config, errors);
	config_check_webhooks(config, errors);
	config_socket_path(config, socket_path);
	if (strlen(socket_path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		config_tell(errors,
			    "[http] socket: %s is longer than the %zu bytes of "
			    "a Unix "
			    "socket's path; name a shorter one",
			    socket_path,
			    sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
	if (!config->data_dir[0])
		config_tell(errors, "[server] data_dir: names no folder");
	for (size_t i = 0; i < config->sip_listen_count; i++)
		for (size_t j = 0; j < i; j++)
			if (config->sip_listens[i].port != 0 &&
			    config->sip_listens[i].port ==
				    config->sip_listens[j].port &&
			    !strcmp(config->sip_listens[i].host,
				    config->sip_listens[j].host))
				config_tell(
					errors,
					"[sip] listen: %s port %u is named "
					"twice",
					config->sip_listens[i].host,
					(unsigned)config->sip_listens[i].port);
}

bool config_is_default(const struct config *config, const char *section,
		       const char *key)
{
	const struct setting *setting = setting_find(section, key);

	return !strcmp(config->sources[setting - settings], "default");
}

void config_socket_path(const struct config *config, char path[CONFIG_PATH_MAX])
{
	struct writer writer = writer_over(path, CONFIG_PATH_MAX - 1);

	if (config->http_socket[0]) {
		writer_put(&writer, text_of(config->http_socket));
	} else {
		writer_put(&writer, text_of(config->data_dir));
		writer_put(&writer, TEXT("/sipmoved.sock"));
	}
	path[writer.len] = '\0';
}

void config_print(const struct config *config, FILE *stream)
{
	const char *section = "";

	for (size_t i = 0; i < SETTINGS; i++) {
		if (strcmp(section, settings[i].section) != 0) {
			section = settings[i].section;
			fprintf(stream, "%s[%s]\n", i ? "\n" : "", section);
		}
		fprintf(stream, "; from %s\n%s =", config->sources[i],
			settings[i].key);
		setting_print(config, &settings[i], stream);
		fputc('\n', stream);
	}
}
