#include "base/text.h"

#include <errno.h>
#include <string.h>

struct text text_of(const char *terminated)
{
	return (struct text){ terminated, strlen(terminated) };
}

bool text_equals(struct text a, struct text b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.ptr, b.ptr, a.len));
}

static bool equal_nocase(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (ascii_lower(a[i]) != ascii_lower(b[i]))
			return false;
	return true;
}

bool text_equals_nocase(struct text a, struct text b)
{
	return a.len == b.len && equal_nocase(a.ptr, b.ptr, a.len);
}

bool text_starts_with_nocase(struct text whole, struct text start)
{
	return whole.len >= start.len &&
	       equal_nocase(whole.ptr, start.ptr, start.len);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct text text_trim(struct text text)
{
	while (text.len > 0 && is_blank(text.ptr[0])) {
		text.ptr++;
		text.len--;
	}
	while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
		text.len--;
	return text;
}

int text_compare(struct text a, struct text b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common ? memcmp(a.ptr, b.ptr, common) : 0;

	if (order)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

int text_to_u64(struct text text, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (text.len == 0)
		return EBADMSG;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return EBADMSG;
		/* 19 digits always fit; leading zeros cost nothing. */
		if (value > UINT64_C(999999999999999999))
			return ERANGE;
		value = value * 10 + (uint64_t)(text.ptr[i] - '0');
	}
	*ret_value = value;
	return 0;
}

bool text_copy(struct text text, char *buffer, size_t size)
{
	size_t len = text.len < size ? text.len : size - 1;

	if (len > 0)
		memcpy(buffer, text.ptr, len);
	buffer[len] = '\0';
	return len == text.len;
}

struct writer writer_over(char *buffer, size_t size)
{
	return (struct writer){ .buffer = buffer, .size = size };
}

void writer_put(struct writer *writer, struct text text)
{
	if (writer->overflowed || text.len > writer->size - writer->len) {
		writer->overflowed = true;
		return;
	}
	if (text.len > 0)
		memcpy(writer->buffer + writer->len, text.ptr, text.len);
	writer->len += text.len;
}

void writer_byte(struct writer *writer, char byte)
{
	writer_put(writer, (struct text){ &byte, 1 });
}

void writer_u64(struct writer *writer, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	writer_put(writer, (struct text){ digits + at, sizeof(digits) - at });
}

void writer_i64(struct writer *writer, int64_t value)
{
	if (value < 0)
		writer_byte(writer, '-');
	writer_u64(writer, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

struct text writer_text(const struct writer *writer)
{
	return (struct text){ writer->buffer, writer->len };
}

bool writer_is_complete(const struct writer *writer)
{
	return !writer->overflowed;
}

void text_join(const char *const *words, size_t count, char *buffer,
	       size_t size)
{
	struct writer writer = writer_over(buffer, size - 1);

	for (size_t i = 0; i < count; i++) {
		size_t len = writer.len;

		if (i > 0)
			writer_put(&writer, TEXT(", "));
		writer_put(&writer, text_of(words[i]));
		if (!writer_is_complete(&writer)) {
			writer.len = len;
			break;
		}
	}
	buffer[writer.len] = '\0';
}
