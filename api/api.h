/*
 * api.h - the HTTP side as main.c sees it: started, drained, stopped.
 */
#ifndef SIPMOVED_API_API_H
#define SIPMOVED_API_API_H

#include "api/rate_limit.h"
#include "base/call_simulation.h"
#include "base/ip_network.h"
#include "base/settings_report.h"
#include "base/sip_traffic.h"
#include "base/webhook_traffic.h"
#include "db/backups.h"
#include "db/redirect_log.h"
#include "db/store.h"

enum {
	API_LISTENS_MAX = 8,
	API_HOST_NAMES_MAX = 16,
	API_SIP_LISTENERS_MAX = 32,
	API_SIP_LISTENER_SIZE = 80,
	API_ORIGINS_MAX = 16,
	API_ORIGIN_SIZE = 256,
	API_PROXY_NETWORKS_MAX = 16,
};

struct api_listen {
	char host[64];
	uint16_t port; /* 0: any free one */
};

struct api_config {
	struct api_listen listens[API_LISTENS_MAX];
	size_t listen_count;
	const char *socket_path; /* local Unix socket; its peers are trusted by
				  * SO_PEERCRED: root and our own user */
	/* Names that Host may have besides the listen addresses and localhost.
	 */
	char host_names[API_HOST_NAMES_MAX][256];
	size_t host_name_count;
	/* Of pages that may read answers: "https://desk.example.com". */
	char cors_origins[API_ORIGINS_MAX][API_ORIGIN_SIZE];
	size_t cors_origin_count;
	struct rate_config rate;
	struct store *store;
	struct redirect_log *log;
	struct backups *backups;
	call_simulate_fn simulate;
	const void *simulate_settings;
	sip_traffic_fn sip_traffic;
	sip_drain_fn sip_drain; /* NULL: none; with sip_traffic_arg */
	void *sip_traffic_arg;
	webhook_traffic_fn webhook_traffic; /* NULL: there is no sender */
	webhook_check_fn check_webhook_url; /* these with webhooks */
	webhook_check_fn check_webhook_ca;
	void *webhooks;
	webhook_check_fn check_calendar_url; /* NULL: nobody reads any */
	void *calendars;		     /* its first argument */
	/* Where SIP is listened for, to be shown: "udp:192.0.2.1:5060". */
	char sip_listeners[API_SIP_LISTENERS_MAX][API_SIP_LISTENER_SIZE];
	size_t sip_listener_count;
	const char *version; /* static; NULL: not told */
	settings_list_fn list_settings;
	settings_reload_fn reload_settings;
	void *settings; /* both's first argument */
	bool allow_local_targets;
	bool is_metrics_open;	     /* /metrics without a token */
	unsigned stream_heartbeat_s; /* of streams with nothing to say; 0: 15 */
	/* Where browsers find us, "https://moves.example.com"; "": not known.
	 */
	char public_origin[API_ORIGIN_SIZE];
	/* The portal's files are read from there; NULL or "": from inside. */
	const char *portal_dir;
	unsigned password_memory_kib; /* 0: the default */
	/* Proxies that say who asks: where from, in which fields, and SHA-256
	 * of the secret that they share with us. */
	struct ip_network proxy_networks[API_PROXY_NETWORKS_MAX];
	size_t proxy_network_count; /* 0: nobody is believed */
	char proxy_user_header[64], proxy_secret_header[64];
	unsigned char proxy_secret_sha256[32];
	/* While there is no admin: SHA-256 of the secret that makes one, and
	 * until when. 0: nothing does. */
	unsigned char setup_sha256[32];
	int64_t setup_expires_at_ms;
	const char *setup_path; /* a file that goes when it was used; or NULL */
};

struct api;

/* Call it after store_open and before store_start. *ret_failed names the listen
 * address that could not be bound (NULL: the socket path). */
int api_start(const struct api_config *config, struct api **ret_api,
	      const struct api_listen **ret_failed)
	__attribute__((warn_unused_result));
struct api_listen api_listen_address(const struct api *api, size_t index);
/* Where a browser finds us there: "http://192.0.2.1:8080", and on this machine
 * for an address that means all of its addresses. */
void api_listen_origin(const struct api_listen *at,
		       char origin[API_ORIGIN_SIZE]);
/* public_origin, or the first address that is listened on; "": neither. */
void api_origin(const struct api *api, char origin[API_ORIGIN_SIZE]);
/* From the next request on; all begin with a full quota. Any thread. ENOMEM */
int api_offer_rates(struct api *api, const struct rate_config *rates)
	__attribute__((warn_unused_result));
/* /readyz says 503 from now on. */
void api_drain(struct api *api);
/* Stops accepting, finishes requests under way (5 s at most), joins. */
void api_stop(struct api *api); /* takes NULL */

#endif
