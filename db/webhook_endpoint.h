/*
 * webhook_endpoint.h - who is told of events: a URL, which events, and what
 * their messages are signed with. What it holds of secrets is never shown but
 * when it is made.
 *
 * Functions run inside a store job, like all of changes.h.
 */
#ifndef SIPMOVED_DB_WEBHOOK_ENDPOINT_H
#define SIPMOVED_DB_WEBHOOK_ENDPOINT_H

#include "db/changes.h"
#include "db/webhook_event.h"

enum {
	WEBHOOK_ENDPOINTS_MAX = 64,
	WEBHOOK_URL_MAX = 1023,
	WEBHOOK_DESCRIPTION_MAX = 255,
	WEBHOOK_CA_MAX = 16 * 1024, /* bytes of PEM */
	WEBHOOK_SECRET_LEN = 32,
	WEBHOOK_SEED_LEN = 32, /* Ed25519 */
	WEBHOOK_OLD_SECRET_MS = 24 * 3600 * 1000,
	/* Failures in a row after which one message at a time is sent. */
	WEBHOOK_CIRCUIT_FAILURES = 5,
};

enum webhook_disabled {
	WEBHOOK_NOT_DISABLED,
	WEBHOOK_DISABLED_BY_REQUEST,
	WEBHOOK_DISABLED_GONE,	  /* it answered 410 */
	WEBHOOK_DISABLED_FAILING, /* for days */
};

struct webhook_endpoint {
	int64_t row_id;
	char id[OBJECT_ID_SIZE];
	char url[WEBHOOK_URL_MAX + 1];
	char description[WEBHOOK_DESCRIPTION_MAX + 1];
	char events[WEBHOOK_PATTERNS_SIZE]; /* patterns, blanks between */
	bool enabled;			    /* if not, nothing is kept for it */
	bool paused; /* what comes is kept, and sent later */
	enum webhook_disabled disabled_reason;
	unsigned char secret[WEBHOOK_SECRET_LEN];
	unsigned char old_secret[WEBHOOK_SECRET_LEN]; /* until old_until_ms */
	int64_t old_until_ms;			      /* 0: there is none */
	bool signs_ed25519;
	unsigned char signing_seed[WEBHOOK_SEED_LEN]; /* if it does */
	char *ca_pem;		  /* owned; NULL: the system's */
	bool lacks_memory;	  /* for ca_pem, when it was read */
	uint32_t failures;	  /* in a row */
	int64_t failing_since_ms; /* 0: it is not */
	int64_t probe_at_ms;	  /* with many failures: not before */
	int64_t created_at_ms, updated_at_ms;
	int64_t revision;
};

/* Wipes it, and frees what it owns. */
void webhook_endpoint_clear(struct webhook_endpoint *endpoint);
const char *webhook_disabled_name(enum webhook_disabled reason);

/* With new secrets. E2BIG there are WEBHOOK_ENDPOINTS_MAX. Its values were
 * checked. */
int webhook_endpoint_create(struct changes *changes,
			    struct webhook_endpoint *endpoint)
	__attribute__((warn_unused_result));
/* All members but secrets; one that is enabled again has a clean record. With a
 * disabled one goes what waits for it. ENOENT, ESTALE. */
int webhook_endpoint_update(struct changes *changes,
			    struct webhook_endpoint *endpoint,
			    int64_t if_revision)
	__attribute__((warn_unused_result));
/* With its deliveries. ENOENT, ESTALE. */
int webhook_endpoint_delete(struct changes *changes, struct text id,
			    int64_t if_revision)
	__attribute__((warn_unused_result));
/* The secret in it takes the place of the stored one, which signs beside it for
 * 24 hours. */
int webhook_endpoint_rotate(struct changes *changes,
			    struct webhook_endpoint *endpoint)
	__attribute__((warn_unused_result));
/* ENOENT. The caller clears it. */
int webhook_endpoint_get(struct changes *changes, struct text id,
			 struct webhook_endpoint *ret_endpoint)
	__attribute__((warn_unused_result));
/* By id, after an id. The caller clears each. */
int webhook_endpoint_list(struct changes *changes, const char *after_id,
			  size_t limit, struct webhook_endpoint *endpoints,
			  size_t *ret_count, bool *ret_more)
	__attribute__((warn_unused_result));

#endif
