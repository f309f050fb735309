/*
 * The snapshot's section of sessions: found by the SHA-256 of their secret, by
 * open addressing over a list that is made anew with every log-in.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "db/sessions.h"
#include "db/snapshot_state.h"

struct snapshot_sessions {
	size_t mask;	 /* of slots: a power of two less one */
	uint32_t *slots; /* 1 + an index into list; 0: empty */
	struct session list[];
};

static struct text hash_of(const unsigned char *sha256)
{
	return (struct text){ (const char *)sha256, 32 };
}

int snapshot_sessions_new(const struct hash_key *key,
			  const struct session *sessions, size_t count,
			  struct snapshot_sessions **ret_sessions)
{
	struct snapshot_sessions *made;
	size_t size = 2;

	while (size < 2 * count)
		size *= 2;
	made = calloc(1, sizeof(*made) + count * sizeof(made->list[0]) +
				 size * sizeof(uint32_t));
	if (!made)
		return ENOMEM;
	made->mask = size - 1;
	made->slots = (uint32_t *)(made->list + count);
	for (size_t i = 0; i < count; i++) {
		size_t at = hash_text(key, hash_of(sessions[i].secret_sha256)) &
			    made->mask;

		made->list[i] = sessions[i];
		while (made->slots[at])
			at = (at + 1) & made->mask;
		made->slots[at] = (uint32_t)i + 1;
	}
	*ret_sessions = made;
	return 0;
}

const struct session *snapshot_sessions_find(
	const struct snapshot_sessions *sessions, const struct hash_key *key,
	const unsigned char secret_sha256[32])
{
	size_t at;

	if (!sessions)
		return NULL;
	at = hash_text(key, hash_of(secret_sha256)) & sessions->mask;
	for (; sessions->slots[at]; at = (at + 1) & sessions->mask) {
		const struct session *session =
			&sessions->list[sessions->slots[at] - 1];

		if (!sodium_memcmp(session->secret_sha256, secret_sha256, 32))
			return session;
	}
	return NULL;
}
