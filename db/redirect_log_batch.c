#include "db/redirect_log_batch.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(LOG_BATCH_SLOTS > 2 * LOG_BATCH_CALLS_MAX,
	       "probing stays short");

/* Ids are our own, made from the clock: they need spreading, not a key. */
static size_t slot_of(int64_t id)
{
	return (size_t)(((uint64_t)id * UINT64_C(0x9e3779b97f4a7c15)) >> 40) &
	       (LOG_BATCH_SLOTS - 1);
}

static void add_call(struct log_batch *batch,
		     const struct redirect_log_record *record)
{
	struct log_batch_call *call = &batch->calls[batch->call_count];
	size_t slot = slot_of(record->id);

	while (batch->slots[slot] != 0)
		slot = (slot + 1) & (LOG_BATCH_SLOTS - 1);
	batch->slots[slot] = (uint16_t)(batch->call_count + 1);
	call->record = *record;
	call->ack_seen = false;
	batch->by_id[batch->call_count++] = call;
}

static void add_note(struct log_batch *batch, enum redirect_log_entry_kind kind,
		     const struct redirect_log_record *record)
{
	batch->notes[batch->note_count++] = (struct log_batch_note){
		.id = record->id,
		.kind = kind,
		.repeats = record->repeats,
	};
}

static void add_ack(struct log_batch *batch,
		    const struct redirect_log_record *record)
{
	size_t slot = slot_of(record->id);

	for (; batch->slots[slot] != 0;
	     slot = (slot + 1) & (LOG_BATCH_SLOTS - 1)) {
		struct log_batch_call *call =
			&batch->calls[batch->slots[slot] - 1];

		if (call->record.id == record->id) {
			call->ack_seen = true;
			return;
		}
	}
	add_note(batch, REDIRECT_LOG_ACK, record);
}

static int compare_ids(const void *a, const void *b)
{
	const struct log_batch_call *const *first = a, *const *second = b;
	int64_t first_id = (*first)->record.id;
	int64_t second_id = (*second)->record.id;

	return first_id < second_id ? -1 : first_id > second_id;
}

/* SQLite appends to its last page; one ring alone is in order already. */
static void sort(struct log_batch *batch)
{
	for (size_t i = 1; i < batch->call_count; i++)
		if (batch->calls[i].record.id < batch->calls[i - 1].record.id) {
			qsort(batch->by_id, batch->call_count,
			      sizeof(const struct log_batch_call *),
			      compare_ids);
			return;
		}
}

/* False: the batch is full. */
static bool read_ring(struct log_batch *batch, struct redirect_log_ring *ring)
{
	struct redirect_log_record record;

	while (batch->call_count < LOG_BATCH_CALLS_MAX &&
	       batch->note_count < LOG_BATCH_NOTES_MAX) {
		switch (redirect_log_ring_peek(ring, &record)) {
		case REDIRECT_LOG_CALL:
			add_call(batch, &record);
			break;
		case REDIRECT_LOG_ACK:
			add_ack(batch, &record);
			break;
		case REDIRECT_LOG_REPEATS:
			add_note(batch, REDIRECT_LOG_REPEATS, &record);
			break;
		case REDIRECT_LOG_NOTHING:
			return true;
		}
		redirect_log_ring_advance(ring);
	}
	return false;
}

bool log_batch_read(struct log_batch *batch,
		    struct redirect_log_ring *const *rings, size_t ring_count)
{
	bool complete = true;

	batch->call_count = 0;
	batch->note_count = 0;
	memset(batch->slots, 0, sizeof(batch->slots));
	for (size_t i = 0; i < ring_count && complete; i++)
		complete = read_ring(batch, rings[i]);
	sort(batch);
	return complete;
}

void log_batch_release(struct redirect_log_ring *const *rings,
		       size_t ring_count)
{
	for (size_t i = 0; i < ring_count; i++)
		redirect_log_ring_release(rings[i]);
}
