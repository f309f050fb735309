/*
 * Lists of moves: a page is read along one index from the row after the last
 * one of the page before, so that the thousandth page costs what the first did.
 *
 * What no index finds is looked for along the index of the order, so many rows
 * at a time: a search of a million moves takes its second, but other jobs have
 * their turn in between.
 */
#include "db/move_order.h"
#include "db/move_rows.h"
#include "db/ownership.h"

#include <errno.h>
#include <string.h>

enum {
	SQL_SIZE = 3072,
	FEW = 2000,	   /* found by one index: sorted at once */
	PART_ROWS = 10000, /* else: so many are looked at */
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
	P_AFTER, /* MOVE_PLACE_PARAMETERS */
	P_LIMIT = P_AFTER + MOVE_PLACE_PARAMETERS,
	P_AT_DOMAIN,
	P_SINCE,
	P_PREFIX,
	P_OWNER,
	P_BOUND, /* as P_AFTER */
};

static const char *const state_clauses[] = {
	[MOVE_SCHEDULED] = "(cancelled_at = 0 AND starts_at > ?1)",
	[MOVE_ACTIVE] = "(cancelled_at = 0 AND starts_at <= ?1 "
			"AND ends_at > ?1)",
	[MOVE_ENDED] = "(cancelled_at = 0 AND ends_at <= ?1)",
	[MOVE_CANCELLED] = "cancelled_at <> 0",
};

/* The first part finds the place in the index. */
static const char prefix_clause[] =
	"address >= ?15 AND substr(address, 1, length(?15)) = ?15 "
	"AND address < ?15 || x'f48fbfbf'";
static const char watch_clause[] = "revision > ?14";

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

