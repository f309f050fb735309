/*
 * call.h - one request, one decision, one answer: the order of protocol steps
 * (spec table "decision order"), without socket, clock, transaction or log.
 *
 * Pure: what it needs comes in, what it decided goes out. The SIP worker runs
 * it for every new transaction, and simulations run the very same code.
 */
#ifndef SIPMOVED_SIP_CALL_H
#define SIPMOVED_SIP_CALL_H

#include <stdatomic.h>

#include "base/call_reason.h"
#include "db/snapshot.h"
#include "db/snapshot_peer_profiles.h"
#include "sip/digest.h"
#include "sip/extension_decision.h"
#include "sip/redirect_words.h"
#include "sip/sip_request.h"

enum {
	CALL_OWN_HOSTS_MAX = 32,
};

/* What the server says of itself. Immutable after start; borrowed. */
struct call_settings {
	struct text server_header; /* empty: none */
	/* Canonical hosts that mean this server itself (listen addresses). */
	const struct text *own_hosts;
	size_t own_host_count;
	/* OPTIONS to the server is answered 503 while it is true. NULL: never.
	 */
	const atomic_bool *draining;
	/* NULL: the snapshot's. A simulation tries another one. */
	const struct extension_policy *policy;
	/* Of this very request, found by digest_check(). NULL: nobody asked;
	 * a simulated call counts as one whose caller is known. */
	const struct digest_verdict *authentication;
	/*
	 * How this caller's redirects are put into words, in place of what the
	 * domain says: a peer profile's, chosen by source. NULL: the domain's.
	 */
	const struct answer_style *profile;
	struct text profile_name; /* for the log */
};

/* profile: NULL for none. */
static inline void call_use_profile(struct call_settings *settings,
				    const struct snapshot_peer_profile *profile)
{
	settings->profile = profile ? &profile->style : NULL;
	settings->profile_name = profile ? text_of(profile->name) : TEXT("");
}

/* Everything the answer and its log record are made from. Plain value; texts
 * point into the request, the snapshot or static memory. */
struct call_decision {
	uint16_t status; /* 0: no answer at all */
	struct text reason;
	struct redirect_decision redirect;   /* its contacts: status 3xx */
	struct extension_decision extension; /* its rejected tags: status 420 */
	/* Canonical address of the Request-URI; len 0 if it has none. */
	char address[SIP_CANONICAL_SIZE];
	size_t address_len;
	char domain[SIP_CANONICAL_SIZE];
	size_t domain_len;
	struct digest_challenge challenge; /* status 401 */
	/* How a 3xx is written; NULL until it is known. */
	const struct answer_style *style;
	struct text profile; /* whose words a 3xx is in; empty: no peer's */
	struct redirect_words words; /* status 3xx */
	/* Parts of the answer that had to go: sip_response_write(). */
	unsigned left_out;
	uint32_t retry_after_s; /* status 480, RFC 3261 20.33; 0: not said */
	bool tells_histinfo;	/* status 200: it is among what is supported */
	int64_t revision;	/* of the snapshot */
	enum call_reason why;
	/* The one to come, with CALL_MOVE_NOT_STARTED; else NULL. */
	const struct snapshot_move *next_move;
};

/*
 * Steps 2-4 and 6-17 of the order (transactions, ACK, CANCEL and merged
 * requests are the worker's). is_merged: what the worker found for step 12.
 */
void call_decide(const struct snapshot *snapshot,
		 const struct call_settings *settings,
		 const struct sip_request *request, bool is_merged,
		 int64_t now_ms, struct call_decision *ret_decision);

/* What cannot be written is answered 500. */
void call_fail(struct call_decision *decision);

#endif
