#include "db/audit_events.h"
#include "base/clock.h"
#include "db/changes_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS                                                         \
	"row_id, revision, at, actor_kind, actor_name, peer, "          \
	"request_id, action, object_id, before, after, foreign_owner, " \
	"actor_role"

enum {
	SQL_SIZE = 1024,
	/* What a page holds of before and after: a policy may be large. */
	PAGE_BYTES_MAX = 8 * 1024 * 1024,
	STEP_ROWS = 2000, /* looked at before the clock is */
	PART_US = 10000,  /* then other jobs have their turn */
};

/* Parameters of the list. */
enum {
	P_BEFORE = 1,
	P_LIMIT,
	P_OBJECT,
	P_REQUEST,
	P_ACTION,
	P_ACTOR,
	P_FROM,
	P_UNTIL,
	P_LEAST,
	P_OWNER,
};

void audit_event_clear(struct audit_event *event)
{
	free(event->before);
	free(event->after);
	event->before = event->after = NULL;
}

/* --- a row ---------------------------------------------------------------- */

static int copy_json(sqlite3_stmt *row, int column, char **ret_json)
{
	struct text text;

	*ret_json = NULL;
	if (sqlite3_column_type(row, column) == SQLITE_NULL)
		return 0;
	text = statement_text(row, column);
	*ret_json = strndup(text.ptr, text.len);
	return *ret_json ? 0 : ENOMEM;
}

#define WORD(column, member)                                      \
	{                                                         \
		column, offsetof(struct audit_event, member),     \
			sizeof(((struct audit_event *)0)->member) \
	}
static const struct {
	int column;
	size_t offset, size;
} words[] = {
	WORD(3, actor_kind),	 WORD(4, actor_name),  WORD(5, peer),
	WORD(6, request_id),	 WORD(7, action),      WORD(8, object_id),
	WORD(11, foreign_owner), WORD(12, actor_role),
};

static int read_row(sqlite3_stmt *row, struct audit_event *event)
{
	int err;

	*event = (struct audit_event){
		.number = sqlite3_column_int64(row, 0),
		.revision = sqlite3_column_int64(row, 1),
		.at_ms = sqlite3_column_int64(row, 2),
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		text_copy(statement_text(row, words[i].column),
			  (char *)event + words[i].offset, words[i].size);
	err = copy_json(row, 9, &event->before);
	if (!err)
		err = copy_json(row, 10, &event->after);
	if (err)
		audit_event_clear(event);
	return err;
}

/* The only row. ENOENT: there is none. */
static int read_one(sqlite3_stmt *statement, struct audit_event *ret_event)
{
	bool row = false;
	int finish_err;
	int err = statement_step(statement, &row);

	if (err)
		return err;
	if (!row)
		return ENOENT;
	err = read_row(statement, ret_event);
	finish_err = statement_finish(statement);
	if (!err && finish_err)
		audit_event_clear(ret_event);
	return err ? err : finish_err;
}

int audit_event_get(struct changes *changes, int64_t number,
		    struct audit_event *ret_event)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"SELECT " COLUMNS " FROM audit WHERE row_id = ?1", &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, number);
	return read_one(statement, ret_event);
}

/* --- the list ------------------------------------------------------------- */

static void put(struct writer *sql, const char *string)
{
	writer_put(sql, text_of(string));
}

/*
 * At most one clause may use its index, the first that is asked for; the rest,
 * with a "+", are compared row by row. Each index is in the order of rows.
 */
