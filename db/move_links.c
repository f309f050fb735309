#include "db/move_links.h"

#include "base/timestamp.h"
#include "db/rows.h"
#include "db/target_rule.h"
#include "db/webhook_outbox.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
	KEY_SIZE = 32,
	NUMBER_SIZE = 8,
	SIGNATURE_SIZE = 24, /* of 32 bytes */
	TOKEN_BYTES = NUMBER_SIZE + SIGNATURE_SIZE,
	LIFE_MAX_MS = 7 * 24 * 3600 * 1000,
	URL_SIZE = 256 + 64,
};

/* --- tokens -----------------------------------------------------------------
 */

static void read_key(sqlite3_stmt *row, void *ret_key)
{
	const void *bytes = sqlite3_column_blob(row, 0);

	if (bytes && sqlite3_column_bytes(row, 0) == KEY_SIZE)
		memcpy(ret_key, bytes, KEY_SIZE);
}

/* ENOENT: there is none yet. */
static int get_key(struct changes *changes, unsigned char key[KEY_SIZE])
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database, "SELECT key FROM move_link_key", &statement);

	return err ? err : row_read(statement, read_key, key);
}

static int make_key(struct changes *changes, unsigned char key[KEY_SIZE])
{
	sqlite3_stmt *statement;
	int err = get_key(changes, key);

	if (err != ENOENT)
		return err;
	randombytes_buf(key, KEY_SIZE);
	err = database_statement(changes->database,
				 "INSERT INTO move_link_key (one, key) "
				 "VALUES (1, ?1)",
				 &statement);
	if (err)
		return err;
	sqlite3_bind_blob(statement, 1, key, KEY_SIZE, SQLITE_TRANSIENT);
	return statement_run(statement);
}

static void sign(const unsigned char key[KEY_SIZE], int64_t number,
		 unsigned char token[TOKEN_BYTES])
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];

	for (int i = 0; i < NUMBER_SIZE; i++)
		token[i] = (unsigned char)((uint64_t)number >>
					   (8 * (NUMBER_SIZE - 1 - i)));
	crypto_auth_hmacsha256(mac, token, NUMBER_SIZE, key);
	memcpy(token + NUMBER_SIZE, mac, SIGNATURE_SIZE);
}

/* False: it is none, or not signed by us. */
static bool read_token(const unsigned char key[KEY_SIZE], struct text text,
		       int64_t *ret_number)
{
	unsigned char token[TOKEN_BYTES], expected[TOKEN_BYTES];
	uint64_t number = 0;
	size_t len;

	if (text.len != MOVE_LINK_TOKEN_LEN ||
	    sodium_base642bin(token, sizeof(token), text.ptr, text.len, NULL,
			      &len, NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) ||
	    len != sizeof(token))
		return false;
	for (int i = 0; i < NUMBER_SIZE; i++)
		number = number << 8 | token[i];
	sign(key, (int64_t)number, expected);
	*ret_number = (int64_t)number;
	return sodium_memcmp(token, expected, sizeof(token)) == 0;
}

/* --- making -----------------------------------------------------------------
 */

static int insert_link(struct changes *changes, const struct move *move,
		       enum move_link_action action, int64_t expires_at_ms,
		       int64_t *ret_number)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO move_link (move_id, action, created_at, "
		"expires_at, used_at) VALUES (?1, ?2, ?3, ?4, 0)",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, move->id);
	sqlite3_bind_int(statement, 2, (int)action);
	sqlite3_bind_int64(statement, 3, changes->now_ms);
	sqlite3_bind_int64(statement, 4, expires_at_ms);
	err = statement_run(statement);
	*ret_number =
		sqlite3_last_insert_rowid(database_handle(changes->database));
	return err;
}

