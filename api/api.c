#include "api/api_state.h"
#include "api/http_accept.h"
#include "api/http_listener.h"
#include "api/http_wire.h"
#include "api/inbound_recovery.h"
#include "api/password_hasher.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sodium.h>

enum {
	STOP_STEP_US = 5000,
	STOP_LAST_US = 500000, /* to send what was resumed by force */
};

static void free_api(struct api *api)
{
	free(api->socket_path);
	rate_limit_free(api->rate_limit);
	rate_limit_free(atomic_load(&api->offered_rate_limit));
	free(api->setup_path);
	session_activity_clear(&api->session_activity);
	session_activity_clear(&api->token_activity);
	http_connections_clear(&api->connections);
	watch_clear(&api->watch);
	http_lingers_clear(&api->lingers);
	pthread_mutex_destroy(&api->snapshot_lock);
	pthread_mutex_destroy(&api->jobs_lock);
	free(api);
}

void api_ref(struct api *api)
{
	atomic_fetch_add(&api->owners, 1);
}

void api_unref(struct api *api)
{
	if (atomic_fetch_sub(&api->owners, 1) == 1)
		free_api(api);
}

int64_t api_adopt_snapshot(struct api *api)
{
	const struct snapshot *snapshot;
	int64_t revision;

	pthread_mutex_lock(&api->snapshot_lock);
	snapshot = snapshot_reader_adopt(api->reader);
	revision = snapshot ? snapshot_revision(snapshot) : 0;
	pthread_mutex_unlock(&api->snapshot_lock);
	return revision;
}

static void name_hosts(struct api *api)
{
	static const char *const always[] = { "localhost", "127.0.0.1", "::1" };
	const struct api_config *config = &api->config;

	for (size_t i = 0; i < sizeof(always) / sizeof(*always); i++)
		http_host_names_add(&api->host_names, always[i]);
	for (size_t i = 0; i < config->listen_count; i++) {
		const char *host = config->listens[i].host;

		http_host_names_add(&api->host_names, host);
		if (!strcmp(host, "0.0.0.0") || !strcmp(host, "::") ||
		    !strcmp(host, "[::]") || !host[0])
			api->host_names.any_address = true;
	}
	for (size_t i = 0; i < config->host_name_count; i++)
		http_host_names_add(&api->host_names, config->host_names[i]);
}

static bool keep_path(const char *path, char **copy)
{
	if (path)
		*copy = strdup(path);
	return !path || *copy;
}

static bool keep_paths(struct api *api, const struct api_config *config)
{
	bool kept = keep_path(config->socket_path, &api->socket_path) &&
		    keep_path(config->setup_path, &api->setup_path);

	api->config.socket_path = api->socket_path;
	api->config.setup_path = api->setup_path;
	return kept;
}

static int new_api(const struct api_config *config,
		   const struct http_limits *limits, struct api **ret_api)
{
	struct api *api = calloc(1, sizeof(*api));

	if (!api)
		return ENOMEM;
	http_connections_init(&api->connections);
	watch_init(&api->watch);
	http_lingers_init(&api->lingers);
	pthread_mutex_init(&api->snapshot_lock, NULL);
	pthread_mutex_init(&api->jobs_lock, NULL);
	atomic_init(&api->owners, 1);
	api->config = *config;
	api->config.socket_path = NULL;
	api->limits = *limits;
	api->started_at_ms = clock_wall_ms();
	randombytes_buf(api->cursor_secret, sizeof(api->cursor_secret));
	login_throttle_init(&api->login_throttle);
	name_hosts(api);
	if (rate_limit_new(&config->rate, &api->rate_limit) != 0 ||
	    !keep_paths(api, config)) {
		api_unref(api);
		return ENOMEM;
	}
	*ret_api = api;
	return 0;
}

/* Signals are main's: no thread of ours takes one. */
static int start_threads(struct api *api)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = password_hasher_start(api->config.password_memory_kib,
				    &api->hasher);
	if (!err)
		err = http_listener_start(api, &api->listener);
	if (!err)
		err = http_accept_start(api->accept);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

