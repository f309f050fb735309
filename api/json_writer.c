#include "api/json_writer.h"
#include "base/timestamp.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_SIZE = 512,
};

static bool make_room(struct json_writer *writer, size_t count)
{
	size_t size = writer->size ? writer->size : FIRST_SIZE;
	char *buffer;

	if (writer->failed)
		return false;
	if (count <= writer->size - writer->len)
		return true;
	while (size - writer->len < count)
		size *= 2;
	buffer = realloc(writer->buffer, size);
	if (!buffer) {
		writer->failed = true;
		return false;
	}
	writer->buffer = buffer;
	writer->size = size;
	return true;
}

static void put_bytes(struct json_writer *writer, struct text bytes)
{
	if (bytes.len == 0 || !make_room(writer, bytes.len))
		return;
	memcpy(writer->buffer + writer->len, bytes.ptr, bytes.len);
	writer->len += bytes.len;
}

static void put_escape(struct json_writer *writer, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char *const short_forms[32] = {
		['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n",
		['\f'] = "\\f", ['\r'] = "\\r",
	};
	char code[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	if (c == '"')
		put_bytes(writer, TEXT("\\\""));
	else if (c == '\\')
		put_bytes(writer, TEXT("\\\\"));
	else if (c < 32 && short_forms[c])
		put_bytes(writer, text_of(short_forms[c]));
	else
		put_bytes(writer, (struct text){ code, sizeof(code) });
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void put_quoted(struct json_writer *writer, struct text text)
{
	size_t at = 0, step;

	put_bytes(writer, TEXT("\""));
	while (at < text.len) {
		size_t run = at;

		while (run < text.len && is_plain((unsigned char)text.ptr[run]))
			run++;
		put_bytes(writer, (struct text){ text.ptr + at, run - at });
		at = run;
		if (at == text.len)
			break;
		step = utf8_length(
			(struct text){ text.ptr + at, text.len - at });
		if (step > 1)
			put_bytes(writer, (struct text){ text.ptr + at, step });
		else if (step == 1)
			put_escape(writer, (unsigned char)text.ptr[at]);
		else
			put_bytes(writer, TEXT("\xef\xbf\xbd"));
		at += step ? step : 1;
	}
	put_bytes(writer, TEXT("\""));
}

/* The comma and the name before a value. */
static void begin_value(struct json_writer *writer, const char *name)
{
	if (writer->needs_comma)
		put_bytes(writer, TEXT(","));
	writer->needs_comma = true;
	if (name) {
		put_quoted(writer, text_of(name));
		put_bytes(writer, TEXT(":"));
	}
}

static void put_raw(struct json_writer *writer, const char *name,
		    struct text raw)
{
	begin_value(writer, name);
	put_bytes(writer, raw);
}

static void open_value(struct json_writer *writer, const char *name,
		       struct text bracket)
{
	put_raw(writer, name, bracket);
	writer->needs_comma = false;
}

static void close_value(struct json_writer *writer, struct text bracket)
{
	put_bytes(writer, bracket);
	writer->needs_comma = true;
}

void json_open_object(struct json_writer *writer, const char *name)
{
	open_value(writer, name, TEXT("{"));
}

void json_close_object(struct json_writer *writer)
{
	close_value(writer, TEXT("}"));
}

void json_open_array(struct json_writer *writer, const char *name)
{
	open_value(writer, name, TEXT("["));
}

void json_close_array(struct json_writer *writer)
{
	close_value(writer, TEXT("]"));
}

void json_put_string(struct json_writer *writer, const char *name,
		     struct text value)
{
	begin_value(writer, name);
	put_quoted(writer, value);
}

void json_put_string_or_null(struct json_writer *writer, const char *name,
			     struct text value)
{
	if (value.len > 0)
		json_put_string(writer, name, value);
	else
		json_put_null(writer, name);
}

static struct text decimal(char digits[24], int64_t value)
{
	struct writer number = writer_over(digits, 24);

	writer_i64(&number, value);
	return writer_text(&number);
}

void json_put_integer(struct json_writer *writer, const char *name,
		      int64_t value)
{
	char digits[24];

	put_raw(writer, name, decimal(digits, value));
}

void json_put_i64_string(struct json_writer *writer, const char *name,
			 int64_t value)
{
	char digits[24];

	json_put_string(writer, name, decimal(digits, value));
}

void json_put_permille(struct json_writer *writer, const char *name,
		       unsigned permille)
{
	char digits[32];
	struct writer number = writer_over(digits, sizeof(digits));
	unsigned rest = permille % 1000;

	writer_u64(&number, permille / 1000);
	writer_byte(&number, '.');
	writer_byte(&number, (char)('0' + rest / 100));
	if (rest % 100)
		writer_byte(&number, (char)('0' + rest / 10 % 10));
	if (rest % 10)
		writer_byte(&number, (char)('0' + rest % 10));
	put_raw(writer, name, writer_text(&number));
}

void json_put_bool(struct json_writer *writer, const char *name, bool value)
{
	put_raw(writer, name, value ? TEXT("true") : TEXT("false"));
}

void json_put_null(struct json_writer *writer, const char *name)
{
	put_raw(writer, name, TEXT("null"));
}

void json_put_json(struct json_writer *writer, const char *name,
		   struct text json)
{
	put_raw(writer, name, json);
}

void json_put_time_ms(struct json_writer *writer, const char *name,
		      int64_t time_ms)
{
	char time[TIMESTAMP_SIZE];

	timestamp_format(time_ms, time);
	json_put_string(writer, name, text_of(time));
}

void json_end_line(struct json_writer *writer)
{
	put_bytes(writer, TEXT("\n"));
	writer->needs_comma = false;
}

int json_writer_finish(struct json_writer *writer, char **ret_buffer,
		       size_t *ret_len)
{
	/* A caller may treat the buffer as a string. */
	put_bytes(writer, (struct text){ "", 1 });
	if (writer->failed) {
		json_writer_clear(writer);
		return ENOMEM;
	}
	*ret_buffer = writer->buffer;
	*ret_len = writer->len - 1;
	*writer = (struct json_writer){ 0 };
	return 0;
}

void json_writer_clear(struct json_writer *writer)
{
	free(writer->buffer);
	*writer = (struct json_writer){ 0 };
}