static void put_clauses(struct writer *sql, const struct audit_filter *filter)
{
	const struct {
		bool is_wanted;
		const char *first, *other;
	} clauses[] = {
		{ filter->owner_id.len > 0, " AND owner = ?10 AND owner <> ''",
		  "" },
		{ filter->object_id.len > 0, " AND object_id = ?3",
		  " AND +object_id = ?3" },
		{ filter->request_id.len > 0,
		  " AND request_id = ?4 AND request_id <> ''",
		  " AND +request_id = ?4" },
		{ filter->action.len > 0 && !filter->action_is_start,
		  " AND action = ?5", " AND +action = ?5" },
		{ filter->actor.len > 0, " AND actor_name = ?6",
		  " AND +actor_name = ?6" },
		{ filter->action.len > 0 && filter->action_is_start,
		  " AND substr(action, 1, length(?5)) = ?5",
		  " AND substr(action, 1, length(?5)) = ?5" },
		{ filter->author == AUDIT_BY_OWNER, " AND +foreign_owner = ''",
		  " AND +foreign_owner = ''" },
		{ filter->author == AUDIT_BY_OTHERS,
		  " AND +foreign_owner <> ''", " AND +foreign_owner <> ''" },
		{ filter->from_ms != 0, " AND at >= ?7", " AND at >= ?7" },
		{ filter->until_ms != 0, " AND at < ?8", " AND at < ?8" },
	};
	bool is_first = true;

	for (size_t i = 0; i < sizeof(clauses) / sizeof(*clauses); i++) {
		if (!clauses[i].is_wanted)
			continue;
		put(sql, is_first ? clauses[i].first : clauses[i].other);
		is_first = false;
	}
}

static int prepare_list(struct changes *changes,
			const struct audit_filter *filter,
			sqlite3_stmt **ret_statement)
{
	char buffer[SQL_SIZE];
	struct writer sql = writer_over(buffer, sizeof(buffer));
	sqlite3_stmt *statement;
	int err;

	put(&sql,
	    "SELECT " COLUMNS " FROM audit WHERE row_id < ?1 AND row_id >= ?9");
	put_clauses(&sql, filter);
	put(&sql, " ORDER BY row_id DESC LIMIT ?2");
	if (!writer_is_complete(&sql))
		return EMSGSIZE;
	err = database_errno(
		sqlite3_prepare_v2(database_handle(changes->database), buffer,
				   (int)sql.len, &statement, NULL));
	if (err)
		return err;
	/* One more, to see whether there is one. */
	sqlite3_bind_int64(statement, P_LIMIT, (int64_t)filter->limit + 1);
	statement_bind_text(statement, P_OWNER, filter->owner_id);
	statement_bind_text(statement, P_OBJECT, filter->object_id);
	statement_bind_text(statement, P_REQUEST, filter->request_id);
	statement_bind_text(statement, P_ACTION, filter->action);
	statement_bind_text(statement, P_ACTOR, filter->actor);
	sqlite3_bind_int64(statement, P_FROM, filter->from_ms);
	sqlite3_bind_int64(statement, P_UNTIL, filter->until_ms);
	*ret_statement = statement;
	return 0;
}

static size_t bytes_of(const struct audit_event *event)
{
	return (event->before ? strlen(event->before) : 0) +
	       (event->after ? strlen(event->after) : 0);
}

/* Those from least on, before filter->before_number. */
static int read_step(sqlite3_stmt *statement, const struct audit_filter *filter,
		     int64_t least, struct audit_event *events,
		     struct list_part *part)
{
	bool row = false;
	int err = 0;

	sqlite3_reset(statement);
	sqlite3_bind_int64(statement, P_BEFORE, filter->before_number);
	sqlite3_bind_int64(statement, P_LEAST, least);
	while (!err) {
		err = statement_step(statement, &row);
		if (err || !row)
			break;
		if (part->count == filter->limit ||
		    part->bytes > PAGE_BYTES_MAX) {
			part->more = part->is_done = true;
			break;
		}
		err = read_row(statement, &events[part->count]);
		if (err)
			break;
		part->bytes += bytes_of(&events[part->count++]);
	}
	return err;
}

/* The events of one object, owner or request are few, and found by their index.
 */
static int64_t least_of(const struct audit_filter *filter)
{
	if (filter->object_id.len > 0 || filter->owner_id.len > 0 ||
	    filter->request_id.len > 0 || filter->before_number <= STEP_ROWS)
		return 0;
	return filter->before_number - STEP_ROWS;
}

