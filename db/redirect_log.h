/*
 * redirect_log.h - one record per answered request, in segments on disk:
 * DATA/logs/YYYY-MM-DD.NNN.db (design 6).
 *
 * Thread "log" drains the workers' rings (one poll every 50 ms, or when woken),
 * writes in batches with synchronous=NORMAL and checkpoints by itself. A
 * segment is closed at 1,000,000 records or at midnight UTC; thread "log-index"
 * then builds its indexes and makes it read-only. Thread "log-query" answers
 * queries for records over read-only connections, newest segment first, and
 * "log-figures" those for figures, which may take longer. Retention unlinks.
 * When the disk is full, or below its low-water mark, records are dropped and
 * counted; calls go on.
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_H
#define SIPMOVED_DB_REDIRECT_LOG_H

#include "db/redirect_log_figures.h"
#include "db/redirect_log_record.h"

struct redirect_log;

struct redirect_log_config {
	const char *data_dir;	 /* logs/ is made in it */
	size_t segment_records;	 /* 0: 1,000,000 */
	unsigned retention_days; /* 0: 30 */
	size_t ring_size_bytes;	 /* 0: 8 MiB; a power of two */
	uint64_t min_free_bytes; /* 0: 64 MiB; below it nothing is written */
};

int redirect_log_open(const struct redirect_log_config *config,
		      struct redirect_log **ret_log)
	__attribute__((warn_unused_result));
/* One ring a worker, added before start; owned by the log. */
int redirect_log_add_ring(struct redirect_log *log,
			  struct redirect_log_ring **ret_ring)
	__attribute__((warn_unused_result));
int redirect_log_start(struct redirect_log *log)
	__attribute__((warn_unused_result));
/* Drains the rings (their producers have stopped), writes, joins. */
void redirect_log_stop(struct redirect_log *log);
void redirect_log_close(struct redirect_log *log); /* takes NULL */

/* A stored record. A plain value; texts are cut to their arrays. */
struct redirect_log_entry {
	int64_t id;
	int64_t received_at_us;
	uint16_t status;
	uint8_t reason; /* enum call_reason */
	enum log_transport transport;
	uint32_t handling_us;
	bool ack_seen;
	char method[LOG_METHOD_MAX + 1];
	char request_uri[LOG_TEXT_MAX + 1];
	char address[LOG_TEXT_MAX + 1];
	char from[LOG_TEXT_MAX + 1];
	char call_id[LOG_TEXT_MAX + 1];
	char source[LOG_SOURCE_MAX + 1];
	char user_agent[LOG_TEXT_MAX + 1];
	char targets[LOG_TARGETS_TEXT_MAX + 1];
	char move_id[MOVE_ID_SIZE];
	int64_t move_revision;
	char profile[LOG_PROFILE_MAX + 1];
	int64_t revision;
	char tags_asked[LOG_TEXT_MAX + 1];
	char tags_refused[LOG_TAGS_REFUSED_MAX + 1];
	struct redirect_log_repeats repeats;
};

/* What a search without an index may look at. */
enum redirect_log_column {
	LOG_COLUMN_ADDRESS,
	LOG_COLUMN_CALL_ID,
	LOG_COLUMN_MOVE_ID,
	LOG_COLUMN_METHOD,
	LOG_COLUMN_REASON, /* text: the number, in decimal */
	LOG_COLUMN_SOURCE, /* exact: a network */
	LOG_COLUMN_CALLER, /* the From header's URI; a part: all of it */
	LOG_COLUMN_TARGET, /* any one of the targets */
	LOG_COLUMN_USER_AGENT,
	LOG_COLUMN_RULE_ID,   /* of a rule that refused; exact alone */
	LOG_COLUMN_TRANSPORT, /* text: the number, in decimal */
	LOG_COLUMN_ACK_SEEN,  /* text: 0 or 1, of INVITE alone */
	LOG_COLUMNS,
};

enum redirect_log_match {
	LOG_MATCH_EXACT,
	LOG_MATCH_START, /* this and LOG_MATCH_PART ignore ASCII case */
	LOG_MATCH_PART,
	LOG_MATCHES,
};

struct redirect_log_term {
	enum redirect_log_column column;
	enum redirect_log_match match;
	struct text text; /* a view: lives as long as the query */
};

enum {
	LOG_TERMS_MAX = 32,
};

struct owned_addresses; /* ownership.h */

/* Newest first. Zeroed members do not filter. */
struct redirect_log_filter {
	/* Not NULL: these addresses' records alone, also of the one that
	 * get_id asks for. Lives as long as the query. */
	const struct owned_addresses *owned;
	char address[MOVE_ADDRESS_MAX + 1]; /* canonical */
	char call_id[LOG_TEXT_MAX + 1];
	uint16_t statuses[16];
	size_t status_count;
	/* Any of the terms of one column, which follow each other; and so for
	 * each column. */
	struct redirect_log_term terms[LOG_TERMS_MAX];
	size_t term_count;
	int64_t from_ms;   /* inclusive */
	int64_t until_ms;  /* exclusive */
	int64_t before_id; /* keyset: what follows this record */
	bool oldest_first;
	int64_t after_id; /* keyset, oldest first */
	size_t limit;	  /* 1..1000 */
};

enum redirect_log_query_kind {
	LOG_QUERY_RECORDS,
	LOG_QUERY_STATS, /* the rest fills what its pointer is at */
	LOG_QUERY_TOP,
	LOG_QUERY_UNFOLLOWED,
	LOG_QUERY_VISIT, /* fills nothing: see visit */
};

struct redirect_log_query {
	enum redirect_log_query_kind kind;
	struct redirect_log_filter filter;
	int64_t get_id; /* not 0: this one record, the filter is not used */
	struct redirect_log_entry *entries; /* the caller's, filter.limit */
	size_t count;			    /* filled */
	bool more;			    /* filled */
	/* LOG_QUERY_VISIT shows it each record of filter's time, newest first.
	 * A query thread; false: enough. With ETIMEDOUT it has seen the
	 * newest. */
	bool (*visit)(struct redirect_log_query *query,
		      const struct redirect_log_entry *entry);
	struct redirect_log_stats *stats; /* these three: the caller's */
	struct redirect_log_top *top;
	struct redirect_log_unfollowed *unfollowed;
	/* A query thread, once. err: 0, EIO, ETIMEDOUT (5 s), ECANCELED. */
	void (*done)(struct redirect_log_query *query, int err);
	struct redirect_log_query *next; /* the log's own */
};
/* Any thread; never fails: done says. After the stop it says ECANCELED, and
 * in the caller's thread. */
void redirect_log_submit(struct redirect_log *log,
			 struct redirect_log_query *query);

struct redirect_log_health {
	bool is_up; /* the last write came through */
	uint64_t written, dropped, acks;
	uint64_t used_bytes; /* waiting in the rings */
	size_t broken;	     /* corrupt segments, which queries skip */
	size_t onlookers;    /* open tails */
	int64_t begins_ms;   /* of its oldest record, or when it was opened */
};
/* Any thread. */
struct redirect_log_health redirect_log_health(const struct redirect_log *log);

#endif
