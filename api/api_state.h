/*
 * api_state.h - the HTTP side's own shape, shared by the files that run it.
 */
#ifndef SIPMOVED_API_API_STATE_H
#define SIPMOVED_API_API_STATE_H

#include "api/api.h"
#include "api/http_connections.h"
#include "api/http_counters.h"
#include "api/http_guard.h"
#include "api/http_linger.h"
#include "api/login_throttle.h"
#include "api/refusals.h"
#include "api/session_activity.h"
#include "api/watch.h"

#include <stdatomic.h>

struct http_accept;
struct http_listener;
struct password_hasher;

enum {
	CURSOR_SECRET_SIZE = 32,
};

struct api {
	struct api_config config;
	char *socket_path; /* owned; config's points to it */
	char *setup_path;  /* same */
	struct http_limits limits;
	struct http_host_names host_names;
	struct http_listener *listener;
	struct http_accept *accept;
	/* Of config's listens, as they were bound; any thread. */
	struct api_listen bound[API_LISTENS_MAX];
	struct http_connections connections;
	struct http_counters counters;
	unsigned char cursor_secret[CURSOR_SECRET_SIZE];
	struct rate_limit *rate_limit; /* "http" thread */
	/* Other limits, for the "http" thread to take up; NULL: none. */
	_Atomic(struct rate_limit *) offered_rate_limit;
	struct watch watch;
	struct http_lingers lingers;
	int64_t started_at_ms;
	atomic_bool draining, stopping;
	atomic_bool drained; /* an administrator said so: PUT /v1/drain */
	atomic_int exports; /* under way: export.c */

	/* Log-ins: "http" thread. */
	struct password_hasher *hasher;
	struct login_throttle login_throttle;
	struct session_activity session_activity, token_activity;
	struct refusals refusals;

	/*
	 * The "http" thread adopts at every request, the "accept" thread at
	 * every tick, so that an old snapshot is let go of while no request
	 * comes. A handler runs with snapshot_lock held, so that its snapshot
	 * stays; no handler waits for anything.
	 */
	pthread_mutex_t snapshot_lock;
	struct snapshot_reader *reader;

	/* Guards suspending and resuming; taken after snapshot_lock. */
	pthread_mutex_t jobs_lock;
	struct exchange *first_job;   /* suspended ones */
	bool suspends_no_more;	      /* api_stop() has resumed all */
	struct exchange *first_keyed; /* idempotency.h: jobs under way */

	/* One for the owner, one for each exchange: a job that ends after
	 * api_stop() gave up waiting still finds its locks. */
	atomic_int owners;
};

/* api_start() with limits of a test's choice. */
int api_start_limited(const struct api_config *config,
		      const struct http_limits *limits, struct api **ret_api,
		      const struct api_listen **ret_failed)
	__attribute__((warn_unused_result));
void api_ref(struct api *api);
void api_unref(struct api *api);
/* The "accept" thread's part of adopting: the revision that is current. */
int64_t api_adopt_snapshot(struct api *api);

#endif
