#include "api/json_node.h"
#include "api/json_scanner.h"
#include "api/json_value.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#define INTEGER_MAX 9007199254740991.0 /* 2^53 - 1, RFC 7493 2.2 */

enum {
	NAME_TOLD_MAX = 64, /* bytes of a member's name in a detail */
};

/* --- parsing -------------------------------------------------------------- */

static size_t count_items(const cJSON *item)
{
	size_t count = 1;

	for (const cJSON *child = item->child; child; child = child->next)
		count += count_items(child);
	return count;
}

/* What is looked for in a tree that cJSON has built. */
struct tree_check {
	size_t members_max;
	const char *name; /* that stands twice */
};

/* Members of an object are so few that comparing all pairs is cheap. */
static const char *check_names(const cJSON *object, struct tree_check *check)
{
	const char *names[JSON_PAYLOAD_MEMBERS_MAX];
	size_t count = 0;

	for (const cJSON *child = object->child; child; child = child->next) {
		if (count == check->members_max)
			return count == JSON_MEMBERS_MAX
				       ? "an object has more than 64 members"
				       : "an object has more than 512 members";
		for (size_t i = 0; i < count; i++)
			if (!strcmp(names[i], child->string)) {
				check->name = names[i];
				return "an object has two members of the name ";
			}
		names[count++] = child->string;
	}
	return NULL;
}

static const char *check_item(const cJSON *item, struct tree_check *check)
{
	const char *why;

	if (cJSON_IsNumber(item) && !(fabs(item->valuedouble) <= INTEGER_MAX))
		return "a number is outside -(2^53-1) to 2^53-1";
	why = cJSON_IsObject(item) ? check_names(item, check) : NULL;
	for (const cJSON *child = item->child; child && !why;
	     child = child->next)
		why = check_item(child, check);
	return why;
}

/* Children of one item lie side by side, so that an index finds them. */
static void index_children(struct json_document *document,
			   struct json_value *value)
{
	struct json_value *first = &document->values[document->value_count];

	value->children = first;
	for (const cJSON *child = value->item->child; child;
	     child = child->next) {
		first[value->count++].item = child;
		document->value_count++;
	}
	for (size_t i = 0; i < value->count; i++)
		index_children(document, &first[i]);
}

static int build(struct json_document *document, struct text body,
		 size_t members_max, char ret_detail[FAULT_DETAIL_SIZE])
{
	struct tree_check check = { members_max, "" };
	const char *why;

	document->root = cJSON_ParseWithLength(body.ptr, body.len);
	/* The scanner found nothing wrong, so memory it must be. */
	if (!document->root)
		return ENOMEM;
	why = check_item(document->root, &check);
	if (why) {
		/* The name is the sender's: controls in it are escaped where
		 * the answer is written. */
		snprintf(ret_detail, FAULT_DETAIL_SIZE, "%s%.*s", why,
			 NAME_TOLD_MAX, check.name);
		return EBADMSG;
	}
	document->values =
		calloc(count_items(document->root), sizeof(*document->values));
	if (!document->values)
		return ENOMEM;
	document->values[0].item = document->root;
	document->value_count = 1;
	index_children(document, &document->values[0]);
	return 0;
}

static int parse(struct text body, size_t members_max,
		 struct json_document **ret_document,
		 char ret_detail[FAULT_DETAIL_SIZE])
{
	struct json_document *document;
	const char *why = "not JSON";
	size_t at = 0;
	int err;

	if (!json_scan(body, &why, &at)) {
		snprintf(ret_detail, FAULT_DETAIL_SIZE, "%s, at byte %zu", why,
			 at);
		return EBADMSG;
	}
	document = calloc(1, sizeof(*document));
	if (!document)
		return ENOMEM;
	err = build(document, body, members_max, ret_detail);
	if (err)
		goto out;
	*ret_document = document;
	document = NULL;
out:
	json_document_free(document);
	return err;
}

int json_document_parse(struct text body, struct json_document **ret_document,
			char ret_detail[FAULT_DETAIL_SIZE])
{
	return parse(body, JSON_MEMBERS_MAX, ret_document, ret_detail);
}

int json_payload_parse(struct text body, struct json_document **ret_document,
		       char ret_detail[FAULT_DETAIL_SIZE])
{
	return parse(body, JSON_PAYLOAD_MEMBERS_MAX, ret_document, ret_detail);
}

void json_document_free(struct json_document *document)
{
	if (!document)
		return;
	cJSON_Delete(document->root);
	free(document->values);
	free(document);
}

/* --- places --------------------------------------------------------------- */

/* parent/name with RFC 6901's escapes; cut if it does not fit. */
static void join_pointer(char pointer[FAULT_POINTER_SIZE], const char *parent,
			 const char *name)
{
	char buffer[FAULT_POINTER_SIZE];
	struct writer writer = writer_over(buffer, sizeof(buffer) - 1);

	writer_put(&writer, text_of(parent));
	writer_byte(&writer, '/');
	for (const char *c = name; *c; c++)
		if (*c == '~')
			writer_put(&writer, TEXT("~0"));
		else if (*c == '/')
			writer_put(&writer, TEXT("~1"));
		else
			writer_byte(&writer, *c);
	text_copy(writer_text(&writer), pointer, FAULT_POINTER_SIZE);
}