/* What api_stop() does once no connection is left. */
static void tear_down(struct api *api)
{
	http_accept_stop(api->accept);
	http_listener_stop(api->listener);
	password_hasher_stop(api->hasher);
	if (api->reader)
		snapshot_reader_stop(api->reader);
	api_unref(api);
}

int api_start_limited(const struct api_config *config,
		      const struct http_limits *limits, struct api **ret_api,
		      const struct api_listen **ret_failed)
{
	const struct api_listen *failed = NULL;
	struct api *api;
	int err;

	*ret_failed = NULL;
	err = inbound_recovery_run(config->store);
	if (err)
		log_warning("inbound_events_left", "error=%s",
			    log_quoted(text_of(strerror(err))));
	err = new_api(config, limits, &api);
	if (err)
		return err;
	err = http_accept_open(api, &api->accept, &failed);
	if (err) {
		/* In the caller's memory: ours goes. */
		if (failed)
			*ret_failed =
				&config->listens[failed - api->config.listens];
		goto out;
	}
	for (size_t i = 0; i < config->listen_count; i++)
		api->bound[i] = http_accept_address(api->accept, i);
	err = publisher_add_reader(store_publisher(config->store), NULL,
				   &api->reader);
	if (err)
		goto out;
	err = start_threads(api);
	if (err)
		goto out;
	*ret_api = api;
	api = NULL;
out:
	if (api)
		tear_down(api);
	return err;
}

int api_start(const struct api_config *config, struct api **ret_api,
	      const struct api_listen **ret_failed)
{
	return api_start_limited(config, &http_limits_default, ret_api,
				 ret_failed);
}

struct api_listen api_listen_address(const struct api *api, size_t index)
{
	return api->bound[index];
}

void api_listen_origin(const struct api_listen *at,
		       char origin[API_ORIGIN_SIZE])
{
	bool is_ipv6 = strchr(at->host, ':') != NULL;
	const char *host = at->host;

	if (!strcmp(host, "0.0.0.0") || !strcmp(host, "::"))
		host = is_ipv6 ? "::1" : "127.0.0.1";
	snprintf(origin, API_ORIGIN_SIZE, "http://%s%s%s:%u",
		 is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "",
		 (unsigned)at->port);
}

void api_origin(const struct api *api, char origin[API_ORIGIN_SIZE])
{
	struct api_listen first;

	text_copy(text_of(api->config.public_origin), origin, API_ORIGIN_SIZE);
	if (origin[0] || api->config.listen_count == 0)
		return;
	first = api_listen_address(api, 0);
	api_listen_origin(&first, origin);
}

int api_offer_rates(struct api *api, const struct rate_config *rates)
{
	struct rate_limit *limit = NULL;
	int err = rate_limit_new(rates, &limit);

	if (!err)
		rate_limit_free(
			atomic_exchange(&api->offered_rate_limit, limit));
	return err;
}

void api_drain(struct api *api)
{
	atomic_store(&api->draining, true);
}

/* Until no connection is left; those between two requests are shut. */
static void wait_for_connections(struct api *api, int64_t wait_us)
{
	const struct timespec step = { .tv_nsec = STOP_STEP_US * 1000L };
	int64_t until_us = clock_monotonic_us() + wait_us;

	do {
		/* One step at least: what was accepted last may only now
		 * become a connection of the library. */
		nanosleep(&step, NULL);
		http_connections_shut(&api->connections, false);
	} while (http_connections_count(&api->connections) > 0 &&
		 clock_monotonic_us() < until_us);
}

void api_stop(struct api *api)
{
	if (!api)
		return;
	api_drain(api);
	http_accept_shut(api->accept);
	watch_stop(&api->watch);
	http_stream_stop(api);
	wait_for_connections(api, api->limits.stop_us);
	/* The library must not be stopped with a connection suspended. */
	exchange_resume_all(api);
	wait_for_connections(api, STOP_LAST_US);
	http_connections_shut(&api->connections, true);
	tear_down(api);
}
