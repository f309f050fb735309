/*
 * transaction_table.h - where one worker's transactions lie: the records, the
 * two hash tables they are found by, and the queues of their timers. Every
 * operation takes the same time, however many there are.
 *
 * transactions.c alone uses it. Records are named by their index, from 1.
 */
#ifndef SIPMOVED_SIP_TRANSACTION_TABLE_H
#define SIPMOVED_SIP_TRANSACTION_TABLE_H

#include "sip/transactions.h"

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

enum table_name {
	TABLE_KEY,
	TABLE_MERGE,
	TABLES,
};

enum {
	NO_RECORD = 0,
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
	bool is_invite : 1;
	bool is_confirmed : 1;
	bool has_news : 1; /* of repeats, that were not told */
	uint16_t response_len;
	char *response; /* the store's; NULL once confirmed */
	int64_t log_id;
	struct redirect_log_repeats repeats;
	struct place send;
	char to_tag[SIP_TO_TAG_SIZE - 1];
	uint16_t request_len;
	bool is_tag_told; /* to another host */
	struct transaction_route route;
};

_Static_assert(offsetof(struct transaction, log_id) == 64,
	       "what finds and ends a record is in its first line");
_Static_assert(sizeof(struct transaction) <= 256,
	       "a record and a short answer stay under 1 KiB");

struct queue {
	uint32_t head, tail;
};

struct transaction_table {
	struct transaction *records; /* untouched ones cost nothing */
	uint32_t *buckets[TABLES];
	size_t max;
	uint64_t bucket_mask;
	uint32_t fresh;	     /* never used from here on */
	uint32_t given_back; /* list through chain[TABLE_KEY] */
	struct queue queues[QUEUES];
};

/* The caller zeroed it. On error nothing is to be cleared. */
int transaction_table_init(struct transaction_table *table, size_t max)
	__attribute__((warn_unused_result));
void transaction_table_clear(struct transaction_table *table);

/* The caller fills all of it, zeroed queues too. NO_RECORD: none is left. */
uint32_t transaction_table_take(struct transaction_table *table);
/* A record that was put: takes it out of everything. */
void transaction_table_give_back(struct transaction_table *table,
				 uint32_t index);

/* Its key and merge are set, and stay. */
void transaction_table_put(struct transaction_table *table, uint32_t index);
/* A wish that what find and has_merge will read be on its way. */
void transaction_table_prefetch(const struct transaction_table *table,
				enum table_name name, uint64_t hash);
/* NULL: none. */
struct transaction *transaction_table_find(
	const struct transaction_table *table,
	const struct transaction_key *key);
/* Is there one with this merge and another key? */
bool transaction_table_has_merge(const struct transaction_table *table,
				 uint64_t merge,
				 const struct transaction_key *key);

/* Its delay is counted from from_us; what is in the queue already stays before
 * it. */
void transaction_queue_push(struct transaction_table *table,
			    enum queue_name name, uint32_t index,
			    int64_t from_us);
/* No error if it is in none. */
void transaction_queue_remove(struct transaction_table *table, enum role role,
			      uint32_t index);
/* INT64_MAX: the queue is empty. */
int64_t transaction_queue_due_us(const struct transaction_table *table,
				 enum queue_name name);
enum role transaction_queue_role(enum queue_name name);
/* Where an entry goes after it was due. */
enum queue_name transaction_queue_then(enum queue_name name);

#endif
