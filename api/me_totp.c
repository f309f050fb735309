#include "api/resources.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>

#include "api/login.h"
#include "api/own_request.h"
#include "api/problem.h"
#include "db/user_totp.h"

enum {
	URI_SIZE = 256,
};

/* The login's part is what is wiped at the end. */
static int find_self(struct changes *changes, struct exchange *exchange)
{
	struct login *login = exchange->state;

	return user_get(changes, text_of(exchange->principal.user_id),
			&login->user);
}

static void answer_exists(struct exchange *exchange)
{
	problem_answer(exchange, PROBLEM_ALREADY_EXISTS,
		       "Codes are asked for already. Remove that first, with "
		       "POST /v1/me/totp/removals.");
}

/* --- the password, which both ways need ------------------------------------
 */

static int run_find(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct login *login = exchange->state;
	int err = find_self(changes, exchange);

	return err ? err
		   : user_password_get(changes, login->user.id,
				       login->password.phc);
}

/* Of who was found. */
static void check_password(struct exchange *exchange,
			   void (*checked)(struct exchange *exchange))
{
	struct login *login = exchange->state;

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	login->password.verifies = true;
	exchange_run_password(exchange, &login->password, checked);
}

/* False: a problem was answered. */
static bool password_is_right(struct exchange *exchange)
{
	const struct login *login = exchange->state;

	if (exchange->err) {
		login_answer_errno(exchange, exchange->err);
		return false;
	}
	if (login->password.is_right) {
		login_succeeded(exchange, text_of(exchange->principal.name));
		return true;
	}
	faults_add(&exchange->faults, FAULT_WRONG_PASSWORD, "/password",
		   "is not your password");
	problem_answer_faults(exchange);
	return false;
}

/* found: when the password's hash was looked up. */
static void begin_with_password(struct exchange *exchange,
				void (*found)(struct exchange *exchange))
{
	struct login *login;

	if (!own_request_begin(exchange))
		return;
	login = login_begin(exchange);
	if (!login)
		return;
	login_read_secret(&login->common.body, "password",
			  login->password.password,
			  sizeof(login->password.password),
			  &login->password.password_len);
	json_object_end(&login->common.body);
	query_end(exchange);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else if (login_may_try(exchange, text_of(exchange->principal.name)))
		exchange_run_job(exchange, STORE_READ, run_find, found);
}

/* --- a new secret ----------------------------------------------------------
 */

static int run_begin(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct login *login = exchange->state;
	int err = find_self(changes, exchange);

	return err ? err
		   : user_totp_begin(changes, &login->user,
				     login->token_sha256);
}

static void begun(struct exchange *exchange)
{
	struct login *login = exchange->state;
	char secret[TOTP_BASE32_SIZE], uri[URI_SIZE];
	struct json_writer writer = { 0 };

	if (exchange->err == EEXIST) {
		answer_exists(exchange);
		return;
	}
	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	base32_write(login->token_sha256, TOTP_SECRET_SIZE, secret);
	/* Of the bytes that a name has only '+' and '@' need an escape, and
	 * apps take both as they are. */
	snprintf(uri, sizeof(uri),
		 "otpauth://totp/sipmoved:%s?secret=%s&issuer=sipmoved",
		 login->user.name, secret);
	json_open_object(&writer, NULL);
	json_put_string(&writer, "secret", text_of(secret));
	json_put_string(&writer, "uri", text_of(uri));
	json_close_object(&writer);
	exchange_answer_json(exchange, 201, &writer, 0, NULL);
	sodium_memzero(secret, sizeof(secret));
	sodium_memzero(uri, sizeof(uri));
}

static void may_begin(struct exchange *exchange)
{
	struct login *login = exchange->state;

	if (!password_is_right(exchange))
		return;
	randombytes_buf(login->token_sha256, TOTP_SECRET_SIZE);
	exchange_run_job(exchange, STORE_CHANGE, run_begin, begun);
}

static void found_to_begin(struct exchange *exchange)
{
	check_password(exchange, may_begin);
}

/* A session that was left open is not enough: whoever turns codes on keeps out
 * everyone who has none. */
void totp_create(struct exchange *exchange)
{
	begin_with_password(exchange, found_to_begin);
}

/* --- its first code --------------------------------------------------------
 */

struct confirmation {
	struct login login;
	char codes[RECOVERY_CODES][RECOVERY_CODE_SIZE];
};

static int run_confirm(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct confirmation *request = exchange->state;
	int err = find_self(changes, exchange);

	return err ? err
		   : user_totp_confirm(changes, &request->login.user,
				       text_of(request->login.code),
				       request->codes);
}

static void confirmed(struct exchange *exchange)
{
	struct confirmation *request = exchange->state;
	struct json_writer writer = { 0 };

	if (exchange->err == EEXIST) {
		answer_exists(exchange);
		return;
	}
	if (exchange->err == EACCES) {
		faults_add(&exchange->faults, FAULT_WRONG_PASSWORD, "/code",
			   "is not the code of now; look at the clock of the "
			   "device");
		problem_answer_faults(exchange);
		return;
	}
	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	login_succeeded(exchange, text_of(exchange->principal.name));
	json_open_object(&writer, NULL);
	json_open_array(&writer, "recovery_codes");
	for (size_t i = 0; i < RECOVERY_CODES; i++)
		json_put_string(&writer, NULL, text_of(request->codes[i]));
	json_close_array(&writer);
	json_close_object(&writer);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
	sodium_memzero(request->codes, sizeof(request->codes));
}

void totp_confirm(struct exchange *exchange)
{
	struct login *login;
	size_t len;

	if (!own_request_begin(exchange))
		return;
	login = login_begin_sized(exchange, sizeof(struct confirmation));
	if (!login)
		return;
	login_read_secret(&login->common.body, "code", login->code,
			  sizeof(login->code), &len);
	json_object_end(&login->common.body);
	query_end(exchange);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else if (login_may_try(exchange, text_of(exchange->principal.name)))
		exchange_run_job(exchange, STORE_CHANGE, run_confirm,
				 confirmed);
}

/* --- taking it away, which needs the password ------------------------------
 */

static int run_remove(struct changes *changes, struct store_job *job)
{
	struct login *login = exchange_of_job(job)->state;

	return user_totp_remove(changes, &login->user);
}

static void removed(struct exchange *exchange)
{
	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	exchange_answer_empty(exchange, 204);
}

static void may_remove(struct exchange *exchange)
{
	if (password_is_right(exchange))
		exchange_run_job(exchange, STORE_CHANGE, run_remove, removed);
}

static void found_to_remove(struct exchange *exchange)
{
	check_password(exchange, may_remove);
}

void totp_remove(struct exchange *exchange)
{
	begin_with_password(exchange, found_to_remove);
}
