/*
 * http_exchange.h - one request and its answer, as a resource sees it: no
 * <microhttpd.h> here. One of the two files that wrap the library
 * (http_listener is the other).
 *
 * Life: the listener makes it, the guard, route and authorisation fill it, a
 * handler runs on the "http" thread. A handler either answers at once
 * (exchange_answer..., problem_...) or hands a job to the store or the log and
 * returns: the connection is suspended, and `resumed` runs on the "http" thread
 * when exchange_resume() was called from whichever thread did the job.
 * What a handler allocates hangs on `state` and is freed by `state_free`, once,
 * when the exchange ends, even if the client left meanwhile.
 */
#ifndef SIPMOVED_API_HTTP_EXCHANGE_H
#define SIPMOVED_API_HTTP_EXCHANGE_H

#include "api/json_writer.h"
#include "db/changes.h"
#include "db/fault.h"
#include "db/redirect_log.h"
#include "db/snapshot.h"
#include "db/store.h"

struct api;	     /* api.h */
struct api_config;   /* api.h */
struct http_wire;    /* http_listener's own */
struct password_job; /* password_hasher.h */

enum http_method {
	HTTP_GET,
	HTTP_HEAD, /* a handler sees HTTP_GET */
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_OPTIONS,
};

enum {
	QUERY_PARAMETERS_MAX = 50,
	QUERY_KNOWN_MAX = 24,
	REQUEST_ID_SIZE = 65,
	PATH_ID_SIZE = 64,
	LAST_EVENT_ID_SIZE = 32,
};

struct query_parameter {
	struct text name, value; /* decoded */
	bool used; /* asked for by query_...; the rest are FAULT_UNKNOWN_... */
};

/* Who asks. */
struct principal {
	char name[64];	  /* of token or user; "root" on the local socket */
	const char *kind; /* "token", "local", "session" */
	char peer[64];	  /* "127.0.0.1", "unix" */
	uint32_t scopes;  /* enum token_scope */
	char role[16];	  /* "admin", "operator", "helpdesk", "user" ... */
	char token_id[TOKEN_PUBLIC_ID_LEN + 1]; /* of a token; else "" */
	/* Of a user who sees only what is their own; else "". */
	char owner_id[OBJECT_ID_SIZE];
	/* Of a user who is logged in, or whose own the token is; else "". */
	char user_id[OBJECT_ID_SIZE], session_id[OBJECT_ID_SIZE];
	unsigned char session_sha256[32]; /* of the cookie that opened it */
};

struct exchange {
	struct api *api;
	enum http_method method;
	char path_id[PATH_ID_SIZE]; /* {id} of the route, or "" */
	struct query_parameter query[QUERY_PARAMETERS_MAX];
	size_t query_count;
	const char *query_known[QUERY_KNOWN_MAX]; /* names asked for */
	size_t query_known_count;
	struct text body; /* whole; empty if none */
	/* Of the endpoint's media (endpoints.h): what the body is, and what the
	 * client likes best. NULL: JSON alone is spoken. */
	const char *body_type, *answer_type;
	char if_match[72], if_none_match[72];	/* raw header; "" if none */
	char last_event_id[LAST_EVENT_ID_SIZE]; /* the same; cut if longer */
	char request_id[REQUEST_ID_SIZE];
	struct principal principal;
	const struct snapshot *snapshot; /* adopted for this request */
	int64_t now_ms;

	/* A job under way. `job` is the store's; `err` and `revision` are what
	 * its done was told. */
	struct store_job job;
	struct redirect_log_query log_query;
	int err;
	int64_t revision;
	void (*resumed)(struct exchange *exchange);
	void *state;
	void (*state_free)(void *state);
	struct faults faults; /* cleared with the exchange */
	struct http_wire *wire;
};

/* What api_start() was given: the simulation, the log. */
const struct api_config *exchange_config(const struct exchange *exchange);

/* --- answering (http thread, exactly once) ------------------------------ */

