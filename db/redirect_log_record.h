/*
 * redirect_log_record.h - what a SIP worker says about one answered request,
 * and the ring it says it through.
 *
 * One record per server transaction; the ACK is a second, tiny record that
 * names the first by its id, and so is what was repeated, if anything was. The
 * ring is one producer (a SIP worker), one consumer (the log thread), bytes in
 * a power-of-two buffer, no lock. A record that does not fit is dropped and
 * counted: the worker never waits.
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_RECORD_H
#define SIPMOVED_DB_REDIRECT_LOG_RECORD_H

#include "base/text.h"
#include "db/move.h"

enum {
	LOG_TEXT_MAX = 512, /* bytes kept of any one field; cut beyond */
	LOG_TARGETS_TEXT_MAX = 2304, /* 8 targets and their separators */
	LOG_METHOD_MAX = 32,
	LOG_SOURCE_MAX = 63,
	LOG_PROFILE_MAX = 127,
	LOG_TAGS_REFUSED_MAX = 2 * LOG_TEXT_MAX, /* tags and rule ids */
};

/* Copies that came of a request, and of its answer that timer G sent again. */
struct redirect_log_repeats {
	uint16_t requests;
	uint16_t answers;
};

enum log_transport {
	LOG_UDP,
	LOG_TCP,
	LOG_TLS,
};

/*
 * Texts are views into the request, copied by the ring; any byte may be in
 * them. id: ms << 20 | worker << 14 | counter; unique, sorts by time.
 */
struct redirect_log_record {
	int64_t id;
	int64_t received_at_us; /* Unix microseconds, UTC */
	uint16_t status;
	uint8_t reason; /* enum call_reason */
	enum log_transport transport;
	uint32_t handling_us; /* receipt of the batch to the answer built */
	struct text method;
	struct text request_uri;
	struct text address; /* canonical; empty if the URI gave none */
	struct text from;    /* the From header's value */
	struct text call_id;
	struct text source; /* "192.0.2.1:5060", "[2001:db8::1]:5060" */
	struct text user_agent;
	struct text targets; /* URIs sent, one a line (LF) */
	/* Of the move that answered, for CALL_TARGETS_NOT_ALLOWED of the one
	 * in force, for CALL_MOVE_NOT_STARTED of the next one; else empty. */
	struct text move_id;
	int64_t move_revision; /* 0 then */
	/* The peer profile, by name, whose words the answer is in; or empty */
	struct text profile;
	int64_t revision;	/* of the snapshot that decided */
	struct text tags_asked; /* "require:100rel proxy-require:foo", spaces */
	/* "foo=rul_..., " as "tag=rule" or "tag=-"; and targets that were not
	 * sent, as "@sip:bob@example.net=rule" or "@...=-". */
	struct text tags_refused;
	struct redirect_log_repeats repeats; /* of REDIRECT_LOG_REPEATS alone */
};

struct redirect_log_ring;

/*
 * size_bytes: a power of two, 64 at least, else EINVAL. An entry larger than
 * half of it may find no place even in an empty ring.
 */
int redirect_log_ring_new(size_t size_bytes,
			  struct redirect_log_ring **ret_ring)
	__attribute__((warn_unused_result));
void redirect_log_ring_free(struct redirect_log_ring *ring); /* takes NULL */

/* Producer. False: dropped, and counted. No syscall. */
bool redirect_log_ring_put(struct redirect_log_ring *ring,
			   const struct redirect_log_record *record);
bool redirect_log_ring_put_ack(struct redirect_log_ring *ring, int64_t id);
/* All of them so far; a later one replaces an earlier one. */
bool redirect_log_ring_put_repeats(struct redirect_log_ring *ring, int64_t id,
				   struct redirect_log_repeats repeats);

/* Consumer: *record's texts point into the ring until release. kind 0: the
 * ring is empty. */
enum redirect_log_entry_kind {
	REDIRECT_LOG_NOTHING,
	REDIRECT_LOG_CALL,
	REDIRECT_LOG_ACK,     /* only record->id is set */
	REDIRECT_LOG_REPEATS, /* only id and repeats */
};
enum redirect_log_entry_kind redirect_log_ring_peek(
	struct redirect_log_ring *ring, struct redirect_log_record *record);
/* Goes on behind the entry last peeked; its texts stay until the release. */
void redirect_log_ring_advance(struct redirect_log_ring *ring);
/* Gives back everything up to the entry last peeked, that one included. */
void redirect_log_ring_release(struct redirect_log_ring *ring);

uint64_t redirect_log_ring_dropped(const struct redirect_log_ring *ring);
size_t redirect_log_ring_used_bytes(const struct redirect_log_ring *ring);

#endif
