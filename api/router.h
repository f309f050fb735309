/*
 * router.h - finds a path's rows in the route table.
 */
#ifndef SIPMOVED_API_ROUTER_H
#define SIPMOVED_API_ROUTER_H

#include "api/endpoints.h"
#include "api/http_guard.h"

enum {
	ALLOW_TEXT_SIZE = 64,
};

/* "GET"; NULL-safe on any text: false if it is no method of ours. */
bool http_method_from_text(struct text text, enum http_method *ret_method);
const char *http_method_name(enum http_method method);

struct route {
	unsigned methods; /* bits 1 << enum http_method that the path has;
			   * 0: there is no such path */
	const struct endpoint *endpoint; /* NULL: not with this method */
	char id[PATH_ID_SIZE]; /* the segment for {id}, or those for {path}, a
				* '/' between two; or "" */
};

/* HEAD finds GET's row. OPTIONS finds none. */
struct route router_find(const struct endpoint *table, size_t count,
			 const struct http_target *target,
			 enum http_method method);
/* "GET, HEAD, POST, OPTIONS" */
void router_allow_text(unsigned methods, char text[ALLOW_TEXT_SIZE]);

#endif
