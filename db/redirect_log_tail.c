#include "db/redirect_log_tail.h"
#include "base/ip_network.h"
#include "db/redirect_log_batch.h"
#include "db/redirect_log_source.h"
#include "db/redirect_log_text.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* What of a filter is compared with each record. */
struct tail_filter {
	char address[MOVE_ADDRESS_MAX + 1];
	char call_id[LOG_TEXT_MAX + 1];
	uint16_t statuses[16];
	size_t status_count;
	struct ip_network sources[LOG_TAIL_SOURCES_MAX];
	size_t source_count;
};

struct redirect_log_tail {
	struct log_tails *tails;	/* holds one of its references */
	struct redirect_log_ring *ring; /* owned; the log thread produces */
	struct tail_filter filter;
	void (*wake)(void *arg);
	void *arg;
	_Atomic uint64_t dropped;
	int64_t acked_id; /* the onlooker's: the last ACK that was taken */
};

struct log_tails {
	atomic_int owners; /* the log, and each tail */
	_Atomic size_t count;
	pthread_mutex_t tails_lock;
	struct redirect_log_tail *list[LOG_TAILS_MAX]; /* under tails_lock */
};

/* --- life ----------------------------------------------------------------- */

int log_tails_new(struct log_tails **ret_tails)
{
	struct log_tails *tails = calloc(1, sizeof(*tails));

	if (!tails)
		return ENOMEM;
	atomic_init(&tails->owners, 1);
	pthread_mutex_init(&tails->tails_lock, NULL);
	*ret_tails = tails;
	return 0;
}

void log_tails_unref(struct log_tails *tails)
{
	if (!tails || atomic_fetch_sub(&tails->owners, 1) != 1)
		return;
	pthread_mutex_destroy(&tails->tails_lock);
	free(tails);
}

size_t log_tails_count(const struct log_tails *tails)
{
	return atomic_load(&tails->count);
}

static int read_filter(const struct redirect_log_filter *filter,
		       struct tail_filter *ret_filter)
{
	_Static_assert(sizeof(ret_filter->statuses) == sizeof(filter->statuses),
		       "as many statuses as the filter has");
	*ret_filter = (struct tail_filter){ 0 };
	memcpy(ret_filter->address, filter->address, sizeof(filter->address));
	memcpy(ret_filter->call_id, filter->call_id, sizeof(filter->call_id));
	memcpy(ret_filter->statuses, filter->statuses,
	       sizeof(filter->statuses));
	ret_filter->status_count = filter->status_count;
	for (size_t i = 0; i < filter->term_count; i++) {
		const struct redirect_log_term *term = &filter->terms[i];

		if (term->column != LOG_COLUMN_SOURCE ||
		    term->match != LOG_MATCH_EXACT ||
		    ret_filter->source_count == LOG_TAIL_SOURCES_MAX ||
		    ip_network_parse(
			    term->text,
			    &ret_filter->sources[ret_filter->source_count]))
			return EINVAL;
		ret_filter->source_count++;
	}
	return 0;
}

/* ENOSPC */
static int enlist(struct log_tails *tails, struct redirect_log_tail *tail)
{
	int err = ENOSPC;

	pthread_mutex_lock(&tails->tails_lock);
	for (size_t i = 0; i < LOG_TAILS_MAX && err; i++)
		if (!tails->list[i]) {
			tails->list[i] = tail;
			atomic_fetch_add(&tails->count, 1);
			err = 0;
		}
	pthread_mutex_unlock(&tails->tails_lock);
	return err;
}

static void strike_off(struct log_tails *tails,
		       const struct redirect_log_tail *tail)
{
	pthread_mutex_lock(&tails->tails_lock);
	for (size_t i = 0; i < LOG_TAILS_MAX; i++)
		if (tails->list[i] == tail) {
			tails->list[i] = NULL;
			atomic_fetch_sub(&tails->count, 1);
		}
	pthread_mutex_unlock(&tails->tails_lock);
}

int log_tails_add(struct log_tails *tails,
		  const struct redirect_log_tail_config *config,
		  struct redirect_log_tail **ret_tail)
{
	struct redirect_log_tail *tail = calloc(1, sizeof(*tail));
	int err;

	if (!tail)
		return ENOMEM;
	tail->tails = tails;
	atomic_fetch_add(&tails->owners, 1);
	tail->wake = config->wake;
	tail->arg = config->arg;
	err = read_filter(config->filter, &tail->filter);
	if (!err)
		err = redirect_log_ring_new(LOG_TAIL_RING_BYTES, &tail->ring);
	if (!err)
		err = enlist(tails, tail);
	if (err)
		goto out;
	*ret_tail = tail;
	tail = NULL; /* the caller's now */
out:
	redirect_log_tail_close(tail);
	return err;
}

