/*
 * endpoints.h - the route table: one row an operation. Dispatch, 405 with
 * Allow, OPTIONS, authorisation and the checks against api/openapi.yaml all
 * walk it.
 */
#ifndef SIPMOVED_API_ENDPOINTS_H
#define SIPMOVED_API_ENDPOINTS_H

#include "api/http_exchange.h"

enum endpoint_body {
	BODY_NONE,
	BODY_JSON,	  /* application/json */
	BODY_MERGE_PATCH, /* application/merge-patch+json, or application/json
			   */
	BODY_STREAM,	  /* what the endpoint's media reads; http_stream.h */
};

struct endpoint {
	enum http_method method;
	const char *path; /* "/v1/moves/{id}"; {id} is one segment */
	uint32_t scope;	  /* enum token_scope; 0: open to all */
	enum endpoint_body body;
	size_t body_max_bytes;
	void (*handle)(struct exchange *exchange);
};

enum {
	ENDPOINT_TYPES_MAX = 5,
};

/* What an operation reads and answers, where that is not JSON alone: its types
 * in order of preference, ended by NULL. None: JSON. */
struct endpoint_media {
	void (*handle)(struct exchange *exchange);
	const char *reads[ENDPOINT_TYPES_MAX]; /* BODY_STREAM alone */
	const char *answers[ENDPOINT_TYPES_MAX];
};

extern const struct endpoint_media endpoint_media[];
extern const size_t endpoint_media_count;

/* Does its answer tell something once, a token or a cookie? Then it is neither
 * compressed (BREACH) nor left out, nor kept for whoever sends no token. */
bool endpoint_tells_secret(const struct endpoint *endpoint);

extern const struct endpoint endpoints[];
extern const size_t endpoint_count;

#endif
