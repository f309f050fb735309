#include "serve.h"
#include "first_admin.h"
#include "greeting.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api.h"
#include "api/event_documents.h"
#include "base/clock.h"
#include "db/backups.h"
#include "db/publisher.h"
#include "db/redirect_log.h"
#include "db/store.h"
#include "base/timestamp.h"
#include "sip/sip_server.h"
#include "sip/tls_context.h"
#include "version.h"
#include "webhooks.h"

/* Everything that runs; NULL what did not start. Main thread. */
struct program {
	struct store *store;
	struct redirect_log *log;
	struct backups *backups;
	struct webhooks webhooks;
	struct sip_server *sip;
	struct api *api;
	struct running_settings *settings;
	bool log_runs, store_runs;
	bool told_damage;	/* what is told once */
	uint64_t told_failures; /* of backups */
	bool has_moves;		/* at the start */
	struct first_admin first_admin;
};

static int open_store(struct program *program, const struct config *config)
{
	const struct store_config store_config = {
		.data_dir = config->data_dir,
		.allow_local_targets = config->moves_allow_local_targets,
		.checks_later = true,
		.documents = &event_documents,
		.public_origin = config->http_public_origin,
	};
	const char *why = NULL;
	int err = store_open(&store_config, &program->store, &why);

	if (err == EBUSY)
		log_error("data_dir_in_use",
			  "path=%s detail=\"another sipmoved runs on this "
			  "folder\"",
			  log_quoted(text_of(config->data_dir)));
	else if (err)
		log_error("store_failed", "path=%s error=%s detail=%s",
			  log_quoted(text_of(config->data_dir)),
			  log_quoted(text_of(strerror(err))),
			  log_quoted(text_of(why ? why : "")));
	else
		/* Looked at before the store's thread may replace it. */
		program->has_moves = snapshot_move_count(publisher_current(
					     store_publisher(program->store))) >
				     0;
	return err;
}

static int open_log(struct program *program, const struct config *config)
{
	const struct redirect_log_config log_config = {
		.data_dir = config->data_dir,
		.segment_records = (size_t)config->log_segment_records,
		.retention_days = (unsigned)config->log_retention_days,
		.ring_size_bytes = (size_t)config->log_ring_size_bytes,
		.min_free_bytes = config->log_min_free_bytes,
	};
	int err = redirect_log_open(&log_config, &program->log);

	if (err)
		log_error("redirect_log_failed", "path=%s error=%s",
			  log_quoted(text_of(config->data_dir)),
			  log_quoted(text_of(strerror(err))));
	return err;
}

static int open_backups(struct program *program, const struct config *config)
{
	const struct backups_config backups_config = {
		.store = program->store,
		.data_dir = config->data_dir,
		.dir = config->backup_dir,
		.every_hours = (unsigned)config->backup_every_hours,
		.keep = (unsigned)config->backup_keep,
		.program_version = SIPMOVED_VERSION,
	};
	int err = backups_open(&backups_config, &program->backups);

	if (err)
		log_error("backups_failed", "path=%s error=%s",
			  log_quoted(text_of(config->backup_dir[0]
						     ? config->backup_dir
						     : config->data_dir)),
			  log_quoted(text_of(strerror(err))));
	/* A full disk keeps nobody from answering calls. */
	return err == ENOSPC ? 0 : err;
}

/* What the store and the backups found out by themselves. */
static void tell_storage(struct program *program, const struct config *config)
{
	struct backups_health health;
	bool is_damaged;

	if (!program->backups)
		return;
	health = backups_health(program->backups);
	is_damaged = store_health(program->store).is_damaged ||
		     !health.is_sound;

	if (is_damaged && !program->told_damage)
		log_error(
			"database_damaged",
			"path=%s detail=\"calls are answered from memory; stop "
			"the server and put a backup back: sipmoved restore "
			"FILE\" backups=%s",
			log_quoted(text_of(config->data_dir)),
			log_quoted(text_of(backups_path(program->backups))));
	program->told_damage = is_damaged;
	if (health.failures > program->told_failures)
		log_error("backup_failed", "failures=%llu error=%s",
			  (unsigned long long)health.failures,
			  log_quoted(text_of(strerror(health.last_err))));
	program->told_failures = health.failures;
}

