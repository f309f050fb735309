/*
 * peer_profile_choice.h - which peer profile's words a request is answered in,
 * by where it came from. Pure; on the call path.
 */
#ifndef SIPMOVED_SIP_PEER_PROFILE_CHOICE_H
#define SIPMOVED_SIP_PEER_PROFILE_CHOICE_H

#include "db/snapshot_peer_profiles.h"
#include "sip/source_guard.h"
#include "sip/transactions.h"

/* guard: knows the listeners' names. route: as it came. NULL: the domain's
 * style holds. Good for as long as the snapshot is held. */
static inline const struct snapshot_peer_profile *peer_profile_choose(
	const struct snapshot *snapshot, const struct source_guard *guard,
	const struct transaction_route *route)
{
	const struct snapshot_peer_profiles *profiles =
		snapshot_peer_profiles(snapshot);
	struct ip_address address;

	if (!profiles)
		return NULL;
	address = ip_address_of(&route->peer.any);
	return snapshot_peer_profiles_find(
		profiles, source_guard_listener(guard, route->socket_index),
		&address);
}

#endif
