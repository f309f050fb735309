#include "ctl_json.h"

#include <stdlib.h>
#include <string.h>

#include "api/json_scanner.h"
#include "ctl_text.h"

static const char blanks[] = " \t\r\n";

static struct text skip_blanks(struct text rest)
{
	while (rest.len > 0 && memchr(blanks, rest.ptr[0], sizeof(blanks) - 1))
		rest = text_after(rest, 1);
	return rest;
}

/* Bytes of the string that begins here, quotes included. */
static size_t string_length(struct text rest)
{
	size_t at = 1;

	while (at < rest.len && rest.ptr[at] != '"')
		at += rest.ptr[at] == '\\' ? 2 : 1;
	return at < rest.len ? at + 1 : rest.len;
}

/* Bytes up to where the bracket that opens here is closed. */
static size_t container_length(struct text rest)
{
	size_t at = 0, depth = 0;

	do {
		char c = rest.ptr[at];

		if (c == '"') {
			at += string_length(text_after(rest, at));
			continue;
		}
		if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth--;
		at++;
	} while (depth > 0 && at < rest.len);
	return at;
}

static size_t value_length(struct text rest)
{
	size_t at = 0;

	if (rest.len == 0)
		return 0;
	if (rest.ptr[0] == '"')
		return string_length(rest);
	if (rest.ptr[0] == '{' || rest.ptr[0] == '[')
		return container_length(rest);
	while (at < rest.len && !strchr(",]} \t\r\n", rest.ptr[at]))
		at++;
	return at;
}

bool ctl_json_root(struct text text, struct ctl_json *ret_root)
{
	const char *why;
	size_t at;

	if (!json_scan(text, &why, &at))
		return false;
	text = skip_blanks(text);
	ret_root->text = (struct text){ text.ptr, value_length(text) };
	return true;
}

static bool begins_with(struct ctl_json value, char c)
{
	return value.text.len > 0 && value.text.ptr[0] == c;
}

bool ctl_json_is_there(struct ctl_json value)
{
	return value.text.len > 0 && value.text.ptr[0] != 'n';
}

bool ctl_json_is_string(struct ctl_json value)
{
	return begins_with(value, '"');
}

bool ctl_json_is_object(struct ctl_json value)
{
	return begins_with(value, '{');
}

bool ctl_json_is_array(struct ctl_json value)
{
	return begins_with(value, '[');
}

bool ctl_json_is_true(struct ctl_json value)
{
	return begins_with(value, 't');
}

struct ctl_json_walk ctl_json_walk(struct ctl_json container)
{
	struct ctl_json_walk walk = { .is_object =
					      ctl_json_is_object(container) };

	if (walk.is_object || ctl_json_is_array(container))
		walk.rest = text_after(container.text, 1);
	return walk;
}

bool ctl_json_next(struct ctl_json_walk *walk, struct text *ret_name,
		   struct ctl_json *ret_value)
{
	struct text rest = skip_blanks(walk->rest);
	size_t len;

	if (rest.len > 0 && rest.ptr[0] == ',')
		rest = skip_blanks(text_after(rest, 1));
	if (rest.len == 0 || rest.ptr[0] == ']' || rest.ptr[0] == '}')
		return false;
	if (walk->is_object) {
		len = string_length(rest);
		if (ret_name)
			*ret_name = (struct text){ rest.ptr + 1, len - 2 };
		rest = skip_blanks(text_after(rest, len));
		rest = skip_blanks(text_after(rest, 1)); /* the colon */
	}
	len = value_length(rest);
	ret_value->text = (struct text){ rest.ptr, len };
	walk->rest = text_after(rest, len);
	return true;
}

size_t ctl_json_count(struct ctl_json container)
{
	struct ctl_json_walk walk = ctl_json_walk(container);
	struct ctl_json value;
	size_t count = 0;

	while (ctl_json_next(&walk, NULL, &value))
		count++;
	return count;
}

static struct ctl_json own_member(struct ctl_json object, struct text wanted)
{
	struct ctl_json_walk walk = ctl_json_walk(object);
	struct ctl_json value;
	struct text name;

	while (walk.is_object && ctl_json_next(&walk, &name, &value))
		if (text_equals(name, wanted))
			return value;
	return (struct ctl_json){ { 0 } };
}

struct ctl_json ctl_json_member(struct ctl_json object, const char *path)
{
	while (*path) {
		size_t len = strcspn(path, ".");

		object = own_member(object, (struct text){ path, len });
		path += len + (path[len] == '.');
	}
	return object;
}

/* --- strings -------------------------------------------------------------- */

static unsigned hex_digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : ascii_lower(c) - 'a' + 10);
}

