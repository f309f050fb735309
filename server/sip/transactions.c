#include "sip/transactions.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "sip/proven_sources.h"
#include "sip/reserved_memory.h"
#include "sip/response_store.h"

/*
 * A record is in up to two queues at a time: one that sends (timer G) and one
 * that ends it (H, I or J). Each queue has one delay, and an entry's due time
 * is the time of the push plus that delay; time never goes back, so that a
 * queue is in order of due times by construction: push at the tail, look at the
 * head.
 */
enum role {
	ROLE_SEND,
	ROLE_END,
	ROLES,
};

enum queue_name {
	QUEUE_NONE,
	QUEUE_SEND_1, /* T1 */
	QUEUE_SEND_2,
	QUEUE_SEND_3,
	QUEUE_SEND_4,	/* T2, again and again */
	QUEUE_END_SOON, /* T4: timer I */
	QUEUE_END_LATE, /* 64*T1: timers H and J */
	QUEUES,
};

struct queue_kind {
	enum role role;
	int64_t delay_us;
	enum queue_name then; /* where an entry goes after it was due */
};

static const struct queue_kind queue_kinds[QUEUES] = {
	[QUEUE_SEND_1] = { ROLE_SEND, TRANSACTION_T1_US, QUEUE_SEND_2 },
	[QUEUE_SEND_2] = { ROLE_SEND, 2 * TRANSACTION_T1_US, QUEUE_SEND_3 },
	[QUEUE_SEND_3] = { ROLE_SEND, 4 * TRANSACTION_T1_US, QUEUE_SEND_4 },
	[QUEUE_SEND_4] = { ROLE_SEND, TRANSACTION_T2_US, QUEUE_SEND_4 },
	[QUEUE_END_SOON] = { ROLE_END, TRANSACTION_T4_US, QUEUE_NONE },
	[QUEUE_END_LATE] = { ROLE_END, 64 * TRANSACTION_T1_US, QUEUE_NONE },
};

enum table_name {
	TABLE_KEY,
	TABLE_MERGE,
	TABLES,
};

enum {
	NO_RECORD = 0, /* records count from 1 */
	SENDS_UNLIMITED = 255,
	/* Bytes of answers a record may take on average before the store says
	 * no; an answer is mostly under 512. */
	RESPONSE_BYTES_EACH = 768,
};

struct place {
	int64_t due_us;
	uint32_t previous, next;
};

/*
 * The first cache line is all that finding and ending one touches: with a
 * hundred thousand of them, each line is a miss.
 */
struct transaction {
	_Alignas(64) struct transaction_key key;
	uint64_t merge; /* 0: not in its table */
	uint32_t chain[TABLES];
	struct place end;
	uint8_t queues[ROLES]; /* enum queue_name */
	uint8_t sends_left;
	uint8_t to_tag_len;
	bool is_invite;
	bool is_confirmed;
	uint16_t response_len;
	char *response; /* the store's; NULL once confirmed */
	int64_t log_id;
	struct place send;
	char to_tag[SIP_TO_TAG_SIZE - 1];
	struct transaction_route route;
};

_Static_assert(offsetof(struct transaction, log_id) == 64,
	       "what finds and ends a record is in its first line");
_Static_assert(sizeof(struct transaction) <= 256,
	       "a record and a short answer stay under 1 KiB");

struct queue {
	uint32_t head, tail;
};

struct transactions {
	struct transactions_config config;
	const struct hash_key *secret;
	struct proven_sources *proven;
	struct response_store *responses;
	struct transaction *records; /* from 1; untouched ones cost nothing */
	uint32_t *buckets[TABLES];
	uint64_t bucket_mask;
	uint32_t fresh;	     /* never used from here on */
	uint32_t given_back; /* list through chain[TABLE_KEY] */
	size_t count;
	int64_t latest_us; /* time never goes back */
	struct queue queues[QUEUES];
};

static uint64_t bucket_count(size_t max)
{
	uint64_t count = 64;

	while (count < max)
		count *= 2;
	return count;
}

static size_t records_size(const struct transactions *transactions)
{
	return (transactions->config.max + 1) * sizeof(struct transaction);
}

static size_t buckets_size(const struct transactions *transactions)
{
	return (transactions->bucket_mask + 1) * sizeof(uint32_t);
}

int transactions_new(const struct transactions_config *config,
		     const struct hash_key *secret,
		     struct transactions **ret_transactions)
{
	struct transactions *transactions = calloc(1, sizeof(*transactions));
	int err = ENOMEM;

