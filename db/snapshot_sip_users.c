/*
 * The section of a snapshot that calls are authenticated from: the domains that
 * require it and their users, in one allocation. Both are found by open
 * addressing under the snapshot's keyed hash: slots hold 1 + an index into the
 * list, at most half of them are used.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/snapshot_state.h"

enum {
	/* Of what a user is hashed by: "username" NUL "realm". */
	NAME_SIZE = SIP_USERNAME_MAX + 1 + DOMAIN_NAME_MAX,
};

struct user {
	struct text username, realm;
	struct digest_secrets secrets;
};

struct index {
	uint32_t *slots;
	size_t mask;
};

struct snapshot_sip_users {
	struct snapshot_authentication *authentications;
	struct user *users;
	struct index by_domain, by_user;
	size_t authentication_count;
};

/* Hands out pieces of one allocation, the largest alignment first. */
struct pieces {
	char *at;
};

static void *take(struct pieces *pieces, size_t size)
{
	void *piece = pieces->at;

	pieces->at += size;
	return piece;
}

static struct text take_text(struct pieces *pieces, const char *text)
{
	struct text source = text_of(text);
	char *copy = take(pieces, source.len);

	if (source.len > 0)
		memcpy(copy, source.ptr, source.len);
	return (struct text){ copy, source.len };
}

static size_t slots_needed(size_t count)
{
	size_t size = 2;

	while (size < 2 * count)
		size *= 2;
	return size;
}

static void index_put(struct index *index, uint64_t hash, size_t place)
{
	size_t at = hash & index->mask;

	while (index->slots[at])
		at = (at + 1) & index->mask;
	index->slots[at] = (uint32_t)place + 1;
}

/* False if the name is too long for any user. */
static bool hash_user(const struct hash_key *key, struct text realm,
		      struct text username, uint64_t *ret_hash)
{
	char buffer[NAME_SIZE];
	struct writer writer = writer_over(buffer, sizeof(buffer));

	writer_put(&writer, username);
	writer_byte(&writer, '\0');
	writer_put(&writer, realm);
	*ret_hash = hash_text(key, writer_text(&writer));
	return writer_is_complete(&writer);
}

static size_t text_bytes(const struct sip_user_rows *rows)
{
	size_t bytes = 0;

	for (size_t i = 0; i < rows->user_count; i++)
		bytes += strlen(rows->users[i].username) +
			 strlen(rows->users[i].domain);
	for (size_t i = 0; i < rows->authentication_count; i++)
		bytes += strlen(rows->authentications[i].domain);
	return bytes;
}

static void put_authentications(struct snapshot_sip_users *made,
				struct pieces *texts,
				const struct hash_key *key,
				const struct sip_user_rows *rows)
{
	for (size_t i = 0; i < rows->authentication_count; i++) {
		const struct domain_authentication *row =
			&rows->authentications[i];
		struct text realm = take_text(texts, row->domain);

		if (!row->required || row->algorithms == 0)
			continue;
		made->authentications[made->authentication_count] =
			(struct snapshot_authentication){
				.realm = realm,
				.algorithms = row->algorithms,
				.nonce_lifetime_ms = row->nonce_seconds * 1000,
				.is_qop_needed = row->require_qop,
				.is_nonce_bound = row->bind_nonce,
			};
		index_put(&made->by_domain, hash_text(key, realm),
			  made->authentication_count++);
	}
}

static void put_users(struct snapshot_sip_users *made, struct pieces *texts,
		      const struct hash_key *key,
		      const struct sip_user_rows *rows)
{
	for (size_t i = 0; i < rows->user_count; i++) {
		struct user *user = &made->users[i];
		uint64_t hash;

		user->username = take_text(texts, rows->users[i].username);
		user->realm = take_text(texts, rows->users[i].domain);
		user->secrets = rows->users[i].secrets;
		if (hash_user(key, user->realm, user->username, &hash))
			index_put(&made->by_user, hash, i);
	}
}

int snapshot_sip_users_new(const struct hash_key *key,
			   const struct sip_user_rows *rows,
			   struct snapshot_sip_users **ret_sip_users)
{
	size_t domain_slots = slots_needed(rows->authentication_count);
	size_t user_slots = slots_needed(rows->user_count);
	size_t authentications_size = rows->authentication_count *
				      sizeof(struct snapshot_authentication);
	size_t users_size = rows->user_count * sizeof(struct user);
	struct snapshot_sip_users *made = calloc(
		1, sizeof(*made) + authentications_size + users_size +
			   (domain_slots + user_slots) * sizeof(uint32_t) +
			   text_bytes(rows));
	struct pieces pieces;

	if (!made)
		return ENOMEM;
	pieces.at = (char *)(made + 1);
	made->authentications = take(&pieces, authentications_size);
	made->users = take(&pieces, users_size);
	made->by_domain =
		(struct index){ take(&pieces, domain_slots * sizeof(uint32_t)),
				domain_slots - 1 };
	made->by_user =
		(struct index){ take(&pieces, user_slots * sizeof(uint32_t)),
				user_slots - 1 };
	put_authentications(made, &pieces, key, rows);
	put_users(made, &pieces, key, rows);
	*ret_sip_users = made;
	return 0;
}

bool snapshot_has_authentication(const struct snapshot *snapshot)
{
	return snapshot->sip_users->authentication_count > 0;
}

const struct snapshot_authentication *snapshot_authentication(
	const struct snapshot *snapshot, struct text domain)
{
	const struct snapshot_sip_users *section = snapshot->sip_users;
	const struct index *index = &section->by_domain;
	uint64_t at = hash_text(&snapshot->key, domain);

	for (; index->slots[at & index->mask]; at++) {
		const struct snapshot_authentication *found =
			&section->authentications
				 [index->slots[at & index->mask] - 1];

		if (text_equals(found->realm, domain))
			return found;
	}
	return NULL;
}

const struct digest_secrets *snapshot_sip_user(const struct snapshot *snapshot,
					       struct text realm,
					       struct text username)
{
	const struct snapshot_sip_users *section = snapshot->sip_users;
	const struct index *index = &section->by_user;
	uint64_t at;

	if (!hash_user(&snapshot->key, realm, username, &at))
		return NULL;
	for (; index->slots[at & index->mask]; at++) {
		const struct user *found =
			&section->users[index->slots[at & index->mask] - 1];

		if (text_equals(found->username, username) &&
		    text_equals(found->realm, realm))
			return &found->secrets;
	}
	return NULL;
}
