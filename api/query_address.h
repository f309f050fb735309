/*
 * query_address.h - query parameters that name an address, a domain or one of a
 * list of words; kept under the canonical form that the tables know.
 */
#ifndef SIPMOVED_API_QUERY_ADDRESS_H
#define SIPMOVED_API_QUERY_ADDRESS_H

#include "api/http_exchange.h"

/* Both leave buffer "" if the parameter was not given or is faulty. */
void query_address(struct exchange *exchange, const char *name, char *buffer,
		   size_t size);
void query_domain(struct exchange *exchange, const char *name, char *buffer,
		  size_t size);

/* The next word of "a,b,c", blanks not trimmed; false at the end. *list starts
 * as the whole and is moved on. */
bool comma_list_next(struct text *list, struct text *ret_word);

#endif
