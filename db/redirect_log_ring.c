/*
 * The ring: a producer's position and a consumer's position, both only ever
 * growing; position & mask is the place in the buffer.
 *
 * An entry is a fixed header and its texts, one after the other, in one piece,
 * its size a multiple of 8. An entry that would run over the buffer's end is
 * put at the buffer's start, and the rest before the end is filled by an entry
 * of kind ENTRY_PADDING; both become visible by the same store to `head`.
 * Everything before `tail` is the producer's again. Each side keeps the other
 * side's position as last seen and reads the shared one only when that says
 * "full" or "empty", so that the two threads rarely touch one cache line.
 */
#include "db/redirect_log_record.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	CACHE_LINE = 64,
	RING_SIZE_MIN = 64,
	ENTRY_ALIGNMENT = 8,
	/* Not seen outside; after the kinds of the header file. */
	ENTRY_PADDING = REDIRECT_LOG_REPEATS + 1,
};

/* In the order in which the texts follow the header, with their longest. */
static const struct {
	size_t offset; /* in struct redirect_log_record */
	size_t max_bytes;
} texts[] = {
	{ offsetof(struct redirect_log_record, method), LOG_METHOD_MAX },
	{ offsetof(struct redirect_log_record, request_uri), LOG_TEXT_MAX },
	{ offsetof(struct redirect_log_record, address), LOG_TEXT_MAX },
	{ offsetof(struct redirect_log_record, from), LOG_TEXT_MAX },
	{ offsetof(struct redirect_log_record, call_id), LOG_TEXT_MAX },
	{ offsetof(struct redirect_log_record, source), LOG_SOURCE_MAX },
	{ offsetof(struct redirect_log_record, user_agent), LOG_TEXT_MAX },
	{ offsetof(struct redirect_log_record, targets), LOG_TARGETS_TEXT_MAX },
	{ offsetof(struct redirect_log_record, move_id), MOVE_ID_SIZE - 1 },
	{ offsetof(struct redirect_log_record, profile), LOG_PROFILE_MAX },
	{ offsetof(struct redirect_log_record, tags_asked), LOG_TEXT_MAX },
	{ offsetof(struct redirect_log_record, tags_refused),
	  LOG_TAGS_REFUSED_MAX },
};

enum {
	TEXT_COUNT = sizeof(texts) / sizeof(*texts),
};

struct entry_start {
	uint32_t size_bytes; /* of the whole entry */
	uint32_t kind;
};

/* What comes later about a call: its ACK, what was repeated. */
struct note_entry {
	struct entry_start start;
	int64_t id;
};

struct repeats_entry {
	struct note_entry note;
	struct redirect_log_repeats repeats;
	uint32_t unused; /* to a multiple of ENTRY_ALIGNMENT */
};

_Static_assert(sizeof(struct repeats_entry) % ENTRY_ALIGNMENT == 0,
	       "entries follow each other aligned");

struct call_entry {
	struct entry_start start;
	int64_t id;
	int64_t received_at_us;
	int64_t move_revision;
	int64_t revision;
	uint32_t handling_us;
	uint16_t status;
	uint8_t transport;
	uint8_t reason;
	uint16_t text_bytes[TEXT_COUNT];
};

/* Padded on purpose: each side has cache lines of its own.
 * NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding) */
struct redirect_log_ring {
	/* Immutable. */
	char *buffer; /* owned */
	size_t size_bytes;

	/* The producer's. */
	_Alignas(CACHE_LINE) _Atomic size_t head;
	size_t tail_seen;
	_Atomic uint64_t dropped;

	/* The consumer's. */
	_Alignas(CACHE_LINE) _Atomic size_t tail;
	size_t head_seen;
	size_t read;	     /* where the next peek looks; not before tail */
	size_t peeked_bytes; /* the entry there, once it was peeked */
};

int redirect_log_ring_new(size_t size_bytes,
			  struct redirect_log_ring **ret_ring)
{
	struct redirect_log_ring *ring;

