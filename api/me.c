#include "api/resources.h"

#include <errno.h>
#include <string.h>

#include "api/login.h"
#include "api/own_request.h"
#include "api/problem.h"
#include "api/user_document.h"

struct own_user {
	struct object_request common;
	struct user user;
};

static void answer_user(struct exchange *exchange)
{
	struct own_user *request = exchange->state;
	struct json_writer writer = { 0 };

	user_document_write(&writer, &request->user);
	object_request_answer(exchange, &writer, request->user.revision, NULL);
}

static int run_get(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct own_user *request = exchange->state;

	return user_get(changes, text_of(exchange->principal.user_id),
			&request->user);
}

static void get_done(struct exchange *exchange)
{
	if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else
		answer_user(exchange);
}

void me_get(struct exchange *exchange)
{
	if (own_request_begin(exchange) &&
	    object_request_read(exchange, sizeof(struct own_user)))
		object_request_submit(exchange, STORE_READ, run_get, get_done);
}

static int run_patch(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct own_user *request = exchange->state;
	struct object_request *common = &request->common;
	int err = user_get(changes, text_of(exchange->principal.user_id),
			   &request->user);

	if (!err)
		err = user_document_read_own(&common->body, &request->user);
	if (err)
		return err;
	return object_request_settle(
		exchange,
		user_update(changes, &request->user, common->if_revision,
			    &common->found, common->other_id));
}

static void patch_done(struct exchange *exchange)
{
	if (object_request_succeeded(exchange, ""))
		answer_user(exchange);
}

void me_patch(struct exchange *exchange)
{
	if (own_request_begin(exchange) &&
	    object_request_change(exchange, sizeof(struct own_user), true))
		object_request_submit(exchange, STORE_CHANGE, run_patch,
				      patch_done);
}

/* --- the password --------------------------------------------------------- */

static void answer_wrong(struct exchange *exchange)
{
	faults_add(&exchange->faults, FAULT_WRONG_PASSWORD, "/current_password",
		   "is not your password");
	problem_answer_faults(exchange);
}

static int run_set(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct login *login = exchange->state;
	char phc[PASSWORD_HASH_SIZE];
	int err = user_password_get(changes, exchange->principal.user_id, phc);

	if (!err && strcmp(phc, login->password.phc) != 0)
		err = EACCES;
	return err ? err
		   : user_password_set(changes, &login->user,
				       login->password.made,
				       exchange->principal.session_id);
}

static void set_done(struct exchange *exchange)
{
	if (exchange->err == EACCES) {
		answer_wrong(exchange);
	} else if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
	} else {
		login_succeeded(exchange, text_of(exchange->principal.name));
		exchange_answer_empty(exchange, 204);
	}
}

static void verified(struct exchange *exchange)
{
	const struct login *login = exchange->state;

	if (exchange->err)
		login_answer_errno(exchange, exchange->err);
	else if (!login->password.is_right)
		answer_wrong(exchange);
	else
		exchange_run_job(exchange, STORE_CHANGE, run_set, set_done);
}

static int run_find(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct login *login = exchange->state;
	int err = user_get(changes, text_of(exchange->principal.user_id),
			   &login->user);

	return err ? err
		   : user_password_get(changes, login->user.id,
				       login->password.phc);
}

static void found(struct exchange *exchange)
{
	struct login *login = exchange->state;

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	login->password.verifies = login->password.makes = true;
	exchange_run_password(exchange, &login->password, verified);
}

void me_password_put(struct exchange *exchange)
{
	struct login *login;
	struct password_job *job;

	if (!own_request_begin(exchange))
		return;
	login = login_begin(exchange);
	if (!login)
		return;
	job = &login->password;
	login_read_secret(&login->common.body, "current_password",
			  job->password, sizeof(job->password),
			  &job->password_len);
	login_read_secret(&login->common.body, "new_password",
			  job->new_password, sizeof(job->new_password),
			  &job->new_password_len);
	json_object_end(&login->common.body);
	query_end(exchange);
	if (!faults_any(&exchange->faults))
		password_validate((struct text){ job->new_password,
						 job->new_password_len },
				  exchange->principal.name, "/new_password",
				  &exchange->faults);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	/* Whoever sits at a session that was left open may not guess on. */
	else if (login_may_try(exchange, text_of(exchange->principal.name)))
		exchange_run_job(exchange, STORE_READ, run_find, found);
}
