/*
 * sip_pipeline.h - what a worker does with one message: bytes, where they came
 * from and how, in; zero or one answer and where it goes, out.
 *
 * Knows no socket: datagrams and streams feed the same code. On the call path
 * there is no lock, no malloc, no system call and no line in a log. Owned and
 * used by one worker thread.
 */
#ifndef SIPMOVED_SIP_SIP_PIPELINE_H
#define SIPMOVED_SIP_SIP_PIPELINE_H

#include "db/redirect_log_record.h"
#include "sip/sip_capture.h"
#include "sip/sip_counters.h"
#include "sip/source_guard.h"
#include "sip/source_notices.h"
#include "sip/transactions.h"

enum {
	SIP_ANSWER_MAX = SIP_RESPONSE_MAX,
};

struct sip_pipeline;

struct sip_pipeline_config {
	struct call_settings call; /* what it points to is borrowed */
	struct transactions_config transactions;
	const struct hash_key *secret;	/* all workers' one; borrowed */
	struct redirect_log_ring *ring; /* borrowed */
	struct sip_counters *counters;	/* borrowed */
	struct source_notices *notices; /* borrowed; NULL: none */
	struct sip_capture *capture;	/* borrowed; NULL: none */
	unsigned worker;		/* 0..63: part of log ids */
};

int sip_pipeline_new(const struct sip_pipeline_config *config,
		     struct sip_pipeline **ret_pipeline)
	__attribute__((warn_unused_result));
void sip_pipeline_free(struct sip_pipeline *pipeline); /* takes NULL */

/* Before each batch: the snapshot that its calls are answered from, and when
 * it was received, on both clocks. */
void sip_pipeline_begin(struct sip_pipeline *pipeline,
			const struct snapshot *snapshot, int64_t monotonic_us,
			int64_t wall_us);
/* The batch's monotonic time. */
int64_t sip_pipeline_now_us(const struct sip_pipeline *pipeline);

/* Before start: the listener of a route's socket_index, as rules on sources
 * name it: "udp:192.0.2.1:5060". */
void sip_pipeline_name_listener(struct sip_pipeline *pipeline,
				uint32_t socket_index, struct text listener);
/* Step 0: whether what came some way is looked at at all. A stream asks it for
 * each connection and each message; sip_pipeline_datagram() asks by itself. */
struct source_guard *sip_pipeline_guard(struct sip_pipeline *pipeline);

/*
 * route: where the bytes came from; changed into where the answer goes. answer:
 * SIP_ANSWER_MAX bytes. Returns the answer's length; 0: none is sent.
 */
size_t sip_pipeline_datagram(struct sip_pipeline *pipeline,
			     struct text datagram,
			     struct transaction_route *route, char *answer);
/* A request that was cut out of a stream, or of a datagram, and scanned. */
size_t sip_pipeline_request(struct sip_pipeline *pipeline,
			    const struct sip_request *request,
			    enum log_transport transport,
			    struct transaction_route *route, char *answer);

/* transactions_run() at a time. */
int64_t sip_pipeline_run_timers(struct sip_pipeline *pipeline,
				int64_t monotonic_us, size_t most,
				transaction_resend_fn resend, void *arg);

#endif