static int make_url(struct changes *changes, const struct move *move,
		    enum move_link_action action, int64_t expires_at_ms,
		    char url[URL_SIZE])
{
	unsigned char key[KEY_SIZE] = { 0 }, token[TOKEN_BYTES];
	char text[sodium_base64_ENCODED_LEN(
		TOKEN_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
	int64_t number = 0;
	int err = make_key(changes, key);

	if (!err)
		err = insert_link(changes, move, action, expires_at_ms,
				  &number);
	if (err)
		return err;
	sign(key, number, token);
	sodium_bin2base64(text, sizeof(text), token, sizeof(token),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	snprintf(url, URL_SIZE, "%s/move-links/%s", changes->public_origin,
		 text);
	return 0;
}

int move_links_make(struct changes *changes, const struct move *move,
		    char **ret_json)
{
	char end[URL_SIZE] = "", extend[URL_SIZE] = "",
	     expires_at[TIMESTAMP_SIZE] = "";
	const char *const texts[] = { end, extend, expires_at, NULL };
	int64_t until_ms = changes->now_ms + LIFE_MAX_MS;
	int err = 0;

	if (move->ends_at_ms < until_ms)
		until_ms = move->ends_at_ms;
	timestamp_format(until_ms, expires_at);
	if (changes->public_origin && changes->public_origin[0]) {
		err = make_url(changes, move, MOVE_LINK_END, until_ms, end);
		if (!err && move->ends_at_ms != MOVE_OPEN_END)
			err = make_url(changes, move, MOVE_LINK_EXTEND,
				       until_ms, extend);
	}
	return err ? err
		   : webhook_json(changes,
				  "SELECT iif(?1 = '', 'null', json_object("
				  "'end', ?1, 'extend', nullif(?2, ''), "
				  "'expires_at', ?3))",
				  texts, ret_json);
}

/* --- using ------------------------------------------------------------------
 */

static int read_row(struct changes *changes, int64_t number,
		    char move_id[MOVE_ID_SIZE], struct move_link *ret_link)
{
	sqlite3_stmt *statement;
	int64_t action;
	bool row;
	int err = database_statement(changes->database,
				     "SELECT move_id, action, expires_at, "
				     "used_at FROM move_link WHERE row_id = ?1",
				     &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, number);
	err = statement_step(statement, &row);
	if (err || !row)
		return err ? err : ENOENT;
	action = sqlite3_column_int64(statement, 1);
	text_copy(statement_text(statement, 0), move_id, MOVE_ID_SIZE);
	ret_link->row_id = number;
	ret_link->action = action == MOVE_LINK_EXTEND ? MOVE_LINK_EXTEND
						      : MOVE_LINK_END;
	ret_link->expires_at_ms = sqlite3_column_int64(statement, 2);
	ret_link->used_at_ms = sqlite3_column_int64(statement, 3);
	return statement_finish(statement);
}

/* Whoever is logged in where the link is opened: the link says what is seen. */
static void act_as_nobody(struct changes *changes)
{
	struct actor actor = changes->actor;

	actor.kind = "link";
	actor.owner_id = actor.user_id = "";
	changes_set_actor(changes, &actor);
}

int move_link_find(struct changes *changes, struct text token,
		   struct move_link *ret_link)
{
	unsigned char key[KEY_SIZE] = { 0 };
	char move_id[MOVE_ID_SIZE];
	int64_t number;
	int err = get_key(changes, key);

	act_as_nobody(changes);
	if (!err && !read_token(key, token, &number))
		err = ENOENT;
	if (!err)
		err = read_row(changes, number, move_id, ret_link);
	if (!err)
		err = move_get(changes, text_of(move_id), &ret_link->move);
	return err;
}

bool move_link_is_good(const struct move_link *link, int64_t now_ms)
{
	enum move_state state = move_state(&link->move, now_ms);

	return link->used_at_ms == 0 && now_ms < link->expires_at_ms &&
	       (state == MOVE_ACTIVE || state == MOVE_SCHEDULED);
}

static int mark_used(struct changes *changes, const struct move_link *link)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE move_link SET used_at = ?2 WHERE row_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, link->row_id);
	sqlite3_bind_int64(statement, 2, changes->now_ms);
	return statement_run(statement);
}

/* With the rights of who set the move. */
static void act_as_holder(struct changes *changes, const struct move *move)
{
	struct actor actor = changes->actor;

	actor.name = move->created_by;
	actor.role = move->set_by_role ? target_role_names[move->set_by_role]
				       : "admin";
	changes_set_actor(changes, &actor);
}

int move_link_use(struct changes *changes, struct text token,
		  const struct move_write *write, struct move_link *ret_link)
{
	struct move *move = &ret_link->move;
	int err = move_link_find(changes, token, ret_link);

	if (!err && !move_link_is_good(ret_link, changes->now_ms))
		err = ESTALE;
	if (!err)
		err = mark_used(changes, ret_link);
	if (err)
		return err;
	ret_link->used_at_ms = changes->now_ms;
	act_as_holder(changes, move);
	if (ret_link->action == MOVE_LINK_EXTEND) {
		move->ends_at_ms += MOVE_LINK_EXTEND_MS;
		return move_update(changes, move, write);
	}
	return move_end(changes, text_of(move->id), 0, move);
}

int move_links_forget(struct changes *changes, int64_t before_ms)
{
	changes->touched_quietly = true;
	return row_run(changes,
		       "DELETE FROM move_link WHERE row_id IN (SELECT row_id "
		       "FROM move_link WHERE expires_at < ?1 LIMIT 500)",
		       before_ms);
}
