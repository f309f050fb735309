/*
 * extension_replay.h - what an extension policy would have said of calls that
 * were answered long ago: their records are judged by the function that judges
 * calls, extension_policy_resolve(), and what differs is counted.
 *
 * A record holds 512 bytes of a call's tags; tags behind that are not judged.
 * One thread at a time; no clock, no disk.
 */
#ifndef SIPMOVED_DB_EXTENSION_REPLAY_H
#define SIPMOVED_DB_EXTENSION_REPLAY_H

#include "db/extension_policy.h"
#include "db/redirect_log.h"

struct extension_replay;

enum replay_change {
	REPLAY_WOULD_REFUSE, /* what was let through */
	REPLAY_WOULD_PASS,   /* what was refused */
	REPLAY_CHANGES,
};

/* What calls that would be answered otherwise are told apart by. */
enum replay_dimension {
	REPLAY_USER_AGENT,
	REPLAY_TAG,
	REPLAY_NETWORK, /* of the source: a /24, or a /56 of IPv6 */
	REPLAY_DIMENSIONS,
};

enum {
	REPLAY_EXAMPLES_MAX = 10,
	REPLAY_GROUPS_MAX = 4096, /* of a dimension; more are `others` */
};

struct replay_group {
	char name[LOG_TEXT_MAX + 1];
	uint64_t counts[REPLAY_CHANGES];
	int64_t example_id; /* of the newest one's record */
};

struct replay_counts {
	uint64_t looked_at;
	uint64_t with_tags; /* the rest no policy can change */
	uint64_t changes[REPLAY_CHANGES];
	int64_t examples[REPLAY_CHANGES][REPLAY_EXAMPLES_MAX]; /* record ids */
	size_t example_counts[REPLAY_CHANGES];
	int64_t oldest_ms; /* of those looked at; 0: none */
};

/* policy is borrowed. ENOMEM */
int extension_replay_new(const struct extension_policy *policy,
			 struct extension_replay **ret_replay)
	__attribute__((warn_unused_result));
void extension_replay_free(struct extension_replay *replay); /* takes NULL */

void extension_replay_add(struct extension_replay *replay,
			  const struct redirect_log_entry *entry);

const struct replay_counts *extension_replay_counts(
	const struct extension_replay *replay);
/* The largest groups, at most limit of them, largest first; *ret_others: how
 * many calls are in none of the groups kept. The replay's memory, sorted in
 * place: nothing is added after it. */
const struct replay_group *extension_replay_top(struct extension_replay *replay,
						enum replay_dimension dimension,
						size_t limit, size_t *ret_count,
						uint64_t *ret_others);

#endif