	if (!transactions)
		return ENOMEM;
	transactions->config = *config;
	transactions->secret = secret;
	transactions->fresh = 1;
	if (config->max == 0 || config->max > INT32_MAX)
		goto out;
	transactions->bucket_mask = bucket_count(config->max) - 1;
	transactions->records = reserved_memory_new(records_size(transactions));
	for (unsigned i = 0; i < TABLES; i++)
		transactions->buckets[i] =
			reserved_memory_new(buckets_size(transactions));
	if (!transactions->records || !transactions->buckets[TABLE_KEY] ||
	    !transactions->buckets[TABLE_MERGE])
		goto out;
	err = proven_sources_new(&transactions->proven);
	if (err)
		goto out;
	err = response_store_new(config->max * RESPONSE_BYTES_EACH,
				 &transactions->responses);
	if (err)
		goto out;
	*ret_transactions = transactions;
	transactions = NULL;
out:
	transactions_free(transactions);
	return err;
}

void transactions_free(struct transactions *transactions)
{
	if (!transactions)
		return;
	response_store_free(transactions->responses);
	proven_sources_free(transactions->proven);
	for (unsigned i = 0; i < TABLES; i++)
		reserved_memory_free(transactions->buckets[i],
				     buckets_size(transactions));
	reserved_memory_free(transactions->records, records_size(transactions));
	free(transactions);
}

static uint32_t index_of(const struct transactions *transactions,
			 const struct transaction *transaction)
{
	return (uint32_t)(transaction - transactions->records);
}

static int64_t advance(struct transactions *transactions, int64_t now_us)
{
	if (now_us > transactions->latest_us)
		transactions->latest_us = now_us;
	return transactions->latest_us;
}

/* --- the queues --- */

static struct place *place_of(struct transactions *transactions, uint32_t index,
			      enum role role)
{
	struct transaction *record = &transactions->records[index];

	return role == ROLE_END ? &record->end : &record->send;
}

static void queue_push(struct transactions *transactions, enum queue_name name,
		       uint32_t index, int64_t now_us)
{
	enum role role = queue_kinds[name].role;
	struct queue *queue = &transactions->queues[name];
	struct place *place = place_of(transactions, index, role);

	*place = (struct place){ .due_us = now_us + queue_kinds[name].delay_us,
				 .previous = queue->tail,
				 .next = NO_RECORD };
	transactions->records[index].queues[role] = (uint8_t)name;
	if (queue->tail != NO_RECORD)
		place_of(transactions, queue->tail, role)->next = index;
	else
		queue->head = index;
	queue->tail = index;
}

static void queue_remove(struct transactions *transactions, enum role role,
			 uint32_t index)
{
	struct place *place = place_of(transactions, index, role);
	uint8_t *name = &transactions->records[index].queues[role];
	struct queue *queue = &transactions->queues[*name];

	if (*name == QUEUE_NONE)
		return;
	if (place->previous != NO_RECORD)
		place_of(transactions, place->previous, role)->next =
			place->next;
	else
		queue->head = place->next;
	if (place->next != NO_RECORD)
		place_of(transactions, place->next, role)->previous =
			place->previous;
	else
		queue->tail = place->previous;
	*name = QUEUE_NONE;
}

/* --- the two hash tables --- */

static uint32_t *bucket_of(const struct transactions *transactions,
			   enum table_name table, uint64_t hash)
{
	return &transactions->buckets[table][hash & transactions->bucket_mask];
}

static uint64_t hash_in(const struct transaction *transaction,
			enum table_name table)
{
	return table == TABLE_KEY ? transaction->key.words[0]
				  : transaction->merge;
}

static void table_put(struct transactions *transactions, enum table_name table,
		      uint32_t index)
{
	struct transaction *record = &transactions->records[index];
	uint32_t *bucket =
		bucket_of(transactions, table, hash_in(record, table));

	record->chain[table] = *bucket;
	*bucket = index;
}

/* Chains are short: the hash is keyed, and there is a bucket for each record.
 */
static void table_remove(struct transactions *transactions,
			 enum table_name table, uint32_t index)
{
	const struct transaction *record = &transactions->records[index];
	uint32_t *link = bucket_of(transactions, table, hash_in(record, table));

	while (*link != index)
		link = &transactions->records[*link].chain[table];
	*link = record->chain[table];
}

static bool keys_are_equal(const struct transaction_key *a,
			   const struct transaction_key *b)
{
	return a->words[0] == b->words[0] && a->words[1] == b->words[1];
}

static struct transaction *table_find(const struct transactions *transactions,
				      const struct transaction_key *key)
{
	uint32_t index = *bucket_of(transactions, TABLE_KEY, key->words[0]);

	while (index != NO_RECORD) {
		struct transaction *record = &transactions->records[index];

		if (keys_are_equal(&record->key, key))
			return record;
		index = record->chain[TABLE_KEY];
	}
	return NULL;
}

