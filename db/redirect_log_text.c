#include "db/redirect_log_text.h"
#include "base/utf8.h"

#include <string.h>

/* Only bytes 0x01 to 0x7f; eight at a time, as it is done for every call. */
static bool is_plain(struct text text)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t suspicious = 0;
	size_t i = 0;

	for (; i + sizeof(uint64_t) <= text.len; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, text.ptr + i, sizeof(word));
		/* The high bit shows in a byte above 0x7f, or in one below 1.
		 */
		suspicious |= (word | (word - ones)) & (ones << 7);
	}
	for (; i < text.len; i++)
		suspicious |= (unsigned char)text.ptr[i] - 1u > 0x7e;
	return suspicious == 0;
}

bool log_text_is_clean(struct text text)
{
	return is_plain(text) ||
	       (!memchr(text.ptr, '\0', text.len) && utf8_is_valid(text));
}

size_t log_text_clean(struct text text, char *buffer, size_t size)
{
	static const struct text replacement = { "\xef\xbf\xbd", 3 };
	size_t used = 0;

	while (text.len > 0) {
		size_t step = text.ptr[0] == '\0' ? 0 : utf8_length(text);
		struct text piece = step ? (struct text){ text.ptr, step }
					 : replacement;

		if (piece.len > size - used)
			break;
		memcpy(buffer + used, piece.ptr, piece.len);
		used += piece.len;
		step = step ? step : 1;
		text.ptr += step;
		text.len -= step;
	}
	return used;
}

void log_text_copy(struct text text, char *buffer, size_t size)
{
	size_t used;

	if (text.len < size && is_plain(text)) {
		if (text.len > 0)
			memcpy(buffer, text.ptr, text.len);
		used = text.len;
	} else {
		used = log_text_clean(text, buffer, size - 1);
	}
	buffer[used] = '\0';
}
