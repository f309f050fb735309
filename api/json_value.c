#include "api/json_value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "api/json_node.h"

const struct json_value *json_document_root(
	const struct json_document *document)
{
	return &document->values[0];
}

enum json_type json_value_type(const struct json_value *value)
{
	if (cJSON_IsObject(value->item))
		return JSON_TYPE_OBJECT;
	if (cJSON_IsArray(value->item))
		return JSON_TYPE_ARRAY;
	if (cJSON_IsString(value->item))
		return JSON_TYPE_STRING;
	if (cJSON_IsNumber(value->item))
		return JSON_TYPE_NUMBER;
	return cJSON_IsBool(value->item) ? JSON_TYPE_BOOL : JSON_TYPE_NULL;
}

const char *json_type_name(enum json_type type)
{
	static const char *const names[] = {
		[JSON_TYPE_NULL] = "null",
		[JSON_TYPE_BOOL] = "a boolean",
		[JSON_TYPE_NUMBER] = "a number",
		[JSON_TYPE_STRING] = "a string",
		[JSON_TYPE_ARRAY] = "an array",
		[JSON_TYPE_OBJECT] = "an object",
	};

	return names[type];
}

struct text json_value_string(const struct json_value *value)
{
	return text_of(value->item->valuestring);
}

bool json_value_bool(const struct json_value *value)
{
	return cJSON_IsTrue(value->item);
}

double json_value_number(const struct json_value *value)
{
	return value->item->valuedouble;
}

/* Within 2^53, so that an integer's digits are all there. */
static int write_number(double number, char *buffer, size_t size)
{
	if (number == floor(number))
		return snprintf(buffer, size, "%lld", (long long)number);
	return snprintf(buffer, size, "%.15g", number);
}

bool json_value_text(const struct json_value *value, char *buffer, size_t size)
{
	switch (json_value_type(value)) {
	case JSON_TYPE_STRING:
		return text_copy(json_value_string(value), buffer, size);
	case JSON_TYPE_NUMBER:
		return write_number(json_value_number(value), buffer, size) <
		       (int)size;
	case JSON_TYPE_BOOL:
		return text_copy(json_value_bool(value) ? TEXT("true")
							: TEXT("false"),
				 buffer, size);
	case JSON_TYPE_NULL:
	case JSON_TYPE_ARRAY:
	case JSON_TYPE_OBJECT:
		break;
	}
	return false;
}

/* --- children ---------------------------------------------------------------
 */

size_t json_value_count(const struct json_value *value)
{
	return value->count;
}

const struct json_value *json_value_child(const struct json_value *value,
					  size_t index)
{
	return &value->children[index];
}

struct text json_value_name(const struct json_value *member)
{
	return text_of(member->item->string);
}

const struct json_value *json_value_member(const struct json_value *object,
					   struct text name)
{
	if (!cJSON_IsObject(object->item))
		return NULL;
	for (size_t i = 0; i < object->count; i++)
		if (text_equals(json_value_name(&object->children[i]), name))
			return &object->children[i];
	return NULL;
}

/* --- pointers ----------------------------------------------------------------
 */

/* "0", "12": no sign, no leading zero (RFC 6901 4). */
static const struct json_value *element(const struct json_value *array,
					struct text token)
{
	uint64_t index;

	if (text_to_u64(token, &index) || (token.len > 1 && *token.ptr == '0'))
		return NULL;
	return index < array->count ? &array->children[index] : NULL;
}

/* One step, its escapes taken off. */
static const struct json_value *step(const struct json_value *value,
				     struct text token)
{
	char name[FAULT_POINTER_SIZE * 2];
	struct writer writer = writer_over(name, sizeof(name));

	if (cJSON_IsArray(value->item))
		return element(value, token);
	for (size_t i = 0; i < token.len; i++)
		if (token.ptr[i] == '~' && i + 1 < token.len)
			writer_byte(&writer, token.ptr[++i] == '1' ? '/' : '~');
		else
			writer_byte(&writer, token.ptr[i]);
	if (!writer_is_complete(&writer))
		return NULL;
	return json_value_member(value, writer_text(&writer));
}

const struct json_value *json_value_at(const struct json_value *value,
				       struct text pointer)
{
	while (value && pointer.len > 0) {
		struct text token = { pointer.ptr + 1, 0 };

		if (pointer.ptr[0] != '/')
			return NULL;
		while (token.len + 1 < pointer.len &&
		       token.ptr[token.len] != '/')
			token.len++;
		value = step(value, token);
		pointer.ptr += token.len + 1;
		pointer.len -= token.len + 1;
	}
	return value;
}

bool json_pointer_is_valid(struct text pointer)
{
	if (pointer.len > 0 && pointer.ptr[0] != '/')
		return false;
	for (size_t i = 0; i < pointer.len; i++)
		if (pointer.ptr[i] == '~' &&
		    (i + 1 == pointer.len ||
		     (pointer.ptr[i + 1] != '0' && pointer.ptr[i + 1] != '1')))
			return false;
	return true;
}

/* --- out
 * ---------------------------------------------------------------------- */

static void write_children(struct json_writer *writer,
			   const struct json_value *value, bool are_members)
{
	for (size_t i = 0; i < value->count; i++)
		json_value_write(writer,
				 are_members ? value->children[i].item->string
					     : NULL,
				 &value->children[i]);
}

/* Its depth is bounded by the reader. */
void json_value_write(struct json_writer *writer, const char *name,
		      const struct json_value *value)
{
	char number[32];

	switch (json_value_type(value)) {
	case JSON_TYPE_NULL:
		json_put_null(writer, name);
		break;
	case JSON_TYPE_BOOL:
		json_put_bool(writer, name, json_value_bool(value));
		break;
	case JSON_TYPE_NUMBER:
		write_number(json_value_number(value), number, sizeof(number));
		json_put_json(writer, name, text_of(number));
		break;
	case JSON_TYPE_STRING:
		json_put_string(writer, name, json_value_string(value));
		break;
	case JSON_TYPE_ARRAY:
		json_open_array(writer, name);
		write_children(writer, value, false);
		json_close_array(writer);
		break;
	case JSON_TYPE_OBJECT:
		json_open_object(writer, name);
		write_children(writer, value, true);
		json_close_object(writer);
		break;
	}
}
