/*
 * config.h - every setting of the program: defaults, then the file, then
 * conf.d/NAME.conf beside it in order of name, then the environment
 * (SIPMOVED_SECTION__KEY), then flags; the later wins. All errors are collected
 * with file and line, so that one run shows them all.
 *
 * Names of sections and keys are promises. The table in config.c is the one
 * place that knows them. Used by one thread, before the others start.
 */
#ifndef SIPMOVED_CONFIG_H
#define SIPMOVED_CONFIG_H

#include <stdio.h>

#include "api/api.h"
#include "base/log.h"
#include "sip/sip_server.h"
#include "sip/tls_settings.h"
#include "webhook/calendar_poller.h"
#include "webhook/webhook_sender.h"

enum {
	CONFIG_PATH_MAX = 1024,
	CONFIG_SETTINGS_MAX = 96,
};

struct config {
	char data_dir[CONFIG_PATH_MAX];
	enum log_level log_level;

	struct sip_listen sip_listens[SIP_LISTENS_MAX];
	size_t sip_listen_count;
	uint64_t sip_workers;
	uint64_t sip_transactions_max;
	uint64_t sip_unproven_retransmits;
	bool sip_strict_timer_g;
	uint64_t sip_receive_buffer_bytes;
	char sip_server_header[128];
	uint64_t sip_connections_max;
	uint64_t sip_connections_per_source;
	uint64_t sip_first_message_timeout_s;
	uint64_t sip_idle_timeout_s;

	struct tls_settings tls;

	struct sip_listen hep_collector; /* port 0: off */
	uint64_t hep_capture_id;
	char hep_password[sizeof(((struct hep_config *)0)->password)];

	struct api_listen http_listens[API_LISTENS_MAX];
	size_t http_listen_count;
	char http_socket[CONFIG_PATH_MAX]; /* "": DATA_DIR/sipmoved.sock */
	char http_host_names[API_HOST_NAMES_MAX][256];
	size_t http_host_name_count;
	bool http_metrics_open;
	char http_cors_origins[API_ORIGINS_MAX][256];
	size_t http_cors_origin_count;
	uint64_t http_per_minute[RATE_CLASSES];
	bool http_limit_loopback;
	uint64_t http_stream_heartbeat_seconds;
	char http_public_origin[256];	       /* "": not known */
	char http_portal_dir[CONFIG_PATH_MAX]; /* "": those inside */

	uint64_t auth_password_memory_kib;
	char auth_proxy_networks[1024]; /* "": none */
	char auth_proxy_user_header[64], auth_proxy_secret_header[64];
	char auth_proxy_secret_file[CONFIG_PATH_MAX];
	char auth_bootstrap_admin_name[64];
	char auth_bootstrap_admin_hash_file[CONFIG_PATH_MAX]; /* "": none */

	bool moves_allow_local_targets;

	uint64_t log_retention_days;
	uint64_t log_segment_records;
	uint64_t log_ring_size_bytes;
	uint64_t log_min_free_bytes;

	char backup_dir[CONFIG_PATH_MAX]; /* "": DATA_DIR/backups */
	uint64_t backup_every_hours;
	uint64_t backup_keep;

	bool webhooks_allow_http;
	char webhooks_allow_networks[1024]; /* "": the Internet alone */
	char webhooks_ports[256];
	char webhooks_retry_schedule[256];
	uint64_t webhooks_timeout_seconds;
	uint64_t webhooks_disable_after_hours;
	uint64_t webhooks_retention_days;
	uint64_t webhooks_call_batch_seconds;
	uint64_t webhooks_remind_before_start_minutes;
	uint64_t webhooks_remind_before_end_minutes;

	bool calendars_allow_http;
	char calendars_allow_networks[1024]; /* "": the Internet alone */
	char calendars_ports[256];

	/* Where each setting's value came from, by the table's order. */
	char sources[CONFIG_SETTINGS_MAX][64];
};

/* Where errors are told, one line each: "FILE:LINE: [sip] workers: ...". */
struct config_errors {
	FILE *stream; /* borrowed */
	size_t count;
};

void config_init(struct config *config);
/* The file and its conf.d; ENOENT and the like are errors too. */
void config_read_file(struct config *config, const char *path,
		      struct config_errors *errors);
void config_read_environment(struct config *config,
			     struct config_errors *errors);
/* One setting from the command line; flag: how the user wrote it. A list that
 * comes from flags replaces what was there, then grows flag by flag. */
void config_set_flag(struct config *config, const char *section,
		     const char *key, const char *flag, const char *value,
		     struct config_errors *errors);
/* "section.key=value", of --set. */
void config_set_pair(struct config *config, const char *pair,
		     struct config_errors *errors);
/* What one setting alone cannot tell: sizes, paths, duplicate addresses. */
void config_check(const struct config *config, struct config_errors *errors);
/* config_accounts.c: those of [auth] and [http] public_origin. */
void config_check_accounts(const struct config *config,
			   struct config_errors *errors);
/* config_webhooks.c: those of [webhooks]. */
void config_check_webhooks(const struct config *config,
			   struct config_errors *errors);
/* What they come to; of settings that were checked. */
void config_webhooks(const struct config *config,
		     struct webhook_sender_config *ret_sender);
/* Those of [calendars]: all but the store and the reader. */
void config_calendars(const struct config *config,
		      struct calendar_poller_config *ret_poller);
/* NULL, or what is wrong with the text. */
const char *config_proxy_networks(const struct config *config,
				  struct ip_network *networks, size_t max,
				  size_t *ret_count);
/* Of the file's first line. EINVAL it is shorter than 16 characters. */
int config_proxy_secret(const struct config *config, unsigned char sha256[32])
	__attribute__((warn_unused_result));
/* Did nobody set it? */
bool config_is_default(const struct config *config, const char *section,
		       const char *key);
/* Opens what the settings name: certificates. Changes nothing. */
void config_check_files(const struct config *config,
			struct config_errors *errors);
/* Of the local socket: http_socket, or sipmoved.sock in the data folder. */
void config_socket_path(const struct config *config,
			char path[CONFIG_PATH_MAX]);
/* The effective settings as a file, each with its source. */
void config_print(const struct config *config, FILE *stream);

#endif