/* --- finding --- */

struct transaction *transactions_find(struct transactions *transactions,
				      const struct sip_request *request,
				      struct transaction_identity *ret_identity)
{
	bool is_old_ack = request->method == SIP_ACK &&
			  !request->via.has_magic_cookie;
	struct transaction *found;

	*ret_identity = (struct transaction_identity){
		.key = transaction_key_of(
			transactions->secret, request, request->method,
			is_old_ack ? TEXT("") : request->to_tag)
	};
	found = table_find(transactions, &ret_identity->key);
	if (!is_old_ack)
		return found;
	/*
	 * 17.2.3: an RFC 2543 ACK carries the To tag of the response, which is
	 * ours unless the INVITE had one already.
	 */
	if (found && text_equals(transaction_to_tag(found), request->to_tag))
		return found;
	if (request->to_tag.len == 0)
		return NULL;
	ret_identity->key = transaction_key_of(transactions->secret, request,
					       SIP_ACK, request->to_tag);
	return table_find(transactions, &ret_identity->key);
}

struct transaction *transactions_find_cancelled(
	struct transactions *transactions, const struct sip_request *cancel)
{
	struct transaction_key key = transaction_key_of(
		transactions->secret, cancel, SIP_INVITE, cancel->to_tag);

	return table_find(transactions, &key);
}

bool transactions_is_merged(const struct transactions *transactions,
			    const struct sip_request *request,
			    struct transaction_identity *identity)
{
	uint32_t index;

	if (request->has_to_tag || request->method == SIP_CANCEL)
		return false;
	identity->merge = transaction_key_merge(transactions->secret, request);
	index = *bucket_of(transactions, TABLE_MERGE, identity->merge);
	while (index != NO_RECORD) {
		const struct transaction *record =
			&transactions->records[index];

		if (record->merge == identity->merge &&
		    !keys_are_equal(&record->key, &identity->key))
			return true;
		index = record->chain[TABLE_MERGE];
	}
	return false;
}

/* --- life --- */

static uint32_t record_take(struct transactions *transactions)
{
	uint32_t index = transactions->given_back;

	if (index != NO_RECORD) {
		transactions->given_back =
			transactions->records[index].chain[TABLE_KEY];
		return index;
	}
	if (transactions->fresh > transactions->config.max)
		return NO_RECORD;
	return transactions->fresh++;
}

static void record_give_back(struct transactions *transactions, uint32_t index)
{
	transactions->records[index].chain[TABLE_KEY] =
		transactions->given_back;
	transactions->given_back = index;
}

static void end(struct transactions *transactions, uint32_t index)
{
	struct transaction *record = &transactions->records[index];

	for (unsigned role = 0; role < ROLES; role++)
		queue_remove(transactions, role, index);
	table_remove(transactions, TABLE_KEY, index);
	if (record->merge)
		table_remove(transactions, TABLE_MERGE, index);
	response_store_give_back(transactions->responses, record->response);
	record_give_back(transactions, index);
	transactions->count--;
}

/* How often timer G may repeat the answer to this source. */
static uint8_t sends_allowed(const struct transactions *transactions,
			     const struct transaction_route *route,
			     int64_t now_us)
{
	unsigned allowed = transactions->config.unproven_retransmits;

	if (transactions->config.strict_timer_g)
		return SENDS_UNLIMITED;
	if (proven_sources_has(transactions->proven,
			       transaction_key_source(transactions->secret,
						      &route->peer.any),
			       now_us))
		return SENDS_UNLIMITED;
	return allowed < SENDS_UNLIMITED ? (uint8_t)allowed : SENDS_UNLIMITED;
}

static void start(struct transactions *transactions, uint32_t index,
		  int64_t now_us)
{
	struct transaction *record = &transactions->records[index];

	table_put(transactions, TABLE_KEY, index);
	if (record->merge)
		table_put(transactions, TABLE_MERGE, index);
	queue_push(transactions, QUEUE_END_LATE, index, now_us);
	transactions->count++;
	if (!record->is_invite || record->route.is_reliable)
		return;
	record->sends_left =
		sends_allowed(transactions, &record->route, now_us);
	if (record->sends_left > 0)
		queue_push(transactions, QUEUE_SEND_1, index, now_us);
}