	if (size_bytes < RING_SIZE_MIN || (size_bytes & (size_bytes - 1)) != 0)
		return EINVAL;
	ring = aligned_alloc(CACHE_LINE, sizeof(*ring));
	if (!ring)
		return ENOMEM;
	memset(ring, 0, sizeof(*ring));
	ring->buffer = aligned_alloc(CACHE_LINE, size_bytes);
	if (!ring->buffer) {
		free(ring);
		return ENOMEM;
	}
	/* Touched here, so that the call path takes no page fault. */
	memset(ring->buffer, 0, size_bytes);
	ring->size_bytes = size_bytes;
	atomic_init(&ring->head, 0);
	atomic_init(&ring->tail, 0);
	atomic_init(&ring->dropped, 0);
	*ret_ring = ring;
	return 0;
}

void redirect_log_ring_free(struct redirect_log_ring *ring)
{
	if (!ring)
		return;
	free(ring->buffer);
	free(ring);
}

static const struct text *text_at(const struct redirect_log_record *record,
				  size_t i)
{
	return (const void *)((const char *)record + texts[i].offset);
}

/* As much as is kept; not cut within a UTF-8 character. */
static size_t kept_bytes(struct text text, size_t max_bytes)
{
	size_t kept = max_bytes;

	if (text.len <= max_bytes)
		return text.len;
	while (kept > max_bytes - 3 &&
	       ((unsigned char)text.ptr[kept] & 0xc0) == 0x80)
		kept--;
	return kept;
}

static void drop(struct redirect_log_ring *ring)
{
	atomic_fetch_add_explicit(&ring->dropped, 1, memory_order_relaxed);
}

/*
 * Room for size_bytes in one piece: its place, and in *ret_head the head to
 * publish once it is filled. NULL: full.
 */
static char *reserve(struct redirect_log_ring *ring, size_t size_bytes,
		     size_t *ret_head)
{
	size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	size_t offset = head & (ring->size_bytes - 1);
	size_t to_end = ring->size_bytes - offset;
	size_t padding = size_bytes <= to_end ? 0 : to_end;
	struct entry_start start = { (uint32_t)padding, ENTRY_PADDING };
	size_t limit;

	if (padding + size_bytes > ring->size_bytes)
		return NULL;
	limit = ring->size_bytes - padding - size_bytes;
	if (head - ring->tail_seen > limit) {
		ring->tail_seen =
			atomic_load_explicit(&ring->tail, memory_order_acquire);
		if (head - ring->tail_seen > limit)
			return NULL;
	}
	*ret_head = head + padding + size_bytes;
	if (padding == 0)
		return ring->buffer + offset;
	memcpy(ring->buffer + offset, &start, sizeof(start));
	return ring->buffer;
}

static void publish(struct redirect_log_ring *ring, size_t head)
{
	atomic_store_explicit(&ring->head, head, memory_order_release);
}

bool redirect_log_ring_put(struct redirect_log_ring *ring,
			   const struct redirect_log_record *record)
{
	struct call_entry entry = {
		.start.kind = REDIRECT_LOG_CALL,
		.id = record->id,
		.received_at_us = record->received_at_us,
		.move_revision = record->move_revision,
		.revision = record->revision,
		.handling_us = record->handling_us,
		.status = record->status,
		.transport = (uint8_t)record->transport,
		.reason = record->reason,
	};
	size_t size_bytes = sizeof(entry);
	size_t head;
	char *place;

	for (size_t i = 0; i < TEXT_COUNT; i++) {
		entry.text_bytes[i] = (uint16_t)kept_bytes(*text_at(record, i),
							   texts[i].max_bytes);
		size_bytes += entry.text_bytes[i];
	}
	size_bytes = (size_bytes + ENTRY_ALIGNMENT - 1) &
		     ~(size_t)(ENTRY_ALIGNMENT - 1);
	entry.start.size_bytes = (uint32_t)size_bytes;

	place = reserve(ring, size_bytes, &head);
	if (!place) {
		drop(ring);
		return false;
	}
	memcpy(place, &entry, sizeof(entry));
	place += sizeof(entry);
	for (size_t i = 0; i < TEXT_COUNT; i++) {
		/* An empty text may have no pointer. */
		if (entry.text_bytes[i] > 0)
			memcpy(place, text_at(record, i)->ptr,
			       entry.text_bytes[i]);
		place += entry.text_bytes[i];
	}
	publish(ring, head);
	return true;
}

