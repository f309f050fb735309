/*
 * source_match.h - which rule or ban speaks of an address: what
 * snapshot_sources_judge() says by its index, by name. Inside a store job.
 */
#ifndef SIPMOVED_DB_SOURCE_MATCH_H
#define SIPMOVED_DB_SOURCE_MATCH_H

#include "db/changes.h"
#include "db/snapshot_sources.h"

struct source_match {
	enum source_verdict verdict;
	char id[OBJECT_ID_SIZE];	   /* "" if nothing is said */
	char network[SOURCE_NETWORK_SIZE]; /* of that rule or ban */
};

/* listener: as a rule names it; "": any. */
int source_match_find(struct changes *changes, const struct ip_address *address,
		      struct text listener, int64_t at_ms,
		      struct source_match *ret_match)
	__attribute__((warn_unused_result));

#endif
