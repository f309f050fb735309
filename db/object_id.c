#include "db/object_id.h"

#include <pthread.h>
#include <string.h>
#include <sodium.h>

enum {
	PREFIX_LEN = 3,
	DIGITS = 26,
	TAIL_BYTES = 10,
};

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Of the id that was made last, so that those of one millisecond sort, too. */
static struct {
	int64_t ms;
	unsigned char tail[TAIL_BYTES];
} last;
static pthread_mutex_t last_lock = PTHREAD_MUTEX_INITIALIZER;

/* One more than the last tail of this millisecond, or a random one with room
 * above it. */
static void next_tail(int64_t now_ms, unsigned char *tail)
{
	pthread_mutex_lock(&last_lock);
	if (now_ms != last.ms) {
		randombytes_buf(last.tail, TAIL_BYTES);
		last.tail[0] &= 0x7f;
		last.ms = now_ms;
	} else {
		for (size_t i = TAIL_BYTES; i-- > 0 && ++last.tail[i] == 0;)
			;
	}
	memcpy(tail, last.tail, TAIL_BYTES);
	pthread_mutex_unlock(&last_lock);
}

void object_id_new(const char *prefix, int64_t now_ms, char id[OBJECT_ID_SIZE])
{
	unsigned char bytes[6 + TAIL_BYTES]; /* time, then the tail */
	unsigned __int128 value = 0;

	next_tail(now_ms, bytes + 6);
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
