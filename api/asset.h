/*
 * asset.h - a file that the program carries inside, as an answer: its content
 * type by its name, and an ETag from its bytes.
 */
#ifndef SIPMOVED_API_ASSET_H
#define SIPMOVED_API_ASSET_H

#include "api/http_exchange.h"
#include "base/embedded.h"

/* A view: whoever has the bytes keeps them until it was answered. */
struct asset {
	struct text name; /* "pages/moves.js" */
	struct text bytes;
	struct text packed; /* the same by gzip; empty: there is no twin */
};

/* False: there is none of that name; a twin is not found by its own. */
bool asset_find(const struct embedded_file *files, size_t count,
		struct text name, struct asset *ret_asset);
/* 200, or 304 to who has it; 400 to a query, as files take no parameters. It is
 * asked for again each time, unless a Cache-Control was added before. */
void asset_answer(struct exchange *exchange, const struct asset *asset);

#endif
