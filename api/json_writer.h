/*
 * json_writer.h - JSON out, into a buffer that grows. Strings are stored bytes:
 * what is not UTF-8 is replaced by U+FFFD, controls are escaped. After a
 * failed allocation nothing more is written and json_writer_finish() says
 * ENOMEM, so that a run of writes needs one check.
 */
#ifndef SIPMOVED_API_JSON_WRITER_H
#define SIPMOVED_API_JSON_WRITER_H

#include "base/text.h"

struct json_writer {
	char *buffer; /* owned */
	size_t len;
	size_t size;
	bool failed;
	bool needs_comma;
};

/* A zeroed writer is empty and ready. name NULL: an array element, or the
 * top level. */
void json_open_object(struct json_writer *writer, const char *name);
void json_close_object(struct json_writer *writer);
void json_open_array(struct json_writer *writer, const char *name);
void json_close_array(struct json_writer *writer);
void json_put_string(struct json_writer *writer, const char *name,
		     struct text value);
/* "" becomes null. */
void json_put_string_or_null(struct json_writer *writer, const char *name,
			     struct text value);
void json_put_integer(struct json_writer *writer, const char *name,
		      int64_t value);
/* A 64-bit number as a string, as JSON numbers lose digits beyond 2^53. */
void json_put_i64_string(struct json_writer *writer, const char *name,
			 int64_t value);
void json_put_permille(struct json_writer *writer, const char *name,
		       unsigned permille); /* 500 -> 0.5, 1000 -> 1.0 */
void json_put_bool(struct json_writer *writer, const char *name, bool value);
void json_put_null(struct json_writer *writer, const char *name);
/* JSON already, and sound: what SQLite's json_object() made. */
void json_put_json(struct json_writer *writer, const char *name,
		   struct text json);
/* RFC 3339, UTC, milliseconds. */
void json_put_time_ms(struct json_writer *writer, const char *name,
		      int64_t time_ms);

/* Behind a document at the top level: another may follow (NDJSON). */
void json_end_line(struct json_writer *writer);

/* Hands the buffer over (free()). ENOMEM: nothing is handed over. */
int json_writer_finish(struct json_writer *writer, char **ret_buffer,
		       size_t *ret_len) __attribute__((warn_unused_result));
void json_writer_clear(struct json_writer *writer);

#endif
