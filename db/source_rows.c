#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/source_index.h"
#include "db/source_tables.h"

static struct source_object *object_of(void *value)
{
	return value;
}

int source_row_get(struct changes *changes, enum source_kind kind,
		   struct text id, void *ret_value)
{
	const struct source_table *table = source_table(kind);
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(changes->database, table->get_sql,
				     &statement);

	if (err)
		return err;
	statement_bind_text(statement, 1, id);
	if (table->ends)
		sqlite3_bind_int64(statement, 2, changes->now_ms);
	err = statement_step(statement, &row);
	if (err)
		return err;
	if (!row)
		return ENOENT;
	err = source_table_read(table, statement, ret_value);
	if (err) {
		sqlite3_reset(statement);
		return err;
	}
	return statement_finish(statement);
}

static void bind_all(const struct source_table *table, sqlite3_stmt *statement,
		     const void *value)
{
	const struct source_object *object = value;

	statement_bind_string(statement, 1, object->id);
	sqlite3_bind_int64(statement, 2, object->created_at_ms);
	sqlite3_bind_int64(statement, 3, object->updated_at_ms);
	sqlite3_bind_int64(statement, 4, object->revision);
	table->bind(statement, value);
}

static int run_bound(struct changes *changes, const struct source_table *table,
		     const char *sql, const void *value)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database, sql, &statement);

	if (err)
		return err;
	bind_all(table, statement, value);
	return statement_run(statement);
}

/* 0, or EEXIST with its id. */
static int check_other(struct changes *changes,
		       const struct source_table *table, const void *value,
		       char ret_other_id[OBJECT_ID_SIZE])
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(changes->database, table->other_sql,
				     &statement);

	if (err)
		return err;
	bind_all(table, statement, value);
	err = statement_step(statement, &row);
	if (err || !row)
		return err;
	text_copy(statement_text(statement, 0), ret_other_id, OBJECT_ID_SIZE);
	err = statement_finish(statement);
	return err ? err : EEXIST;
}

static int count_rows(struct changes *changes, const struct source_table *table,
		      const char *sql, const void *value, int64_t *ret_count)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(changes->database, sql, &statement);

	if (err)
		return err;
	bind_all(table, statement, value);
	err = statement_step(statement, &row);
	if (err)
		return err;
	*ret_count = sqlite3_column_int64(statement, 0);
	return statement_finish(statement);
}

/* The index of a snapshot has room for so many; one more would be left out
 * without a word. Rows that are not enabled count: they may be, later. */
static int check_listeners(struct changes *changes,
			   const struct source_table *table, const void *value,
			   struct faults *faults)
{
	int64_t others;
	int err = table->listeners_sql
			  ? count_rows(changes, table, table->listeners_sql,
				       value, &others)
			  : 0;

	if (err || !table->listeners_sql || others < SOURCE_INDEX_LISTENERS_MAX)
		return err;
	faults_add(faults, FAULT_TOO_MANY, "/listener",
		   "must be null, or one that others name already: there are "
		   "%d different ones",
		   SOURCE_INDEX_LISTENERS_MAX);
	return EINVAL;
}

static int check_room(struct changes *changes, const struct source_table *table,
		      const void *value, struct faults *faults)
{
	int64_t count;
	int err = count_rows(changes, table, table->count_sql, value, &count);

	if (err || count < table->max)
		return err;
	faults_add(faults, FAULT_TOO_MANY, "", "there are %lld already",
		   (long long)count);
	return EINVAL;
}

/* Bans end by time; their rows go when bans are next written. */
static int forget_ended(struct changes *changes)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"DELETE FROM source_ban WHERE expires_at <= ?1", &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, changes->now_ms);
	return statement_run(statement);
}

static int audit(struct changes *changes, const struct source_table *table,
		 const char *action, const struct source_object *object,
		 const char *before)
{
	if (table->is_of_targets)
		changes_touch_targets(changes);
	else if (table->is_of_profiles)
		changes->touched_peer_profiles = true;
	else
		changes->touched_sources = true;
	return audit_change(changes,
			    &(struct audit_subject){ action, object->id,
						     table->audit_sql,
						     object->row_id },
			    before);
}

int source_row_create(struct changes *changes, enum source_kind kind,
		      void *value, struct faults *faults,
		      char ret_other_id[OBJECT_ID_SIZE])
{
	const struct source_table *table = source_table(kind);
	struct source_object *object = object_of(value);
	int err = changes_may_grow(changes);

	if (!err && table->ends)
		err = forget_ended(changes);
	if (err)
		return err;
	table->validate(value, changes->now_ms, faults);
	if (faults_any(faults))
		return EINVAL;
	object->id[0] = '\0';
	err = check_other(changes, table, value, ret_other_id);
	if (!err)
		err = check_room(changes, table, value, faults);
	if (!err)
		err = check_listeners(changes, table, value, faults);
	if (err)
		return err;
	object_id_new(table->id_prefix, changes->now_ms, object->id);
	object->created_at_ms = object->updated_at_ms = changes->now_ms;
	object->revision = changes_revision(changes);
	if (kind == SOURCE_BANS) {
		struct source_ban *ban = value;

		text_copy(text_of(changes->actor.name), ban->created_by,
			  sizeof(ban->created_by));
	}
	err = run_bound(changes, table, table->insert_sql, value);
	if (err)
		return err;
	object->row_id =
		sqlite3_last_insert_rowid(database_handle(changes->database));
	return audit(changes, table, table->create_action, object, NULL);
}

/* What is there of the one, if it still is what the caller has seen. */
static int find_unchanged(struct changes *changes, enum source_kind kind,
			  struct text id, int64_t if_revision,
			  struct source_object *ret_object)
{
	void *before = malloc(source_row_size(kind));
	int err = before ? source_row_get(changes, kind, id, before) : ENOMEM;

