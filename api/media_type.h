/*
 * media_type.h - what Content-Type says a body is, and whether Accept allows an
 * answer (RFC 9110 8.3, 12.5.1). Pure functions.
 */
#ifndef SIPMOVED_API_MEDIA_TYPE_H
#define SIPMOVED_API_MEDIA_TYPE_H

#include "base/text.h"

/* Is the field's value this type, with no parameter but charset=utf-8? */
bool media_type_is(struct text content_type, struct text type);
/* The Accept field's value; type: "application/json". */
bool media_type_is_accepted(struct text accept, struct text type);
/* How much it is liked: 0 (not at all) to 1000. */
int media_type_weight_permille(struct text accept, struct text type);

#endif
