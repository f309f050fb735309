#include "db/address_rows.h"
#include "db/move_rows.h"
#include "db/domain_settings_rows.h"
#include "db/ownership.h"
#include "db/rows.h"

#include <errno.h>
#include <string.h>

#define DOMAIN_COLUMNS                                     \
	"row_id, id, name, note, created_at, updated_at, " \
	"revision, " DOMAIN_SETTINGS_COLUMNS

static const char audit_sql[] = "SELECT json_object('id', id, 'name', name, "
				"'note', note, " DOMAIN_SETTINGS_JSON ") "
				"FROM domain WHERE row_id = ?1";

static void read_domain(sqlite3_stmt *statement, void *ret_domain)
{
	struct domain *domain = ret_domain;

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
	domain_settings_read(statement, 7, &domain->settings);
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

static int ask_any_ignores_case(struct changes *changes, bool *ret_any)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"SELECT 1 FROM domain WHERE ignore_user_case LIMIT 1",
		&statement);

	return err ? err : row_exists(statement, ret_any);
}

/* Mostly none does, and none needs to be looked up. */
static int any_ignores_case(struct changes *changes, bool *ret_any)
{
	int err = 0;

	if (changes->user_case == CASE_NOT_ASKED) {
		err = ask_any_ignores_case(changes, ret_any);
		if (!err)
			changes->user_case = *ret_any ? CASE_IS_IGNORED
						      : CASE_MATTERS;
	}
	*ret_any = changes->user_case == CASE_IS_IGNORED;
	return err;
}

int address_settle_case(struct changes *changes, char *canonical)
{
	struct text host = address_host(canonical);
	sqlite3_stmt *statement;
	bool row;
	int err;

	if (host.len == 0)
		return 0;
	err = any_ignores_case(changes, &row);
	if (err || !row)
		return err;
	err = database_statement(
		changes->database,
		"SELECT 1 FROM domain WHERE name = ?1 AND ignore_user_case",
		&statement);
	if (err)
		return err;
	statement_bind_text(statement, 1, host);
	err = row_exists(statement, &row);
	if (!err && row)
		sip_address_ignore_case(canonical, strlen(canonical));
	return err;
}

/* An address of a domain made now cannot be there yet; targets that lead to one
 * may, and moves that it had when it was served before. */
static int settle_new_settings(struct changes *changes,
			       const struct domain *domain)
{
	struct domain_conflict conflict = { 0 };
	int err = domain_settings_update(changes, domain->row_id,
					 &domain->settings);

	if (!err && domain->settings.ignores_user_case)
		err = domain_rekey(changes, domain, &conflict);
	return err;
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
	domain->settings.style.contacts_max =
		answer_style_contacts(&domain->settings.style);
	err = settle_new_settings(changes, domain);
	if (err)
		return err;
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
	if (!err && !taken)
		err = domain_settings_check_chain(changes, domain, faults);
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
	int err = row_get(changes,
			  "SELECT " DOMAIN_COLUMNS " FROM domain WHERE id = ?1",
			  id, read_domain, ret_domain);

	return err ? err : ownership_check_domain(changes, ret_domain->row_id);
}

/* The row as it is, if it still is what the caller has seen. */
static int find_unchanged(struct changes *changes, struct text id,
			  int64_t if_revision, struct domain *ret_domain)
{
	int err = domain_get(changes, id, ret_domain);

	return err ? err
		   : row_check_revision(if_revision, ret_domain->revision);
}

static int update_row(struct changes *changes, const void *value)
{
	const struct domain *domain = value;
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
	err = statement_run(statement);
	return err ? err
		   : domain_settings_update(changes, domain->row_id,
					    &domain->settings);
}

/* The row as it shall be: what may be edited of it is taken over. */
static int check_update(struct changes *changes, const struct domain *domain,
			struct domain *wanted, struct faults *faults)
{
	text_copy(text_of(domain->note), wanted->note, sizeof(wanted->note));
	wanted->settings = domain->settings;
	domain_validate(wanted, faults);
	if (faults_any(faults))
		return EINVAL;
	wanted->updated_at_ms = changes->now_ms;
	wanted->revision = changes_revision(changes);
	return domain_settings_check_chain(changes, wanted, faults);
}

int domain_update(struct changes *changes, struct domain *domain,
		  int64_t if_revision, struct faults *faults,
		  struct domain_conflict *conflict)
{
	struct domain wanted;
	bool begins_to_ignore;
	int err = find_unchanged(changes, text_of(domain->id), if_revision,
				 &wanted);

	*conflict = (struct domain_conflict){ 0 };
	if (err)
		return err;
	begins_to_ignore = domain->settings.ignores_user_case &&
			   !wanted.settings.ignores_user_case;
	err = check_update(changes, domain, &wanted, faults);
	if (!err)
		err = row_update(changes,
				 &(struct audit_subject){ "domain.update",
							  wanted.id, audit_sql,
							  wanted.row_id },
				 update_row, &wanted);
	if (!err && begins_to_ignore)
		err = domain_rekey(changes, &wanted, conflict);
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
	err = row_exists(statement, &row);
	return err ? err : row ? ENOTEMPTY : 0;
}

int domain_delete(struct changes *changes, struct text id, int64_t if_revision)
{
	struct domain domain;
	int err = find_unchanged(changes, id, if_revision, &domain);

	if (!err)
		err = check_has_no_address(changes, domain.row_id);
	if (!err)
		err = row_delete(changes,
				 &(struct audit_subject){ "domain.delete",
							  domain.id, audit_sql,
							  domain.row_id },
				 "DELETE FROM domain WHERE row_id = ?1");
	if (err)
		return err;
	changes->touched_domains = true;
	/* What it asked of callers is gone with it. */
	changes->touched_sip_users = true;
	return 0;
}

int domain_list(struct changes *changes, const char *after_name, size_t limit,
		struct domain *domains, size_t *ret_count, bool *ret_more)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"SELECT " DOMAIN_COLUMNS
		" FROM domain WHERE name > ?1 AND (?3 = '' OR row_id IN "
		"(SELECT domain_id FROM address WHERE owner_id "
		"= " OWNERSHIP_ROW("?3") ")) "
					 "ORDER BY name LIMIT ?2",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, after_name);
	statement_bind_string(statement, 3, ownership_of(changes));
	return row_list(statement, 2,
			&(struct row_page){ read_domain, domains,
					    sizeof(*domains), limit, ret_count,
					    ret_more });
}
