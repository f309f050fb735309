/*
 * utf8.h - what is well-formed UTF-8 (RFC 3629): no overlong form, no
 * surrogate, nothing above U+10FFFF. Any thread.
 */
#ifndef SIPMOVED_BASE_UTF8_H
#define SIPMOVED_BASE_UTF8_H

#include "base/text.h"

/* Bytes of the first character, 1 to 4; 0 if it is not well-formed. */
size_t utf8_length(struct text text);
bool utf8_is_valid(struct text text);
/* Well-formed, and without C0, DEL and C1 control characters. */
bool utf8_is_printable(struct text text);

#endif
