#include "sip/stream_connection.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

enum {
	STALL_US = 10000000, /* the peer takes none of its answers */
	DRAIN_US = 2000000,
	SLOTS_MIN = 64,
};

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t stream_connection_deadline_us(
	const struct stream_connection *connection,
	const struct stream_timeouts *timeouts)
{
	int64_t deadline_us;

	if (connection->state == STREAM_HANDSHAKE)
		return connection->waiting_since + timeouts->handshake_us;
	if (connection->state == STREAM_DRAINING)
		return connection->waiting_since + DRAIN_US;
	deadline_us = connection->active_at + timeouts->idle_us;
	if (!connection->has_spoken || connection->has_begun)
		deadline_us =
			earlier(deadline_us, connection->waiting_since +
						     timeouts->message_us);
	if (connection->output.len > 0)
		deadline_us =
			earlier(deadline_us, connection->taken_at + STALL_US);
	return deadline_us;
}

uint32_t stream_connection_interest(const struct stream_connection *connection)
{
	uint32_t events = connection->io.wants_write ? EPOLLOUT : 0;

	/* Who does not take answers may ask no more. */
	if (connection->output.len > 0)
		return EPOLLOUT;
	if (!connection->peer_ended)
		events |= EPOLLIN;
	return events;
}

/* --- the table --- */

static int grow(struct stream_table *table)
{
	uint32_t size = table->size ? table->size * 2 : SLOTS_MIN;
	struct stream_slot *slots =
		reallocarray(table->slots, size, sizeof(*slots));

	if (!slots)
		return ENOMEM;
	for (uint32_t i = table->size; i < size; i++)
		slots[i] = (struct stream_slot){
			.generation = 1,
			.next_free = i + 1 < size ? i + 1 : STREAM_NONE,
		};
	table->first_free = table->size;
	table->slots = slots;
	table->size = size;
	return 0;
}

int stream_table_add(struct stream_table *table, uint32_t *ret_index)
{
	struct stream_connection *connection;
	struct stream_slot *slot;

	if (table->count == table->size) {
		int err = grow(table);

		if (err)
			return err;
	}
	connection = calloc(1, sizeof(*connection));
	if (!connection)
		return ENOMEM;
	connection->io.fd = -1;
	*ret_index = table->first_free;
	slot = &table->slots[*ret_index];
	table->first_free = slot->next_free;
	slot->connection = connection;
	table->count++;
	return 0;
}

void stream_table_remove(struct stream_table *table, uint32_t index)
{
	struct stream_slot *slot = &table->slots[index];

	free(slot->connection);
	slot->connection = NULL;
	if (++slot->generation == 0)
		slot->generation = 1;
	slot->next_free = table->first_free;
	table->first_free = index;
	table->count--;
}

struct stream_connection *stream_table_find(const struct stream_table *table,
					    uint32_t index, uint32_t generation)
{
	if (index >= table->size ||
	    table->slots[index].generation != generation)
		return NULL;
	return table->slots[index].connection;
}

void stream_table_clear(struct stream_table *table)
{
	free(table->slots);
	*table = (struct stream_table){ 0 };
}
