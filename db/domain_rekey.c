/*
 * A domain that begins to ignore the case of user parts: its addresses, the
 * moves of these and the targets that lead to them are kept in lower case from
 * now on, all in one change. lower() of SQLite knows ASCII letters and no
 * others, as sip_address_ignore_case() does.
 *
 * Two addresses that become one are refused, and so is a loop that comes to be.
 */
#include "db/domain_settings_rows.h"

#include <errno.h>
#include <stdlib.h>

#include "db/move_rows.h"

enum {
	REKEYED_MAX = 100000, /* addresses, and moves, of one change */
};

/* Where the host of a canonical address is; a tel: address has none. */
#define HOST_OF(column) "substr(" column ", instr(" column ", '@') + 1)"

struct rekey {
	struct changes *changes;
	const struct domain *domain;
	struct domain_conflict *conflict;
};

/* ?1: its name; ?2: row_id of the domain. */
static int prepare(const struct rekey *rekey, const char *sql,
		   sqlite3_stmt **ret_statement)
{
	int err = database_statement(rekey->changes->database, sql,
				     ret_statement);

	if (!err)
		statement_bind_string(*ret_statement, 1, rekey->domain->name);
	return err;
}

/* Those that are another's double but for case, each with its twin. */
static int refuse_doubles(const struct rekey *rekey)
{
	struct domain_conflict *conflict = rekey->conflict;
	sqlite3_stmt *statement;
	bool row;
	int err = prepare(
		rekey,
		"SELECT id, uri FROM address a WHERE domain_id = (SELECT "
		"row_id FROM domain WHERE name = ?1) AND lower(uri) IN ("
		"SELECT lower(uri) FROM address WHERE domain_id = (SELECT "
		"row_id FROM domain WHERE name = ?1) GROUP BY 1 HAVING "
		"count(*) > 1) ORDER BY lower(uri), uri LIMIT 8",
		&statement);

	if (err)
		return err;
	while (!(err = statement_step(statement, &row)) && row) {
		size_t i = conflict->count++;

		text_copy(statement_text(statement, 0), conflict->ids[i],
			  sizeof(conflict->ids[i]));
		text_copy(statement_text(statement, 1), conflict->addresses[i],
			  sizeof(conflict->addresses[i]));
		if (conflict->count == DOMAIN_CONFLICTS_MAX)
			break;
	}
	sqlite3_reset(statement);
	return err ? err : (conflict->count > 0 ? EEXIST : 0);
}

/* What calls are answered from is read anew under both names. */
static int touch(struct changes *changes, struct text uri)
{
	char address[MOVE_ADDRESS_MAX + 1];
	int err;

	if (!text_copy(uri, address, sizeof(address)))
		return 0;
	err = changes_touch_address(changes, address);
	if (err)
		return err;
	sip_address_ignore_case(address, uri.len);
	return changes_touch_address(changes, address);
}

static int touch_all(const struct rekey *rekey)
{
	size_t count = 0;
	sqlite3_stmt *statement;
	bool row;
	int err = prepare(rekey,
			  "SELECT uri FROM address WHERE domain_id = (SELECT "
			  "row_id FROM domain WHERE name = ?1) "
			  "AND uri <> lower(uri)",
			  &statement);

	if (err)
		return err;
	while (!(err = statement_step(statement, &row)) && row) {
		err = ++count > REKEYED_MAX
			      ? E2BIG
			      : touch(rekey->changes,
				      statement_text(statement, 0));
		if (err)
			break;
	}
	sqlite3_reset(statement);
	return err;
}

/* Moves that calls could come round by, now that more addresses are the same.
 * *ret_ids: malloc'ed, the caller's. */
static int read_suspects(const struct rekey *rekey,
			 char (**ret_ids)[MOVE_ID_SIZE], size_t *ret_count)
{
	char(*ids)[MOVE_ID_SIZE] = NULL;
	size_t count = 0, size = 0;
	sqlite3_stmt *statement;
	bool row;
	int err = prepare(
		rekey,
		"SELECT DISTINCT m.id FROM move m JOIN move_target t "
		"ON t.move_id = m.row_id WHERE m.cancelled_at = 0 "
		"AND m.ends_at > ?2 AND ((" HOST_OF(
			"m.address") " = ?1 "
				     "AND m.address <> lower(m.address)) OR "
				     "(" HOST_OF("t.leads_to") " = ?1 AND "
							       "t.leads_to <> "
							       "lower(t.leads_"
							       "to)))",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 2, rekey->changes->now_ms);
	while (!(err = statement_step(statement, &row)) && row) {
		if (count == size) {
			char(*more)[MOVE_ID_SIZE] = NULL;

			size = size ? 2 * size : 64;
			if (size <= 2 * (size_t)REKEYED_MAX)
				more = reallocarray(ids, size, MOVE_ID_SIZE);
			if (!more) {
				err = count >= REKEYED_MAX ? E2BIG : ENOMEM;
				break;
			}
			ids = more;
		}
		text_copy(statement_text(statement, 0), ids[count++],
			  MOVE_ID_SIZE);
	}
	sqlite3_reset(statement);
	*ret_ids = ids;
	*ret_count = count;
	return err;
}

static const char *const updates[] = {
	"UPDATE address SET uri = lower(uri), updated_at = ?2, revision = ?3 "
	"WHERE domain_id = (SELECT row_id FROM domain WHERE name = ?1) "
	"AND uri <> lower(uri)",
	"UPDATE move SET address = lower(address), updated_at = ?2, "
	"revision = ?3 WHERE " HOST_OF(
		"address") " = ?1 "
			   "AND address <> lower(address)",
	"UPDATE move_target SET leads_to = lower(leads_to) "
	"WHERE " HOST_OF("leads_to") " = ?1 AND leads_to <> lower(leads_to) "
				     "AND ?2 AND ?3",
};

static int update_all(const struct rekey *rekey)
{
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(updates) / sizeof(*updates);
	     i++) {
		sqlite3_stmt *statement;

		err = prepare(rekey, updates[i], &statement);
		if (err)
			break;
		sqlite3_bind_int64(statement, 2, rekey->changes->now_ms);
		sqlite3_bind_int64(statement, 3,
				   changes_revision(rekey->changes));
		err = statement_run(statement);
	}
	return err;
}

static int refuse_loop(const struct rekey *rekey, const char *id)
{
	struct faults faults = { 0 };
	const struct move_write write = {
		.faults = &faults,
		.conflict = &rekey->conflict->loop,
	};
	struct move_row row;
	int err = move_row_find(rekey->changes, text_of(id), 0, &row);

	if (!err)
		err = move_loops_refuse(rekey->changes, &row.move, &write);
	faults_clear(&faults);
	/* A chain too long to follow was so before. */
	return err == EINVAL ? 0 : err;
}

int domain_rekey(struct changes *changes, const struct domain *domain,
		 struct domain_conflict *conflict)
{
	const struct rekey rekey = { changes, domain, conflict };
	char(*suspects)[MOVE_ID_SIZE] = NULL;
	size_t count = 0;
	int err = refuse_doubles(&rekey);

	if (!err)
		err = touch_all(&rekey);
	if (!err)
		err = read_suspects(&rekey, &suspects, &count);
	if (!err)
		err = update_all(&rekey);
	for (size_t i = 0; !err && i < count; i++)
		err = refuse_loop(&rekey, suspects[i]);
	free(suspects);
	return err;
}
