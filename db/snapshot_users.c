/*
 * The snapshot's section of users: who may be let in by the name that a trusted
 * proxy says. Pages by the hash of the name; a change makes one page anew, and
 * shares the others with the snapshot before.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/snapshot_load_rows.h"
#include "db/snapshot_state.h"

struct snapshot_user_page {
	size_t count, size;
	struct snapshot_user list[];
};

size_t snapshot_user_page_at(const struct hash_key *key, struct text name)
{
	return hash_text(key, name) % SNAPSHOT_USER_PAGES;
}

static struct snapshot_user *find(struct snapshot_user_page *page,
				  struct text name)
{
	for (size_t i = 0; page && i < page->count; i++)
		if (text_equals(text_of(page->list[i].name), name))
			return &page->list[i];
	return NULL;
}

/* With room for one more; NULL for want of memory. */
static struct snapshot_user_page *copy_of(const struct snapshot_user_page *page)
{
	size_t count = page ? page->count : 0;
	size_t size = count < 4 ? 4 : 2 * count;
	struct snapshot_user_page *made =
		malloc(sizeof(*made) + size * sizeof(made->list[0]));

	if (!made)
		return NULL;
	made->count = count;
	made->size = size;
	if (count > 0)
		memcpy(made->list, page->list, count * sizeof(made->list[0]));
	return made;
}

int snapshot_user_page_put(struct snapshot_user_page **page, bool is_shared,
			   struct text name, const struct snapshot_user *user)
{
	struct snapshot_user_page *changed = *page;
	struct snapshot_user *place = find(changed, name);

	if (!place && !user)
		return 0;
	if (!changed || is_shared || changed->count == changed->size) {
		changed = copy_of(*page);
		if (!changed)
			return ENOMEM;
		if (!is_shared)
			free(*page);
		*page = changed;
		place = find(changed, name);
	}
	if (!place)
		place = &changed->list[changed->count++];
	*place = user ? *user : changed->list[--changed->count];
	return 0;
}

void snapshot_user_pages_free(struct snapshot *snapshot,
			      const struct snapshot *other)
{
	for (size_t i = 0; i < SNAPSHOT_USER_PAGES; i++)
		if (!other || snapshot->user_pages[i] != other->user_pages[i])
			free(snapshot->user_pages[i]);
}

const struct snapshot_user *snapshot_user(const struct snapshot *snapshot,
					  struct text name)
{
	return find(snapshot->user_pages[snapshot_user_page_at(&snapshot->key,
							       name)],
		    name);
}

/* --- from rows ------------------------------------------------------------ */

static int put_row(struct snapshot_builder *builder, sqlite3_stmt *row)
{
	struct snapshot_user user = {
		.enabled = sqlite3_column_int(row, 3) != 0,
	};

	text_copy(statement_text(row, 0), user.id, sizeof(user.id));
	text_copy(statement_text(row, 1), user.name, sizeof(user.name));
	text_copy(statement_text(row, 2), user.role, sizeof(user.role));
	return snapshot_builder_put_user(builder, text_of(user.name), &user);
}

int snapshot_load_users(struct database *database,
			struct snapshot_builder *builder)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(database,
				     "SELECT id, name, role, enabled FROM user",
				     &statement);

	if (err)
		return err;
	while (!err && !(err = statement_step(statement, &row)) && row)
		err = put_row(builder, statement);
	sqlite3_reset(statement);
	return err;
}

int snapshot_load_user(struct database *database, struct text name,
		       struct snapshot_builder *builder)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(database,
				     "SELECT id, name, role, enabled FROM user "
				     "WHERE name = ?1",
				     &statement);

	if (err)
		return err;
	statement_bind_text(statement, 1, name);
	err = statement_step(statement, &row);
	if (err)
		return err;
	err = row ? put_row(builder, statement)
		  : snapshot_builder_put_user(builder, name, NULL);
	sqlite3_reset(statement);
	return err;
}