/* is_wide: row by row, for there are many with this target. */
static void put_filter(struct writer *sql, const struct move_filter *filter,
		       bool is_wide)
{
	put_clause(sql, filter->address.len > 0, "address = ?2");
	put_clause(sql, filter->address_prefix.len > 0, prefix_clause);
	put_clause(sql, filter->at_domain.len > 0,
		   "substr(address, -length(?13)) = ?13");
	put_clause(sql, filter->target.len > 0,
		   is_wide ? "EXISTS (SELECT 1 FROM move_target WHERE uri = ?3 "
			     "AND move_id = move.row_id)"
			   : "row_id IN (SELECT move_id FROM move_target "
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
	put_clause(sql, filter->is_watch, watch_clause);
	put_states(sql, filter->states);
}

/* The rows to look at; is_wide: along the index of the order, as far as the
 * bound, if there is one. */
static void put_rows(struct writer *sql, const struct move_filter *filter,
		     bool is_wide, bool has_bound)
{
	put(sql, " FROM move");
	if (is_wide) {
		put(sql, " INDEXED BY ");
		put(sql, move_order_index(filter));
	}
	put(sql, " WHERE 1");
	if (filter->after_id[0])
		move_order_put_after(sql, filter, P_AFTER);
	if (has_bound)
		move_order_put_until(sql, filter, P_BOUND);
}

static int bind(sqlite3_stmt *statement, const struct move_filter *filter,
		int64_t now_ms)
{
	struct move_place after;

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
	memcpy(after.key, filter->after_key, sizeof(after.key));
	memcpy(after.then_key, filter->after_then_key, sizeof(after.then_key));
	memcpy(after.id, filter->after_id, sizeof(after.id));
	return move_order_bind(statement, filter, P_AFTER, &after);
}

/* There are too many different ones to keep them prepared. Bound, but for the
 * bound of a part. */
static int prepare(struct changes *changes, const struct writer *sql,
		   const struct move_filter *filter,
		   sqlite3_stmt **ret_statement)
{
	sqlite3_stmt *statement;
	int err;

	if (!writer_is_complete(sql))
		return EMSGSIZE;
	err = database_errno(sqlite3_prepare_v2(
		database_handle(changes->database), sql->buffer, (int)sql->len,
		&statement, NULL));
	if (err)
		return err;
	statement_bind_string(statement, P_OWNER, ownership_of(changes));
	err = bind(statement, filter, changes->now_ms);
	if (err)
		sqlite3_finalize(statement);
	else
		*ret_statement = statement;
	return err;
}

/* The number that the only row is. */
static int read_number(sqlite3_stmt *statement, size_t *ret_number)
{
	bool row = false;
	int err = statement_step(statement, &row);

	if (!err && row)
		*ret_number = (size_t)sqlite3_column_int64(statement, 0);
	return err;
}

/* --- how far to look ------------------------------------------------------ */

/* What finds the rows by itself, if there are few of them; NULL: nothing. */
static const char *index_sql(const struct move_filter *filter)
{
	if (filter->external_id.len > 0)
		return "SELECT 1 FROM move WHERE external_id IS NOT NULL "
		       "AND external_id = ?4";
	if (filter->target.len > 0)
		return "SELECT 1 FROM move_target WHERE uri = ?3";
	if (filter->address.len > 0)
		return "SELECT 1 FROM move WHERE address = ?2";
	if (filter->address_prefix.len > 0)
		return "SELECT 1 FROM move WHERE address >= ?15 "
		       "AND address < ?15 || x'f48fbfbf'";
	return NULL;
}

static bool takes_all(const struct move_filter *filter)
{
	return !index_sql(filter) && filter->at_domain.len == 0 &&
	       filter->note_contains.len == 0 && filter->active_at_ms == 0 &&
	       filter->from_ms == 0 && filter->until_ms == 0 &&
	       filter->states == 0;
}

/* Might it look at many rows that are not for the page? */
static int check_width(struct changes *changes,
		       const struct move_filter *filter, bool *ret_is_wide)
{
	char buffer[SQL_SIZE];
	struct writer sql = writer_over(buffer, sizeof(buffer));
	struct move_filter few = *filter;
	sqlite3_stmt *statement;
	size_t count = 0;
	int err;

	/* Who sees only what is theirs has few moves. */
	*ret_is_wide = !takes_all(filter) && !ownership_applies(changes);
	if (!*ret_is_wide || !index_sql(filter))
		return 0;
	few.limit = FEW; /* and one */
	put(&sql, "SELECT count(*) FROM (");
	put(&sql, index_sql(filter));
	put(&sql, " LIMIT ?12)");
	err = prepare(changes, &sql, &few, &statement);
	if (err)
		return err;
	err = read_number(statement, &count);
	sqlite3_finalize(statement);
	*ret_is_wide = count > FEW;
	return err;
}

/* The last row of those that one part may look at; none: it may look at all. */
static int find_bound(struct changes *changes, const struct move_filter *filter,
		      struct move_place *ret_bound)
{
	char buffer[SQL_SIZE];
	struct writer sql = writer_over(buffer, sizeof(buffer));
	struct move_filter one = *filter;
	sqlite3_stmt *statement;
	bool row = false;
	int err;

	one.limit = PART_ROWS - 2;
	put(&sql, "SELECT ");
	move_order_put_place(&sql, filter);
	put_rows(&sql, filter, true, false);
	/* These are places in the index as well. */
	put_clause(&sql,
		   filter->sort == MOVE_SORT_ADDRESS &&
			   filter->address_prefix.len > 0,
		   prefix_clause);
	put_clause(&sql, filter->is_watch, watch_clause);
	move_order_put(&sql, filter);
	put(&sql, " LIMIT 1 OFFSET ?12");
	err = prepare(changes, &sql, &one, &statement);
	if (err)
		return err;
	err = statement_step(statement, &row);
	if (!err && row) {
		text_copy(statement_text(statement, 0), ret_bound->key,
			  sizeof(ret_bound->key));
		text_copy(statement_text(statement, 1), ret_bound->then_key,
			  sizeof(ret_bound->then_key));
		text_copy(statement_text(statement, 2), ret_bound->id,
			  sizeof(ret_bound->id));
	}
	sqlite3_finalize(statement);
	return err;
}

/* The rows of a part, prepared and bound; or how many they are. */
static int prepare_part(struct changes *changes,
			const struct move_filter *filter, bool is_count,
			struct move_place *ret_bound,
			sqlite3_stmt **ret_statement)
{
	char buffer[SQL_SIZE];
	struct writer sql = writer_over(buffer, sizeof(buffer));
	bool is_wide;
	int err = check_width(changes, filter, &is_wide);

	*ret_bound = (struct move_place){ .id = "" };
	if (!err && is_wide)
		err = find_bound(changes, filter, ret_bound);
	if (err)
		return err;
	put(&sql, is_count ? "SELECT count(*) FROM (SELECT 1"
			   : "SELECT " MOVE_COLUMNS);
	put_rows(&sql, filter, is_wide, ret_bound->id[0] != '\0');
	put_clause(&sql, ownership_applies(changes),
		   "address IN " OWNERSHIP_URIS("?16"));
	put_filter(&sql, filter, is_wide);
	move_order_put(&sql, filter);
	put(&sql, is_count ? " LIMIT ?12)" : " LIMIT ?12");
	err = prepare(changes, &sql, filter, ret_statement);
	if (err)
		return err;
	err = move_order_bind(*ret_statement, filter, P_BOUND, ret_bound);
	if (err)
		sqlite3_finalize(*ret_statement);
	return err;
}

static void go_behind(struct move_filter *filter,
		      const struct move_place *place)
{
	memcpy(filter->after_key, place->key, sizeof(filter->after_key));
	memcpy(filter->after_then_key, place->then_key,
	       sizeof(filter->after_then_key));
	memcpy(filter->after_id, place->id, sizeof(filter->after_id));
}

/* --- a page ---------------------------------------------------------------
 */

static int read_rows(struct changes *changes, sqlite3_stmt *statement,
		     const struct move_filter *filter, struct move *moves,
		     struct list_part *part)
{
	struct move_row read;
	bool row;
	int err;

	while (!(err = statement_step(statement, &row)) && row &&
	       part->count < filter->limit) {
		err = move_row_read(changes, statement, &read);
		if (err)
			return err;
		moves[part->count++] = read.move;
	}
	if (!err)
		part->more = row;
	return err;
}

int move_list_part(struct changes *changes, struct move_filter *filter,
		   struct move *moves, struct list_part *part)
{
	struct move_place bound;
	sqlite3_stmt *statement;
	int err;

	if (filter->limit < 1 || filter->limit > PAGE_LIMIT_MAX)
		return EINVAL;
	err = prepare_part(changes, filter, false, &bound, &statement);
	if (err)
		return err;
	err = read_rows(changes, statement, filter, moves, part);
	sqlite3_finalize(statement);
	part->is_done = part->more || !bound.id[0];
	if (!part->is_done)
		go_behind(filter, &bound);
	return err;
}

int move_list(struct changes *changes, const struct move_filter *filter,
	      struct move *moves, size_t *ret_count, bool *ret_more)
{
	struct move_filter walked = *filter;
	struct list_part part = { .count = 0 };
	int err = 0;

	while (!err && !part.is_done)
		err = move_list_part(changes, &walked, moves, &part);
	*ret_count = part.count;
	*ret_more = part.more;
	return err;
}

int move_count_part(struct changes *changes, struct move_filter *filter,
		    size_t max, struct list_part *part)
{
	struct move_filter rest = *filter;
	struct move_place bound;
	sqlite3_stmt *statement;
	size_t count = 0;
	int err;

	rest.limit = max - part->count; /* and one, as for a page */
	err = prepare_part(changes, &rest, true, &bound, &statement);
	if (err)
		return err;
	err = read_number(statement, &count);
	sqlite3_finalize(statement);
	part->more = count > rest.limit;
	part->count = part->more ? max : part->count + count;
	part->is_done = part->more || !bound.id[0];
	if (!part->is_done)
		go_behind(filter, &bound);
	return err;
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
