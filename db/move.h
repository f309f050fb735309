/*
 * move.h - one address that has moved for a while, and where to (design 5).
 *
 * A move is a plain value: it is copied by assignment and owns nothing.
 * Times are Unix milliseconds, UTC; ends_at_ms is the first millisecond that
 * is too late. Two moves of one address never overlap unless one of them is
 * cancelled.
 */
#ifndef SIPMOVED_DB_MOVE_H
#define SIPMOVED_DB_MOVE_H

#include "base/sip_uri.h"
#include "db/diversion_reason.h"
#include "db/fault.h"
#include "db/object_id.h"

enum {
	MOVE_ID_SIZE = OBJECT_ID_SIZE,
	MOVE_TARGETS_MAX = 8,
	MOVE_URI_MAX = 255,	    /* bytes, without the NUL */
	MOVE_ADDRESS_MAX = 255,	    /* bytes of the canonical address */
	MOVE_NOTE_MAX = 500,	    /* bytes of UTF-8 */
	MOVE_EXTERNAL_ID_MAX = 100, /* visible ASCII */
	MOVE_TIME_ZONE_MAX = 63,
};

#define MOVE_OPEN_END INT64_MAX /* ends_at_ms of a move without an end */

struct move_target {
	char uri[MOVE_URI_MAX + 1]; /* sip:, sips: or tel: */
	uint16_t q_permille;	    /* 1..1000; 1000 is q=1.0, RFC 3261 20.10 */
};

struct move {
	char id[MOVE_ID_SIZE];
	char address[MOVE_ADDRESS_MAX + 1]; /* canonical, sip_uri_canonical() */
	struct move_target
		targets[MOVE_TARGETS_MAX]; /* in the caller's order */
	size_t target_count;
	int64_t starts_at_ms;
	int64_t ends_at_ms;			/* MOVE_OPEN_END: none */
	char time_zone[MOVE_TIME_ZONE_MAX + 1]; /* IANA; "" if none was meant */
	bool permanent;
	enum diversion_reason diversion_reason;
	char note[MOVE_NOTE_MAX + 1];
	char external_id[MOVE_EXTERNAL_ID_MAX + 1]; /* "": none; else unique */
	int64_t cancelled_at_ms;		    /* 0: not cancelled */
	int64_t created_at_ms;
	int64_t updated_at_ms;
	char created_by[64];   /* the principal: token name */
	char updated_by[64];   /* who made the last change */
	bool updated_by_other; /* and the address was another user's */
	/* enum target_role of who set the targets: by it they are judged. */
	uint8_t set_by_role;
	int64_t revision;
};

enum move_state {
	MOVE_SCHEDULED,
	MOVE_ACTIVE,
	MOVE_ENDED,
	MOVE_CANCELLED,
};

enum move_state move_state(const struct move *move, int64_t now_ms);
const char *move_state_name(enum move_state state); /* "scheduled" ... */
bool move_is_active(const struct move *move, int64_t now_ms);

/*
 * May this URI stand in a Contact of ours: SIP, SIPS or tel; a user part; no
 * `method`, `ttl`, `maddr`, `lr` parameter, no `transport=tls`, no headers, no
 * password; ASCII without controls, blanks, quotes, angle brackets or raw
 * commas; not loopback, link-local, multicast or unspecified unless allowed. If
 * not, *ret_why is a plain sentence.
 */
bool move_target_is_sendable(struct text uri, bool allow_local,
			     const char **ret_why);
/* The same, and its parts if it may. */
bool move_target_parse(struct text text, bool allow_local,
		       struct sip_uri *ret_uri, const char **ret_why);

/*
 * Checks the values that stand for themselves: address, targets, times, note,
 * external_id. What needs the table (overlap, loop) is checked by changes.h.
 * Canonicalises the address in place; q stays as given; targets that equal the
 * address, or each other (RFC 3261 19.1.4), are faults.
 */
void move_validate(struct move *move, bool allow_local_targets,
		   struct faults *faults);

#endif
