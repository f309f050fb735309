#include "db/object_id.h"

#include <string.h>
#include <sodium.h>

enum {
	PREFIX_LEN = 3,
	DIGITS = 26,
};

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void object_id_new(const char *prefix, int64_t now_ms, char id[OBJECT_ID_SIZE])
{
	unsigned char bytes[16]; /* 6 of time, 10 random */
	unsigned __int128 value = 0;

	randombytes_buf(bytes + 6, 10);
	for (int i = 0; i < 6; i++)
		bytes[i] = (unsigned char)((uint64_t)now_ms >> (40 - 8 * i));
	for (size_t i = 0; i < sizeof(bytes); i++)
		value = value << 8 | bytes[i];
	memcpy(id, prefix, PREFIX_LEN);
	id[PREFIX_LEN] = '_';
	for (int i = DIGITS - 1; i >= 0; i--) {
		id[PREFIX_LEN + 1 + i] = alphabet[value & 31];
		value >>= 5;
	}
	id[OBJECT_ID_SIZE - 1] = '\0';
}

bool object_id_is_valid(struct text id, const char *prefix)
{
	if (id.len != OBJECT_ID_SIZE - 1 ||
	    memcmp(id.ptr, prefix, PREFIX_LEN) != 0 ||
	    id.ptr[PREFIX_LEN] != '_')
		return false;
	for (size_t i = PREFIX_LEN + 1; i < id.len; i++)
		if (!id.ptr[i] || !strchr(alphabet, id.ptr[i]))
			return false;
	return true;
}
