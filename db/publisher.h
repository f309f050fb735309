/*
 * publisher.h - hands snapshots from the store thread to their readers: the SIP
 * workers and the HTTP thread.
 *
 * Each reader has a one-slot mailbox (an atomic pointer). Publishing puts the
 * new snapshot in every slot and wakes its owner; a snapshot that a reader
 * never took is replaced in the slot. A reader adopts between two batches of
 * work, so that one call sees one snapshot. Nobody waits, nobody locks.
 *
 * Store thread: publisher_new, publisher_publish, publisher_adopted_revision,
 * publisher_reclaim. The reader's own thread: snapshot_reader_adopt and
 * snapshot_reader_current. Readers are added before the store thread starts
 * (store_start) and find what is already published in their slot.
 */
#ifndef SIPMOVED_DB_PUBLISHER_H
#define SIPMOVED_DB_PUBLISHER_H

#include "base/wake.h"
#include "db/snapshot.h"

struct publisher;
struct snapshot_reader;

enum {
	PUBLISHER_READERS_MAX = 64,
};

/* adopted: signalled whenever a reader has taken a newer snapshot; borrowed,
 * outlives the publisher. */
int publisher_new(const struct wake *adopted, struct publisher **ret_publisher)
	__attribute__((warn_unused_result));
/* All readers have stopped; frees every snapshot. Takes NULL. */
void publisher_free(struct publisher *publisher);

/* wake: signalled when there is something to adopt; borrowed. NULL for a reader
 * that adopts before each piece of its work: nobody waits for that one. The
 * reader is owned by the publisher. */
int publisher_add_reader(struct publisher *publisher, const struct wake *wake,
			 struct snapshot_reader **ret_reader)
	__attribute__((warn_unused_result));

/* Takes the snapshot over. Cannot fail. */
void publisher_publish(struct publisher *publisher, struct snapshot *snapshot);
/* The newest; never NULL after the first publish. Store thread. */
const struct snapshot *publisher_current(const struct publisher *publisher);
/* What every reader with a wake runs at least; INT64_MAX if there is none. */
int64_t publisher_adopted_revision(const struct publisher *publisher);
/* Frees what no reader can see any more; publish does so too. */
void publisher_reclaim(struct publisher *publisher);

/* A reader that has stopped counts as one that runs the newest. */
void snapshot_reader_stop(struct snapshot_reader *reader);
/* Takes a newer snapshot if there is one; returns the one to use from now on,
 * valid until the next call. NULL before the first publish. */
const struct snapshot *snapshot_reader_adopt(struct snapshot_reader *reader);
const struct snapshot *snapshot_reader_current(
	const struct snapshot_reader *reader);

#endif
