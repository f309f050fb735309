/*
 * stream_messages.h - what came over a connection, cut into messages (RFC 3261
 * 18.3), handed to the pipeline, and its answers sent back the same way.
 *
 * Bytes are read into one buffer of the worker's; a connection has memory of
 * its own only while a message is not whole, or answers are not taken. One
 * thread.
 */
#ifndef SIPMOVED_SIP_STREAM_MESSAGES_H
#define SIPMOVED_SIP_STREAM_MESSAGES_H

#include "db/publisher.h"
#include "sip/sip_counters.h"
#include "sip/sip_pipeline.h"
#include "sip/stream_connection.h"

enum {
	/* What may wait for one peer. One read rarely asks for so much. */
	STREAM_ANSWERS_MAX = 4 * SIP_ANSWER_MAX,
};

/* One a worker. The caller sets the first four; the rest is zero. */
struct stream_messages {
	struct sip_pipeline *pipeline;	/* borrowed */
	struct sip_counters *counters;	/* borrowed */
	struct snapshot_reader *reader; /* borrowed */
	struct stream_memory memory;
	struct sip_request request;
	char arrived[STREAM_IO_READ_MAX];
	size_t answers_len;
	char answers[STREAM_ANSWERS_MAX];
};

/*
 * One event of an established connection: sends what waits for the peer, or
 * else reads once and answers what is whole. On an errno the connection is
 * over: EPIPE it broke, ENOBUFS the peer asks much and takes no answer, ENOMEM.
 */
int stream_messages_handle(struct stream_messages *messages,
			   struct stream_connection *connection)
	__attribute__((warn_unused_result));

#endif
