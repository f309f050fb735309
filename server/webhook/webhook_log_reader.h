/*
 * webhook_log_reader.h - reads calls from the redirect log for webhooks, a page
 * at a time, or whether there were any of one move, while the sender goes on.
 * The "webhook" thread's, but for the end of a query.
 */
#ifndef SIPMOVED_WEBHOOK_LOG_READER_H
#define SIPMOVED_WEBHOOK_LOG_READER_H

#include <stdatomic.h>

#include "db/move_use.h"
#include "db/redirect_log.h"

enum {
	WEBHOOK_LOG_PAGE = 200,
};

struct webhook_log_reader {
	struct redirect_log *log;
	void (*wake)(void *arg); /* a query thread: a page is there */
	void *arg;
	struct redirect_log_query query;
	struct redirect_log_entry *entries; /* WEBHOOK_LOG_PAGE, owned */
	atomic_bool is_under_way;	    /* until it needs us no more */
	atomic_bool has_ended;		    /* the query is through */
	bool has_page; /* one was asked for, and not yet written */
	int err;
	int64_t until_id;
	int64_t next_at_ms; /* no look before */
	int64_t every_ms;
	struct move_use use; /* that was asked about */
};

/* ENOMEM */
int webhook_log_reader_init(struct webhook_log_reader *reader)
	__attribute__((warn_unused_result));
/* Waits for a query that is under way. */
void webhook_log_reader_clear(struct webhook_log_reader *reader);
/* Begins a look behind after_id, if one is due. When to come back; INT64_MAX:
 * when woken. */
int64_t webhook_log_reader_look(struct webhook_log_reader *reader,
				int64_t after_id, int64_t now_ms);
/* The same for the calls of a move: a page of one, or of none. */
int64_t webhook_log_reader_ask(struct webhook_log_reader *reader,
			       const struct move_use *use, int64_t now_ms);
/* Is there a page? Its records are entries, query.count of them. */
bool webhook_log_reader_has_page(struct webhook_log_reader *reader);
/* It was written. */
void webhook_log_reader_take(struct webhook_log_reader *reader);

#endif
