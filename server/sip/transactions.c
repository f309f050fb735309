#include "sip/transactions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sip/proven_sources.h"
#include "sip/response_store.h"
#include "sip/sip_peer.h"
#include "sip/transaction_table.h"

enum {
	SENDS_UNLIMITED = 255,
	LATE_MAX_US = 250000, /* half of the shortest interval */
	/* Bytes of answers a record may take on average before the store says
	 * no; an answer is mostly under 512. */
	RESPONSE_BYTES_EACH = 768,
};

struct transactions {
	struct transactions_config config;
	const struct hash_key *secret;
	struct transaction_table table;
	struct proven_sources *proven;
	struct response_store *responses;
	size_t count;
	int64_t latest_us; /* time never goes back */
};

int transactions_new(const struct transactions_config *config,
		     const struct hash_key *secret,
		     struct transactions **ret_transactions)
{
	struct transactions *transactions = calloc(1, sizeof(*transactions));
	int err;

	if (!transactions)
		return ENOMEM;
	transactions->config = *config;
	transactions->secret = secret;
	err = transaction_table_init(&transactions->table, config->max);
	if (err)
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
	transaction_table_clear(&transactions->table);
	free(transactions);
}

static uint32_t index_of(const struct transactions *transactions,
			 const struct transaction *transaction)
{
	return (uint32_t)(transaction - transactions->table.records);
}

static int64_t advance(struct transactions *transactions, int64_t now_us)
{
	if (now_us > transactions->latest_us)
		transactions->latest_us = now_us;
	return transactions->latest_us;
}

/* --- finding --- */

/* RFC 3261 8.2.2.2 speaks of requests outside of dialogs. */
static bool may_be_merged(const struct sip_request *request)
{
	return !request->has_to_tag && request->method != SIP_ACK &&
	       request->method != SIP_CANCEL;
}

/* Each hash is made while the memory that the one before it points to comes. */
static void identify(const struct transactions *transactions,
		     const struct sip_request *request, struct text to_tag,
		     struct transaction_identity *ret_identity)
{
	ret_identity->key = transaction_key_of(transactions->secret, request,
					       request->method, to_tag);
	transaction_table_prefetch(&transactions->table, TABLE_KEY,
				   ret_identity->key.words[0]);
	ret_identity->merge = 0;
	if (!may_be_merged(request))
		return;
	ret_identity->merge =
		transaction_key_merge(transactions->secret, request);
	transaction_table_prefetch(&transactions->table, TABLE_MERGE,
				   ret_identity->merge);
}

struct transaction *transactions_find(struct transactions *transactions,
				      const struct sip_request *request,
				      struct transaction_identity *ret_identity)
{
	bool is_old_ack = request->method == SIP_ACK &&
			  !request->via.has_magic_cookie;
	struct transaction *found;

	identify(transactions, request, is_old_ack ? TEXT("") : request->to_tag,
		 ret_identity);
	found = transaction_table_find(&transactions->table,
				       &ret_identity->key);
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
	return transaction_table_find(&transactions->table, &ret_identity->key);
}

struct transaction *transactions_find_cancelled(
	struct transactions *transactions, const struct sip_request *cancel)
{
	struct transaction_key key = transaction_key_of(
		transactions->secret, cancel, SIP_INVITE, cancel->to_tag);

	return transaction_table_find(&transactions->table, &key);
}

bool transactions_is_merged(const struct transactions *transactions,
			    const struct transaction_identity *identity)
{
	return identity->merge != 0 &&
	       transaction_table_has_merge(&transactions->table,
					   identity->merge, &identity->key);
}

/* --- life --- */

/* What of it the log has no room for is of no weight. */
static void tell_repeats(const struct transactions *transactions,
			 struct transaction *record)
{
	struct redirect_log_ring *ring = transactions->config.ring;

	if (!record->has_news)
		return;
	record->has_news = false;
	if (ring && record->log_id)
		(void)redirect_log_ring_put_repeats(ring, record->log_id,
						    record->repeats);
}

static void end(struct transactions *transactions, uint32_t index)
{
	tell_repeats(transactions, &transactions->table.records[index]);
	response_store_give_back(transactions->responses,
				 transactions->table.records[index].response);
	transaction_table_give_back(&transactions->table, index);
	transactions->count--;
}

bool transactions_source_is_proven(const struct transactions *transactions,
				   const struct transaction_route *route,
				   int64_t now_us)
{
	return transactions->config.strict_timer_g ||
	       proven_sources_has(transactions->proven,
				  transaction_key_source(transactions->secret,
							 &route->peer.any),
				  now_us);
}

bool transactions_may_be_forged(const struct transactions *transactions,
				const struct transaction_route *route,
				int64_t now_us)
{
	return !route->is_reliable && !sip_peer_is_loopback(&route->peer) &&
	       !transactions_source_is_proven(transactions, route, now_us);
}

bool transactions_may_repeat(const struct transactions *transactions,
			     const struct transaction *transaction,
			     const struct sip_request *request,
			     const struct transaction_route *route,
			     int64_t now_us)
{
	size_t len = request->message.len;

	if (transaction->response_len <= 2 * len ||
	    (len >= transaction->request_len &&
	     !transaction->route.is_reliable))
		return true;
	return !transactions_may_be_forged(transactions, route, now_us);
}

/*
 * How often timer G may repeat the answer to this source. One that has proven
 * nothing may be the victim of another: what goes there is at most twice what
 * came, so that a small request is answered by its own copies alone.
 */
