/*
 * streams.h - the TCP and TLS connections of one worker: accepting, framing
 * (RFC 3261 18.3), answers on the connection that asked, caps and time-outs.
 *
 * They have an epoll of their own, which the worker's loop sees as one
 * descriptor: a turn takes a few of its events, so that datagrams never wait
 * for a crowd of connections. Answers are built and sent in the same turn; what
 * the peer does not take is kept up to a bound, and until it is taken nothing
 * more is read from it. A connection that is gone takes its answers along: none
 * is ever opened by us.
 */
#ifndef SIPMOVED_SIP_STREAMS_H
#define SIPMOVED_SIP_STREAMS_H

#include "sip/stream_messages.h"
#include "sip/stream_limits.h"
#include "sip/stream_listener.h"
#include "sip/tls_context.h"

struct streams;

struct streams_config {
	struct stream_timeouts timeouts;
	struct stream_limits *limits;  /* all workers'; borrowed */
	const struct hash_key *secret; /* borrowed */
	struct sip_pipeline *pipeline; /* borrowed */
	struct sip_counters *counters; /* borrowed */
	bool keeps_local; /* routes name the address connected to */
};

int streams_new(const struct streams_config *config,
		struct streams **ret_streams)
	__attribute__((warn_unused_result));
/* Ends every connection. Takes NULL. */
void streams_free(struct streams *streams);

/* Before the first turn. The listener is the streams'. ENOSPC: more than
 * SIP_LISTENS_MAX. */
int streams_add_listener(struct streams *streams,
			 const struct stream_listener *listener)
	__attribute__((warn_unused_result));

/*
 * What TLS connections are made from that come from now on; those that are open
 * stay as they are. Takes a reference of its own. Any thread.
 */
void streams_offer_tls(struct streams *streams, struct tls_context *tls);

/* Readable when there is something to do. */
int streams_fd(const struct streams *streams);
/* One turn: a few events. Returns how many there were. */
size_t streams_run(struct streams *streams, struct snapshot_reader *reader);

#endif