/* Takes the writer's buffer. etag_revision 0: no ETag. location NULL: none. */
void exchange_answer_json(struct exchange *exchange, unsigned status,
			  struct json_writer *writer, int64_t etag_revision,
			  const char *location);
void exchange_answer_empty(struct exchange *exchange, unsigned status);
/* 500, for when there is no memory to say more: takes none. */
void exchange_answer_last_resort(struct exchange *exchange);
/* text is copied. */
void exchange_answer_text(struct exchange *exchange, unsigned status,
			  const char *content_type, struct text text);
/* 200; packed is the same by gzip, for who takes it (empty: none). Copied. */
void exchange_answer_file(struct exchange *exchange, const char *content_type,
			  struct text bytes, struct text packed);
/* Adds a header to the answer that will be made; before the answer. */
void exchange_add_header(struct exchange *exchange, const char *name,
			 const char *value);

/* Of a body that was read and held a secret. */
void exchange_wipe_body(struct exchange *exchange);

/* --- jobs ---------------------------------------------------------------- */

/*
 * Of a POST with an Idempotency-Key (idempotency.h), `resumed` runs on the
 * store's thread, before the commit, over a copy with neither snapshot nor
 * query: what it answers comes from `state`. If it begins another job there,
 * nothing happens: it runs once more after the commit, and the answer that is
 * kept is that job's.
 *
 * Sends exchange->job (its run set by the caller; `actor` is set for it) to the
 * store and suspends; `resumed` then sees err and revision. In run, the
 * exchange is exchange_of_job(job). */
void exchange_run_job(struct exchange *exchange, enum store_job_kind kind,
		      int (*run)(struct changes *changes,
				 struct store_job *job),
		      void (*resumed)(struct exchange *exchange));
struct exchange *exchange_of_job(struct store_job *job);
/* The same for exchange->log_query. */
void exchange_run_log_query(struct exchange *exchange,
			    void (*resumed)(struct exchange *exchange));

/* The same for a password; the job lives as long as `state`. err is EAGAIN if
 * too many wait already. */
void exchange_run_password(struct exchange *exchange, struct password_job *job,
			   void (*resumed)(struct exchange *exchange));

/* --- the query string ------------------------------------------------------
 */

/* The value; false if it was not given. */
bool query_text(struct exchange *exchange, const char *name,
		struct text *ret_value);
/* Notes a fault for what is not in [minimum, maximum]. */
bool query_integer(struct exchange *exchange, const char *name, int64_t minimum,
		   int64_t maximum, int64_t *ret_value);
bool query_time(struct exchange *exchange, const char *name,
		int64_t *ret_time_ms);
bool query_bool(struct exchange *exchange, const char *name, bool *ret_value);
/* Notes FAULT_UNKNOWN_PARAMETER for what nothing asked for; the detail lists
 * what was asked for (names in static memory). */
void query_end(struct exchange *exchange);

/* limit: default 50, more than 1000 reads as 1000, 0 or less is a fault. */
size_t query_limit(struct exchange *exchange);

/* --- conditions ------------------------------------------------------------
 */

/* If-Match: 0 if none was sent (or "*"), else the revision. False: a problem
 * was answered (400 for what is no ETag of ours). */
bool exchange_if_match(struct exchange *exchange, int64_t *ret_revision);
/* For a document of settings that a PUT replaces whole. False: it is missing,
 * and 428 was answered. */
bool exchange_demand_if_match(struct exchange *exchange);
/* True if If-None-Match names this revision: 304 was answered. */
bool exchange_not_modified(struct exchange *exchange, int64_t revision);
/* The same in steps, for what has another tag than a revision's: "r17.5",
 * without quotes. Does If-None-Match name it? */
bool exchange_has_tag(const struct exchange *exchange, const char *tag);
/* 304. */
void exchange_answer_known(struct exchange *exchange, const char *tag);
/* Before the answer: the ETag, and what goes with one. */
void exchange_put_tag(struct exchange *exchange, const char *tag);

#endif