static unsigned long hex_four(const char *digits)
{
	unsigned long value = 0;

	for (size_t i = 0; i < 4; i++)
		value = value * 16 + hex_digit(digits[i]);
	return value;
}

/* Behind "\u": what is escaped, and how many bytes of the text it took. */
static size_t put_escaped_character(struct writer *writer, struct text rest)
{
	unsigned long value = hex_four(rest.ptr);
	size_t len = 4;

	if (value >= 0xd800 && value < 0xdc00 && rest.len >= 10) {
		value = 0x10000 + ((value - 0xd800) << 10) +
			(hex_four(rest.ptr + 6) - 0xdc00);
		len = 10;
	}
	ctl_text_put_character(writer, value);
	return len;
}

/* Behind a backslash. */
static size_t put_escape(struct writer *writer, struct text rest)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *at = memchr(from, rest.ptr[0], sizeof(from) - 1);

	if (rest.ptr[0] == 'u' && rest.len >= 5)
		return 1 + put_escaped_character(writer, text_after(rest, 1));
	writer_byte(writer, at ? to[at - from] : rest.ptr[0]);
	return 1;
}

static void put_string(struct writer *writer, struct text text)
{
	struct text rest = { text.ptr + 1, text.len - 2 };

	while (rest.len > 0)
		if (rest.ptr[0] == '\\' && rest.len > 1) {
			size_t len = put_escape(writer, text_after(rest, 1));

			rest = text_after(rest, 1 + len);
		} else {
			writer_byte(writer, rest.ptr[0]);
			rest = text_after(rest, 1);
		}
}

static void put_elements(struct writer *writer, struct ctl_json array);

static void put_value(struct writer *writer, struct ctl_json value)
{
	if (ctl_json_is_string(value))
		put_string(writer, value.text);
	else if (ctl_json_is_array(value))
		put_elements(writer, value);
	else if (ctl_json_is_there(value))
		writer_put(writer, value.text);
}

/* An element that is an array again is written as it is. */
static void put_elements(struct writer *writer, struct ctl_json array)
{
	struct ctl_json_walk walk = ctl_json_walk(array);
	struct ctl_json value;
	size_t count = 0;

	while (ctl_json_next(&walk, NULL, &value)) {
		if (count++ > 0)
			writer_put(writer, TEXT(", "));
		if (ctl_json_is_string(value))
			put_string(writer, value.text);
		else
			writer_put(writer, value.text);
	}
}

struct text ctl_json_text(struct ctl_json value, char *buffer, size_t size)
{
	struct writer writer = writer_over(buffer, size);

	put_value(&writer, value);
	return writer_text(&writer);
}

char *ctl_json_copy(struct ctl_json value, size_t *ret_len)
{
	/* No value is longer than it is written, but for the blanks between
	 * elements. */
	size_t size = value.text.len * 2 + 1;
	char *copy = malloc(size);
	struct text text;

	if (!copy)
		return NULL;
	text = ctl_json_text(value, copy, size - 1);
	copy[text.len] = '\0';
	if (ret_len)
		*ret_len = text.len;
	return copy;
}

int64_t ctl_json_integer(struct ctl_json value)
{
	char buffer[32];
	struct text text = ctl_json_text(value, buffer, sizeof(buffer));
	bool is_negative = text.len > 0 && text.ptr[0] == '-';
	uint64_t number;

	if (is_negative)
		text = text_after(text, 1);
	if (text_to_u64(text, &number) || number > INT64_MAX)
		return 0;
	return is_negative ? -(int64_t)number : (int64_t)number;
}

/* --- laid out ------------------------------------------------------------- */

static void indent(unsigned depth, FILE *stream)
{
	fprintf(stream, "\n%*s", (int)depth * 2, "");
}

static void print_container(struct ctl_json value, unsigned depth, FILE *stream)
{
	bool is_object = ctl_json_is_object(value);
	struct ctl_json_walk walk = ctl_json_walk(value);
	struct ctl_json child;
	struct text name = { 0 };
	size_t count = 0;

	fputc(is_object ? '{' : '[', stream);
	while (ctl_json_next(&walk, &name, &child)) {
		if (count++ > 0)
			fputc(',', stream);
		indent(depth + 1, stream);
		if (is_object) {
			fputc('"', stream);
			ctl_text_print_json(name, stream);
			fputs("\": ", stream);
		}
		ctl_json_print(child, depth + 1, stream);
	}
	if (count > 0)
		indent(depth, stream);
	fputc(is_object ? '}' : ']', stream);
}

void ctl_json_print(struct ctl_json value, unsigned depth, FILE *stream)
{
	if (ctl_json_is_object(value) || ctl_json_is_array(value))
		print_container(value, depth, stream);
	else
		ctl_text_print_json(value.text, stream);
}
