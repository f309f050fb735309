/*
 * source_guard.h - who is answered at all: step 0 of the decision order, before
 * a byte is parsed, and the scanner patterns once the headers are known.
 *
 * What administrators say comes with the snapshot (snapshot_sources.h). What
 * the guard learns by itself, buckets and bans made by patterns, is the
 * worker's own and in fixed memory: it ends with the process, and another
 * worker does not know of it. Refused is silence, always. Where nothing is set
 * a message costs one comparison.
 *
 * Owned and used by one worker thread; time comes in.
 */
#ifndef SIPMOVED_SIP_SOURCE_GUARD_H
#define SIPMOVED_SIP_SOURCE_GUARD_H

#include "base/hash.h"
#include "db/snapshot_sources.h"
#include "sip/sip_counters.h"
#include "sip/sip_request.h"
#include "sip/source_notices.h"

enum {
	SOURCE_GUARD_LISTENERS_MAX = 64, /* indexes of a worker's sockets */
};

struct source_guard;

/* secret, counters, notices: borrowed; notices may be NULL: nothing is told. */
struct source_guard_config {
	const struct hash_key *secret;
	struct sip_counters *counters;
	struct source_notices *notices;
};

int source_guard_new(const struct source_guard_config *config,
		     struct source_guard **ret_guard)
	__attribute__((warn_unused_result));
void source_guard_free(struct source_guard *guard); /* takes NULL */

/* Before start: which listener an index stands for, as rules name it
 * ("udp:192.0.2.1:5060"). Beyond SOURCE_GUARD_LISTENERS_MAX, or never named:
 * rules for any listener hold alone. */
void source_guard_name_listener(struct source_guard *guard, uint32_t index,
				struct text listener);

/* Its name; empty if it has none. */
struct text source_guard_listener(const struct source_guard *guard,
				  uint32_t index);

/* Before each batch. snapshot NULL: all are answered. */
void source_guard_begin(struct source_guard *guard,
			const struct snapshot *snapshot, int64_t monotonic_us,
			int64_t wall_ms);

/* Before a message is parsed: may it be answered? Counts; takes a token. */
bool source_guard_admits(struct source_guard *guard,
			 const struct sockaddr *source, uint32_t listener);
/* The same of a connection that is new, before anything is read of it: by rules
 * and bans alone, a token is only for messages. */
bool source_guard_welcomes(struct source_guard *guard,
			   const struct sockaddr *source, uint32_t listener);
/* After it was parsed: is it a scanner's? Counts, and bans if the pattern says
 * so. */
bool source_guard_is_scanner(struct source_guard *guard,
			     const struct sip_request *request,
			     const struct sockaddr *source, uint32_t listener);

#endif