static void join_index(char pointer[FAULT_POINTER_SIZE], const char *parent,
		       size_t index)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%zu", index);
	join_pointer(pointer, parent, digits);
}

static void note_type(struct faults *faults, const char *pointer,
		      const char *wanted, const struct json_value *value)
{
	faults_add(faults, FAULT_WRONG_TYPE, pointer, "must be %s, not %s",
		   wanted, json_type_name(json_value_type(value)));
}

/* --- objects -------------------------------------------------------------- */

static bool object_over(const struct json_value *value, const char *pointer,
			struct faults *faults, struct json_object *ret_object)
{
	struct json_object object = { .value = value, .faults = faults };

	if (!cJSON_IsObject(value->item)) {
		note_type(faults, pointer, "an object", value);
		return false;
	}
	if (value->count > JSON_MEMBERS_MAX) {
		faults_add(faults, FAULT_TOO_MANY, pointer,
			   "must have at most %d members", JSON_MEMBERS_MAX);
		return false;
	}
	text_copy(text_of(pointer), object.pointer, sizeof(object.pointer));
	*ret_object = object;
	return true;
}

bool json_document_object(const struct json_document *document,
			  struct faults *faults, struct json_object *ret_object)
{
	return object_over(&document->values[0], "", faults, ret_object);
}

/* The member, marked as asked for; NULL if there is none. */
static const struct json_value *find(struct json_object *object,
				     const char *name)
{
	for (size_t i = 0; i < object->value->count; i++)
		if (!strcmp(object->value->children[i].item->string, name)) {
			object->seen |= UINT64_C(1) << i;
			return &object->value->children[i];
		}
	return NULL;
}

static void note_known(struct json_object *object, const char *name)
{
	for (size_t i = 0; i < object->known_count; i++)
		if (!strcmp(object->known[i], name))
			return;
	if (object->known_count < JSON_KNOWN_MAX)
		object->known[object->known_count++] = name;
}

/* What every getter begins with: JSON_PRESENT says the member is not null. */
static enum json_presence look_up(struct json_object *object, const char *name,
				  const struct json_value **ret_value)
{
	note_known(object, name);
	*ret_value = find(object, name);
	if (!*ret_value)
		return JSON_ABSENT;
	return cJSON_IsNull((*ret_value)->item) ? JSON_NULL : JSON_PRESENT;
}

static enum json_presence wrong_type(const struct json_object *object,
				     const char *name, const char *wanted,
				     const struct json_value *value)
{
	char pointer[FAULT_POINTER_SIZE];

	join_pointer(pointer, object->pointer, name);
	note_type(object->faults, pointer, wanted, value);
	return JSON_WRONG;
}

static bool string_of(const struct json_value *value, const char *pointer,
		      struct faults *faults, size_t max_bytes,
		      struct text *ret_text)
{
	struct text text = text_of(value->item->valuestring);

	if (text.len > max_bytes) {
		faults_add(faults, FAULT_TOO_LONG, pointer,
			   "must be at most %zu bytes long, not %zu", max_bytes,
			   text.len);
		return false;
	}
	*ret_text = text;
	return true;
}

enum json_presence json_string(struct json_object *object, const char *name,
			       size_t max_bytes, struct text *ret_text)
{
	char pointer[FAULT_POINTER_SIZE];
	const struct json_value *value;
	enum json_presence presence = look_up(object, name, &value);

	if (presence != JSON_PRESENT)
		return presence;
	if (!cJSON_IsString(value->item))
		return wrong_type(object, name, "a string", value);
	join_pointer(pointer, object->pointer, name);
	return string_of(value, pointer, object->faults, max_bytes, ret_text)
		       ? JSON_PRESENT
		       : JSON_WRONG;
}

enum json_presence json_bool(struct json_object *object, const char *name,
			     bool *ret_value)
{
	const struct json_value *value;
	enum json_presence presence = look_up(object, name, &value);

	if (presence != JSON_PRESENT)
		return presence;
	if (!cJSON_IsBool(value->item))
		return wrong_type(object, name, "a boolean", value);
	*ret_value = cJSON_IsTrue(value->item);
	return JSON_PRESENT;
}

enum json_presence json_number(struct json_object *object, const char *name,
			       double minimum, double maximum,
			       double *ret_value)
{
	const struct json_value *value;
	enum json_presence presence = look_up(object, name, &value);
	double number;

	if (presence != JSON_PRESENT)
		return presence;
	if (!cJSON_IsNumber(value->item))
		return wrong_type(object, name, "a number", value);
	number = value->item->valuedouble;
	if (number < minimum || number > maximum) {
		json_fault(object, name, FAULT_OUT_OF_RANGE,
			   "must be between %g and %g", minimum, maximum);
		return JSON_WRONG;
	}
	*ret_value = number;
	return JSON_PRESENT;
}