static int find_newest(struct changes *changes, struct audit_filter *filter)
{
	sqlite3_stmt *statement;
	bool row = false;
	int err = database_statement(changes->database,
				     "SELECT coalesce(max(row_id), 0) + 1 "
				     "FROM audit",
				     &statement);

	if (!err)
		err = statement_step(statement, &row);
	if (err)
		return err;
	filter->before_number = sqlite3_column_int64(statement, 0);
	return statement_finish(statement);
}

int audit_event_list(struct changes *changes, struct audit_filter *filter,
		     struct audit_event *events, struct list_part *part)
{
	int64_t until_us = clock_monotonic_us() + PART_US;
	sqlite3_stmt *statement = NULL;
	int err = filter->before_number ? 0 : find_newest(changes, filter);

	if (!err)
		err = prepare_list(changes, filter, &statement);
	while (!err && !part->is_done) {
		int64_t least = least_of(filter);

		err = read_step(statement, filter, least, events, part);
		filter->before_number = least;
		part->is_done |= least == 0;
		if (clock_monotonic_us() >= until_us)
			break;
	}
	sqlite3_finalize(statement);
	return err;
}

/* --- the last before a revision ------------------------------------------- */

static int is_there_later(struct changes *changes, const char *sql,
			  struct text text, int64_t revision, bool *ret_is)
{
	sqlite3_stmt *statement;
	bool row = false;
	int err = database_statement(changes->database, sql, &statement);

	if (err)
		return err;
	statement_bind_text(statement, 1, text);
	sqlite3_bind_int64(statement, 2, revision);
	err = statement_step(statement, &row);
	if (err)
		return err;
	*ret_is = *ret_is || row;
	sqlite3_reset(statement);
	return 0;
}

static int last_of(struct changes *changes, const char *sql, struct text text,
		   int64_t revision, struct audit_event *ret_event)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database, sql, &statement);

	if (err)
		return err;
	statement_bind_text(statement, 1, text);
	sqlite3_bind_int64(statement, 2, revision);
	return read_one(statement, ret_event);
}

int audit_event_last_of(struct changes *changes, struct text object_id,
			int64_t revision, struct audit_event *ret_event,
			bool *ret_changed_since)
{
	int err;

	*ret_changed_since = false;
	err = is_there_later(changes,
			     "SELECT 1 FROM audit WHERE object_id = ?1"
			     " AND revision > ?2 LIMIT 1",
			     object_id, revision, ret_changed_since);
	return err ? err
		   : last_of(changes,
			     "SELECT " COLUMNS " FROM audit"
			     " WHERE object_id = ?1 AND revision <= ?2"
			     " ORDER BY revision DESC, row_id DESC LIMIT 1",
			     object_id, revision, ret_event);
}

/* The younger of the two stays. */
static void take_younger(struct audit_event *kept, bool *has_one,
			 struct audit_event *found)
{
	if (*has_one && kept->number > found->number) {
		audit_event_clear(found);
		return;
	}
	if (*has_one)
		audit_event_clear(kept);
	*kept = *found;
	*has_one = true;
}

int audit_event_last_action(struct changes *changes, const char *const *actions,
			    int64_t revision, struct audit_event *ret_event,
			    bool *ret_changed_since)
{
	struct audit_event kept = { 0 }, found;
	bool has_one = false;
	int err = 0;

	*ret_changed_since = false;
	for (; *actions && !err; actions++) {
		err = is_there_later(changes,
				     "SELECT 1 FROM audit WHERE action = ?1"
				     " AND revision > ?2"
				     " ORDER BY row_id DESC LIMIT 1",
				     text_of(*actions), revision,
				     ret_changed_since);
		if (err)
			break;
		err = last_of(changes,
			      "SELECT " COLUMNS " FROM audit"
			      " WHERE action = ?1 AND revision <= ?2"
			      " ORDER BY row_id DESC LIMIT 1",
			      text_of(*actions), revision, &found);
		if (err == ENOENT)
			err = 0;
		else if (!err)
			take_younger(&kept, &has_one, &found);
	}
	if (err || !has_one) {
		audit_event_clear(&kept);
		return err ? err : ENOENT;
	}
	*ret_event = kept;
	return 0;
}