static int read_tls(const struct config *config, struct tls_context **ret_tls)
{
	char why[TLS_WHY_SIZE], expires_at[TIMESTAMP_SIZE];
	int err;

	*ret_tls = NULL;
	if (!config->tls.certificate[0])
		return 0;
	err = tls_context_new(&config->tls, ret_tls, why);
	if (err) {
		log_error("tls_failed", "detail=%s", log_quoted(text_of(why)));
		return err;
	}
	timestamp_format(tls_context_expires_at_ms(*ret_tls), expires_at);
	log_info("tls_read", "certificates=%zu first_expires_at=%s",
		 tls_context_certificate_count(*ret_tls), expires_at);
	return 0;
}

/* New certificates, for new connections; those that are open go on. Of a
 * reload: one at a time. */
static void offer_tls(void *arg, struct tls_context *tls)
{
	struct program *program = arg;

	sip_server_offer_tls(program->sip, tls);
	tls_context_unref(tls);
}

static struct rate_config rates_of(const struct config *config)
{
	struct rate_config rates = { .limits_loopback =
					     config->http_limit_loopback };

	memcpy(rates.per_minute, config->http_per_minute,
	       sizeof(rates.per_minute));
	return rates;
}

static int offer_rates(void *arg, const struct config *config)
{
	const struct program *program = arg;
	const struct rate_config rates = rates_of(config);

	return api_offer_rates(program->api, &rates);
}

static int hold_settings(struct program *program, const struct config *config,
			 const struct config_source *source)
{
	int err = running_settings_new(
		&(struct running_settings_config){ .config = config,
						   .source = source,
						   .offer_tls = offer_tls,
						   .offer_rates = offer_rates,
						   .arg = program },
		&program->settings);

	if (err)
		log_error("settings_failed", "error=%s",
			  log_quoted(text_of(strerror(err))));
	return err;
}

static int start_sip(struct program *program, const struct config *config)
{
	struct sip_server_config sip_config = {
		.listen_count = config->sip_listen_count,
		.workers = (unsigned)config->sip_workers,
		.transactions_max = (size_t)config->sip_transactions_max,
		.unproven_retransmits =
			(unsigned)config->sip_unproven_retransmits,
		.strict_timer_g = config->sip_strict_timer_g,
		.receive_buffer_bytes =
			(size_t)config->sip_receive_buffer_bytes,
		.connections_max = (unsigned)config->sip_connections_max,
		.connections_per_source =
			(unsigned)config->sip_connections_per_source,
		.first_message_timeout_s =
			(unsigned)config->sip_first_message_timeout_s,
		.idle_timeout_s = (unsigned)config->sip_idle_timeout_s,
		.tls_handshake_timeout_s =
			(unsigned)config->tls.handshake_timeout_s,
		.capture = {
			.collector = config->hep_collector,
			.capture_id = (uint32_t)config->hep_capture_id,
		},
	};
	const struct sip_listen *failed = NULL;
	int err = read_tls(config, &sip_config.tls);

	if (err)
		return err;
	memcpy(sip_config.listens, config->sip_listens,
	       sizeof(sip_config.listens));
	memcpy(sip_config.server_header, config->sip_server_header,
	       sizeof(sip_config.server_header));
	memcpy(sip_config.capture.password, config->hep_password,
	       sizeof(sip_config.capture.password));
	err = sip_server_start(&sip_config, store_publisher(program->store),
			       program->log, &program->sip, &failed);
	tls_context_unref(sip_config.tls); /* the server has its own */
	if (err)
		log_error("sip_listen_failed",
			  "host=%s port=%u error=%s hint=--sip-listen",
			  failed ? failed->host : "-",
			  failed ? (unsigned)failed->port : 0U,
			  log_quoted(text_of(strerror(err))));
	return err;
}