void redirect_log_tail_close(struct redirect_log_tail *tail)
{
	if (!tail)
		return;
	strike_off(tail->tails, tail);
	log_tails_unref(tail->tails);
	redirect_log_ring_free(tail->ring);
	free(tail);
}

/* --- the log thread ------------------------------------------------------- */

static bool has_source(const struct tail_filter *filter, struct text source)
{
	struct ip_address address;

	if (ip_address_parse(log_source_host(source), &address))
		return false;
	for (size_t i = 0; i < filter->source_count; i++)
		if (ip_network_has(&filter->sources[i], &address))
			return true;
	return false;
}

static bool has_status(const struct tail_filter *filter, uint16_t status)
{
	for (size_t i = 0; i < filter->status_count; i++)
		if (filter->statuses[i] == status)
			return true;
	return false;
}

static bool is_let_through(const struct tail_filter *filter,
			   const struct redirect_log_record *record)
{
	return (filter->address[0] == '\0' ||
		text_equals(record->address, text_of(filter->address))) &&
	       (filter->call_id[0] == '\0' ||
		text_equals(record->call_id, text_of(filter->call_id))) &&
	       (filter->status_count == 0 ||
		has_status(filter, record->status)) &&
	       (filter->source_count == 0 ||
		has_source(filter, record->source));
}

/* The ACK lies before its call, so that who takes the call knows of it. */
static bool put(struct redirect_log_tail *tail,
		const struct log_batch_call *call)
{
	if (!is_let_through(&tail->filter, &call->record))
		return false;
	if (call->ack_seen)
		(void)redirect_log_ring_put_ack(tail->ring, call->record.id);
	if (!redirect_log_ring_put(tail->ring, &call->record))
		atomic_fetch_add(&tail->dropped, 1);
	return true;
}

void log_tails_publish(struct log_tails *tails,
		       const struct log_batch_call *const *calls, size_t count)
{
	if (count == 0 || atomic_load(&tails->count) == 0)
		return;
	pthread_mutex_lock(&tails->tails_lock);
	for (size_t i = 0; i < LOG_TAILS_MAX; i++) {
		struct redirect_log_tail *tail = tails->list[i];
		bool has_news = false;

		for (size_t j = 0; tail && j < count; j++)
			has_news |= put(tail, calls[j]);
		if (has_news)
			tail->wake(tail->arg);
	}
	pthread_mutex_unlock(&tails->tails_lock);
}

/* --- the onlooker's thread ------------------------------------------------ */

#define TEXT_OF(member)                                                  \
	{                                                                \
		offsetof(struct redirect_log_record, member),            \
			offsetof(struct redirect_log_entry, member),     \
			sizeof(((struct redirect_log_entry *)0)->member) \
	}
static const struct {
	size_t from, to, size;
} texts[] = {
	TEXT_OF(method),     TEXT_OF(request_uri),  TEXT_OF(address),
	TEXT_OF(from),	     TEXT_OF(call_id),	    TEXT_OF(source),
	TEXT_OF(user_agent), TEXT_OF(targets),	    TEXT_OF(move_id),
	TEXT_OF(tags_asked), TEXT_OF(tags_refused),
};

static void fill(struct redirect_log_entry *entry,
		 const struct redirect_log_record *record, bool ack_seen)
{
	*entry = (struct redirect_log_entry){
		.id = record->id,
		.received_at_us = record->received_at_us,
		.status = record->status,
		.reason = record->reason,
		.transport = record->transport,
		.handling_us = record->handling_us,
		.ack_seen = ack_seen,
		.move_revision = record->move_revision,
		.revision = record->revision,
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct text text;

		memcpy(&text, (const char *)record + texts[i].from,
		       sizeof(text));
		log_text_copy(text, (char *)entry + texts[i].to, texts[i].size);
	}
}

bool redirect_log_tail_next(struct redirect_log_tail *tail,
			    struct redirect_log_entry *ret_entry)
{
	struct redirect_log_record record;

	for (;;) {
		switch (redirect_log_ring_peek(tail->ring, &record)) {
		case REDIRECT_LOG_NOTHING:
			return false;
		case REDIRECT_LOG_CALL:
			fill(ret_entry, &record, record.id == tail->acked_id);
			redirect_log_ring_release(tail->ring);
			return true;
		case REDIRECT_LOG_ACK:
		case REDIRECT_LOG_REPEATS:
			tail->acked_id = record.id;
			break;
		}
		redirect_log_ring_release(tail->ring);
	}
}

uint64_t redirect_log_tail_dropped(const struct redirect_log_tail *tail)
{
	return atomic_load(&tail->dropped);
}
