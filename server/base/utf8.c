#include "base/utf8.h"

static bool is_tail(const unsigned char *s, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if ((s[i] & 0xc0) != 0x80)
			return false;
	return true;
}

size_t utf8_length(struct text text)
{
	const unsigned char *s = (const unsigned char *)text.ptr;

	if (text.len == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		return text.len >= 2 && is_tail(s, 2) ? 2 : 0;
	if (s[0] >= 0xe0 && s[0] <= 0xef) {
		if (text.len < 3 || !is_tail(s, 3) ||
		    (s[0] == 0xe0 && s[1] < 0xa0) ||
		    (s[0] == 0xed && s[1] > 0x9f))
			return 0;
		return 3;
	}
	if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		if (text.len < 4 || !is_tail(s, 4) ||
		    (s[0] == 0xf0 && s[1] < 0x90) ||
		    (s[0] == 0xf4 && s[1] > 0x8f))
			return 0;
		return 4;
	}
	return 0;
}

bool utf8_is_valid(struct text text)
{
	while (text.len > 0) {
		size_t length = utf8_length(text);

		if (length == 0)
			return false;
		text.ptr += length;
		text.len -= length;
	}
	return true;
}

bool utf8_is_printable(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c < 0x20 || c == 0x7f)
			return false;
		if (c == 0xc2 && i + 1 < text.len &&
		    (unsigned char)text.ptr[i + 1] < 0xa0)
			return false;
	}
	return utf8_is_valid(text);
}
