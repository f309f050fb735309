/*
 * source_tables.h - one row a kind: how rules, bans and patterns lie in the
 * database. Inside db/ only: source_rows.c changes by it, and
 * snapshot_load_sources.c reads by it.
 */
#ifndef SIPMOVED_DB_SOURCE_TABLES_H
#define SIPMOVED_DB_SOURCE_TABLES_H

#include "db/changes_state.h"
#include "db/source_rows.h"

/*
 * Statements that select begin with row_id, id, created_at, updated_at,
 * revision. All others share what is bound: ?1 id, ?2 created_at, ?3
 * updated_at, ?4 revision, ?5 and on: the kind's own.
 */
struct source_table {
	const char *id_prefix;
	size_t size; /* of the struct */
	int64_t max; /* rows */
	bool ends;   /* rows are there until ?2 (get) or ?3 (list) only */
	bool is_of_profiles; /* of another section of the snapshot */
	bool is_of_targets;  /* of yet another */
	const char *all_sql;
	const char *get_sql;  /* ?1 id */
	const char *list_sql; /* ?1 after id, ?2 how many */
	const char *count_sql;
	const char *other_sql; /* another one that is in the way */
	/* How many listeners the others name beside this one's. NULL: none. */
	const char *listeners_sql;
	const char *insert_sql;
	const char *update_sql;
	const char *delete_sql; /* ?1 row_id */
	const char *audit_sql;	/* ?1 row_id */
	const char *create_action, *update_action, *delete_action;
	/* Columns from 5 on. EBADMSG: a number means nothing. */
	int (*read)(sqlite3_stmt *row, void *value);
	void (*bind)(sqlite3_stmt *statement, const void *value);
	void (*validate)(void *value, int64_t now_ms, struct faults *faults);
};

const struct source_table *source_table(enum source_kind kind);
int source_table_read(const struct source_table *table, sqlite3_stmt *row,
		      void *value) __attribute__((warn_unused_result));
/* All rows of a kind. *ret_values: NULL at first; malloc'ed, the caller's, on
 * errors too. */
int source_table_read_all(struct database *database,
			  const struct source_table *table, void **ret_values,
			  size_t *ret_count)
	__attribute__((warn_unused_result));
int source_limit_read(struct database *database, struct source_limit *ret_limit)
	__attribute__((warn_unused_result));

#endif
