/*
 * The JSON reader on any bytes: what it takes is one value of RFC 8259 that can
 * be walked with every getter, and its texts hold no NUL and are UTF-8.
 */
#include <stdlib.h>
#include <string.h>

#include "api/json_reader.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void require_text(struct text text, size_t max_bytes)
{
	require(text.len <= max_bytes);
	require(text.len == 0 || !memchr(text.ptr, '\0', text.len));
	require(text.ptr[text.len] == '\0');
	require(utf8_is_valid(text));
}

static void walk_object(struct json_object *object, unsigned depth);

static void walk_array(struct json_object *object, unsigned depth)
{
	struct json_array array;

	if (json_array(object, "a", 20, &array) != JSON_PRESENT)
		return;
	for (size_t i = 0; i < array.count; i++) {
		struct json_object inner;
		struct text text;

		if (json_array_object(&array, i, &inner))
			walk_object(&inner, depth + 1);
		if (json_array_string(&array, i, 40, &text))
			require_text(text, 40);
	}
}

static void walk_object(struct json_object *object, unsigned depth)
{
	struct json_object inner;
	struct text text;
	double number;
	int64_t integer;
	bool flag;

	require(depth <= JSON_DEPTH_MAX);
	if (json_string(object, "s", 40, &text) == JSON_PRESENT)
		require_text(text, 40);
	if (json_number(object, "n", -1e6, 1e6, &number) == JSON_PRESENT)
		require(number >= -1e6 && number <= 1e6);
	if (json_integer(object, "i", -5, 5, &integer) == JSON_PRESENT)
		require(integer >= -5 && integer <= 5);
	json_bool(object, "b", &flag);
	json_read_only(object, "id");
	walk_array(object, depth);
	if (json_member_object(object, "o", &inner) == JSON_PRESENT)
		walk_object(&inner, depth + 1);
	json_object_end(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of its own length, so that a byte read too far is seen. */
	char *copy = malloc(size ? size : 1);
	struct json_document *document = NULL;
	struct faults faults = { 0 };
	char detail[FAULT_DETAIL_SIZE] = "";
	struct json_object top;

	if (!copy)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	if (json_document_parse((struct text){ copy, size }, &document,
				detail) == 0) {
		require(utf8_is_valid((struct text){ copy, size }));
		if (json_document_object(document, &faults, &top))
			walk_object(&top, 1);
	} else {
		require(!document && detail[0]);
	}
	faults_clear(&faults);
	json_document_free(document);
	free(copy);
	return 0;
}
