/*
 * calendar_subscription.h - a calendar on the web that says where a user's
 * calls go: read again and again, by calendar_poll.h. Its URL is a secret, as
 * whoever knows it reads the calendar: it is never shown, logged or audited but
 * for the host. A plain value.
 *
 * Functions run inside a store job, with the rules and errors of changes.h. Who
 * is held to what they own (ownership.h) has, sees and changes their own alone.
 */
#ifndef SIPMOVED_DB_CALENDAR_SUBSCRIPTION_H
#define SIPMOVED_DB_CALENDAR_SUBSCRIPTION_H

#include "db/changes.h"

enum {
	CALENDAR_URL_MAX = 1023,
	CALENDAR_NAME_MAX = 60,
	CALENDAR_SUBSCRIPTIONS_MAX = 5, /* of one user */
	CALENDAR_INTERVAL_MIN_S = 300,
	CALENDAR_INTERVAL_MAX_S = 86400,
	CALENDAR_INTERVAL_DEFAULT_S = 3600,
	CALENDAR_FAILURES_MAX = 10, /* in a row; then it is disabled */
	CALENDAR_ETAG_MAX = 255,
	CALENDAR_DATE_MAX = 63,	     /* of Last-Modified */
	CALENDAR_ERROR_MAX = 255,    /* of last_error */
	CALENDAR_ERRORS_SIZE = 8192, /* of the JSON of errors */
};

/* On disk. */
enum calendar_disabled {
	CALENDAR_NOT_DISABLED,
	CALENDAR_DISABLED_BY_REQUEST,
	CALENDAR_DISABLED_GONE,	   /* it answered 410 */
	CALENDAR_DISABLED_FAILING, /* CALENDAR_FAILURES_MAX times in a row */
};

/* What became of the events of a calendar. */
struct calendar_counts {
	uint32_t created, updated, cancelled, unchanged;
	uint32_t skipped; /* over, or leading nowhere */
	uint32_t failed;
};

struct calendar_subscription {
	int64_t row_id;
	char id[OBJECT_ID_SIZE];      /* "cal_..." */
	char user_id[OBJECT_ID_SIZE]; /* whose it is; never changes */
	char name[CALENDAR_NAME_MAX + 1];
	char url[CALENDAR_URL_MAX + 1];
	char address[MOVE_ADDRESS_MAX + 1];	/* "": the user's only one */
	char target[MOVE_URI_MAX + 1];		/* "": events say it */
	char time_zone[MOVE_TIME_ZONE_MAX + 1]; /* "": the user's */
	unsigned on_conflict;			/* enum inbound_on_conflict */
	int64_t interval_s;
	bool enabled;
	enum calendar_disabled disabled_reason;

	/* Kept by what reads it. */
	int64_t next_poll_at_ms;
	char etag[CALENDAR_ETAG_MAX + 1];
	char last_modified[CALENDAR_DATE_MAX + 1];
	int64_t last_poll_at_ms, last_success_at_ms; /* 0: never */
	int last_status;			 /* 0: there was no answer */
	char last_error[CALENDAR_ERROR_MAX + 1]; /* "": none */
	int64_t failures;			 /* in a row */
	struct calendar_counts counts;
	char errors[CALENDAR_ERRORS_SIZE]; /* a JSON list */

	int64_t created_at_ms, updated_at_ms;
	int64_t revision;
};

const char *calendar_disabled_name(enum calendar_disabled reason); /* or "" */

/* For who is held to their own, user_id is theirs, whatever it says. It is read
 * at once. EINVAL see faults. */
int calendar_subscription_create(struct changes *changes,
				 struct calendar_subscription *subscription,
				 struct faults *faults)
	__attribute__((warn_unused_result));
/* All members above. It is read at once, with a clean record. ENOENT, ESTALE;
 * EINVAL see faults. */
int calendar_subscription_update(struct changes *changes,
				 struct calendar_subscription *subscription,
				 int64_t if_revision, struct faults *faults)
	__attribute__((warn_unused_result));
/* Its moves stay. ENOENT, ESTALE. */
int calendar_subscription_delete(struct changes *changes, struct text id,
				 int64_t if_revision)
	__attribute__((warn_unused_result));
/* ENOENT */
int calendar_subscription_get(struct changes *changes, struct text id,
			      struct calendar_subscription *ret_subscription)
	__attribute__((warn_unused_result));
/* By id, after an id; user_id "": of any user. */
int calendar_subscription_list(struct changes *changes, const char *user_id,
			       const char *after_id, size_t limit,
			       struct calendar_subscription *subscriptions,
			       size_t *ret_count, bool *ret_more)
	__attribute__((warn_unused_result));
/* To be read now, not when its time comes. ENOENT, or ECANCELED: it is
 * disabled. */
int calendar_subscription_refresh(
	struct changes *changes, struct text id,
	struct calendar_subscription *ret_subscription)
	__attribute__((warn_unused_result));

/* The user's, as what they say is another thing now: their addresses or their
 * time zone have changed. */
int calendar_subscriptions_read_anew(struct changes *changes,
				     int64_t user_row_id)
	__attribute__((warn_unused_result));

/* By itself, in place of being read. */
int calendar_subscription_disable(struct changes *changes,
				  struct calendar_subscription *subscription,
				  enum calendar_disabled reason)
	__attribute__((warn_unused_result));

#endif
