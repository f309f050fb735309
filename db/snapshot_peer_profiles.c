/*
 * One allocation: the struct, the profiles, and what the index needs. The index
 * gives 1 + a profile's place.
 */
#include "db/snapshot_peer_profiles.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/snapshot_state.h"
#include "db/source_index.h"

struct snapshot_peer_profiles {
	struct source_index index;
	size_t count;
	struct snapshot_peer_profile *profiles;
};

/* A profile for any network is one for all of both families. */
static const struct ip_network everywhere[] = {
	{ .address = { .is_ipv4 = true } },
	{ .address = { .is_ipv4 = false } },
};
enum {
	FAMILIES = sizeof(everywhere) / sizeof(everywhere[0]),
};

/* What there is already stays: 0.0.0.0/0 says more than any network does. */
static void put(struct snapshot_peer_profiles *made,
		const struct ip_network *network, unsigned listener)
{
	struct source_index_entry *entry =
		source_index_put(&made->index, network, listener);

	if (!entry->value)
		entry->value = (int64_t)made->count;
}

/* What the file holds is not trusted: what is no network is left out. */
static void add(struct snapshot_peer_profiles *made,
		const struct peer_profile *profile)
{
	struct ip_network network;
	unsigned listener;

	if ((profile->network[0] &&
	     ip_network_parse(text_of(profile->network), &network)) ||
	    source_index_name(&made->index, text_of(profile->listener),
			      &listener))
		return;
	made->profiles[made->count].style = profile->style;
	memcpy(made->profiles[made->count].name, profile->name,
	       sizeof(profile->name));
	made->count++;
	if (profile->network[0])
		put(made, &network, listener);
	for (size_t i = 0; !profile->network[0] && i < FAMILIES; i++)
		put(made, &everywhere[i], listener);
}

int snapshot_peer_profiles_new(const struct hash_key *key,
			       const struct peer_profile *profiles,
			       size_t count,
			       struct snapshot_peer_profiles **ret_profiles)
{
	struct snapshot_peer_profiles *made;
	size_t enabled = 0;

	for (size_t i = 0; i < count; i++)
		enabled += profiles[i].enabled;
	*ret_profiles = NULL;
	if (enabled == 0)
		return 0;
	made = calloc(1, sizeof(*made) +
				 source_index_bytes(FAMILIES * enabled) +
				 enabled * sizeof(*made->profiles));
	if (!made)
		return ENOMEM;
	source_index_init(&made->index, key, FAMILIES * enabled, made + 1);
	made->profiles = (void *)((char *)(made + 1) +
				  source_index_bytes(FAMILIES * enabled));
	for (size_t i = 0; i < count; i++)
		if (profiles[i].enabled && profiles[i].network[0])
			add(made, &profiles[i]);
	for (size_t i = 0; i < count; i++)
		if (profiles[i].enabled && !profiles[i].network[0])
			add(made, &profiles[i]);
	*ret_profiles = made;
	return 0;
}

const struct snapshot_peer_profile *snapshot_peer_profiles_find(
	const struct snapshot_peer_profiles *profiles, struct text listener,
	const struct ip_address *address)
{
	const struct source_index_entry *entry = source_index_find(
		&profiles->index,
		source_index_listener(&profiles->index, listener), address);

	return entry ? &profiles->profiles[entry->value - 1] : NULL;
}
