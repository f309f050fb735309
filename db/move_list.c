/*
 * Lists of moves: a page is read along one index from the row after the last
 * one of the page before, so that the thousandth page costs what the first did.
 */
#include "db/move_rows.h"
#include "db/ownership.h"

#include <errno.h>

enum {
	SQL_SIZE = 2048,
};

/* Parameters of the clauses, all bound always; an unused one is ignored. */
enum {
	P_NOW = 1,
	P_ADDRESS,
	P_TARGET,
	P_EXTERNAL_ID,
	P_NOTE,
	P_ACTIVE_AT,
	P_FROM,
	P_UNTIL,
	P_AFTER_KEY,
	P_AFTER_ID,
	P_LIMIT,
	P_AT_DOMAIN,
	P_SINCE,
	P_PREFIX,
	P_OWNER,
};

static const char *const state_clauses[] = {
	[MOVE_SCHEDULED] = "(cancelled_at = 0 AND starts_at > ?1)",
	[MOVE_ACTIVE] = "(cancelled_at = 0 AND starts_at <= ?1 "
			"AND ends_at > ?1)",
	[MOVE_ENDED] = "(cancelled_at = 0 AND ends_at <= ?1)",
	[MOVE_CANCELLED] = "cancelled_at <> 0",
};

/* An id starts with the time of its creation, so that ids alone are in order of
 * creation. */
static const struct {
	const char *order, *order_descending;
	const char *after, *after_descending;
	bool has_number_key;
} sorts[] = {
	[MOVE_SORT_CREATED_AT] = { "id", "id DESC", "id > ?10", "id < ?10",
				   false },
	[MOVE_SORT_STARTS_AT] = { "starts_at, id", "starts_at DESC, id DESC",
				  "(starts_at, id) > (?9, ?10)",
				  "(starts_at, id) < (?9, ?10)", true },
	[MOVE_SORT_ADDRESS] = { "address, id", "address DESC, id DESC",
				"(address, id) > (?9, ?10)",
				"(address, id) < (?9, ?10)", false },
	[MOVE_SORT_REVISION] = { "revision, id", "revision DESC, id DESC",
				 "(revision, id) > (?9, ?10)",
				 "(revision, id) < (?9, ?10)", true },
};

static void put(struct writer *sql, const char *string)
{
	writer_put(sql, text_of(string));
}

static void put_clause(struct writer *sql, bool is_wanted, const char *clause)
{
	if (!is_wanted)
		return;
	put(sql, " AND ");
	put(sql, clause);
}

static void put_states(struct writer *sql, unsigned states)
{
	const char *between = " AND (";

	for (unsigned i = MOVE_SCHEDULED; i <= MOVE_CANCELLED; i++) {
		if (!(states & 1U << i))
			continue;
		put(sql, between);
		put(sql, state_clauses[i]);
		between = " OR ";
	}
	if (between[1] == 'O')
		put(sql, ")");
}

static void put_filter(struct writer *sql, const struct move_filter *filter,
		       bool is_owner_held)
{
	put_clause(sql, is_owner_held, "address IN " OWNERSHIP_URIS("?15"));
	put_clause(sql, filter->address.len > 0, "address = ?2");
	/* The first part finds the place in the index. */
	put_clause(sql, filter->address_prefix.len > 0,
		   "address >= ?14 AND substr(address, 1, length(?14)) = ?14 "
		   "AND address < ?14 || x'f48fbfbf'");
	put_clause(sql, filter->at_domain.len > 0,
		   "substr(address, -length(?12)) = ?12");
	put_clause(sql, filter->target.len > 0,
		   "row_id IN (SELECT move_id FROM move_target "
		   "WHERE uri = ?3)");
	put_clause(sql, filter->external_id.len > 0,
		   "external_id IS NOT NULL AND external_id = ?4");
	put_clause(sql, filter->note_contains.len > 0,
		   "(instr(lower(note), lower(?5)) "
		   "OR instr(lower(address), lower(?5)))");
	put_clause(sql, filter->active_at_ms != 0,
		   "cancelled_at = 0 AND starts_at <= ?6 AND ends_at > ?6");
	put_clause(sql, filter->from_ms != 0, "ends_at > ?7");
	put_clause(sql, filter->until_ms != 0, "starts_at < ?8");
	put_clause(sql, filter->is_watch, "revision > ?13");
	put_states(sql, filter->states);
}

static void put_page(struct writer *sql, const struct move_filter *filter,
		     bool is_owner_held)
{
	bool down = filter->descending;

	put(sql, "SELECT " MOVE_COLUMNS " FROM move WHERE 1");
	put_filter(sql, filter, is_owner_held);
	put_clause(sql, filter->after_id[0] != '\0',
		   down ? sorts[filter->sort].after_descending
			: sorts[filter->sort].after);
	put(sql, " ORDER BY ");
	put(sql, down ? sorts[filter->sort].order_descending
		      : sorts[filter->sort].order);
	put(sql, " LIMIT ?11");
}

