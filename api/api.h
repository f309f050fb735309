/*
 * api.h - the HTTP side as main.c sees it: started, drained, stopped.
 */
#ifndef SIPMOVED_API_API_H
#define SIPMOVED_API_API_H

#include "api/rate_limit.h"
#include "base/call_simulation.h"
#include "base/sip_traffic.h"
#include "db/backups.h"
#include "db/redirect_log.h"
#include "db/store.h"

enum {
	API_LISTENS_MAX = 8,
	API_HOST_NAMES_MAX = 16,
	API_ORIGINS_MAX = 16,
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
	char cors_origins[API_ORIGINS_MAX][256];
	size_t cors_origin_count;
	struct rate_config rate;
	struct store *store;
	struct redirect_log *log;
	struct backups *backups;
	call_simulate_fn simulate;
	const void *simulate_settings;
	sip_traffic_fn sip_traffic;
	void *sip_traffic_arg;
	bool allow_local_targets;
	bool is_metrics_open; /* /metrics without a token */
};

struct api;

/* Call it after store_open and before store_start. *ret_failed names the listen
 * address that could not be bound (NULL: the socket path). */
int api_start(const struct api_config *config, struct api **ret_api,
	      const struct api_listen **ret_failed)
	__attribute__((warn_unused_result));
struct api_listen api_listen_address(const struct api *api, size_t index);
/* /readyz says 503 from now on. */
void api_drain(struct api *api);
/* Stops accepting, finishes requests under way (5 s at most), joins. */
void api_stop(struct api *api); /* takes NULL */

#endif
