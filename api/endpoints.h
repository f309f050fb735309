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
};

struct endpoint {
	enum http_method method;
	const char *path; /* "/v1/moves/{id}"; {id} is one segment */
	uint32_t scope;	  /* enum token_scope; 0: open to all */
	enum endpoint_body body;
	size_t body_max_bytes;
	void (*handle)(struct exchange *exchange);
};

extern const struct endpoint endpoints[];
extern const size_t endpoint_count;

#endif
