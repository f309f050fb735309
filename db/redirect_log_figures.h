/*
 * redirect_log_figures.h - what the redirect log says of many records at once:
 * counts over time, which texts come most often, and who seems not to follow a
 * redirect. Plain values; arrays are the caller's.
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_FIGURES_H
#define SIPMOVED_DB_REDIRECT_LOG_FIGURES_H

#include "db/redirect_log_record.h"

enum {
	LOG_STATS_BUCKETS_MAX = 2500,
	LOG_STATS_VALUES_MAX = 48, /* statuses, or reasons, that occur */
	LOG_TOP_MAX = 100,
	LOG_UNFOLLOWED_MAX = 500,
	LOG_EXAMPLES_MAX = 5,
};

/* --- counts over time ----------------------------------------------------- */

enum redirect_log_group {
	LOG_GROUP_NONE,
	LOG_GROUP_STATUS,
	LOG_GROUP_REASON,
};

/* Whole minutes: from_ms, until_ms and bucket_ms are multiples of 60,000. Reads
 * the counts that segments keep, and no record. */
struct redirect_log_stats {
	int64_t from_ms, until_ms; /* half-open */
	int64_t bucket_ms;
	enum redirect_log_group group;
	size_t bucket_count; /* 1..LOG_STATS_BUCKETS_MAX */
	/* Filled: values in order of their appearance, one 0 without group;
	 * calls[bucket * LOG_STATS_VALUES_MAX + value]. */
	uint16_t values[LOG_STATS_VALUES_MAX];
	size_t value_count;
	uint64_t *calls; /* the caller's, zeros, for all buckets */
};

/* --- what comes most often ------------------------------------------------ */

enum redirect_log_top_of {
	LOG_TOP_ADDRESS,
	LOG_TOP_SOURCE, /* the host, without the port */
	LOG_TOP_USER_AGENT,
	LOG_TOP_TARGET, /* the first one sent */
	LOG_TOPS,
};

struct redirect_log_top_row {
	char text[LOG_TEXT_MAX + 1];
	uint64_t calls;
};

/* Reads every record of the window. */
struct redirect_log_top {
	int64_t from_ms, until_ms;
	enum redirect_log_top_of of;
	size_t limit;			   /* 1..LOG_TOP_MAX */
	struct redirect_log_top_row *rows; /* the caller's, limit of them */
	size_t count;			   /* filled; most calls first */
	uint64_t calls;			   /* filled: all of the window */
	/* Filled. Not: there were more texts than are counted at a time, and
	 * each may have had up to calls / 65,536 more. */
	bool is_exact;
};

/* --- who does not follow -------------------------------------------------- */

/* One source host and user agent. */
struct redirect_log_unfollowed_row {
	char source[LOG_SOURCE_MAX + 1];
	char user_agent[LOG_TEXT_MAX + 1];
	uint64_t redirected;	 /* INVITEs answered with 3xx */
	uint64_t called_again;	 /* of those: the same caller called the same
				  * address again within a minute */
	uint64_t unacknowledged; /* of those: no ACK came */
	uint64_t unfollowed;	 /* of those: either */
	int64_t last_at_ms;	 /* an unfollowed one */
	int64_t examples[LOG_EXAMPLES_MAX]; /* ids of unfollowed ones */
	size_t example_count;
};

/* Reads every record of the window. */
struct redirect_log_unfollowed {
	int64_t from_ms, until_ms;
	int64_t now_ms; /* an ACK is waited for until 32 s after the call */
	size_t limit;	/* 1..LOG_UNFOLLOWED_MAX */
	struct redirect_log_unfollowed_row *rows; /* the caller's */
	size_t count;	     /* filled; most unfollowed ones first */
	uint64_t redirected; /* filled: of all sources */
	uint64_t unfollowed; /* filled */
	bool is_exact;	     /* filled; see redirect_log_top */
};

#endif
