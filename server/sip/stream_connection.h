/*
 * stream_connection.h - one TCP or TLS connection, and the table of those that
 * a worker owns. One thread.
 *
 * A connection is named by its index and generation: an index is used again,
 * with another generation, so that an event that was on its way when the
 * connection ended finds nobody.
 */
#ifndef SIPMOVED_SIP_STREAM_CONNECTION_H
#define SIPMOVED_SIP_STREAM_CONNECTION_H

#include "db/redirect_log_record.h"
#include "sip/sip_request.h"
#include "sip/stream_buffer.h"
#include "sip/stream_io.h"
#include "sip/transactions.h"

struct tls_context;

enum stream_state {
	STREAM_HANDSHAKE, /* of TLS */
	STREAM_OPEN,
	STREAM_ENDING,	 /* its last answer is to be sent */
	STREAM_DRAINING, /* was sent, and that it was the last; what comes is
			  * dropped, for a close with bytes unread would take
			  * the answer back */
};

struct stream_connection {
	struct stream_io io;
	struct tls_context *tls; /* a reference; NULL: plain TCP */
	enum stream_state state;
	enum log_transport transport;
	union transaction_peer peer;
	socklen_t peer_len;
	struct in6_addr local; /* as a route has it; or all zero */
	uint64_t source;       /* transaction_key_source() */
	uint32_t listener;     /* its index, as source rules know it */
	bool has_spoken;       /* a request came */
	bool has_begun;	       /* more of the next message than line ends */
	bool peer_ended;       /* it sends no more */
	struct sip_stream_progress progress;
	struct stream_buffer input;  /* the start of a message */
	struct stream_buffer output; /* answers the peer does not take yet */
	/* Monotonic microseconds. */
	int64_t waiting_since; /* for the first message, the rest of one, or the
				* end */
	int64_t active_at;     /* the last message */
	int64_t taken_at;      /* the peer took bytes of the output */
	uint32_t interest;     /* epoll's */
};

struct stream_timeouts {
	int64_t handshake_us, message_us, idle_us;
};

/* When it is over if nothing happens. */
int64_t stream_connection_deadline_us(
	const struct stream_connection *connection,
	const struct stream_timeouts *timeouts);
/* The events to wait for, epoll's. */
uint32_t stream_connection_interest(const struct stream_connection *connection);

/* --- the table --- */

struct stream_slot {
	struct stream_connection *connection; /* owned; NULL: free */
	int64_t deadline_us;
	uint32_t generation; /* never 0 */
	uint32_t next_free;
};

/* All zero: empty. */
struct stream_table {
	struct stream_slot *slots;
	uint32_t size;
	uint32_t first_free; /* STREAM_NONE: none */
	uint32_t count;
};

enum {
	STREAM_NONE = UINT32_MAX,
};

/* A zeroed connection in a slot; its fd is -1. ENOMEM. */
int stream_table_add(struct stream_table *table, uint32_t *ret_index)
	__attribute__((warn_unused_result));
/* Its io was closed and its buffers cleared. */
void stream_table_remove(struct stream_table *table, uint32_t index);
/* NULL: that connection is gone. */
struct stream_connection *stream_table_find(const struct stream_table *table,
					    uint32_t index,
					    uint32_t generation);
/* Every slot was emptied. */
void stream_table_clear(struct stream_table *table);

#endif
