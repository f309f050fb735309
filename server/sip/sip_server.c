#include "sip/sip_server.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sip/own_hosts.h"
#include "sip/sip_worker.h"
#include "sip/source_log.h"
#include "sip/tls_context.h"

enum {
	FREE_PORT_TRIES = 20,
	TICKET_KEYS_MS = 24 * 3600 * 1000,
};

struct sip_server {
	struct sip_server_config config;
	struct sip_listen bound[SIP_LISTENS_MAX];
	struct own_hosts own_hosts;
	struct call_settings call; /* of every worker */
	atomic_bool draining;
	struct stream_limits *limits;
	struct hash_key secret; /* one To tag whichever worker answers */
	struct sip_worker *workers[SIP_WORKERS_MAX];
	unsigned worker_count;
	struct source_log source_log;
	/* Of what follows: a reload comes from any thread. */
	pthread_mutex_t tls_lock;
	struct tls_context *tls; /* offered last; NULL: none */
	int64_t tls_since_ms;	 /* 0: nobody has looked since */
};

static int64_t seconds_us(unsigned seconds)
{
	return (int64_t)seconds * 1000000;
}

static int make_worker(struct sip_server *server, struct publisher *publisher,
		       struct redirect_log *log)
{
	const struct sip_server_config *config = &server->config;
	struct sip_worker_config worker_config = {
		.index = server->worker_count,
		.publisher = publisher,
		.capture = config->capture,
		.pipeline = {
			.call = server->call,
			.transactions = {
				.max = config->transactions_max /
						config->workers +
					1,
				.unproven_retransmits =
					config->unproven_retransmits,
				.strict_timer_g = config->strict_timer_g,
			},
			.secret = &server->secret,
		},
		.streams = {
			.limits = server->limits,
			.secret = &server->secret,
			.timeouts = {
				.handshake_us = seconds_us(
					config->tls_handshake_timeout_s),
				.message_us = seconds_us(
					config->first_message_timeout_s),
				.idle_us = seconds_us(config->idle_timeout_s),
			},
		},
	};
	int err = redirect_log_add_ring(log, &worker_config.pipeline.ring);

	if (err)
		return err;
	err = sip_worker_new(&worker_config,
			     &server->workers[server->worker_count]);
	if (!err)
		server->worker_count++;
	return err;
}

/* One socket a worker, all on the port that the first one got. */
static int open_sockets(struct sip_server *server, const struct sip_listen *at)
{
	const struct sip_server_config *config = &server->config;
	struct udp_socket socket = { .fd = -1 };
	struct sip_listen bound;

	for (unsigned i = 0; i < config->workers; i++) {
		int err = udp_socket_open(at, config->receive_buffer_bytes,
					  config->workers > 1, &socket, &bound);

		if (err)
			return err;
		err = sip_worker_add_socket(server->workers[i], &socket);
		if (err) {
			udp_socket_close(&socket);
			return err;
		}
	}
	if (config->workers > 1)
		udp_socket_steer(&socket, config->workers);
	return 0;
}

/* The same for connections. */
static int open_listeners(struct sip_server *server,
			  const struct sip_listen *at)
{
	const struct sip_server_config *config = &server->config;
	struct stream_listener listener = { .fd = -1 };
	struct sip_listen bound;

	for (unsigned i = 0; i < config->workers; i++) {
		int err = stream_listener_open(at, config->workers > 1,
					       &listener, &bound);

		if (err)
			return err;
		err = sip_worker_add_listener(server->workers[i], &listener);
		if (err) {
			stream_listener_close(&listener);
			return err;
		}
	}
	if (config->workers > 1)
		stream_listener_steer(&listener, config->workers);
	return 0;
}

/*
 * Shared sockets would let two servers have one port without a word, each
 * getting some of the calls. So the port is first taken alone.
 */
static int take_alone(const struct sip_listen *listen,
		      struct sip_listen *ret_bound)
{
	struct udp_socket udp = { .fd = -1 };
	struct stream_listener stream = { .fd = -1 };
	struct sip_listen bound = *listen;
	int err = 0;

	if (!listen->is_tls)
		err = udp_socket_open(listen, 0, false, &udp, &bound);
	if (!err)
		err = stream_listener_open(&bound, false, &stream, &bound);
	udp_socket_close(&udp);
	stream_listener_close(&stream);
	if (!err)
		*ret_bound = bound;
	return err;
}

static int listen_on(struct sip_server *server, size_t index)
{
	const struct sip_listen *listen = &server->config.listens[index];
	struct sip_listen *bound = &server->bound[index];
	int err = EADDRINUSE;

	/* A port that was free for datagrams may be taken for connections. */
	for (int tries = listen->port ? 1 : FREE_PORT_TRIES;
	     err == EADDRINUSE && tries > 0; tries--)
		err = take_alone(listen, bound);
	if (!err && !bound->is_tls)
		err = open_sockets(server, bound);
	return err ? err : open_listeners(server, bound);
}