static void name_listener(struct api_config *config, const char *transport,
			  const struct sip_listen *at)
{
	bool is_ipv6 = strchr(at->host, ':') != NULL;

	if (config->sip_listener_count < API_SIP_LISTENERS_MAX)
		snprintf(config->sip_listeners[config->sip_listener_count++],
			 API_SIP_LISTENER_SIZE, "%s:%s%s%s:%u", transport,
			 is_ipv6 ? "[" : "", at->host, is_ipv6 ? "]" : "",
			 (unsigned)at->port);
}

static void name_listeners(const struct program *program,
			   const struct config *config,
			   struct api_config *api_config)
{
	for (size_t i = 0; i < config->sip_listen_count; i++) {
		struct sip_listen at = sip_server_listen(program->sip, i);

		name_listener(api_config, at.is_tls ? "tls" : "udp", &at);
		if (!at.is_tls)
			name_listener(api_config, "tcp", &at);
	}
}

/* Who is believed when they say who asks. */
static int trust_proxies(const struct config *config,
			 struct api_config *api_config)
{
	int err;

	(void)config_proxy_networks(config, api_config->proxy_networks,
				    API_PROXY_NETWORKS_MAX,
				    &api_config->proxy_network_count);
	if (api_config->proxy_network_count == 0)
		return 0;
	memcpy(api_config->proxy_user_header, config->auth_proxy_user_header,
	       sizeof(api_config->proxy_user_header));
	memcpy(api_config->proxy_secret_header,
	       config->auth_proxy_secret_header,
	       sizeof(api_config->proxy_secret_header));
	err = config_proxy_secret(config, api_config->proxy_secret_sha256);
	if (err)
		log_error("proxy_secret_failed", "path=%s error=%s",
			  log_quoted(text_of(config->auth_proxy_secret_file)),
			  log_quoted(text_of(
				  err == EINVAL
					  ? "its first line has less than 16 "
					    "characters, or more than 512"
					  : strerror(err))));
	return err;
}

static int start_api(struct program *program, const struct config *config)
{
	struct api_config api_config = {
		.listen_count = config->http_listen_count,
		.host_name_count = config->http_host_name_count,
		.store = program->store,
		.log = program->log,
		.backups = program->backups,
		.simulate = sip_simulate,
		.simulate_settings = sip_server_call_settings(program->sip),
		.sip_traffic = sip_server_traffic,
		.sip_drain = sip_server_drain,
		.sip_traffic_arg = program->sip,
		.allow_local_targets = config->moves_allow_local_targets,
		.is_metrics_open = config->http_metrics_open,
		.version = SIPMOVED_VERSION,
		.list_settings = running_settings_list,
		.reload_settings = running_settings_reload,
		.settings = program->settings,
		.cors_origin_count = config->http_cors_origin_count,
		.rate = rates_of(config),
		.stream_heartbeat_s =
			(unsigned)config->http_stream_heartbeat_seconds,
		.password_memory_kib =
			(unsigned)config->auth_password_memory_kib,
		.setup_expires_at_ms = program->first_admin.expires_at_ms,
		.setup_path = program->first_admin.path,
	};
	char socket_path[CONFIG_PATH_MAX];
	const struct api_listen *failed = NULL;
	int err;

	name_listeners(program, config, &api_config);
	webhooks_offer(&program->webhooks, &api_config);
	config_socket_path(config, socket_path);
	api_config.socket_path = socket_path;
	api_config.portal_dir = config->http_portal_dir;
	memcpy(api_config.listens, config->http_listens,
	       sizeof(api_config.listens));
	memcpy(api_config.host_names, config->http_host_names,
	       sizeof(api_config.host_names));
	memcpy(api_config.cors_origins, config->http_cors_origins,
	       sizeof(api_config.cors_origins));
	memcpy(api_config.public_origin, config->http_public_origin,
	       sizeof(api_config.public_origin));
	memcpy(api_config.setup_sha256, program->first_admin.secret_sha256,
	       sizeof(api_config.setup_sha256));
	err = trust_proxies(config, &api_config);
	if (err)
		return err;
	err = api_start(&api_config, &program->api, &failed);
	if (err && failed)
		log_error("http_listen_failed",
			  "host=%s port=%u error=%s hint=--http-listen",
			  failed->host, (unsigned)failed->port,
			  log_quoted(text_of(strerror(err))));
	else if (err)
		log_error("http_socket_failed", "path=%s error=%s",
			  log_quoted(text_of(socket_path)),
			  log_quoted(text_of(strerror(err))));
	return err;
}

