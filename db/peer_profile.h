/*
 * peer_profile.h - how redirects are put into words for the callers of one
 * network or listener, in place of what the domain says. A plain value, kept
 * as those of source_policy.h are; validating makes texts canonical in place.
 *
 * The longest prefix decides, and a profile for the listener that was asked
 * beats all for any listener.
 */
#ifndef SIPMOVED_DB_PEER_PROFILE_H
#define SIPMOVED_DB_PEER_PROFILE_H

#include "db/answer_style.h"
#include "db/source_policy.h"

enum {
	PEER_PROFILE_NAME_MAX = 127,
	PEER_PROFILE_PRESET_SIZE = 32,
	PEER_PROFILES_MAX = 1000,
};

struct peer_profile {
	struct source_object object; /* "ppr_..." */
	char name[PEER_PROFILE_NAME_MAX + 1];
	/* Whose style it has, of those below; "": its own. */
	char preset[PEER_PROFILE_PRESET_SIZE];
	char network[SOURCE_NETWORK_SIZE];   /* "": any */
	char listener[SOURCE_LISTENER_SIZE]; /* "": any */
	bool enabled;
	char note[SOURCE_NOTE_MAX + 1];
	struct answer_style style;
};

/* A name that is empty becomes one that tells preset, network and listener; a
 * preset that the style differs from becomes "". */
void peer_profile_validate(struct peer_profile *profile, struct faults *faults);

/* What the programs that callers run are known to need. */
struct peer_preset {
	const char *name;
	const char *text; /* in words for people */
	struct answer_style style;
};
extern const struct peer_preset peer_presets[];
extern const size_t peer_preset_count;
/* NULL: no such preset. */
const struct peer_preset *peer_preset_of_name(struct text name);

#endif
