/*
 * asset.h - a file that the program carries inside, as an answer: its content
 * type by its name, and an ETag from its bytes.
 */
#ifndef SIPMOVED_API_ASSET_H
#define SIPMOVED_API_ASSET_H

#include "api/http_exchange.h"
#include "base/embedded.h"

/* NULL: there is none of that name. */
const struct embedded_file *asset_find(const struct embedded_file *files,
				       size_t count, struct text name);
/* 200, or 304 to who has it; 400 to a query, as files take no parameters. */
void asset_answer(struct exchange *exchange, const struct embedded_file *file);

#endif
