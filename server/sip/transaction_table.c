#include "sip/transaction_table.h"

#include <errno.h>
#include <stddef.h>

#include "sip/reserved_memory.h"

struct queue_kind {
	int64_t delay_us;
	enum role role;
	enum queue_name then; /* where an entry goes after it was due */
};

static const struct queue_kind queue_kinds[QUEUES] = {
	[QUEUE_SEND_1] = { TRANSACTION_T1_US, ROLE_SEND, QUEUE_SEND_2 },
	[QUEUE_SEND_2] = { 2 * TRANSACTION_T1_US, ROLE_SEND, QUEUE_SEND_3 },
	[QUEUE_SEND_3] = { 4 * TRANSACTION_T1_US, ROLE_SEND, QUEUE_SEND_4 },
	[QUEUE_SEND_4] = { TRANSACTION_T2_US, ROLE_SEND, QUEUE_SEND_4 },
	[QUEUE_END_SOON] = { TRANSACTION_T4_US, ROLE_END, QUEUE_NONE },
	[QUEUE_END_LATE] = { 64 * TRANSACTION_T1_US, ROLE_END, QUEUE_NONE },
};

_Static_assert(offsetof(struct transaction, log_id) == 64,
	       "what finds and ends a record is in its first line");
_Static_assert(sizeof(struct transaction) <= 256,
	       "a record and a short answer stay under 1 KiB");

static uint64_t bucket_count(size_t max)
{
	uint64_t count = 64;

	while (count < max)
		count *= 2;
	return count;
}

static size_t records_size(const struct transaction_table *table)
{
	return (table->max + 1) * sizeof(struct transaction);
}

static size_t buckets_size(const struct transaction_table *table)
{
	return (table->bucket_mask + 1) * sizeof(uint32_t);
}

int transaction_table_init(struct transaction_table *table, size_t max)
{
	if (max == 0 || max > INT32_MAX)
		return EINVAL;
	table->max = max;
	table->fresh = 1;
	table->bucket_mask = bucket_count(max) - 1;
	table->records = reserved_memory_new(records_size(table));
	for (unsigned i = 0; i < TABLES; i++)
		table->buckets[i] = reserved_memory_new(buckets_size(table));
	if (table->records && table->buckets[TABLE_KEY] &&
	    table->buckets[TABLE_MERGE])
		return 0;
	transaction_table_clear(table);
	return ENOMEM;
}

void transaction_table_clear(struct transaction_table *table)
{
	for (unsigned i = 0; i < TABLES; i++) {
		reserved_memory_free(table->buckets[i], buckets_size(table));
		table->buckets[i] = NULL;
	}
	reserved_memory_free(table->records, records_size(table));
	table->records = NULL;
}

static struct place *place_of(const struct transaction_table *table,
			      uint32_t index, enum role role)
{
	struct transaction *record = &table->records[index];

	return role == ROLE_END ? &record->end : &record->send;
}

void transaction_queue_push(struct transaction_table *table,
			    enum queue_name name, uint32_t index,
			    int64_t from_us)
{
	enum role role = queue_kinds[name].role;
	struct queue *queue = &table->queues[name];
	struct place *place = place_of(table, index, role);
	int64_t due_us = from_us + queue_kinds[name].delay_us;

	/* The head is the first one due: nothing is before who came earlier. */
	if (queue->tail != NO_RECORD &&
	    place_of(table, queue->tail, role)->due_us > due_us)
		due_us = place_of(table, queue->tail, role)->due_us;
	*place = (struct place){ .due_us = due_us,
				 .previous = queue->tail,
				 .next = NO_RECORD };
	table->records[index].queues[role] = (uint8_t)name;
	if (queue->tail != NO_RECORD)
		place_of(table, queue->tail, role)->next = index;
	else
		queue->head = index;
	queue->tail = index;
}

