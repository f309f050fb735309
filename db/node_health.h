/*
 * node_health.h - tells when something that the server stands on is not well,
 * and when all of it is again. What was told is kept with the events, over
 * restarts; what keeps anything from being written is told when that is over.
 * Inside a store job.
 */
#ifndef SIPMOVED_DB_NODE_HEALTH_H
#define SIPMOVED_DB_NODE_HEALTH_H

#include "db/changes.h"

/* Named as in /readyz?verbose. */
enum node_part {
	NODE_STORE,
	NODE_REDIRECT_LOG,
	NODE_DISK,
	NODE_INTEGRITY,
	NODE_PARTS,
};

/* failing: bits 1 << enum node_part. */
int node_health_note(struct changes *changes, unsigned failing)
	__attribute__((warn_unused_result));

#endif
