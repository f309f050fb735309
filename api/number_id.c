#include "api/number_id.h"

#include <errno.h>
#include <string.h>

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

enum {
	PREFIX_LEN = 3,
	START_LEN = PREFIX_LEN + 1, /* with the underscore */
};

void number_id_format(const char *prefix, int64_t number,
		      char id[NUMBER_ID_SIZE])
{
	uint64_t value = (uint64_t)number;

	memcpy(id, prefix, PREFIX_LEN);
	id[PREFIX_LEN] = '_';
	for (int i = NUMBER_ID_DIGITS - 1; i >= 0; i--) {
		id[START_LEN + i] = alphabet[value & 31];
		value >>= 5;
	}
	id[NUMBER_ID_SIZE - 1] = '\0';
}

int number_id_parse(struct text id, const char *prefix, int64_t *ret_number)
{
	uint64_t value = 0;

	if (id.len != NUMBER_ID_SIZE - 1 ||
	    memcmp(id.ptr, prefix, PREFIX_LEN) != 0 ||
	    id.ptr[PREFIX_LEN] != '_')
		return EBADMSG;
	for (size_t i = START_LEN; i < id.len; i++) {
		const char *digit =
			memchr(alphabet, id.ptr[i], sizeof(alphabet) - 1);

		/* The 13 digits hold 65 bits. */
		if (!digit || value > UINT64_MAX >> 5)
			return EBADMSG;
		value = value << 5 | (uint64_t)(digit - alphabet);
	}
	if (value == 0 || value > INT64_MAX)
		return EBADMSG;
	*ret_number = (int64_t)value;
	return 0;
}