/* Bounds that name the time of a key, as a cursor carries it. */
static int bind_after(sqlite3_stmt *statement, const struct move_filter *filter)
{
	struct text key = text_of(filter->after_key);
	uint64_t time_ms;

	if (!filter->after_id[0])
		return 0;
	statement_bind_string(statement, P_AFTER_ID, filter->after_id);
	if (!sorts[filter->sort].has_number_key) {
		statement_bind_text(statement, P_AFTER_KEY, key);
		return 0;
	}
	if (text_to_u64(key, &time_ms) || time_ms > INT64_MAX)
		return EINVAL;
	sqlite3_bind_int64(statement, P_AFTER_KEY, (int64_t)time_ms);
	return 0;
}

static int bind(sqlite3_stmt *statement, const struct move_filter *filter,
		int64_t now_ms)
{
	sqlite3_bind_int64(statement, P_NOW, now_ms);
	statement_bind_text(statement, P_ADDRESS, filter->address);
	statement_bind_text(statement, P_TARGET, filter->target);
	statement_bind_text(statement, P_EXTERNAL_ID, filter->external_id);
	statement_bind_text(statement, P_NOTE, filter->note_contains);
	sqlite3_bind_int64(statement, P_ACTIVE_AT, filter->active_at_ms);
	sqlite3_bind_int64(statement, P_FROM, filter->from_ms);
	sqlite3_bind_int64(statement, P_UNTIL, filter->until_ms);
	sqlite3_bind_int64(statement, P_LIMIT, (int64_t)filter->limit + 1);
	statement_bind_text(statement, P_AT_DOMAIN, filter->at_domain);
	statement_bind_text(statement, P_PREFIX, filter->address_prefix);
	sqlite3_bind_int64(statement, P_SINCE, filter->since_revision);
	return bind_after(statement, filter);
}

struct page {
	struct move *moves;
	size_t count;
	bool has_more;
};

static int read_page(struct changes *changes, sqlite3_stmt *statement,
		     size_t limit, struct page *page)
{
	struct move_row read;
	size_t count = 0;
	bool row;
	int err;

	while (!(err = statement_step(statement, &row)) && row &&
	       count < limit) {
		err = move_row_read(changes, statement, &read);
		if (err)
			return err;
		page->moves[count++] = read.move;
	}
	if (err)
		return err;
	page->count = count;
	page->has_more = row;
	return 0;
}

/* There are too many different ones to keep them prepared. */
static int prepare(struct changes *changes, const struct writer *sql,
		   sqlite3_stmt **ret_statement)
{
	if (!writer_is_complete(sql))
		return EMSGSIZE;
	return database_errno(sqlite3_prepare_v2(
		database_handle(changes->database), sql->buffer, (int)sql->len,
		ret_statement, NULL));
}

int move_list(struct changes *changes, const struct move_filter *filter,
	      struct move *moves, size_t *ret_count, bool *ret_more)
{
	char buffer[SQL_SIZE];
	struct writer sql = writer_over(buffer, sizeof(buffer));
	struct page page = { .moves = moves };
	sqlite3_stmt *statement;
	int err;

	if (filter->limit < 1 || filter->limit > PAGE_LIMIT_MAX)
		return EINVAL;
	put_page(&sql, filter, ownership_applies(changes));
	err = prepare(changes, &sql, &statement);
	if (err)
		return err;
	err = bind(statement, filter, changes->now_ms);
	statement_bind_string(statement, P_OWNER, ownership_of(changes));
	if (!err)
		err = read_page(changes, statement, filter->limit, &page);
	sqlite3_finalize(statement);
	if (err)
		return err;
	*ret_count = page.count;
	*ret_more = page.has_more;
	return 0;
}

int move_count(struct changes *changes, const struct move_filter *filter,
	       size_t max, size_t *ret_count, bool *ret_more)
{
	char buffer[SQL_SIZE];
	struct writer sql = writer_over(buffer, sizeof(buffer));
	struct move_filter all = *filter;
	sqlite3_stmt *statement;
	size_t count = 0;
	bool row = false;
	int err;

	all.limit = max; /* and one, as for a page */
	all.after_id[0] = '\0';
	put(&sql, "SELECT count(*) FROM (SELECT 1 FROM move WHERE 1");
	put_filter(&sql, filter, ownership_applies(changes));
	put(&sql, " LIMIT ?11)");
	err = prepare(changes, &sql, &statement);
	if (err)
		return err;
	err = bind(statement, &all, changes->now_ms);
	statement_bind_string(statement, P_OWNER, ownership_of(changes));
	if (!err)
		err = statement_step(statement, &row);
	if (!err && row)
		count = (size_t)sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	if (err)
		return err;
	*ret_count = count > max ? max : count;
	*ret_more = count > max;
	return 0;
}

/* Two looks into an index, however many moves there are. */
int move_last_edge(struct changes *changes, int64_t *ret_edge_ms)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT max(coalesce((SELECT max(starts_at) FROM move "
		"WHERE starts_at <= ?1), 0), "
		"coalesce((SELECT max(ends_at) FROM move "
		"WHERE cancelled_at = 0 AND ends_at <= ?1), 0))",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, changes->now_ms);
	err = statement_step(statement, &row);
	if (err)
		return err;
	if (row)
		*ret_edge_ms = sqlite3_column_int64(statement, 0);
	return statement_finish(statement);
}
