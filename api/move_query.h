/*
 * move_query.h - which moves a query string asks for: the same for a list and
 * for an export.
 */
#ifndef SIPMOVED_API_MOVE_QUERY_H
#define SIPMOVED_API_MOVE_QUERY_H

#include "api/http_exchange.h"

/* The filter views the texts beside it. */
struct move_query {
	struct move_filter filter;
	char address[MOVE_ADDRESS_MAX + 1];
	char at_domain[DOMAIN_NAME_MAX + 2];
};

/* All of the filter but order, keyset and limit. What is wrong is noted. */
void move_query_read(struct exchange *exchange, struct move_query *query);

#endif