void transaction_queue_remove(struct transaction_table *table, enum role role,
			      uint32_t index)
{
	const struct place *place = place_of(table, index, role);
	uint8_t *name = &table->records[index].queues[role];
	struct queue *queue = &table->queues[*name];

	if (*name == QUEUE_NONE)
		return;
	if (place->previous != NO_RECORD)
		place_of(table, place->previous, role)->next = place->next;
	else
		queue->head = place->next;
	if (place->next != NO_RECORD)
		place_of(table, place->next, role)->previous = place->previous;
	else
		queue->tail = place->previous;
	*name = QUEUE_NONE;
}

int64_t transaction_queue_due_us(const struct transaction_table *table,
				 enum queue_name name)
{
	uint32_t head = table->queues[name].head;

	if (head == NO_RECORD)
		return INT64_MAX;
	return place_of(table, head, queue_kinds[name].role)->due_us;
}

enum role transaction_queue_role(enum queue_name name)
{
	return queue_kinds[name].role;
}

enum queue_name transaction_queue_then(enum queue_name name)
{
	return queue_kinds[name].then;
}

static uint32_t *bucket_of(const struct transaction_table *table,
			   enum table_name name, uint64_t hash)
{
	return &table->buckets[name][hash & table->bucket_mask];
}

static uint64_t hash_in(const struct transaction *record, enum table_name name)
{
	return name == TABLE_KEY ? record->key.words[0] : record->merge;
}

void transaction_table_prefetch(const struct transaction_table *table,
				enum table_name name, uint64_t hash)
{
	__builtin_prefetch(bucket_of(table, name, hash));
}

static void bucket_put(struct transaction_table *table, enum table_name name,
		       uint32_t index)
{
	struct transaction *record = &table->records[index];
	uint32_t *bucket = bucket_of(table, name, hash_in(record, name));

	record->chain[name] = *bucket;
	*bucket = index;
}

/* Chains are short: the hash is keyed, there is a bucket for each record, and
 * no two records have one key or one merge. */
static void bucket_remove(struct transaction_table *table, enum table_name name,
			  uint32_t index)
{
	const struct transaction *record = &table->records[index];
	uint32_t *link = bucket_of(table, name, hash_in(record, name));

	while (*link != index)
		link = &table->records[*link].chain[name];
	*link = record->chain[name];
}

void transaction_table_put(struct transaction_table *table, uint32_t index)
{
	bucket_put(table, TABLE_KEY, index);
	if (table->records[index].merge)
		bucket_put(table, TABLE_MERGE, index);
}

static bool keys_are_equal(const struct transaction_key *a,
			   const struct transaction_key *b)
{
	return a->words[0] == b->words[0] && a->words[1] == b->words[1];
}

struct transaction *transaction_table_find(
	const struct transaction_table *table,
	const struct transaction_key *key)
{
	uint32_t index = *bucket_of(table, TABLE_KEY, key->words[0]);

	while (index != NO_RECORD) {
		struct transaction *record = &table->records[index];

		if (keys_are_equal(&record->key, key))
			return record;
		index = record->chain[TABLE_KEY];
	}
	return NULL;
}

bool transaction_table_has_merge(const struct transaction_table *table,
				 uint64_t merge,
				 const struct transaction_key *key)
{
	uint32_t index = *bucket_of(table, TABLE_MERGE, merge);

	while (index != NO_RECORD) {
		const struct transaction *record = &table->records[index];

		if (record->merge == merge &&
		    !keys_are_equal(&record->key, key))
			return true;
		index = record->chain[TABLE_MERGE];
	}
	return false;
}

uint32_t transaction_table_take(struct transaction_table *table)
{
	uint32_t index = table->given_back;

	if (index != NO_RECORD) {
		table->given_back = table->records[index].chain[TABLE_KEY];
		return index;
	}
	if (table->fresh > table->max)
		return NO_RECORD;
	return table->fresh++;
}

void transaction_table_give_back(struct transaction_table *table,
				 uint32_t index)
{
	struct transaction *record = &table->records[index];

	for (unsigned role = 0; role < ROLES; role++)
		transaction_queue_remove(table, role, index);
	bucket_remove(table, TABLE_KEY, index);
	if (record->merge)
		bucket_remove(table, TABLE_MERGE, index);
	record->chain[TABLE_KEY] = table->given_back;
	table->given_back = index;
}
