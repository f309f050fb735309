/*
 * redirect.h - where a call to an address goes now: RFC 3261 8.3, 21.3.3,
 * 21.4.18. Pure: no socket, clock, log or allocation.
 */
#ifndef SIPMOVED_SIP_REDIRECT_H
#define SIPMOVED_SIP_REDIRECT_H

#include "db/snapshot.h"

struct redirect_decision {
	uint16_t status; /* 302, 301 (permanent), 404, 480 */
	const struct snapshot_address *address; /* NULL: unknown */
	const struct snapshot_move *move;	/* NULL unless 301 or 302 */
	/* Indexes into move->targets, best first: those fit for this request.
	 */
	uint8_t targets[MOVE_TARGETS_MAX];
	uint8_t target_count;
	/* status 480 because a sips: call has no sips: target: RFC 5630 5.4
	 * wants the caller told so by a Warning. */
	bool is_sips_refused;
};

/*
 * uri: the Request-URI. canonical: its address, sip_uri_canonical(); number:
 * its global number, tried second, or empty. Targets equal to uri are left out;
 * if none is left the status is 404. A sips: uri gets sips: targets only; none
 * of them: 480.
 */
struct redirect_decision redirect_decide(const struct snapshot *snapshot,
					 const struct sip_uri *uri,
					 struct text canonical,
					 struct text number, int64_t now_ms);

#endif
