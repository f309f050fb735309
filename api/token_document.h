/*
 * token_document.h - a token as JSON. Its secret is not in it: POST alone hands
 * the text out, once.
 */
#ifndef SIPMOVED_API_TOKEN_DOCUMENT_H
#define SIPMOVED_API_TOKEN_DOCUMENT_H

#include "api/json_writer.h"
#include "db/token.h"

/* text: what opens the API, or NULL. */
void token_document_write(struct json_writer *writer, const struct token *token,
			  const char *text, int64_t now_ms);

#endif
