#include "db/address_rows.h"
#include "db/move_rows.h"
#include "db/ownership.h"
#include "db/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS_COLUMNS \
	"row_id, id, uri, note, created_at, updated_at, revision"

static const char audit_sql[] =
	"SELECT json_object('id', id, 'uri', uri, 'note', note) "
	"FROM address WHERE row_id = ?1";

struct address_row {
	int64_t row_id;
	struct address address;
};

struct text address_host(const char *canonical)
{
	const char *at = strrchr(canonical, '@');

	return at && strncmp(canonical, "tel:", 4) != 0 ? text_of(at + 1)
							: text_of("");
}

static void read_address(sqlite3_stmt *statement, void *ret_address)
{
	struct address *address = ret_address;

	*address = (struct address){ 0 };
	text_copy(statement_text(statement, 1), address->id,
		  sizeof(address->id));
	text_copy(statement_text(statement, 2), address->uri,
		  sizeof(address->uri));
	text_copy(statement_text(statement, 3), address->note,
		  sizeof(address->note));
	address->created_at_ms = sqlite3_column_int64(statement, 4);
	address->updated_at_ms = sqlite3_column_int64(statement, 5);
	address->revision = sqlite3_column_int64(statement, 6);
}

static void read_row(sqlite3_stmt *statement, void *ret_row)
{
	struct address_row *row = ret_row;

	row->row_id = sqlite3_column_int64(statement, 0);
	read_address(statement, &row->address);
}

static int find_by_uri(struct changes *changes, const char *uri,
		       struct address_row *ret_row)
{
	return row_get(changes,
		       "SELECT " ADDRESS_COLUMNS " FROM address WHERE uri = ?1",
		       text_of(uri), read_row, ret_row);
}

static int find_by_id(struct changes *changes, struct text id,
		      int64_t if_revision, struct address_row *ret_row)
{
	int err = row_get(changes,
			  "SELECT " ADDRESS_COLUMNS
			  " FROM address WHERE id = ?1",
			  id, read_row, ret_row);

	if (!err)
		err = ownership_check(changes, ret_row->address.uri);
	return err ? err
		   : row_check_revision(if_revision, ret_row->address.revision);
}

/* *ret_row_id 0: a tel: address, which has none. */
static int ensure_domain(struct changes *changes, struct text host,
			 const struct address_need *need, int64_t *ret_row_id)
{
	struct domain domain = { 0 };
	int err;

	*ret_row_id = 0;
	if (host.len == 0)
		return 0;
	err = domain_row_id(changes, host, ret_row_id);
	if (err || *ret_row_id)
		return err;
	if (!text_copy(host, domain.name, sizeof(domain.name)) ||
	    !need->may_create_domain) {
		faults_add(need->faults, FAULT_UNKNOWN_DOMAIN, need->pointer,
			   "is in the domain %.*s, which is not served here",
			   TEXT_ARG(host));
		return EINVAL;
	}
	err = domain_insert(changes, &domain);
	*ret_row_id = domain.row_id;
	return err ? err
		   : move_loops_refuse_domain(changes, domain.name,
					      need->pointer, need->faults);
}

static int insert_row(struct changes *changes, struct address *address,
		      int64_t domain_row)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT INTO address (id, uri, domain_id, note, created_at, "
		"updated_at, revision) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)",
		&statement);

	if (err)
		return err;
	object_id_new("adr", changes->now_ms, address->id);
	address->created_at_ms = changes->now_ms;
	address->updated_at_ms = changes->now_ms;
	address->revision = changes_revision(changes);
	statement_bind_string(statement, 1, address->id);
	statement_bind_string(statement, 2, address->uri);
	if (domain_row) /* what is not bound is NULL */
		sqlite3_bind_int64(statement, 3, domain_row);
	statement_bind_string(statement, 4, address->note);
	sqlite3_bind_int64(statement, 5, changes->now_ms);
	sqlite3_bind_int64(statement, 6, address->revision);
	return statement_run(statement);
}

static int insert(struct changes *changes, struct address *address,
		  const struct address_need *need)
{
	struct audit_subject subject = { "address.create", NULL, audit_sql, 0 };
	int64_t domain_row;
	int err = ensure_domain(changes, address_host(address->uri), need,
				&domain_row);

	if (!err)
		err = insert_row(changes, address, domain_row);
	if (!err)
		err = changes_touch_address(changes, address->uri);
	if (err)
		return err;
	subject.object_id = address->id;
	subject.row_id =
		sqlite3_last_insert_rowid(database_handle(changes->database));
	return audit_change(changes, &subject, NULL);
}

int address_ensure(struct changes *changes, const char *canonical,
		   const struct address_need *need)
{
	struct address_row found;
	struct address address = { 0 };
	int err = find_by_uri(changes, canonical, &found);

	if (err != ENOENT)
		return err;
	text_copy(text_of(canonical), address.uri, sizeof(address.uri));
	return insert(changes, &address, need);
}

int address_create(struct changes *changes, struct address *address,
		   bool may_create_domain, struct faults *faults)
{
	struct address_row taken;
	int err = changes_may_grow(changes);

	if (err)
		return err;
	address_validate(address, faults);
	if (faults_any(faults))
		return EINVAL;
	err = address_settle_case(changes, address->uri);
	if (!err)
		err = ownership_check(changes, address->uri);
	if (err == ENOENT) {
		faults_add(faults, FAULT_NOT_OWNED, "/uri",
			   "is none of your addresses");
		return EINVAL;
	}
	if (err)
		return err;
	err = find_by_uri(changes, address->uri, &taken);
	if (err != ENOENT)
		return err ? err : EEXIST;
	return insert(
		changes, address,
		&(struct address_need){ may_create_domain, "/uri", faults });
}