enum json_presence json_integer(struct json_object *object, const char *name,
				int64_t minimum, int64_t maximum,
				int64_t *ret_value)
{
	const struct json_value *value;
	enum json_presence presence = look_up(object, name, &value);
	int64_t number;

	if (presence != JSON_PRESENT)
		return presence;
	if (!cJSON_IsNumber(value->item))
		return wrong_type(object, name, "an integer", value);
	/* Within 2^53 by the parser, so the cast is exact. */
	number = (int64_t)value->item->valuedouble;
	if ((double)number != value->item->valuedouble) {
		json_fault(object, name, FAULT_WRONG_TYPE,
			   "must be an integer, without a fraction");
		return JSON_WRONG;
	}
	if (number < minimum || number > maximum) {
		json_fault(object, name, FAULT_OUT_OF_RANGE,
			   "must be between %lld and %lld", (long long)minimum,
			   (long long)maximum);
		return JSON_WRONG;
	}
	*ret_value = number;
	return JSON_PRESENT;
}

enum json_presence json_member_object(struct json_object *object,
				      const char *name,
				      struct json_object *ret_object)
{
	char pointer[FAULT_POINTER_SIZE];
	const struct json_value *value;
	enum json_presence presence = look_up(object, name, &value);

	if (presence != JSON_PRESENT)
		return presence;
	join_pointer(pointer, object->pointer, name);
	return object_over(value, pointer, object->faults, ret_object)
		       ? JSON_PRESENT
		       : JSON_WRONG;
}

/* --- arrays --------------------------------------------------------------- */

enum json_presence json_array(struct json_object *object, const char *name,
			      size_t maximum, struct json_array *ret_array)
{
	const struct json_value *value;
	enum json_presence presence = look_up(object, name, &value);
	struct json_array array = { .faults = object->faults };

	if (presence != JSON_PRESENT)
		return presence;
	if (!cJSON_IsArray(value->item))
		return wrong_type(object, name, "an array", value);
	if (value->count > maximum) {
		json_fault(object, name, FAULT_TOO_MANY,
			   "must have at most %zu elements, not %zu", maximum,
			   value->count);
		return JSON_WRONG;
	}
	join_pointer(array.pointer, object->pointer, name);
	array.value = value;
	array.count = value->count;
	*ret_array = array;
	return JSON_PRESENT;
}

bool json_array_object(const struct json_array *array, size_t index,
		       struct json_object *ret_object)
{
	char pointer[FAULT_POINTER_SIZE];

	join_index(pointer, array->pointer, index);
	return object_over(&array->value->children[index], pointer,
			   array->faults, ret_object);
}

bool json_array_object_like(const struct json_array *array, size_t index,
			    const char *example, struct json_object *ret_object)
{
	const struct json_value *value = &array->value->children[index];
	char pointer[FAULT_POINTER_SIZE];

	if (cJSON_IsObject(value->item))
		return json_array_object(array, index, ret_object);
	join_index(pointer, array->pointer, index);
	faults_add(array->faults, FAULT_WRONG_TYPE, pointer,
		   "must be an object: %s, not %s", example,
		   json_type_name(json_value_type(value)));
	return false;
}

bool json_array_string(const struct json_array *array, size_t index,
		       size_t max_bytes, struct text *ret_text)
{
	const struct json_value *value = &array->value->children[index];
	char pointer[FAULT_POINTER_SIZE];

	join_index(pointer, array->pointer, index);
	if (!cJSON_IsString(value->item)) {
		note_type(array->faults, pointer, "a string", value);
		return false;
	}
	return string_of(value, pointer, array->faults, max_bytes, ret_text);
}

/* --- faults --------------------------------------------------------------- */

void json_missing(const struct json_object *object, const char *name)
{
	json_fault(object, name, FAULT_MISSING_MEMBER, "is required");
}

void json_fault(const struct json_object *object, const char *name,
		enum fault_code code, const char *format, ...)
{
	char pointer[FAULT_POINTER_SIZE], detail[FAULT_DETAIL_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	join_pointer(pointer, object->pointer, name);
	faults_add(object->faults, code, pointer, "%s", detail);
}

const struct json_value *json_any(struct json_object *object, const char *name)
{
	note_known(object, name);
	return find(object, name);
}

bool json_has(struct json_object *object, const char *name)
{
	return find(object, name) != NULL;
}

void json_read_only(struct json_object *object, const char *name)
{
	if (json_has(object, name))
		json_fault(object, name, FAULT_READ_ONLY_MEMBER,
			   "is set by the server and cannot be written");
}

void json_object_end(const struct json_object *object)
{
	char known[FAULT_DETAIL_SIZE - 64];

	text_join(object->known, object->known_count, known, sizeof(known));
	for (size_t i = 0; i < object->value->count; i++)
		if (!(object->seen & UINT64_C(1) << i))
			json_fault(object,
				   object->value->children[i].item->string,
				   FAULT_UNKNOWN_MEMBER,
				   "is not a member that is known here: %s",
				   known);
}
