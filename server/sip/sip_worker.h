/*
 * sip_worker.h - one thread "sip-N" with its own event loop, sockets, streams,
 * transactions, snapshot reader, log ring and counters. Workers share nothing
 * that changes.
 *
 * Main thread: new, add_socket, start, stop, free, in this order. Counters: any
 * thread.
 */
#ifndef SIPMOVED_SIP_SIP_WORKER_H
#define SIPMOVED_SIP_SIP_WORKER_H

#include "db/publisher.h"
#include "sip/sip_pipeline.h"
#include "sip/streams.h"
#include "sip/udp_socket.h"

struct sip_worker;

struct sip_worker_config {
	unsigned index;
	struct sip_pipeline_config pipeline; /* counters, worker, capture: set
					      * by the worker itself */
	struct publisher *publisher;
	struct hep_config capture;
	/* pipeline, counters, keeps_local: set by the worker itself */
	struct streams_config streams;
};

/* Adds a snapshot reader. */
int sip_worker_new(const struct sip_worker_config *config,
		   struct sip_worker **ret_worker)
	__attribute__((warn_unused_result));
/* After stop, or never started. Takes NULL. */
void sip_worker_free(struct sip_worker *worker);

/* The socket is the worker's. ENOSPC: more than SIP_LISTENS_MAX. */
int sip_worker_add_socket(struct sip_worker *worker,
			  const struct udp_socket *socket)
	__attribute__((warn_unused_result));

/* The same, for connections. */
int sip_worker_add_listener(struct sip_worker *worker,
			    const struct stream_listener *listener)
	__attribute__((warn_unused_result));

/* streams_offer_tls(). Any thread. */
void sip_worker_offer_tls(struct sip_worker *worker, struct tls_context *tls);

/* Returns once its loop listens. */
int sip_worker_start(struct sip_worker *worker)
	__attribute__((warn_unused_result));
/* Answers what has arrived, then ends and joins the thread. */
void sip_worker_stop(struct sip_worker *worker);

/* What it wants told of sources: one other thread takes, while it is not freed.
 */
struct source_notices *sip_worker_notices(struct sip_worker *worker);

/* Adds its figures to what is there. Any thread, while it is not freed. */
void sip_worker_add_traffic(const struct sip_worker *worker,
			    struct sip_traffic *traffic);

#endif
