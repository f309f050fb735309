/*
 * proven_sources.h - networks that are known to be where they say they are,
 * because an ACK repeated a To tag that we had sent there (anti-amplification,
 * design 4.5).
 *
 * A fixed table, one slot a hash: a newcomer may push another one out, which
 * costs that one no more than proving itself again. Forgotten after an hour
 * without an ACK. One thread.
 */
#ifndef SIPMOVED_SIP_PROVEN_SOURCES_H
#define SIPMOVED_SIP_PROVEN_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

struct proven_sources;

int proven_sources_new(struct proven_sources **ret_sources)
	__attribute__((warn_unused_result));
void proven_sources_free(struct proven_sources *sources); /* takes NULL */

/* source: transaction_key_source(). */
void proven_sources_put(struct proven_sources *sources, uint64_t source,
			int64_t now_us);
bool proven_sources_has(const struct proven_sources *sources, uint64_t source,
			int64_t now_us);

#endif