static uint8_t sends_allowed(const struct transactions *transactions,
			     const struct transaction *record,
			     size_t request_len, int64_t now_us)
{
	size_t allowed = transactions->config.unproven_retransmits;
	size_t most = 2 * request_len;

	if (allowed >= SENDS_UNLIMITED ||
	    transactions_source_is_proven(transactions, &record->route, now_us))
		return SENDS_UNLIMITED;
	while (allowed > 0 && (allowed + 1) * record->response_len > most)
		allowed--;
	return (uint8_t)allowed;
}

static void start(struct transactions *transactions, uint32_t index,
		  size_t request_len, int64_t now_us)
{
	struct transaction *record = &transactions->table.records[index];

	transaction_table_put(&transactions->table, index);
	transaction_queue_push(&transactions->table, QUEUE_END_LATE, index,
			       now_us);
	transactions->count++;
	if (!record->is_invite || record->route.is_reliable)
		return;
	record->sends_left =
		sends_allowed(transactions, record, request_len, now_us);
	if (record->sends_left > 0)
		transaction_queue_push(&transactions->table, QUEUE_SEND_1,
				       index, now_us);
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
	index = transaction_table_take(&transactions->table);
	if (index == NO_RECORD) {
		response_store_give_back(transactions->responses, response);
		return ENOSPC;
	}
	memcpy(response, answer->response.ptr, answer->response.len);
	record = &transactions->table.records[index];
	*record = (struct transaction){
		.key = identity->key,
		/* One alone is found by it: a flood of merged requests would be
		 * one long list. */
		.merge = transactions_is_merged(transactions, identity)
				 ? 0
				 : identity->merge,
		.is_invite = is_invite,
		.to_tag_len = (uint8_t)answer->to_tag.len,
		.response_len = (uint16_t)answer->response.len,
		.response = response,
		.log_id = answer->log_id,
		.request_len = (uint16_t)request->message.len,
		.route = answer->route,
	};
	if (answer->to_tag.len > 0)
		memcpy(record->to_tag, answer->to_tag.ptr, answer->to_tag.len);
	start(transactions, index, request->message.len,
	      advance(transactions, now_us));
	return 0;
}

static void count_repeat(struct transaction *record, uint16_t *count)
{
	if (*count < UINT16_MAX)
		(*count)++;
	record->has_news = true;
}

void transaction_note_repeat(struct transaction *transaction)
{
	count_repeat(transaction, &transaction->repeats.requests);
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

void transaction_tell_tag(struct transaction *transaction)
{
	transaction->is_tag_told = true;
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
	if (proves && !transaction->is_tag_told)
		proven_sources_put(
			transactions->proven,
			transaction_key_source(transactions->secret,
					       &transaction->route.peer.any),
			now_us);
	if (transaction->route.is_reliable) {
		end(transactions, index);
		return log_id;
	}
	tell_repeats(transactions, transaction);
	transaction->is_confirmed = true;
	response_store_give_back(transactions->responses,
				 transaction->response);
	transaction->response = NULL;
	transaction_queue_remove(&transactions->table, ROLE_SEND, index);
	transaction_queue_remove(&transactions->table, ROLE_END, index);
	transaction_queue_push(&transactions->table, QUEUE_END_SOON, index,
			       now_us);
	return log_id;
}

/* --- time --- */

static void send_again(struct transactions *transactions, uint32_t index,
		       int64_t now_us, transaction_resend_fn resend, void *arg)
{
	struct transaction *record = &transactions->table.records[index];
	enum queue_name then =
		transaction_queue_then(record->queues[ROLE_SEND]);
	int64_t due_us = record->send.due_us;

	/* Eleven copies fit into timer H with half a second to spare: each is
	 * timed from when the last was due, not from when it went. After a
	 * standstill the copies that it cost are not made up for. */
	if (now_us - due_us > LATE_MAX_US)
		due_us = now_us;
	transaction_queue_remove(&transactions->table, ROLE_SEND, index);
	resend(arg, transaction_response(record), &record->route);
	count_repeat(record, &record->repeats.answers);
	if (record->sends_left < SENDS_UNLIMITED)
		record->sends_left--;
	if (record->sends_left > 0)
		transaction_queue_push(&transactions->table, then, index,
				       due_us);
}

int64_t transactions_run(struct transactions *transactions, int64_t now_us,
			 size_t most, transaction_resend_fn resend, void *arg)
{
	int64_t next_us = INT64_MAX;

	now_us = advance(transactions, now_us);
	/* From the last queue to the first: what is over is not sent again. */
	for (unsigned name = QUEUES - 1; name > QUEUE_NONE; name--) {
		int64_t due_us =
			transaction_queue_due_us(&transactions->table, name);

		for (; due_us <= now_us && most > 0; most--) {
			uint32_t index = transactions->table.queues[name].head;

			if (transaction_queue_role(name) == ROLE_END)
				end(transactions, index);
			else
				send_again(transactions, index, now_us, resend,
					   arg);
			due_us = transaction_queue_due_us(&transactions->table,
							  name);
		}
	}
	/* A second look: an entry that was due has gone on to another queue. */
	for (unsigned name = QUEUE_NONE + 1; name < QUEUES; name++) {
		int64_t due_us =
			transaction_queue_due_us(&transactions->table, name);

		if (due_us < next_us)
			next_us = due_us;
	}
	return next_us;
}

size_t transactions_count(const struct transactions *transactions)
{
	return transactions->count;
}
