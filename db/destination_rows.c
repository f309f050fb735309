#include "db/destination.h"

#include <errno.h>

#include "db/rows.h"
#include "db/value_check.h"

#define SELECT                                                             \
	"SELECT row_id, id, label, uri, created_at, updated_at, revision " \
	"FROM destination "

static const char audit_sql[] =
	"SELECT json_object('id', id, 'label', label, 'uri', uri) "
	"FROM destination WHERE row_id = ?1";

static void read_destination(sqlite3_stmt *row, void *ret_destination)
{
	struct destination *destination = ret_destination;

	*destination = (struct destination){ 0 };
	destination->row_id = sqlite3_column_int64(row, 0);
	text_copy(statement_text(row, 1), destination->id,
		  sizeof(destination->id));
	text_copy(statement_text(row, 2), destination->label,
		  sizeof(destination->label));
	text_copy(statement_text(row, 3), destination->uri,
		  sizeof(destination->uri));
	destination->created_at_ms = sqlite3_column_int64(row, 4);
	destination->updated_at_ms = sqlite3_column_int64(row, 5);
	destination->revision = sqlite3_column_int64(row, 6);
}

static void validate(const struct destination *destination,
		     struct faults *faults)
{
	const char *why;

	value_check_note(destination->label, DESTINATION_LABEL_MAX, "/label",
			 faults);
	if (!destination->label[0])
		faults_add(faults, FAULT_BAD_FORMAT, "/label",
			   "must say what the place is");
	if (!move_target_is_sendable(text_of(destination->uri), false, &why))
		faults_add(faults, FAULT_BAD_TARGET, "/uri", "%s", why);
}

static int refuse_other(struct changes *changes,
			const struct destination *destination,
			char ret_other_id[OBJECT_ID_SIZE])
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT id FROM destination WHERE uri = ?1 AND id <> ?2",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, destination->uri);
	statement_bind_string(statement, 2, destination->id);
	err = statement_step(statement, &row);
	if (err || !row)
		return err;
	text_copy(statement_text(statement, 0), ret_other_id, OBJECT_ID_SIZE);
	err = statement_finish(statement);
	return err ? err : EEXIST;
}

static int refuse_too_many(struct changes *changes, struct faults *faults)
{
	sqlite3_stmt *statement;
	int64_t count = 0;
	int err = database_statement(changes->database,
				     "SELECT count(*) FROM destination",
				     &statement);

	if (!err)
		err = row_read(statement, row_read_number, &count);
	if (err || count < DESTINATIONS_MAX)
		return err;
	faults_add(faults, FAULT_TOO_MANY, "",
		   "there are %d already, and no more can be offered",
		   DESTINATIONS_MAX);
	return EINVAL;
}

static int write_row(struct changes *changes, const char *sql,
		     const struct destination *destination)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database, sql, &statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, destination->id);
	statement_bind_string(statement, 2, destination->label);
	statement_bind_string(statement, 3, destination->uri);
	sqlite3_bind_int64(statement, 4, destination->created_at_ms);
	sqlite3_bind_int64(statement, 5, destination->updated_at_ms);
	sqlite3_bind_int64(statement, 6, destination->revision);
	return statement_run(statement);
}

int destination_create(struct changes *changes, struct destination *destination,
		       struct faults *faults, char ret_other_id[OBJECT_ID_SIZE])
{
	struct audit_subject subject = { "destination.create", destination->id,
					 audit_sql, 0 };
	int err = changes_may_grow(changes);

	if (err)
		return err;
	validate(destination, faults);
	if (faults_any(faults))
		return EINVAL;
	err = refuse_other(changes, destination, ret_other_id);
	if (!err)
		err = refuse_too_many(changes, faults);
	if (err)
		return err;
	object_id_new("dst", changes->now_ms, destination->id);
	destination->created_at_ms = changes->now_ms;
	destination->updated_at_ms = changes->now_ms;
	destination->revision = changes_revision(changes);
	err = write_row(changes,
			"INSERT INTO destination (id, label, uri, created_at, "
			"updated_at, revision) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
			destination);
	if (err)
		return err;
	destination->row_id =
		sqlite3_last_insert_rowid(database_handle(changes->database));
	subject.row_id = destination->row_id;
	return audit_change(changes, &subject, NULL);
}

int destination_get(struct changes *changes, struct text id,
		    struct destination *ret_destination)
{
	return row_get(changes, SELECT "WHERE id = ?1", id, read_destination,
		       ret_destination);
}

static int find_unchanged(struct changes *changes, struct text id,
			  int64_t if_revision,
			  struct destination *ret_destination)
{
	int err = destination_get(changes, id, ret_destination);

	return err ? err
		   : row_check_revision(if_revision, ret_destination->revision);
}

static int update_row(struct changes *changes, const void *value)
{
	return write_row(changes,
			 "UPDATE destination SET label = ?2, uri = ?3, "
			 "created_at = ?4, updated_at = ?5, revision = ?6 "
			 "WHERE id = ?1",
			 value);
}

int destination_update(struct changes *changes, struct destination *destination,
		       int64_t if_revision, struct faults *faults,
		       char ret_other_id[OBJECT_ID_SIZE])
{
	struct destination stored;
	int err = find_unchanged(changes, text_of(destination->id), if_revision,
				 &stored);

	if (err)
		return err;
	validate(destination, faults);
	if (faults_any(faults))
		return EINVAL;
	err = refuse_other(changes, destination, ret_other_id);
	if (err)
		return err;
	destination->updated_at_ms = changes->now_ms;
	destination->revision = changes_revision(changes);
	return row_update(changes,
			  &(struct audit_subject){ "destination.update",
						   stored.id, audit_sql,
						   stored.row_id },
			  update_row, destination);
}

int destination_delete(struct changes *changes, struct text id,
		       int64_t if_revision)
{
	struct destination stored;
	int err = find_unchanged(changes, id, if_revision, &stored);

	if (err)
		return err;
	return row_delete(changes,
			  &(struct audit_subject){ "destination.delete",
						   stored.id, audit_sql,
						   stored.row_id },
			  "DELETE FROM destination WHERE row_id = ?1");
}

int destination_list(struct changes *changes, const char *after_id,
		     size_t limit, struct destination *destinations,
		     size_t *ret_count, bool *ret_more)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database, SELECT "WHERE id > ?1 ORDER BY id LIMIT ?2",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, after_id);
	return row_list(statement, 2,
			&(struct row_page){ read_destination, destinations,
					    sizeof(*destinations), limit,
					    ret_count, ret_more });
}
