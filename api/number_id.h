/*
 * number_id.h - numbered objects as the API names them: three letters, an
 * underscore and 13 digits of Crockford's base32 of the 64-bit number, so that
 * names sort as the numbers do. "log_0CWTYE3ZZB700", "aud_000000000001A".
 */
#ifndef SIPMOVED_API_NUMBER_ID_H
#define SIPMOVED_API_NUMBER_ID_H

#include "base/text.h"

enum {
	NUMBER_ID_DIGITS = 13,
	NUMBER_ID_SIZE = 4 + NUMBER_ID_DIGITS + 1, /* with the NUL */
};

/* prefix: three letters, "log". */
void number_id_format(const char *prefix, int64_t number,
		      char id[NUMBER_ID_SIZE]);
/* EBADMSG: it is none of these; numbers are above 0. */
int number_id_parse(struct text id, const char *prefix, int64_t *ret_number)
	__attribute__((warn_unused_result));

#endif
