#include "api/resources.h"

#include <errno.h>

#include "api/login.h"
#include "api/problem.h"

/*
 * A link sets a password once. The link is looked at before the password is
 * hashed, so that strangers cannot have hashes made, and again when it is used.
 */

static void answer_gone(struct exchange *exchange)
{
	problem_answer(exchange, PROBLEM_NOT_FOUND,
		       "The link is unknown, used or expired. Ask for another "
		       "one.");
}

static int run_activate(struct changes *changes, struct store_job *job)
{
	struct login *login = exchange_of_job(job)->state;
	int err = activation_link_find(changes, login->token_sha256,
				       &login->user);

	return err ? err
		   : user_password_set(changes, &login->user,
				       login->password.made, "");
}

static void activated(struct exchange *exchange)
{
	const struct login *login = exchange->state;
	struct json_writer writer = { 0 };

	if (exchange->err == ENOENT) {
		answer_gone(exchange);
		return;
	}
	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	json_open_object(&writer, NULL);
	json_put_string(&writer, "name", text_of(login->user.name));
	json_close_object(&writer);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

static void hashed(struct exchange *exchange)
{
	struct login *login = exchange->state;
	struct principal *principal = &exchange->principal;

	if (exchange->err) {
		login_answer_errno(exchange, exchange->err);
		return;
	}
	principal->kind = "activation";
	text_copy(text_of(login->user.name), principal->name,
		  sizeof(principal->name));
	exchange_run_job(exchange, STORE_CHANGE, run_activate, activated);
}

static int run_find(struct changes *changes, struct store_job *job)
{
	struct login *login = exchange_of_job(job)->state;

	return activation_link_find(changes, login->token_sha256, &login->user);
}

static void found(struct exchange *exchange)
{
	struct login *login = exchange->state;

	if (exchange->err == ENOENT) {
		answer_gone(exchange);
		return;
	}
	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	password_validate((struct text){ login->password.password,
					 login->password.password_len },
			  login->user.name, "/password", &exchange->faults);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return;
	}
	login->password.makes = true;
	exchange_run_password(exchange, &login->password, hashed);
}

void activations_create(struct exchange *exchange)
{
	struct login *login = login_begin(exchange);
	char token[AUTH_SECRET_TEXT_SIZE + 1] = "";
	size_t token_len;

	if (!login)
		return;
	login_read_secret(&login->common.body, "token", token, sizeof(token),
			  &token_len);
	login_read_secret(&login->common.body, "password",
			  login->password.password,
			  sizeof(login->password.password),
			  &login->password.password_len);
	json_object_end(&login->common.body);
	query_end(exchange);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else if (!auth_secret_hash((struct text){ token, token_len },
				   login->token_sha256))
		answer_gone(exchange);
	else
		exchange_run_job(exchange, STORE_READ, run_find, found);
}
