/*
 * query.h - the query string taken apart: percent escapes and '+' decoded, no
 * name twice, at most QUERY_PARAMETERS_MAX. The getters are in http_exchange.h.
 */
#ifndef SIPMOVED_API_QUERY_H
#define SIPMOVED_API_QUERY_H

#include "api/http_exchange.h"

/*
 * memory: raw.len bytes that live as long as the parameters. Returns NULL, or a
 * static sentence that says what is wrong.
 */
const char *query_parse(struct text raw, char *memory,
			struct query_parameter parameters[QUERY_PARAMETERS_MAX],
			size_t *ret_count);

#endif
