/*
 * The snapshot's section of users: who may be let in by the name that a trusted
 * proxy says. Found by name, by open addressing.
 */
#include <errno.h>
#include <stdlib.h>

#include "db/loaded_rows.h"
#include "db/snapshot_load_rows.h"
#include "db/snapshot_state.h"

struct snapshot_users {
	size_t mask;	 /* of slots: a power of two less one */
	uint32_t *slots; /* 1 + an index into list; 0: empty */
	struct snapshot_user list[];
};

int snapshot_users_new(const struct hash_key *key,
		       const struct snapshot_user *users, size_t count,
		       struct snapshot_users **ret_users)
{
	struct snapshot_users *made;
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
		size_t at = hash_text(key, text_of(users[i].name)) & made->mask;

		made->list[i] = users[i];
		while (made->slots[at])
			at = (at + 1) & made->mask;
		made->slots[at] = (uint32_t)i + 1;
	}
	*ret_users = made;
	return 0;
}

const struct snapshot_user *snapshot_users_find(
	const struct snapshot_users *users, const struct hash_key *key,
	struct text name)
{
	size_t at;

	if (!users)
		return NULL;
	at = hash_text(key, name) & users->mask;
	for (; users->slots[at]; at = (at + 1) & users->mask) {
		const struct snapshot_user *user =
			&users->list[users->slots[at] - 1];

		if (text_equals(text_of(user->name), name))
			return user;
	}
	return NULL;
}

static int read_user(sqlite3_stmt *row, void *item)
{
	struct snapshot_user *user = item;

	user->enabled = sqlite3_column_int(row, 3);
	text_copy(statement_text(row, 0), user->id, sizeof(user->id));
	text_copy(statement_text(row, 1), user->name, sizeof(user->name));
	text_copy(statement_text(row, 2), user->role, sizeof(user->role));
	return 0;
}

int snapshot_load_users(struct database *database,
			struct snapshot_builder *builder)
{
	struct loaded_rows users = { .item_size =
					     sizeof(struct snapshot_user) };
	int err = loaded_rows_read(&users, database,
				   "SELECT id, name, role, enabled FROM user",
				   read_user);

	if (!err)
		err = snapshot_builder_set_users(builder, users.items,
						 users.count);
	free(users.items);
	return err;
}