static int make_workers(struct sip_server *server, struct publisher *publisher,
			struct redirect_log *log)
{
	int err = 0;

	for (unsigned i = 0; !err && i < server->config.workers; i++)
		err = make_worker(server, publisher, log);
	return err;
}

/* Takes the reference; tls_lock is held. */
static void use_tls(struct sip_server *server, struct tls_context *tls,
		    int64_t since_ms)
{
	tls_context_unref(server->tls);
	server->tls = tls;
	server->tls_since_ms = since_ms;
	for (unsigned i = 0; i < server->worker_count; i++)
		sip_worker_offer_tls(server->workers[i], tls);
}

void sip_server_offer_tls(struct sip_server *server, struct tls_context *tls)
{
	pthread_mutex_lock(&server->tls_lock);
	use_tls(server, tls_context_ref(tls), 0);
	pthread_mutex_unlock(&server->tls_lock);
}

/* Without memory it is tried again with the next look. */
static void renew_tls(struct sip_server *server, int64_t now_ms)
{
	struct tls_context *renewed;

	pthread_mutex_lock(&server->tls_lock);
	/* Also when the clock was set back. */
	if (server->tls_since_ms == 0 || now_ms < server->tls_since_ms)
		server->tls_since_ms = now_ms;
	else if (server->tls &&
		 now_ms - server->tls_since_ms >= TICKET_KEYS_MS &&
		 !tls_context_renew(server->tls, &renewed))
		use_tls(server, renewed, now_ms);
	pthread_mutex_unlock(&server->tls_lock);
}

static int start_workers(struct sip_server *server)
{
	int err = 0;

	for (unsigned i = 0; !err && i < server->worker_count; i++)
		err = sip_worker_start(server->workers[i]);
	return err;
}

int sip_server_start(const struct sip_server_config *config,
		     struct publisher *publisher, struct redirect_log *log,
		     struct sip_server **ret_server,
		     const struct sip_listen **ret_failed)
{
	struct sip_server *server;
	int err = EINVAL;

	*ret_failed = NULL;
	if (config->workers < 1 || config->workers > SIP_WORKERS_MAX ||
	    config->listen_count > SIP_LISTENS_MAX)
		return err;
	server = calloc(1, sizeof(*server));
	if (!server)
		return ENOMEM;
	server->config = *config;
	pthread_mutex_init(&server->tls_lock, NULL);
	hash_key_init(&server->secret);
	own_hosts_read(&server->own_hosts, config->listens,
		       config->listen_count);
	server->call = (struct call_settings){
		.server_header = text_of(server->config.server_header),
		.own_hosts = server->own_hosts.texts,
		.own_host_count = server->own_hosts.count,
		.draining = &server->draining,
	};
	err = stream_limits_new(config->connections_max,
				config->connections_per_source,
				&server->limits);
	if (!err)
		err = make_workers(server, publisher, log);
	if (!err && config->tls)
		sip_server_offer_tls(server, config->tls);
	for (size_t i = 0; !err && i < config->listen_count; i++) {
		err = listen_on(server, i);
		if (err)
			*ret_failed = &config->listens[i];
	}
	if (!err)
		err = start_workers(server);
	if (err)
		goto out;
	*ret_server = server;
	server = NULL;
out:
	sip_server_stop(server);
	return err;
}

void sip_server_stop(struct sip_server *server)
{
	if (!server)
		return;
	for (unsigned i = 0; i < server->worker_count; i++)
		sip_worker_stop(server->workers[i]);
	for (unsigned i = 0; i < server->worker_count; i++)
		sip_worker_free(server->workers[i]);
	stream_limits_free(server->limits);
	tls_context_unref(server->tls);
	pthread_mutex_destroy(&server->tls_lock);
	free(server);
}

const struct call_settings *sip_server_call_settings(
	const struct sip_server *server)
{
	return &server->call;
}

void sip_server_drain(void *arg, bool draining)
{
	struct sip_server *server = arg;

	atomic_store_explicit(&server->draining, draining,
			      memory_order_relaxed);
}

struct sip_listen sip_server_listen(const struct sip_server *server,
				    size_t index)
{
	return server->bound[index];
}

void sip_server_tend(struct sip_server *server, int64_t now_ms)
{
	renew_tls(server, now_ms);
	for (unsigned i = 0; i < server->worker_count; i++)
		source_log_write(&server->source_log,
				 sip_worker_notices(server->workers[i]),
				 now_ms);
}

void sip_server_traffic(void *arg, struct sip_traffic *ret_traffic)
{
	const struct sip_server *server = arg;

	memset(ret_traffic, 0, sizeof(*ret_traffic));
	for (unsigned i = 0; i < server->worker_count; i++)
		sip_worker_add_traffic(server->workers[i], ret_traffic);
}
