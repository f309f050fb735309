/*
 * json_value.h - any value of a document, whatever its shape: what somebody
 * else's system sends. json_reader.h is for documents whose members we know.
 * Values live as long as their document. One thread at a time.
 */
#ifndef SIPMOVED_API_JSON_VALUE_H
#define SIPMOVED_API_JSON_VALUE_H

#include "api/json_reader.h"
#include "api/json_writer.h"

enum json_type {
	JSON_TYPE_NULL,
	JSON_TYPE_BOOL,
	JSON_TYPE_NUMBER,
	JSON_TYPE_STRING,
	JSON_TYPE_ARRAY,
	JSON_TYPE_OBJECT,
};

const struct json_value *json_document_root(
	const struct json_document *document);
enum json_type json_value_type(const struct json_value *value);
/* "an object", for people. */
const char *json_type_name(enum json_type type);

/* Of a string. NUL terminated, and holds no NUL. */
struct text json_value_string(const struct json_value *value);
bool json_value_bool(const struct json_value *value);
double json_value_number(const struct json_value *value);
/* A string, a number or a boolean as text; false: it is none of them, or does
 * not fit. size >= 1 */
bool json_value_text(const struct json_value *value, char *buffer, size_t size);

/* Of an array or an object; else 0. */
size_t json_value_count(const struct json_value *value);
const struct json_value *json_value_child(const struct json_value *value,
					  size_t index);
/* Of an object's child. */
struct text json_value_name(const struct json_value *member);
/* NULL: no object, or it has none of that name. */
const struct json_value *json_value_member(const struct json_value *object,
					   struct text name);
/* RFC 6901, "" is the value itself. NULL: there is nothing there. */
const struct json_value *json_value_at(const struct json_value *value,
				       struct text pointer);
/* Is it a JSON pointer? */
bool json_pointer_is_valid(struct text pointer);

/* The value as it was read. */
void json_value_write(struct json_writer *writer, const char *name,
		      const struct json_value *value);

#endif
