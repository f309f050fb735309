/*
 * json_scanner.h - is this text exactly one JSON value, to the letter of
 * RFC 8259 and I-JSON (RFC 7493)? It runs before cJSON, which lets through much
 * that is not. Pure; linear in the input; depth bounded by json_reader.h.
 */
#ifndef SIPMOVED_API_JSON_SCANNER_H
#define SIPMOVED_API_JSON_SCANNER_H

#include "base/text.h"

/* True if it is; else *ret_why (static) says what, and *ret_at at which byte.
 */
bool json_scan(struct text body, const char **ret_why, size_t *ret_at);

#endif
