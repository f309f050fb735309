/*
 * transactions.h - server transactions of one worker (RFC 3261 17.2, RFC 6026,
 * RFC 4320), small and with O(1) timers.
 *
 * One fixed-size record each, in a hash table keyed with SipHash; response
 * bytes live beside the record and are dropped when the ACK came. One FIFO per
 * RFC delay: every entry of a queue waits equally long, so the head is always
 * next. Bounded: at the cap, transactions_add() says ENOSPC and the caller
 * answers statelessly. Owned and used by one worker thread; time comes in
 * (monotonic microseconds), nothing is sent from here.
 */
#ifndef SIPMOVED_SIP_TRANSACTIONS_H
#define SIPMOVED_SIP_TRANSACTIONS_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/hash.h"
#include "db/redirect_log_record.h"
#include "sip/sip_request.h"
#include "sip/sip_response.h"
#include "sip/transaction_key.h"

enum {
	TRANSACTION_T1_US = 500000,
	TRANSACTION_T2_US = 4000000,
	TRANSACTION_T4_US = 5000000,
	TRANSACTION_RESPONSE_MAX = 2048, /* longer answers go stateless */
};

struct transactions;
struct transaction;

/* Where an answer goes and which socket it leaves by. */
union transaction_peer {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct transaction_route {
	union transaction_peer peer;
	socklen_t peer_len;
	uint32_t socket_index; /* the worker's */
	struct in6_addr local; /* source to answer from on a wildcard socket;
				* IPv4 mapped; all zero: the socket's own */
	bool is_reliable;      /* TCP, TLS: no G, I and J are 0 */
};

struct transactions_config {
	size_t max; /* records */
	/* Copies timer G sends at most to a source that has not proven itself
	 * by an ACK with our To tag, and no more than make two octets for each
	 * that came; 10 means the RFC's. */
	unsigned unproven_retransmits;
	bool strict_timer_g;
	/* Hears, at the ACK and at its end, of a transaction with a log id of
	 * which something was repeated meanwhile. NULL: nobody. */
	struct redirect_log_ring *ring;
};

/* What find learnt of a request, so that each hash is made once. */
struct transaction_identity {
	struct transaction_key key;
	uint64_t merge; /* 0: a request that is never merged */
};

/* What is kept with a new transaction; texts are copied. */
struct transaction_answer {
	struct transaction_route route;
	struct text response;
	struct text to_tag;
	int64_t log_id;
};

int transactions_new(const struct transactions_config *config,
		     const struct hash_key *secret,
		     struct transactions **ret_transactions)
	__attribute__((warn_unused_result));
void transactions_free(struct transactions *transactions); /* takes NULL */

/* The transaction a request belongs to (17.2.3, with and without the magic
 * cookie); for ACK, the INVITE's. NULL: none. Fills the identity always. */
struct transaction *transactions_find(
	struct transactions *transactions, const struct sip_request *request,
	struct transaction_identity *ret_identity);
/* The INVITE transaction that a CANCEL names (9.2). NULL: none. */
struct transaction *transactions_find_cancelled(
	struct transactions *transactions, const struct sip_request *cancel);
/* RFC 3261 8.2.2.2: same From tag, Call-ID, CSeq and Request-URI, no To tag,
 * another branch. identity: as find filled it. */
bool transactions_is_merged(const struct transactions *transactions,
			    const struct transaction_identity *identity);

/*
 * A new one, with the answer that every copy of the request gets. to_tag: the
 * one we gave, or empty if the request had one. log_id: of its redirect log
 * record, handed back when the ACK comes; 0: none.
 * ENOSPC at the cap, EMSGSIZE response or tag too long: nothing was added. A
 * non-INVITE over a reliable transport ends at once (J is 0): 0, and nothing is
 * kept.
 */
int transactions_add(struct transactions *transactions,
		     const struct sip_request *request,
		     const struct transaction_identity *identity,
		     const struct transaction_answer *answer, int64_t now_us)
	__attribute__((warn_unused_result));

/* A copy of its request came. */
void transaction_note_repeat(struct transaction *transaction);
/* The bytes to repeat for a retransmitted request; empty in state Confirmed. */
struct text transaction_response(const struct transaction *transaction);
/* Empty if the request brought its own. */
struct text transaction_to_tag(const struct transaction *transaction);
const struct transaction_route *transaction_route(
	const struct transaction *transaction);
/* Its To tag goes to another host than its own: from now on nobody proves an
 * address with it. */
void transaction_tell_tag(struct transaction *transaction);

/*
 * An ACK that matched. Returns the log id the first time and 0 afterwards.
 * proves: its To tag is ours, so the INVITE's source is where it says it is.
 * Over a reliable transport the transaction ends here.
 */
int64_t transactions_ack(struct transactions *transactions,
			 struct transaction *transaction, bool proves,
			 int64_t now_us);

/*
 * Runs what is due: calls resend for every answer that timer G repeats now, and
 * ends what is over. Returns the time of the next event, INT64_MAX for none.
 * At most `most` events in one call, so that a batch of calls is never late.
 */
typedef void (*transaction_resend_fn)(void *arg, struct text response,
				      const struct transaction_route *route);
int64_t transactions_run(struct transactions *transactions, int64_t now_us,
			 size_t most, transaction_resend_fn resend, void *arg);

/* Has an ACK from there shown, within the hour, that it gets our answers? With
 * strict_timer_g every source is taken for proven. */
bool transactions_source_is_proven(const struct transactions *transactions,
				   const struct transaction_route *route,
				   int64_t now_us);
/* May what goes there go to somebody who never asked? Not over a stream, not to
 * this machine, not to a source that is proven. */
bool transactions_may_be_forged(const struct transactions *transactions,
				const struct transaction_route *route,
				int64_t now_us);
/*
 * Is a request that matched answered with the bytes of the first one? What may
 * be forged is not, if it is shorter than the first, or the first came over a
 * stream: copies are alike, and one that is short would be a lever for a long
 * answer. Twice its own octets it may have always.
 */
bool transactions_may_repeat(const struct transactions *transactions,
			     const struct transaction *transaction,
			     const struct sip_request *request,
			     const struct transaction_route *route,
			     int64_t now_us);

size_t transactions_count(const struct transactions *transactions);

#endif
