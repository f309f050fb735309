#include "db/address_rows.h"
#include "db/move_rows.h"

#include <errno.h>
#include <stdlib.h>

#define DOMAIN_COLUMNS \
	"row_id, id, name, note, created_at, updated_at, revision"

static const char audit_sql[] =
	"SELECT json_object('id', id, 'name', name, 'note', note) "
	"FROM domain WHERE row_id = ?1";

static void read_domain(sqlite3_stmt *statement, struct domain *domain)
{
	*domain = (struct domain){ 0 };
	domain->row_id = sqlite3_column_int64(statement, 0);
	text_copy(statement_text(statement, 1), domain->id, sizeof(domain->id));
	text_copy(statement_text(statement, 2), domain->name,
		  sizeof(domain->name));
	text_copy(statement_text(statement, 3), domain->note,
		  sizeof(domain->note));
	domain->created_at_ms = sqlite3_column_int64(statement, 4);
	domain->updated_at_ms = sqlite3_column_int64(statement, 5);
	domain->revision = sqlite3_column_int64(statement, 6);
}

int domain_row_id(struct changes *changes, struct text name,
		  int64_t *ret_row_id)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		changes->database, "SELECT row_id FROM domain WHERE name = ?1",
		&statement);

	if (err)
		return err;
	statement_bind_text(statement, 1, name);
	err = statement_step(statement, &row);
	if (err)
		return err;
	*ret_row_id = row ? sqlite3_column_int64(statement, 0) : 0;
	return statement_finish(statement);
}

int domain_insert(struct changes *changes, struct domain *domain)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO domain (id, name, note, created_at, updated_at, "
		"revision) VALUES (?1, ?2, ?3, ?4, ?4, ?5)",
		&statement);

	if (err)
		return err;
	object_id_new("dom", changes->now_ms, domain->id);
	domain->created_at_ms = changes->now_ms;
	domain->updated_at_ms = changes->now_ms;
	domain->revision = changes_revision(changes);
	statement_bind_string(statement, 1, domain->id);
	statement_bind_string(statement, 2, domain->name);
	statement_bind_string(statement, 3, domain->note);
	sqlite3_bind_int64(statement, 4, changes->now_ms);
	sqlite3_bind_int64(statement, 5, domain->revision);
	err = statement_run(statement);
	if (err)
		return err;
	domain->row_id =
		sqlite3_last_insert_rowid(database_handle(changes->database));
	changes->touched_domains = true;
	return audit_change(changes,
			    &(struct audit_subject){ "domain.create",
						     domain->id, audit_sql,
						     domain->row_id },
			    NULL);
}

int domain_create(struct changes *changes, struct domain *domain,
		  struct faults *faults)
{
	int64_t taken;
	int err = changes_may_grow(changes);

	if (err)
		return err;
	domain_validate(domain, faults);
	if (faults_any(faults))
		return EINVAL;
	err = domain_row_id(changes, text_of(domain->name), &taken);
	if (err)
		return err;
	if (taken)
		return EEXIST;
	err = domain_insert(changes, domain);
	return err ? err
		   : move_loops_refuse_domain(changes, domain->name, "/name",
					      faults);
}

int domain_get(struct changes *changes, struct text id,
	       struct domain *ret_domain)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(changes->database,
				     "SELECT " DOMAIN_COLUMNS
				     " FROM domain WHERE id = ?1",
				     &statement);

	if (err)
		return err;
	statement_bind_text(statement, 1, id);
	err = statement_step(statement, &row);
	if (err)
		return err;
	if (!row)
		return ENOENT;
	read_domain(statement, ret_domain);
	return statement_finish(statement);
}

/* The row as it is, if it still is what the caller has seen. */
static int find_unchanged(struct changes *changes, struct text id,
			  int64_t if_revision, struct domain *ret_domain)
{
	int err = domain_get(changes, id, ret_domain);

	if (!err && if_revision && if_revision != ret_domain->revision)
		err = ESTALE;
	return err;
}

static int update_row(struct changes *changes, const struct domain *domain)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE domain SET note = ?2, updated_at = ?3, revision = ?4 "
		"WHERE row_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, domain->row_id);
	statement_bind_string(statement, 2, domain->note);
	sqlite3_bind_int64(statement, 3, domain->updated_at_ms);
	sqlite3_bind_int64(statement, 4, domain->revision);
	return statement_run(statement);
}

int domain_update(struct changes *changes, struct domain *domain,
		  int64_t if_revision, struct faults *faults)
{
	struct domain wanted;
	char *before = NULL;
	int err = find_unchanged(changes, text_of(domain->id), if_revision,
				 &wanted);

	if (err)
		return err;
	text_copy(text_of(domain->note), wanted.note, sizeof(wanted.note));
	domain_validate(&wanted, faults);
	if (faults_any(faults))
		return EINVAL;
	wanted.updated_at_ms = changes->now_ms;
	wanted.revision = changes_revision(changes);
	err = audit_row_json(changes, audit_sql, wanted.row_id, &before);
	if (!err)
		err = update_row(changes, &wanted);
	if (!err)
		err = audit_change(
			changes,
			&(struct audit_subject){ "domain.update", wanted.id,
						 audit_sql, wanted.row_id },
			before);
	free(before);
	if (err)
		return err;
	changes->touched_domains = true;
	*domain = wanted;
	return 0;
}

/* 0, or ENOTEMPTY: users too (sip_user.h) are of a domain. */
static int check_has_no_address(struct changes *changes, int64_t row_id)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT 1 FROM address WHERE domain_id = ?1 "
		"UNION ALL SELECT 1 FROM sip_user WHERE domain_id = ?1 LIMIT 1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, row_id);
	err = statement_step(statement, &row);
	if (err)
		return err;
	sqlite3_reset(statement);
	return row ? ENOTEMPTY : 0;
}

int domain_delete(struct changes *changes, struct text id, int64_t if_revision)
{
	struct domain domain;
	char *before = NULL;
	sqlite3_stmt *statement;
	int err = find_unchanged(changes, id, if_revision, &domain);

	if (!err)
		err = check_has_no_address(changes, domain.row_id);
	if (!err)
		err = audit_row_json(changes, audit_sql, domain.row_id,
				     &before);
	if (!err)
		err = database_statement(changes->database,
					 "DELETE FROM domain WHERE row_id = ?1",
					 &statement);
	if (!err) {
		sqlite3_bind_int64(statement, 1, domain.row_id);
		err = statement_run(statement);
	}
	if (!err)
		err = audit_change(
			changes,
			&(struct audit_subject){ "domain.delete", domain.id,
						 audit_sql, domain.row_id },
			before);
	free(before);
	if (!err) {
		changes->touched_domains = true;
		/* What it asked of callers is gone with it. */
		changes->touched_sip_users = true;
	}
	return err;
}

int domain_list(struct changes *changes, const char *after_name, size_t limit,
		struct domain *domains, size_t *ret_count, bool *ret_more)
{
	sqlite3_stmt *statement;
	size_t count = 0;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT " DOMAIN_COLUMNS
		" FROM domain WHERE name > ?1 ORDER BY name LIMIT ?2",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, after_name);
	sqlite3_bind_int64(statement, 2, (int64_t)limit + 1);
	while (!(err = statement_step(statement, &row)) && row && count < limit)
		read_domain(statement, &domains[count++]);
	if (err)
		return err;
	*ret_count = count;
	*ret_more = row;
	return statement_finish(statement);
}
