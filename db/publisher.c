/*
 * Who may free what. A snapshot counts its holders: every mailbox it lies in
 * and every reader that uses it. The store thread adds holders, and only to
 * the newest; everyone takes away. So a snapshot that is not the newest and has
 * no holder will never have one again. Snapshots are freed in the order of
 * their publishing, because what one shares with its successor is told apart
 * by comparing the two.
 *
 * A mailbox is emptied by exchange, never by a plain store: whoever gets the
 * pointer out, reader or publisher, is the one that owes the taking away.
 */
#include "db/publisher.h"

#include <errno.h>
#include <stdlib.h>

#include "db/snapshot_builder.h"
#include "db/snapshot_state.h"

enum {
	CACHE_LINE_BYTES = 64,
	NOTHING_ADOPTED = -1,
};

/* One cache line a reader: the reader writes it, the publisher looks rarely. */
struct snapshot_reader {
	_Alignas(CACHE_LINE_BYTES) _Atomic(struct snapshot *) mailbox;
	atomic_llong adopted_revision;
	atomic_bool stopped;
	struct snapshot *current; /* the reader's own thread */
	const struct wake *wake;
	const struct wake *adopted;
};

struct publisher {
	const struct wake *adopted;
	struct snapshot *oldest, *newest; /* linked by successor */
	struct snapshot_reader *readers[PUBLISHER_READERS_MAX];
	size_t reader_count;
};

static void hold(struct snapshot *snapshot)
{
	atomic_fetch_add_explicit(&snapshot->holders, 1, memory_order_relaxed);
}

/* Release: what the holder read comes before the freeing. Takes NULL. */
static void let_go(struct snapshot *snapshot)
{
	if (snapshot)
		atomic_fetch_sub_explicit(&snapshot->holders, 1,
					  memory_order_release);
}

static bool is_held(const struct snapshot *snapshot)
{
	return atomic_load_explicit(&snapshot->holders, memory_order_acquire);
}

static struct snapshot *swap_mail(struct snapshot_reader *reader,
				  struct snapshot *snapshot)
{
	return atomic_exchange_explicit(&reader->mailbox, snapshot,
					memory_order_acq_rel);
}

static bool is_stopped(const struct snapshot_reader *reader)
{
	return atomic_load_explicit(&reader->stopped, memory_order_acquire);
}

int publisher_new(const struct wake *adopted, struct publisher **ret_publisher)
{
	struct publisher *publisher = calloc(1, sizeof(*publisher));

	if (!publisher)
		return ENOMEM;
	publisher->adopted = adopted;
	*ret_publisher = publisher;
	return 0;
}

void publisher_free(struct publisher *publisher)
{
	struct snapshot *snapshot;

	if (!publisher)
		return;
	for (snapshot = publisher->oldest; snapshot;) {
		struct snapshot *successor = snapshot->successor;

		if (successor)
			snapshot_free_replaced(snapshot);
		else
			snapshot_free_whole(snapshot);
		snapshot = successor;
	}
	for (size_t i = 0; i < publisher->reader_count; i++)
		free(publisher->readers[i]);
	free(publisher);
}

/* The mail that lay there before was never taken: its hold ends here. */
static void post(struct snapshot_reader *reader, struct snapshot *snapshot)
{
	hold(snapshot);
	let_go(swap_mail(reader, snapshot));
}

int publisher_add_reader(struct publisher *publisher, const struct wake *wake,
			 struct snapshot_reader **ret_reader)
{
	struct snapshot_reader *reader;

	if (publisher->reader_count == PUBLISHER_READERS_MAX)
		return ENOSPC;
	reader = aligned_alloc(CACHE_LINE_BYTES, sizeof(*reader));
	if (!reader)
		return ENOMEM;
	atomic_init(&reader->mailbox, NULL);
	atomic_init(&reader->adopted_revision, NOTHING_ADOPTED);
	atomic_init(&reader->stopped, false);
	reader->current = NULL;
	reader->wake = wake;
	reader->adopted = publisher->adopted;
	if (publisher->newest)
		post(reader, publisher->newest);
	publisher->readers[publisher->reader_count++] = reader;
	*ret_reader = reader;
	return 0;
}

void publisher_publish(struct publisher *publisher, struct snapshot *snapshot)
{
	if (publisher->newest)
		publisher->newest->successor = snapshot;
	else
		publisher->oldest = snapshot;
	publisher->newest = snapshot;
	for (size_t i = 0; i < publisher->reader_count; i++) {
		struct snapshot_reader *reader = publisher->readers[i];

		if (is_stopped(reader))
			continue;
		post(reader, snapshot);
		if (reader->wake)
			wake_signal(reader->wake);
	}
	publisher_reclaim(publisher);
}

const struct snapshot *publisher_current(const struct publisher *publisher)
{
	return publisher->newest;
}

int64_t publisher_adopted_revision(const struct publisher *publisher)
{
	int64_t lowest = INT64_MAX;

	for (size_t i = 0; i < publisher->reader_count; i++) {
		const struct snapshot_reader *reader = publisher->readers[i];
		int64_t revision = atomic_load_explicit(
			&reader->adopted_revision, memory_order_acquire);

		if (!is_stopped(reader) && revision < lowest)
			lowest = revision;
	}
	return lowest;
}

size_t publisher_kept_count(const struct publisher *publisher)
{
	const struct snapshot *snapshot = publisher->oldest;
	size_t count = 0;

	for (; snapshot; snapshot = snapshot->successor)
		count++;
	return count;
}

void publisher_reclaim(struct publisher *publisher)
{
	/* A reader may have stopped just as its mail was put in. */
	for (size_t i = 0; i < publisher->reader_count; i++)
		if (is_stopped(publisher->readers[i]))
			let_go(swap_mail(publisher->readers[i], NULL));
	while (publisher->oldest != publisher->newest &&
	       !is_held(publisher->oldest)) {
		struct snapshot *older = publisher->oldest;

		publisher->oldest = older->successor;
		snapshot_free_replaced(older);
	}
}

void snapshot_reader_stop(struct snapshot_reader *reader)
{
	atomic_store_explicit(&reader->stopped, true, memory_order_release);
	let_go(swap_mail(reader, NULL));
	let_go(reader->current);
	reader->current = NULL;
	/* Whoever waits for this reader need not wait any more. */
	if (reader->adopted)
		wake_signal(reader->adopted);
}

const struct snapshot *snapshot_reader_adopt(struct snapshot_reader *reader)
{
	struct snapshot *newer;

	/* The usual case, between two batches: nothing new, nothing written. */
	if (!atomic_load_explicit(&reader->mailbox, memory_order_relaxed))
		return reader->current;
	newer = swap_mail(reader, NULL);
	if (!newer || is_stopped(reader)) {
		let_go(newer);
		return reader->current;
	}
	let_go(reader->current);
	reader->current = newer;
	atomic_store_explicit(&reader->adopted_revision, newer->revision,
			      memory_order_release);
	if (reader->adopted)
		wake_signal(reader->adopted);
	return newer;
}

const struct snapshot *snapshot_reader_current(
	const struct snapshot_reader *reader)
{
	return reader->current;
}