/* Threads start last to first: whoever hands work on finds a taker. */
static int start_threads(struct program *program)
{
	int err = redirect_log_start(program->log);

	program->log_runs = !err;
	if (err)
		return err;
	err = store_start(program->store);
	program->store_runs = !err;
	if (!err && program->backups)
		err = backups_start(program->backups);
	return err ? err : webhooks_start(&program->webhooks);
}

static void stop(struct program *program)
{
	if (program->api)
		api_drain(program->api);
	backups_stop(program->backups);
	api_stop(program->api);
	webhooks_stop(&program->webhooks);
	/* A publish wakes the workers: they end after the last one. */
	if (program->store_runs)
		store_stop(program->store);
	sip_server_stop(program->sip);
	if (program->log_runs)
		redirect_log_stop(program->log);
	webhooks_close(&program->webhooks);
	redirect_log_close(program->log);
	backups_close(program->backups);
	store_close(program->store);
	running_settings_free(program->settings);
}

/* Datagrams open nothing, HTTP up to 1,024 connections, SIP as many as it may.
 */
static void raise_file_limit(const struct config *config)
{
	rlim_t wanted = 65536 + (rlim_t)config->sip_connections_max;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void reload(struct program *program)
{
	struct settings_reload *told = calloc(1, sizeof(*told));
	int err = told ? running_settings_reload(program->settings, false, told)
		       : ENOMEM;

	if (err)
		log_error("reload_failed", "detail=%s kept=\"all settings\"",
			  log_quoted(text_of(strerror(err))));
	free(told);
}

static void wait_for_end(struct program *program, const struct config *config,
			 const sigset_t *signals)
{
	static const struct timespec a_second = { .tv_sec = 1 };
	int signal_number;

	for (;;) {
		signal_number = sigtimedwait(signals, NULL, &a_second);
		sip_server_tend(program->sip, clock_wall_ms());
		tell_storage(program, config);
		if (signal_number == SIGHUP)
			reload(program);
		else if (signal_number > 0 ||
			 (errno != EAGAIN && errno != EINTR))
			break;
	}
	log_info("stopping", "signal=%d", signal_number);
}

int serve(const struct config *config, const struct config_source *source)
{
	struct program program = { 0 };
	sigset_t signals;
	int err;

	/* Blocked before any thread starts: only sigwait() below takes them. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	raise_file_limit(config);
	umask(0077);

	err = open_store(&program, config);
	if (!err)
		err = open_log(&program, config);
	if (!err)
		err = open_backups(&program, config);
	if (!err)
		err = webhooks_open(config, program.store, program.log,
				    program.backups, &program.webhooks);
	if (!err)
		err = hold_settings(&program, config, source);
	if (!err)
		err = start_sip(&program, config);
	if (!err)
		err = first_admin_prepare(config, program.store,
					  &program.first_admin);
	if (!err)
		err = start_api(&program, config);
	if (!err)
		err = start_threads(&program);
	if (!err) {
		greeting_print(
			&(struct greeting){ .config = config,
					    .sip = program.sip,
					    .api = program.api,
					    .first_admin = &program.first_admin,
					    .has_moves = program.has_moves });
		log_info("ready", "revision=%lld workers=%llu",
			 (long long)store_health(program.store).revision,
			 (unsigned long long)config->sip_workers);
		wait_for_end(&program, config, &signals);
	}
	stop(&program);
	if (!err)
		log_info("stopped", "code=0");
	return err ? 1 : 0;
}
