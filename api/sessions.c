#include "api/resources.h"

#include <errno.h>
#include <string.h>

#include "api/document_member.h"
#include "api/login.h"
#include "api/problem.h"
#include "api/refusals.h"
#include "base/log.h"
#include "db/user_totp.h"

/*
 * Logging in takes three steps, each on the thread that may wait for it: the
 * user's row (store), the password (hash-0), the session (store). Whatever is
 * wrong, the answer is the same, and comes after the same work.
 */

/* --- the end of a log-in ------------------------------------------------- */

/* Of a user that there is: what else is typed there may be a password. */
static struct text name_to_tell(const struct login *login)
{
	return text_of(login->user.id[0] ? login->name : "");
}

static void refuse(struct exchange *exchange)
{
	struct text name = name_to_tell(exchange->state);

	/* Its form is a promise: fail2ban reads it. */
	log_warning("login_failed", "name=%s peer=%s request_id=%s",
		    log_quoted(name),
		    log_quoted(text_of(exchange->principal.peer)),
		    exchange->request_id);
	refusal_note(exchange, "session.refuse", name);
	problem_answer(exchange, PROBLEM_BAD_CREDENTIALS,
		       "Name, password or code is wrong.");
}

/* What was found may have changed while the password was looked at. */
static int run_login(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct login *login = exchange->state;
	char phc[PASSWORD_HASH_SIZE], id[OBJECT_ID_SIZE];
	int err;

	text_copy(text_of(login->user.id), id, sizeof(id));
	err = user_get(changes, text_of(id), &login->user);
	if (!err)
		err = user_password_get(changes, id, phc);
	if (err == ENOENT || (!err && (!login->user.enabled ||
				       strcmp(phc, login->password.phc) != 0)))
		err = EACCES;
	if (!err)
		err = user_totp_check(changes, &login->user,
				      text_of(login->code));
	if (!err && login->password.made[0])
		err = user_password_rehash(changes, &login->user,
					   login->password.made);
	return err ? err : login_make_session(changes, exchange);
}

static void logged_in(struct exchange *exchange)
{
	const struct login *login = exchange->state;

	if (exchange->err == EACCES) {
		refuse(exchange);
	} else if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
	} else {
		login_succeeded(exchange, text_of(login->name));
		login_answer(exchange);
	}
}

static void verified(struct exchange *exchange)
{
	struct login *login = exchange->state;
	struct principal *principal = &exchange->principal;

	if (exchange->err) {
		login_answer_errno(exchange, exchange->err);
		return;
	}
	if (!login->password.is_right) {
		refuse(exchange);
		return;
	}
	principal->kind = "session";
	text_copy(text_of(login->user.name), principal->name,
		  sizeof(principal->name));
	exchange_run_job(exchange, STORE_CHANGE, run_login, logged_in);
}

static int run_find(struct changes *changes, struct store_job *job)
{
	struct login *login = exchange_of_job(job)->state;
	int err = user_find(changes, text_of(login->name), &login->user);

	if (!err && login->user.enabled)
		err = user_password_get(changes, login->user.id,
					login->password.phc);
	return err == ENOENT ? 0 : err;
}

static void found(struct exchange *exchange)
{
	struct login *login = exchange->state;

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	login->password.verifies = true;
	exchange_run_password(exchange, &login->password, verified);
}

void sessions_create(struct exchange *exchange)
{
	struct login *login = login_begin(exchange);
	struct json_object *body;
	size_t name_len;

	if (!login)
		return;
	body = &login->common.body;
	login_read_secret(body, "name", login->name, sizeof(login->name),
			  &name_len);
	login_read_secret(body, "password", login->password.password,
			  sizeof(login->password.password),
			  &login->password.password_len);
	member_text(body, "totp", login->code, sizeof(login->code));
	json_object_end(body);
	query_end(exchange);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else if (login_may_try(exchange, text_of(login->name)))
		exchange_run_job(exchange, STORE_READ, run_find, found);
}

/* --- ending one ------------------------------------------------------------
 */

/* Whose sessions may be seen and ended; "": anyone's. */
static const char *reach(const struct exchange *exchange)
{
	return exchange->principal.scopes & SCOPE_USERS_ADMIN
		       ? ""
		       : exchange->principal.user_id;
}

static int run_end(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);

	return session_end(changes, text_of(exchange->path_id),
			   reach(exchange));
}

static void ended(struct exchange *exchange)
{
	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	if (!strcmp(exchange->path_id, exchange->principal.session_id))
		login_clear_cookie(exchange);
	exchange_answer_empty(exchange, 204);
}

void sessions_end(struct exchange *exchange)
{
	query_end(exchange);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else
		exchange_run_job(exchange, STORE_CHANGE, run_end, ended);
}

void sessions_end_current(struct exchange *exchange)
{
	text_copy(text_of(exchange->principal.session_id), exchange->path_id,
		  sizeof(exchange->path_id));
	sessions_end(exchange);
}
