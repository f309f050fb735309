/*
 * snapshot_sources.h - a snapshot's section on sources: who is answered at all,
 * compiled for looking up (source_index.h).
 *
 * Immutable; any thread that holds the snapshot.
 */
#ifndef SIPMOVED_DB_SNAPSHOT_SOURCES_H
#define SIPMOVED_DB_SNAPSHOT_SOURCES_H

#include "db/snapshot.h"
#include "db/source_policy.h"

struct snapshot_sources;

enum source_verdict {
	SOURCE_IS_UNKNOWN, /* nothing is said about it */
	SOURCE_IS_ALLOWED,
	SOURCE_IS_DENIED,
	SOURCE_IS_BANNED,
};

enum {
	SOURCE_ANY_LISTENER = 0,
};

/* Never NULL. */
const struct snapshot_sources *snapshot_sources(
	const struct snapshot *snapshot);

/* True if every source is answered: no rule, ban or limit. */
bool snapshot_sources_are_open(const struct snapshot_sources *sources);
/* The number of a listener, canonical as in a rule; SOURCE_ANY_LISTENER if no
 * rule names it. Good for this section alone. */
unsigned snapshot_sources_listener(const struct snapshot_sources *sources,
				   struct text listener);
enum source_verdict snapshot_sources_judge(
	const struct snapshot_sources *sources, unsigned listener,
	const struct ip_address *address, int64_t now_ms);
const struct source_limit *snapshot_sources_limit(
	const struct snapshot_sources *sources);

/* What a request's headers are looked through for; false: nothing at all. */
bool snapshot_sources_have_patterns(const struct snapshot_sources *sources);
/*
 * The first pattern that a header's value matches, or NULL. Only its first
 * SOURCE_HEADER_LOOKED_AT bytes are looked at: what an attacker may make long
 * costs no more than that.
 */
enum {
	SOURCE_HEADER_LOOKED_AT = 256,
};
struct snapshot_pattern {
	enum scanner_header header;
	enum scanner_match match;
	char text[SCANNER_TEXT_MAX]; /* lower case */
	size_t text_len;
	int64_t ban_seconds; /* 0: drop alone */
};
const struct snapshot_pattern *snapshot_sources_match(
	const struct snapshot_sources *sources, enum scanner_header header,
	struct text value);

#endif
