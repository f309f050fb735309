/*
 * http_wire.h - what the HTTP side keeps of an exchange besides what resources
 * see: how far it has come, and the answer until the library takes it.
 * Inside the http_ files, api.c and cursor.c only; no <microhttpd.h>.
 *
 * An exchange has two owners: the connection, until the library says that the
 * request is over, and a job, until its `done`. The last one frees it, so a
 * client that leaves during a job does no harm.
 */
#ifndef SIPMOVED_API_HTTP_WIRE_H
#define SIPMOVED_API_HTTP_WIRE_H

#include "api/endpoints.h"
#include "api/http_connections.h"
#include "api/http_stream.h"
#include "api/rate_limit.h"

#include <stdatomic.h>

struct MHD_Connection;
struct owned_addresses; /* db/ownership.h */
struct http_head;	/* http_guard.h */

enum {
	HTTP_ANSWER_HEADERS_MAX = 32,
	IDEMPOTENCY_ID_SIZE = 32,
	IDEMPOTENCY_PRINT_SIZE = 32,
	TRACE_ID_SIZE = 33,
};

struct http_answer_header {
	char *name, *value; /* one allocation, at name */
};

enum {
	HTTP_LAST_RESORT_SIZE = 320,
};

struct http_answer {
	bool made;
	bool closes; /* the connection ends behind it */
	unsigned status;
	char *body; /* owned; NULL if empty */
	size_t body_len;
	/* "": none; or what goes out in place of a body that there was no
	 * memory for. */
	char last_resort[HTTP_LAST_RESORT_SIZE];
	struct http_answer_header headers[HTTP_ANSWER_HEADERS_MAX];
	size_t header_count;
};

/* idempotency.h; nothing is asked for unless is_asked. */
struct http_idempotency {
	bool is_asked;
	unsigned char id[IDEMPOTENCY_ID_SIZE];	     /* of the row */
	unsigned char seal[IDEMPOTENCY_ID_SIZE];     /* opens what it holds */
	unsigned char print[IDEMPOTENCY_PRINT_SIZE]; /* of the request */
	/* The job's, until it is done. */
	bool is_other, is_replayed;
	struct http_answer answer; /* kept, or to be */
	/* Guarded by the api's jobs_lock. */
	bool is_listed;
	struct exchange *next;
};

enum http_stage {
	HTTP_STAGE_HEAD,    /* nothing but the request line was seen */
	HTTP_STAGE_BODY,    /* the head is fine; the body is being collected */
	HTTP_STAGE_HANDLED, /* the handler ran: it answered or has a job */
	HTTP_STAGE_OVER,    /* the answer was handed to the library */
};

struct http_wire {
	struct http_answer answer;
	enum http_stage stage;
	const struct endpoint *endpoint;
	/* While the head is judged, and a BODY_STREAM's handler runs. */
	const struct http_head *head;
	bool is_head; /* a handler sees GET */
	char *target; /* raw, as received; owned */
	char *query_memory;
	char *body;
	size_t body_size;
	size_t streamed;       /* bytes that a sink has taken */
	size_t body_discarded; /* bytes of a body that was too large */
	int64_t started_us;
	/* Where the raw target ends in the library's buffer; to compare only.
	 */
	const char *target_end;
	struct http_connection *connection;
	bool waits; /* a job was begun: no answer is due yet */
	/* http_stream.c's: a body or an answer is passing through. */
	bool streams, was_paused;
	struct http_sink sink;	   /* no `take`: the body is collected */
	struct http_source source; /* no `read`: the answer is in memory */
	int (*run)(struct changes *changes, struct store_job *job);
	struct http_idempotency idempotency;
	/* A copy that only shows what would be answered: no job is begun. */
	bool is_rehearsal;
	struct rate_verdict rate; /* http_quota.h */
	/* http_wishes.h: what the client would like. */
	const char *origin;	      /* one of the configuration's, or NULL */
	char trace_id[TRACE_ID_SIZE]; /* "" if none */
	bool takes_gzip, wants_minimal;
	struct owned_addresses *owned; /* that a log query is held to */

	/* Guarded by the api's jobs_lock. */
	struct MHD_Connection *library; /* NULL once the request is over */
	bool is_suspended;
	bool has_job;
	bool is_woken;	     /* since it was last asked for a piece */
	int64_t wake_due_us; /* suspended no longer than that; 0: no end */
	struct exchange *next_job, *previous_job;

	atomic_int owners;
};

/* NULL for want of memory. target is copied. */
struct exchange *exchange_new(struct api *api, const char *target);
void exchange_unref(struct exchange *exchange);

/* The request is over for the library: sent, or the client left. */
void exchange_end(struct exchange *exchange);
/* Suspends it as for a job, until somebody ends that: watch.c. */
void exchange_begin_wait(struct exchange *exchange,
			 void (*resumed)(struct exchange *exchange));
void exchange_end_wait(struct exchange *exchange);
/* True while a job of this exchange is under way. */
bool exchange_has_job(struct exchange *exchange);
/* Suspends a connection that streams, until it is woken. */
enum exchange_pause {
	EXCHANGE_PAUSED,
	EXCHANGE_WOKEN, /* not suspended: it was woken meanwhile */
	EXCHANGE_STOPS, /* not suspended: the server stops */
};
enum exchange_pause exchange_pause(struct exchange *exchange,
				   int64_t wake_after_us);
/* Those whose wake_due_us is over; at INT64_MAX, all that stream. */
void exchange_wake_due(struct api *api, int64_t now_us);
/* At stop: makes every suspended connection go on, job done or not. */
void exchange_resume_all(struct api *api);

/* 0, EMSGSIZE (larger than the endpoint takes), ENOMEM. */
int exchange_add_body(struct exchange *exchange, struct text part);

/* Sets a header, in place of an earlier one of that name. */
void exchange_set_header(struct exchange *exchange, const char *name,
			 const char *value);
void exchange_remove_header(struct exchange *exchange, const char *name);
const char *exchange_header(const struct exchange *exchange, const char *name);
/* Moves an answer that was made elsewhere into the exchange's. */
void exchange_give_answer(struct exchange *exchange,
			  struct http_answer *answer);
/* For want of memory a header is left out. */
void http_answer_add_header(struct http_answer *answer, const char *name,
			    const char *value);
void http_answer_clear(struct http_answer *answer);

#endif
