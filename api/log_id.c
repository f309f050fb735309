#include "api/log_id.h"

#include <errno.h>
#include <string.h>

static const char prefix[] = "log_";
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

enum {
	PREFIX_LEN = sizeof(prefix) - 1,
};

void log_id_format(int64_t id, char text[LOG_ID_SIZE])
{
	uint64_t value = (uint64_t)id;

	memcpy(text, prefix, PREFIX_LEN);
	for (int i = LOG_ID_DIGITS - 1; i >= 0; i--) {
		text[PREFIX_LEN + i] = alphabet[value & 31];
		value >>= 5;
	}
	text[LOG_ID_SIZE - 1] = '\0';
}

int log_id_parse(struct text text, int64_t *ret_id)
{
	uint64_t value = 0;

	if (text.len != LOG_ID_SIZE - 1 ||
	    memcmp(text.ptr, prefix, PREFIX_LEN) != 0)
		return EBADMSG;
	for (size_t i = PREFIX_LEN; i < text.len; i++) {
		const char *digit =
			memchr(alphabet, text.ptr[i], sizeof(alphabet) - 1);

		/* The 13 digits hold 65 bits. */
		if (!digit || value > UINT64_MAX >> 5)
			return EBADMSG;
		value = value << 5 | (uint64_t)(digit - alphabet);
	}
	if (value == 0 || value > INT64_MAX)
		return EBADMSG;
	*ret_id = (int64_t)value;
	return 0;
}