static int update_row(struct changes *changes, const struct address_row *row)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"UPDATE address SET note = ?2, updated_at = ?3, revision = ?4 "
		"WHERE row_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, row->row_id);
	statement_bind_string(statement, 2, row->address.note);
	sqlite3_bind_int64(statement, 3, row->address.updated_at_ms);
	sqlite3_bind_int64(statement, 4, row->address.revision);
	return statement_run(statement);
}

static int write_update(struct changes *changes, const struct address_row *row)
{
	const struct audit_subject subject = { "address.update",
					       row->address.id, audit_sql,
					       row->row_id };
	char owner_id[OBJECT_ID_SIZE];
	char *before = NULL;
	int err = ownership_owner_id(changes, row->address.uri, owner_id);

	if (!err)
		err = audit_row_json(changes, audit_sql, row->row_id, &before);
	if (!err)
		err = update_row(changes, row);
	if (!err)
		err = audit_owned_change(changes, &subject, owner_id, before);
	free(before);
	return err;
}

int address_update(struct changes *changes, struct address *address,
		   int64_t if_revision, struct faults *faults)
{
	struct address_row wanted;
	int err =
		find_by_id(changes, text_of(address->id), if_revision, &wanted);

	if (err)
		return err;
	text_copy(text_of(address->note), wanted.address.note,
		  sizeof(wanted.address.note));
	address_validate(&wanted.address, faults);
	if (faults_any(faults))
		return EINVAL;
	wanted.address.updated_at_ms = changes->now_ms;
	wanted.address.revision = changes_revision(changes);
	err = write_update(changes, &wanted);
	if (!err)
		*address = wanted.address;
	return err;
}

/* 0, or ENOTEMPTY: an owner, a scheduled or an active move. */
static int check_is_unused(struct changes *changes, const char *uri)
{
	sqlite3_stmt *statement;
	int64_t owner;
	bool row;
	int err = ownership_owner(changes, uri, &owner);

	if (err || owner)
		return err ? err : ENOTEMPTY;
	err = database_statement(
		changes->database,
		"SELECT 1 FROM move WHERE address = ?1 AND ends_at > ?2 "
		"AND cancelled_at = 0 LIMIT 1",
		&statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, uri);
	sqlite3_bind_int64(statement, 2, changes->now_ms);
	err = row_exists(statement, &row);
	return err ? err : row ? ENOTEMPTY : 0;
}

int address_delete(struct changes *changes, struct text id, int64_t if_revision)
{
	struct address_row found;
	int err = find_by_id(changes, id, if_revision, &found);

	if (!err)
		err = check_is_unused(changes, found.address.uri);
	if (!err)
		err = changes_touch_address(changes, found.address.uri);
	if (err)
		return err;
	return row_delete(changes,
			  &(struct audit_subject){ "address.delete",
						   found.address.id, audit_sql,
						   found.row_id },
			  "DELETE FROM address WHERE row_id = ?1");
}

int address_get(struct changes *changes, struct text id,
		struct address *ret_address)
{
	struct address_row found;
	int err = find_by_id(changes, id, 0, &found);

	if (!err)
		*ret_address = found.address;
	return err;
}

/* One index each: a page must cost the same wherever it is. */
static const char *list_sql(const char *domain, const char *uri,
			    bool is_owner_held)
{
	if (is_owner_held)
		return "SELECT " ADDRESS_COLUMNS " FROM address "
		       "WHERE owner_id = " OWNERSHIP_ROW(
			       "?5") " AND (?1 = '' OR domain_id = (SELECT "
				     "row_id "
				     "FROM domain WHERE name = ?1)) AND "
				     "(?2 = '' OR uri = ?2) AND uri > ?3 "
				     "ORDER BY uri LIMIT ?4";
	if (uri[0])
		return "SELECT " ADDRESS_COLUMNS " FROM address "
		       "WHERE uri = ?2 AND uri > ?3 AND (?1 = '' OR domain_id "
		       "= (SELECT row_id FROM domain WHERE name = ?1)) "
		       "LIMIT ?4";
	if (domain[0])
		return "SELECT " ADDRESS_COLUMNS " FROM address "
		       "WHERE domain_id = (SELECT row_id FROM domain "
		       "WHERE name = ?1) AND uri > ?3 ORDER BY uri LIMIT ?4";
	return "SELECT " ADDRESS_COLUMNS " FROM address "
	       "WHERE uri > ?3 ORDER BY uri LIMIT ?4";
}

int address_list(struct changes *changes, const char *domain, const char *uri,
		 const char *after_uri, size_t limit, struct address *addresses,
		 size_t *ret_count, bool *ret_more)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		list_sql(domain, uri, ownership_applies(changes)), &statement);

	if (err)
		return err;
	statement_bind_string(statement, 1, domain);
	statement_bind_string(statement, 2, uri);
	statement_bind_string(statement, 3, after_uri);
	statement_bind_string(statement, 5, ownership_of(changes));
	return row_list(statement, 4,
			&(struct row_page){ read_address, addresses,
					    sizeof(*addresses), limit,
					    ret_count, ret_more });
}
