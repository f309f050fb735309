/*
 * log_id.h - redirect log records as the API names them: "log_" and 13 digits
 * of Crockford's base32 of the 64-bit id, so that they sort as the ids do.
 */
#ifndef SIPMOVED_API_LOG_ID_H
#define SIPMOVED_API_LOG_ID_H

#include "api/number_id.h"

enum {
	LOG_ID_SIZE = NUMBER_ID_SIZE, /* with the NUL */
};

void log_id_format(int64_t id, char text[LOG_ID_SIZE]);
/* EBADMSG: it is no id of a record; ids are above 0. */
int log_id_parse(struct text text, int64_t *ret_id)
	__attribute__((warn_unused_result));

#endif