static bool put_whole(struct redirect_log_ring *ring, const void *entry,
		      size_t size_bytes)
{
	size_t head;
	char *place = reserve(ring, size_bytes, &head);

	if (!place) {
		drop(ring);
		return false;
	}
	memcpy(place, entry, size_bytes);
	publish(ring, head);
	return true;
}

bool redirect_log_ring_put_ack(struct redirect_log_ring *ring, int64_t id)
{
	const struct note_entry entry = {
		.start = { sizeof(entry), REDIRECT_LOG_ACK },
		.id = id,
	};

	return put_whole(ring, &entry, sizeof(entry));
}

bool redirect_log_ring_put_repeats(struct redirect_log_ring *ring, int64_t id,
				   struct redirect_log_repeats repeats)
{
	const struct repeats_entry entry = {
		.note = { .start = { sizeof(entry), REDIRECT_LOG_REPEATS },
			  .id = id },
		.repeats = repeats,
	};

	return put_whole(ring, &entry, sizeof(entry));
}

static void read_call(const char *place, struct redirect_log_record *record)
{
	struct call_entry entry;

	memcpy(&entry, place, sizeof(entry));
	place += sizeof(entry);
	*record = (struct redirect_log_record){
		.id = entry.id,
		.received_at_us = entry.received_at_us,
		.status = entry.status,
		.reason = entry.reason,
		.transport = (enum log_transport)entry.transport,
		.handling_us = entry.handling_us,
		.move_revision = entry.move_revision,
		.revision = entry.revision,
	};
	for (size_t i = 0; i < TEXT_COUNT; i++) {
		struct text text = { place, entry.text_bytes[i] };

		memcpy((char *)record + texts[i].offset, &text, sizeof(text));
		place += text.len;
	}
}

static enum redirect_log_entry_kind read_note(
	const char *place, struct redirect_log_record *record)
{
	struct repeats_entry entry = { 0 };

	memcpy(&entry.note, place, sizeof(entry.note));
	if (entry.note.start.kind == REDIRECT_LOG_REPEATS)
		memcpy(&entry, place, sizeof(entry));
	*record = (struct redirect_log_record){ .id = entry.note.id,
						.repeats = entry.repeats };
	return (enum redirect_log_entry_kind)entry.note.start.kind;
}

enum redirect_log_entry_kind redirect_log_ring_peek(
	struct redirect_log_ring *ring, struct redirect_log_record *record)
{
	size_t padding = 0;
	struct entry_start start;
	const char *place;

	if (ring->head_seen == ring->read) {
		ring->head_seen =
			atomic_load_explicit(&ring->head, memory_order_acquire);
		if (ring->head_seen == ring->read)
			return REDIRECT_LOG_NOTHING;
	}
	place = ring->buffer + (ring->read & (ring->size_bytes - 1));
	memcpy(&start, place, sizeof(start));
	if (start.kind == ENTRY_PADDING) {
		padding = start.size_bytes;
		place = ring->buffer;
		memcpy(&start, place, sizeof(start));
	}
	ring->peeked_bytes = padding + start.size_bytes;
	if (start.kind == REDIRECT_LOG_CALL) {
		read_call(place, record);
		return REDIRECT_LOG_CALL;
	}
	return read_note(place, record);
}

void redirect_log_ring_advance(struct redirect_log_ring *ring)
{
	ring->read += ring->peeked_bytes;
	ring->peeked_bytes = 0;
}

void redirect_log_ring_release(struct redirect_log_ring *ring)
{
	redirect_log_ring_advance(ring);
	atomic_store_explicit(&ring->tail, ring->read, memory_order_release);
}

uint64_t redirect_log_ring_dropped(const struct redirect_log_ring *ring)
{
	return atomic_load_explicit(&ring->dropped, memory_order_relaxed);
}

size_t redirect_log_ring_used_bytes(const struct redirect_log_ring *ring)
{
	/* The tail first: a head read after it cannot be behind it. */
	size_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
	size_t head = atomic_load_explicit(&ring->head, memory_order_acquire);

	return head - tail;
}