	if (!err)
		*ret_object = *object_of(before);
	if (!err && if_revision && if_revision != ret_object->revision)
		err = ESTALE;
	free(before);
	return err;
}

int source_row_update(struct changes *changes, enum source_kind kind,
		      void *value, int64_t if_revision, struct faults *faults,
		      char ret_other_id[OBJECT_ID_SIZE])
{
	const struct source_table *table = source_table(kind);
	struct source_object *object = object_of(value);
	char *before = NULL;
	struct source_object found;
	int err = find_unchanged(changes, kind, text_of(object->id),
				 if_revision, &found);

	if (err)
		return err;
	table->validate(value, changes->now_ms, faults);
	if (faults_any(faults))
		return EINVAL;
	*object = found;
	err = check_other(changes, table, value, ret_other_id);
	if (!err)
		err = check_listeners(changes, table, value, faults);
	if (err)
		return err;
	object->updated_at_ms = changes->now_ms;
	object->revision = changes_revision(changes);
	err = audit_row_json(changes, table->audit_sql, object->row_id,
			     &before);
	if (!err)
		err = run_bound(changes, table, table->update_sql, value);
	if (!err)
		err = audit(changes, table, table->update_action, object,
			    before);
	free(before);
	return err;
}

static int delete_row(struct changes *changes, const struct source_table *table,
		      int64_t row_id)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database, table->delete_sql,
				     &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, row_id);
	return statement_run(statement);
}

int source_row_delete(struct changes *changes, enum source_kind kind,
		      struct text id, int64_t if_revision)
{
	const struct source_table *table = source_table(kind);
	struct source_object object;
	char *before = NULL;
	int err = find_unchanged(changes, kind, id, if_revision, &object);

	if (!err)
		err = audit_row_json(changes, table->audit_sql, object.row_id,
				     &before);
	if (!err)
		err = delete_row(changes, table, object.row_id);
	if (!err && table->ends)
		err = forget_ended(changes);
	if (!err)
		err = audit(changes, table, table->delete_action, &object,
			    before);
	free(before);
	return err;
}

int source_row_list(struct changes *changes, enum source_kind kind,
		    const char *after_id, size_t limit, void *values,
		    size_t *ret_count, bool *ret_more)
{
	const struct source_table *table = source_table(kind);
	sqlite3_stmt *statement;
	size_t count = 0;
	bool row;
	int err = database_statement(changes->database, table->list_sql,
				     &statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, after_id);
	sqlite3_bind_int64(statement, 2, (int64_t)limit + 1);
	if (table->ends)
		sqlite3_bind_int64(statement, 3, changes->now_ms);
	while (!(err = statement_step(statement, &row)) && row &&
	       count < limit) {
		err = source_table_read(table, statement,
					(char *)values + count * table->size);
		if (err) {
			sqlite3_reset(statement);
			return err;
		}
		count++;
	}
	if (err)
		return err;
	*ret_count = count;
	*ret_more = row;
	return statement_finish(statement);
}

/* --- the limit --- */

static const char limit_audit_sql[] =
	"SELECT json_object('enabled', json_bool(enabled), 'rate', rate, "
	"'burst', burst, 'slip', slip, 'ipv4_prefix_bits', ipv4_prefix_bits, "
	"'ipv6_prefix_bits', ipv6_prefix_bits, 'limit_private', "
	"json_bool(limit_private), 'drop_unserved_ip_uris', "
	"json_bool(drop_unserved_ip_uris)) "
	"FROM source_limit WHERE one = ?1";

int source_limit_get(struct changes *changes, struct source_limit *ret_limit)
{
	return source_limit_read(changes->database, ret_limit);
}

static int update_limit(struct changes *changes,
			const struct source_limit *limit)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE source_limit SET enabled = ?1, rate = ?2, burst = ?3, "
		"slip = ?4, ipv4_prefix_bits = ?5, ipv6_prefix_bits = ?6, "
		"limit_private = ?7, drop_unserved_ip_uris = ?8, "
		"updated_at = ?9, revision = ?10",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, limit->enabled);
	sqlite3_bind_int64(statement, 2, limit->rate);
	sqlite3_bind_int64(statement, 3, limit->burst);
	sqlite3_bind_int64(statement, 4, limit->slip);
	sqlite3_bind_int64(statement, 5, limit->ipv4_prefix_bits);
	sqlite3_bind_int64(statement, 6, limit->ipv6_prefix_bits);
	sqlite3_bind_int64(statement, 7, limit->limit_private);
	sqlite3_bind_int64(statement, 8, limit->drop_unserved_ip_uris);
	sqlite3_bind_int64(statement, 9, limit->updated_at_ms);
	sqlite3_bind_int64(statement, 10, limit->revision);
	return statement_run(statement);
}

int source_limit_set(struct changes *changes, struct source_limit *limit,
		     int64_t if_revision, struct faults *faults)
{
	struct source_limit found;
	char *before = NULL;
	int err = source_limit_get(changes, &found);

	if (!err && if_revision && if_revision != found.revision)
		err = ESTALE;
	if (err)
		return err;
	source_limit_validate(limit, faults);
	if (faults_any(faults))
		return EINVAL;
	limit->updated_at_ms = changes->now_ms;
	limit->revision = changes_revision(changes);
	err = audit_row_json(changes, limit_audit_sql, 1, &before);
	if (!err)
		err = update_limit(changes, limit);
	changes->touched_sources = true;
	if (!err)
		err = audit_change(changes,
				   &(struct audit_subject){
					   "source_limit.update",
					   "source_limit", limit_audit_sql, 1 },
				   before);
	free(before);
	return err;
}
