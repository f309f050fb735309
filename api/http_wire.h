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

#include <stdatomic.h>

struct MHD_Connection;
struct owned_addresses; /* db/ownership.h */

enum {
	HTTP_ANSWER_HEADERS_MAX = 24,
};

struct http_answer_header {
	char *name, *value; /* one allocation, at name */
};

struct http_answer {
	bool made;
	bool closes; /* the connection ends behind it */
	unsigned status;
	char *body; /* owned; NULL if empty */
	size_t body_len;
	struct http_answer_header headers[HTTP_ANSWER_HEADERS_MAX];
	size_t header_count;
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
	char *target; /* raw, as received; owned */
	char *query_memory;
	char *body;
	size_t body_size;
	size_t body_discarded; /* bytes of a body that was too large */
	int64_t started_us;
	/* Where the raw target ends in the library's buffer; to compare only.
	 */
	const char *target_end;
	struct http_connection *connection;
	bool waits; /* a job was begun: no answer is due yet */
	int (*run)(struct changes *changes, struct store_job *job);
	struct owned_addresses *owned; /* that a log query is held to */

	/* Guarded by the api's jobs_lock. */
	struct MHD_Connection *library; /* NULL once the request is over */
	bool is_suspended;
	bool has_job;
	struct exchange *next_job, *previous_job;

	atomic_int owners;
};

/* NULL for want of memory. target is copied. */
struct exchange *exchange_new(struct api *api, const char *target);
void exchange_unref(struct exchange *exchange);

/* The request is over for the library: sent, or the client left. */
void exchange_end(struct exchange *exchange);
/* True while a job of this exchange is under way. */
bool exchange_has_job(struct exchange *exchange);
/* At stop: makes every suspended connection go on, job done or not. */
void exchange_resume_all(struct api *api);

/* 0, EMSGSIZE (larger than the endpoint takes), ENOMEM. */
int exchange_add_body(struct exchange *exchange, struct text part);

/* Sets a header, in place of an earlier one of that name. */
void exchange_set_header(struct exchange *exchange, const char *name,
			 const char *value);
const char *exchange_header(const struct exchange *exchange, const char *name);

#endif