int transactions_add(struct transactions *transactions,
		     const struct sip_request *request,
		     const struct transaction_identity *identity,
		     const struct transaction_answer *answer, int64_t now_us)
{
	bool is_invite = request->method == SIP_INVITE;
	struct transaction *record;
	uint32_t index;
	char *response;

	if (answer->response.len > TRANSACTION_RESPONSE_MAX ||
	    answer->to_tag.len > sizeof(record->to_tag))
		return EMSGSIZE;
	if (!is_invite && answer->route.is_reliable)
		return 0;
	response = response_store_take(transactions->responses,
				       answer->response.len);
	if (!response)
		return ENOSPC;
	index = record_take(transactions);
	if (index == NO_RECORD) {
		response_store_give_back(transactions->responses, response);
		return ENOSPC;
	}
	memcpy(response, answer->response.ptr, answer->response.len);
	record = &transactions->records[index];
	*record = (struct transaction){
		.key = identity->key,
		.merge = identity->merge,
		.is_invite = is_invite,
		.to_tag_len = (uint8_t)answer->to_tag.len,
		.response_len = (uint16_t)answer->response.len,
		.response = response,
		.log_id = answer->log_id,
		.route = answer->route,
	};
	if (answer->to_tag.len > 0)
		memcpy(record->to_tag, answer->to_tag.ptr, answer->to_tag.len);
	start(transactions, index, advance(transactions, now_us));
	return 0;
}

struct text transaction_response(const struct transaction *transaction)
{
	if (!transaction->response)
		return TEXT("");
	return (struct text){ transaction->response,
			      transaction->response_len };
}

struct text transaction_to_tag(const struct transaction *transaction)
{
	return (struct text){ transaction->to_tag, transaction->to_tag_len };
}

const struct transaction_route *transaction_route(
	const struct transaction *transaction)
{
	return &transaction->route;
}

int64_t transactions_ack(struct transactions *transactions,
			 struct transaction *transaction, bool proves,
			 int64_t now_us)
{
	uint32_t index = index_of(transactions, transaction);
	int64_t log_id = transaction->log_id;

	if (!transaction->is_invite || transaction->is_confirmed)
		return 0;
	now_us = advance(transactions, now_us);
	if (proves)
		proven_sources_put(
			transactions->proven,
			transaction_key_source(transactions->secret,
					       &transaction->route.peer.any),
			now_us);
	if (transaction->route.is_reliable) {
		end(transactions, index);
		return log_id;
	}
	transaction->is_confirmed = true;
	response_store_give_back(transactions->responses,
				 transaction->response);
	transaction->response = NULL;
	queue_remove(transactions, ROLE_SEND, index);
	queue_remove(transactions, ROLE_END, index);
	queue_push(transactions, QUEUE_END_SOON, index, now_us);
	return log_id;
}

/* --- time --- */

static void send_again(struct transactions *transactions, uint32_t index,
		       int64_t now_us, transaction_resend_fn resend, void *arg)
{
	struct transaction *record = &transactions->records[index];
	enum queue_name then = queue_kinds[record->queues[ROLE_SEND]].then;

	queue_remove(transactions, ROLE_SEND, index);
	resend(arg, transaction_response(record), &record->route);
	if (record->sends_left < SENDS_UNLIMITED)
		record->sends_left--;
	if (record->sends_left > 0)
		queue_push(transactions, then, index, now_us);
}

static int64_t head_due_us(struct transactions *transactions,
			   enum queue_name name)
{
	uint32_t head = transactions->queues[name].head;

	if (head == NO_RECORD)
		return INT64_MAX;
	return place_of(transactions, head, queue_kinds[name].role)->due_us;
}

int64_t transactions_run(struct transactions *transactions, int64_t now_us,
			 size_t most, transaction_resend_fn resend, void *arg)
{
	int64_t next_us = INT64_MAX;

	now_us = advance(transactions, now_us);
	/* From the last queue to the first: what is over is not sent again. */
	for (unsigned name = QUEUES - 1; name > QUEUE_NONE; name--) {
		int64_t due_us = head_due_us(transactions, name);

		for (; due_us <= now_us && most > 0; most--) {
			uint32_t index = transactions->queues[name].head;

			if (queue_kinds[name].role == ROLE_END)
				end(transactions, index);
			else
				send_again(transactions, index, now_us, resend,
					   arg);
			due_us = head_due_us(transactions, name);
		}
	}
	/* A second look: an entry that was due has gone on to another queue. */
	for (unsigned name = QUEUE_NONE + 1; name < QUEUES; name++) {
		int64_t due_us = head_due_us(transactions, name);

		if (due_us < next_us)
			next_us = due_us;
	}
	return next_us;
}

size_t transactions_count(const struct transactions *transactions)
{
	return transactions->count;
}
