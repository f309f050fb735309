#include <errno.h>
#include <stdlib.h>

#include "db/changes_state.h"
#include "db/sip_users.h"

static const char audit_sql[] =
	"SELECT json_object('domain', d.name, 'required', "
	"json_bool(a.required), 'algorithms', "
	"digest_algorithm_words(a.algorithms), 'nonce_seconds', "
	"a.nonce_seconds, 'require_qop', json_bool(a.require_qop), "
	"'bind_nonce_to_source', json_bool(a.bind_nonce)) "
	"FROM domain_authentication a JOIN domain d ON d.row_id = a.domain_id "
	"WHERE a.domain_id = ?1";

int domain_authentication_get(struct changes *changes, struct text domain_id,
			      struct domain_authentication *ret_authentication)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(
		changes->database,
		"SELECT d.row_id, d.name, ifnull(a.required, 0), "
		"ifnull(a.algorithms, ?2), ifnull(a.nonce_seconds, ?3), "
		"ifnull(a.require_qop, 0), ifnull(a.bind_nonce, 0), "
		"ifnull(a.revision, d.revision) FROM domain d "
		"LEFT JOIN domain_authentication a ON a.domain_id = d.row_id "
		"WHERE d.id = ?1",
		&statement);

	if (err)
		return err;
	statement_bind_text(statement, 1, domain_id);
	sqlite3_bind_int(statement, 2, DIGEST_ALL);
	sqlite3_bind_int(statement, 3, NONCE_SECONDS_DEFAULT);
	err = statement_step(statement, &row);
	if (err)
		return err;
	if (!row)
		return ENOENT;
	*ret_authentication = (struct domain_authentication){
		.domain_row_id = sqlite3_column_int64(statement, 0),
		.required = sqlite3_column_int(statement, 2) != 0,
		.algorithms = (unsigned)sqlite3_column_int(statement, 3),
		.nonce_seconds = sqlite3_column_int64(statement, 4),
		.require_qop = sqlite3_column_int(statement, 5) != 0,
		.bind_nonce = sqlite3_column_int(statement, 6) != 0,
		.revision = sqlite3_column_int64(statement, 7),
	};
	text_copy(statement_text(statement, 1), ret_authentication->domain,
		  sizeof(ret_authentication->domain));
	return statement_finish(statement);
}

static int write_row(struct changes *changes,
		     const struct domain_authentication *authentication)
{
	sqlite3_stmt *statement;
	int err = database_statement(
		changes->database,
		"INSERT OR REPLACE INTO domain_authentication (domain_id, "
		"required, algorithms, nonce_seconds, require_qop, bind_nonce, "
		"updated_at, revision) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, authentication->domain_row_id);
	sqlite3_bind_int(statement, 2, authentication->required);
	sqlite3_bind_int(statement, 3, (int)authentication->algorithms);
	sqlite3_bind_int64(statement, 4, authentication->nonce_seconds);
	sqlite3_bind_int(statement, 5, authentication->require_qop);
	sqlite3_bind_int(statement, 6, authentication->bind_nonce);
	sqlite3_bind_int64(statement, 7, changes->now_ms);
	sqlite3_bind_int64(statement, 8, authentication->revision);
	return statement_run(statement);
}

int domain_authentication_put(struct changes *changes, struct text domain_id,
			      struct domain_authentication *authentication,
			      int64_t if_revision, struct faults *faults)
{
	char id[OBJECT_ID_SIZE];
	struct domain_authentication was;
	char *before = NULL;
	int err = domain_authentication_get(changes, domain_id, &was);

	if (err)
		return err;
	if (if_revision && if_revision != was.revision)
		return ESTALE;
	domain_authentication_validate(authentication, faults);
	if (faults_any(faults))
		return EINVAL;
	authentication->domain_row_id = was.domain_row_id;
	text_copy(text_of(was.domain), authentication->domain,
		  sizeof(authentication->domain));
	authentication->revision = changes_revision(changes);
	text_copy(domain_id, id, sizeof(id));
	err = audit_row_json(changes, audit_sql, was.domain_row_id, &before);
	if (!err)
		err = write_row(changes, authentication);
	if (!err)
		err = audit_change(changes,
				   &(struct audit_subject){
					   "domain_authentication.replace", id,
					   audit_sql, was.domain_row_id },
				   before);
	free(before);
	changes->touched_sip_users |= !err;
	return err;
}
