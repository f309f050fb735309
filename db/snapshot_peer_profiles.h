/*
 * snapshot_peer_profiles.h - a snapshot's section on peer profiles: how the
 * callers of a network or listener want their redirects put into words.
 *
 * Immutable; any thread that holds the snapshot.
 */
#ifndef SIPMOVED_DB_SNAPSHOT_PEER_PROFILES_H
#define SIPMOVED_DB_SNAPSHOT_PEER_PROFILES_H

#include "base/ip_network.h"
#include "db/peer_profile.h"
#include "db/snapshot.h"

struct snapshot_peer_profile {
	struct answer_style style;
	char name[PEER_PROFILE_NAME_MAX + 1];
};

/* NULL while there is no profile in force. */
const struct snapshot_peer_profiles *snapshot_peer_profiles(
	const struct snapshot *snapshot);

/* listener: canonical as in a profile; "" if it has no name. NULL: the domain's
 * style holds. Good for as long as the snapshot is held. */
const struct snapshot_peer_profile *snapshot_peer_profiles_find(
	const struct snapshot_peer_profiles *profiles, struct text listener,
	const struct ip_address *address);

#endif
