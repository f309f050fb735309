#include "db/ownership.h"

#include <errno.h>
#include <string.h>

#include "db/changes_state.h"

bool ownership_applies(const struct changes *changes)
{
	return ownership_of(changes)[0] != '\0';
}

/* A job that named no actor is the program's own. */
const char *ownership_of(const struct changes *changes)
{
	return changes->actor.owner_id ? changes->actor.owner_id : "";
}

/* 0, or ENOENT without a row. sql has the owner's id as ?2. */
static int ask(struct changes *changes, const char *sql, sqlite3_stmt **made)
{
	int err = database_statement(changes->database, sql, made);

	if (!err)
		statement_bind_string(*made, 2, ownership_of(changes));
	return err;
}

static int answer(sqlite3_stmt *statement)
{
	bool row;
	int err = statement_step(statement, &row);

	if (err)
		return err;
	sqlite3_reset(statement);
	return row ? 0 : ENOENT;
}

int ownership_check(struct changes *changes, const char *address)
{
	sqlite3_stmt *statement;
	int err;

	if (!ownership_applies(changes))
		return 0;
	err = ask(changes,
		  "SELECT 1 FROM address JOIN user ON "
		  "user.row_id = address.owner_id "
		  "WHERE address.uri = ?1 AND user.id = ?2",
		  &statement);
	if (err)
		return err;
	statement_bind_string(statement, 1, address);
	return answer(statement);
}

int ownership_check_domain(struct changes *changes, int64_t domain_row_id)
{
	sqlite3_stmt *statement;
	int err;

	if (!ownership_applies(changes))
		return 0;
	err = ask(changes,
		  "SELECT 1 FROM address JOIN user ON "
		  "user.row_id = address.owner_id "
		  "WHERE address.domain_id = ?1 AND user.id = ?2",
		  &statement);
	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, domain_row_id);
	return answer(statement);
}

/* That an external_id is taken, or that there is a loop, they must hear; by
 * whose move, or along whose addresses, they must not. */
void ownership_hide(const struct changes *changes, const struct move *move,
		    struct move_conflict *conflict)
{
	if (!ownership_applies(changes))
		return;
	if (conflict->kind == MOVE_EXTERNAL_ID_TAKEN)
		conflict->id_count = 0;
	if (conflict->kind != MOVE_LOOPS)
		return;
	for (size_t i = 0; i < 2; i++)
		text_copy(text_of(move->address), conflict->cycle[i],
			  sizeof(conflict->cycle[i]));
	conflict->cycle_count = 2;
}

int ownership_list(struct changes *changes, const char *user_id,
		   struct owned_addresses *ret_owned)
{
	sqlite3_stmt *statement;
	size_t count = 0;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT uri FROM address WHERE owner_id = "
		"(SELECT row_id FROM user WHERE id = ?1) ORDER BY uri LIMIT ?2",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, user_id);
	sqlite3_bind_int(statement, 2, USER_ADDRESSES_MAX);
	while (!(err = statement_step(statement, &row)) && row)
		text_copy(statement_text(statement, 0),
			  ret_owned->uris[count++], sizeof(ret_owned->uris[0]));
	ret_owned->count = count;
	return err;
}

int ownership_owner_id(struct changes *changes, const char *address,
		       char ret_owner_id[OBJECT_ID_SIZE])
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(changes->database,
				     "SELECT user.id FROM address JOIN user ON "
				     "user.row_id = address.owner_id "
				     "WHERE address.uri = ?1",
				     &statement);

	ret_owner_id[0] = '\0';
	if (err)
		return err;
	statement_bind_string(statement, 1, address);
	err = statement_step(statement, &row);
	if (err || !row)
		return err;
	text_copy(statement_text(statement, 0), ret_owner_id, OBJECT_ID_SIZE);
	return statement_finish(statement);
}

int ownership_owner(struct changes *changes, const char *address,
		    int64_t *ret_owner_row_id)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT owner_id FROM address WHERE uri = ?1", &statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, address);
	err = statement_step(statement, &row);
	if (err)
		return err;
	*ret_owner_row_id = row ? sqlite3_column_int64(statement, 0) : 0;
	sqlite3_reset(statement);
	return 0;
}

int ownership_set(struct changes *changes, const struct user *user)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE address SET owner_id = NULL WHERE owner_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, user->row_id);
	err = statement_run(statement);
	for (size_t i = 0; !err && i < user->address_count; i++) {
		err = database_statement(
			changes->database,
			"UPDATE address SET owner_id = ?1 WHERE uri = ?2",
			&statement);
		if (err)
			break;
		sqlite3_bind_int64(statement, 1, user->row_id);
		statement_bind_string(statement, 2, user->addresses[i]);
		err = statement_run(statement);
	}
	return err;
}
