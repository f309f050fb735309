/*
 * sip_server.h - the workers and their sockets: starts N threads "sip-0"...,
 * each with its own sockets per listen address: UDP and TCP on the same port
 * (RFC 3261 18.2.1), or TLS. Several workers share each
 * port (SO_REUSEPORT); all requests of one call meet in one worker.
 */
#ifndef SIPMOVED_SIP_SERVER_H
#define SIPMOVED_SIP_SERVER_H

#include "base/sip_traffic.h"
#include "base/call_simulation.h"
#include "db/publisher.h"
#include "db/redirect_log.h"
#include "sip/hep.h"
#include "sip/sip_listen.h"

enum {
	SIP_LISTENS_MAX = 16,
	SIP_WORKERS_MAX = SIP_TRAFFIC_WORKERS_MAX,
};

struct sip_server_config {
	struct sip_listen listens[SIP_LISTENS_MAX];
	size_t listen_count;
	unsigned workers;	 /* 1..SIP_WORKERS_MAX */
	size_t transactions_max; /* all workers together */
	unsigned unproven_retransmits;
	bool strict_timer_g;
	size_t receive_buffer_bytes; /* SO_RCVBUF; 0: the system's */
	char server_header[128];     /* "": none */
	/* TCP and TLS, all workers together. */
	unsigned connections_max, connections_per_source;
	unsigned first_message_timeout_s, idle_timeout_s;
	unsigned tls_handshake_timeout_s;
	struct tls_context *tls; /* borrowed; NULL: there is none */
	struct hep_config capture;
};

struct sip_server;
struct call_settings;
struct tls_context;

/*
 * Binds every socket and starts the threads; adds one snapshot reader and one
 * log ring a worker: call it after store_open and redirect_log_open, before
 * store_start and redirect_log_start. Errors: EADDRINUSE and the like;
 * *ret_failed then names the listen address.
 */
int sip_server_start(const struct sip_server_config *config,
		     struct publisher *publisher, struct redirect_log *log,
		     struct sip_server **ret_server,
		     const struct sip_listen **ret_failed)
	__attribute__((warn_unused_result));
/*
 * Answers what has arrived, then stops and joins. Takes NULL. The store has
 * stopped before: no snapshot may be published meanwhile.
 */
void sip_server_stop(struct sip_server *server);
/* The address really bound (port 0 resolved): index of the listen. */
struct sip_listen sip_server_listen(const struct sip_server *server,
				    size_t index);
/*
 * What is done now and then: a line in the log for each source that was newly
 * refused (sip/source_log.h), and new keys for TLS tickets once a day. Main
 * thread, about once a second.
 */
void sip_server_tend(struct sip_server *server, int64_t now_ms);
/*
 * What TLS connections are made from that come from now on: new certificates,
 * say. The server takes references of its own. Any thread.
 */
void sip_server_offer_tls(struct sip_server *server, struct tls_context *tls);
/* sip_traffic_fn: arg is the server. */
void sip_server_traffic(void *arg, struct sip_traffic *ret_traffic);
/* sip_drain_fn: so is this one's. */
void sip_server_drain(void *arg, bool draining);

/* What calls are answered with; good until the server stops. */
const struct call_settings *sip_server_call_settings(
	const struct sip_server *server);
/* call_simulate_fn: settings is struct call_settings, or NULL: nothing is said
 * of the server. */
int sip_simulate(const void *settings, const struct snapshot *snapshot,
		 const struct call_question *question,
		 struct call_simulation *ret_simulation);

#endif
