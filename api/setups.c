#include "api/resources.h"

#include <errno.h>
#include <unistd.h>
#include <sodium.h>

#include "api/api_state.h"
#include "api/login.h"
#include "api/problem.h"

/*
 * The first administrator is made by whoever holds the secret that the program
 * printed when it started and had none. It is good until it expires, or there
 * is one.
 */

static void answer_gone(struct exchange *exchange)
{
	problem_answer(exchange, PROBLEM_NOT_FOUND,
		       "The link is unknown or expired, or there is an "
		       "administrator already. `sipmoved user create-admin` "
		       "makes one.");
}

static int run_setup(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct login *login = exchange->state;
	bool has_admin;
	int err = user_has_admin(changes, &has_admin);

	if (!err && has_admin)
		err = EACCES;
	if (!err)
		err = user_create(changes, &login->user, &login->common.found,
				  login->common.other_id);
	if (!err)
		err = user_password_set(changes, &login->user,
					login->password.made, "");
	if (!err)
		err = login_make_session(changes, exchange);
	return object_request_settle(exchange, err);
}

static void set_up(struct exchange *exchange)
{
	struct api *api = exchange->api;

	if (exchange->err == EACCES) {
		answer_gone(exchange);
		return;
	}
	if (!object_request_succeeded(exchange, ""))
		return;
	api->config.setup_expires_at_ms = 0;
	if (api->config.setup_path)
		unlink(api->config.setup_path);
	login_answer(exchange);
}

static void hashed(struct exchange *exchange)
{
	struct login *login = exchange->state;
	struct principal *principal = &exchange->principal;

	if (exchange->err) {
		login_answer_errno(exchange, exchange->err);
		return;
	}
	principal->kind = "setup";
	text_copy(text_of(login->user.name), principal->name,
		  sizeof(principal->name));
	exchange_run_job(exchange, STORE_CHANGE, run_setup, set_up);
}

static bool is_right_token(const struct exchange *exchange, struct text token)
{
	const struct api_config *config = &exchange->api->config;
	unsigned char sha256[32];

	return auth_secret_hash(token, sha256) &&
	       exchange->now_ms < config->setup_expires_at_ms &&
	       sodium_memcmp(sha256, config->setup_sha256, sizeof(sha256)) == 0;
}

static void check_values(struct exchange *exchange, struct login *login)
{
	struct user *user = &login->user;

	user->enabled = true;
	text_copy(TEXT("admin"), user->role, sizeof(user->role));
	/* One that is too long is a fault as well, rather than cut. */
	if (!text_copy(text_of(login->name), user->name, sizeof(user->name)))
		user->name[0] = '\0';
	user_validate(user, &login->common.found);
	password_validate((struct text){ login->password.password,
					 login->password.password_len },
			  user->name, "/password", &login->common.found);
	(void)object_request_settle(exchange, 0);
}

void setups_create(struct exchange *exchange)
{
	struct login *login = login_begin(exchange);
	char token[AUTH_SECRET_TEXT_SIZE + 1] = "";
	size_t token_len, name_len;
	struct json_object *body;

	if (!login)
		return;
	body = &login->common.body;
	login_read_secret(body, "token", token, sizeof(token), &token_len);
	login_read_secret(body, "name", login->name, sizeof(login->name),
			  &name_len);
	login_read_secret(body, "password", login->password.password,
			  sizeof(login->password.password),
			  &login->password.password_len);
	json_object_end(body);
	query_end(exchange);
	if (!faults_any(&exchange->faults) &&
	    !is_right_token(exchange, (struct text){ token, token_len })) {
		answer_gone(exchange);
		return;
	}
	check_values(exchange, login);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return;
	}
	login->password.makes = true;
	exchange_run_password(exchange, &login->password, hashed);
}
