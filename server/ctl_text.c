#include "ctl_text.h"

#include <wchar.h>

#include "base/utf8.h"

enum {
	ESCAPE_SIZE = 16,
	NO_CHARACTER_BYTES = 1,
};

#define NO_CHARACTER ((unsigned long)-1)

void ctl_text_put_character(struct writer *writer, unsigned long character)
{
	if (character >= 0xd800 && character < 0xe000)
		character = 0xfffd;
	if (character < 0x80) {
		writer_byte(writer, (char)character);
		return;
	}
	if (character < 0x800) {
		writer_byte(writer, (char)(0xc0 | (character >> 6)));
	} else if (character < 0x10000) {
		writer_byte(writer, (char)(0xe0 | (character >> 12)));
		writer_byte(writer, (char)(0x80 | ((character >> 6) & 0x3f)));
	} else {
		writer_byte(writer, (char)(0xf0 | (character >> 18)));
		writer_byte(writer, (char)(0x80 | ((character >> 12) & 0x3f)));
		writer_byte(writer, (char)(0x80 | ((character >> 6) & 0x3f)));
	}
	writer_byte(writer, (char)(0x80 | (character & 0x3f)));
}

size_t ctl_text_character(struct text text, unsigned long *ret_character)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	size_t len = utf8_length(text);
	unsigned long character;

	if (len == 0) {
		*ret_character = NO_CHARACTER;
		return NO_CHARACTER_BYTES;
	}
	character = (unsigned char)text.ptr[0] & masks[len];
	for (size_t i = 1; i < len; i++)
		character = (character << 6) |
			    ((unsigned char)text.ptr[i] & 0x3f);
	*ret_character = character;
	return len;
}

/* Ranges that a terminal obeys, or that make a line read otherwise than it
 * is: C0, DEL and C1, marks and overrides of direction, separators, tags. */
bool ctl_text_is_plain(unsigned long character)
{
	static const struct {
		unsigned long first, last;
	} obeyed[] = {
		{ 0x00, 0x1f },	      { 0x7f, 0x9f },	  { 0xad, 0xad },
		{ 0x61c, 0x61c },     { 0x200b, 0x200f }, { 0x2028, 0x202e },
		{ 0x2060, 0x206f },   { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
		{ 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < sizeof(obeyed) / sizeof(*obeyed); i++)
		if (character >= obeyed[i].first && character <= obeyed[i].last)
			return false;
	return character != NO_CHARACTER;
}

/* The character, or how it is shown. */
static struct text shown(struct text bytes, unsigned long character,
			 char buffer[ESCAPE_SIZE])
{
	int len;

	if (ctl_text_is_plain(character))
		return bytes;
	if (character == NO_CHARACTER || character < 0x80)
		len = snprintf(buffer, ESCAPE_SIZE, "\\x%02x",
			       (unsigned)(unsigned char)bytes.ptr[0]);
	else
		len = snprintf(buffer, ESCAPE_SIZE, "\\u%04lx", character);
	return (struct text){ buffer, (size_t)len };
}

size_t ctl_text_printable(struct text text, char *buffer, size_t size)
{
	struct writer writer = writer_over(buffer, size - 1);
	char escape[ESCAPE_SIZE];
	unsigned long character;

	while (text.len > 0) {
		size_t len = ctl_text_character(text, &character);

		writer_put(&writer, shown((struct text){ text.ptr, len },
					  character, escape));
		text = text_after(text, len);
	}
	buffer[writer.len] = '\0';
	return writer.len;
}

size_t ctl_text_width(struct text text)
{
	unsigned long character;
	size_t width = 0;

	while (text.len > 0) {
		size_t len = ctl_text_character(text, &character);
		int columns = wcwidth((wchar_t)character);

		width += columns < 0 ? 1 : (size_t)columns;
		text = text_after(text, len);
	}
	return width;
}

static void print(struct text text, bool keeps_lines, FILE *stream)
{
	char escape[ESCAPE_SIZE];
	unsigned long character;

	while (text.len > 0) {
		size_t len = ctl_text_character(text, &character);
		struct text part = { text.ptr, len };

		text = text_after(text, len);
		if (keeps_lines && character == '\r' && text.len > 0 &&
		    text.ptr[0] == '\n')
			continue;
		if (!keeps_lines || (character != '\n' && character != '\t'))
			part = shown(part, character, escape);
		fwrite(part.ptr, 1, part.len, stream);
	}
}

void ctl_text_print(struct text text, FILE *stream)
{
	print(text, false, stream);
}

void ctl_text_print_lines(struct text text, FILE *stream)
{
	print(text, true, stream);
}

/* JSON writes what lies above U+FFFF as two halves. */
static void print_json_escape(unsigned long character, FILE *stream)
{
	if (character > 0xffff) {
		character -= 0x10000;
		fprintf(stream, "\\u%04lx", 0xd800 + (character >> 10));
		character = 0xdc00 + (character & 0x3ff);
	}
	fprintf(stream, "\\u%04lx", character);
}

void ctl_text_print_json(struct text text, FILE *stream)
{
	unsigned long character;

	while (text.len > 0) {
		size_t len = ctl_text_character(text, &character);

		if (ctl_text_is_plain(character))
			fwrite(text.ptr, 1, len, stream);
		else
			print_json_escape(character == NO_CHARACTER ? 0xfffd
								    : character,
					  stream);
		text = text_after(text, len);
	}
}
