#include "api/login.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sodium.h>

#include "api/api_state.h"
#include "api/problem.h"
#include "api/session_document.h"
#include "base/clock.h"
#include "base/log.h"

enum {
	COOKIE_SIZE = 192,
	LOCATION_SIZE = 64,
};

static void login_free(void *state)
{
	struct login *login = state;

	object_request_clear(&login->common);
	sodium_memzero(login, sizeof(*login));
	free(login);
}

struct login *login_begin(struct exchange *exchange)
{
	return login_begin_sized(exchange, sizeof(struct login));
}

struct login *login_begin_sized(struct exchange *exchange, size_t size)
{
	struct login *login = object_request_change(exchange, size, true);

	if (!login)
		return NULL;
	exchange->state_free = login_free;
	exchange_wipe_body(exchange);
	text_copy(text_of(exchange->principal.session_id),
		  login->old_session_id, sizeof(login->old_session_id));
	return login;
}

void login_read_secret(struct json_object *body, const char *name, char *buffer,
		       size_t size, size_t *ret_len)
{
	struct text value;
	enum json_presence presence = json_string(body, name, size - 1, &value);

	*ret_len = 0;
	if (presence == JSON_PRESENT) {
		text_copy(value, buffer, size);
		*ret_len = value.len;
		/* The document's copy: it is ours alone, and read no more. */
		sodium_memzero((void *)(uintptr_t)value.ptr, value.len);
	} else if (presence != JSON_WRONG) {
		json_missing(body, name);
	}
}

int login_make_session(struct changes *changes, struct exchange *exchange)
{
	struct login *login = exchange->state;
	struct session *session = &login->session;
	int err = 0;

	if (login->old_session_id[0])
		err = session_end(changes, text_of(login->old_session_id), "");
	if (err && err != ENOENT)
		return err;
	auth_secret_make(login->secret, session->secret_sha256);
	text_copy(text_of(exchange->principal.peer), session->peer,
		  sizeof(session->peer));
	return session_create(changes, &login->user, session);
}

static void set_cookie(struct exchange *exchange, const char *value,
		       int64_t life_s)
{
	char cookie[COOKIE_SIZE];

	snprintf(cookie, sizeof(cookie),
		 AUTH_COOKIE "=%s; Path=/; Max-Age=%lld; Secure; HttpOnly; "
			     "SameSite=Lax",
		 value, (long long)life_s);
	exchange_add_header(exchange, "Set-Cookie", cookie);
	sodium_memzero(cookie, sizeof(cookie));
}

void login_answer(struct exchange *exchange)
{
	const struct login *login = exchange->state;
	const struct session *session = &login->session;
	struct json_writer writer = { 0 };
	char location[LOCATION_SIZE];

	set_cookie(exchange, login->secret,
		   (session->expires_at_ms - session->created_at_ms) / 1000);
	snprintf(location, sizeof(location), "/v1/sessions/%s", session->id);
	session_document_write(&writer, session, true);
	exchange_answer_json(exchange, 201, &writer, 0, location);
	log_info("logged_in", "name=%s peer=%s request_id=%s",
		 log_quoted(text_of(session->user_name)),
		 log_quoted(text_of(exchange->principal.peer)),
		 exchange->request_id);
}

void login_clear_cookie(struct exchange *exchange)
{
	set_cookie(exchange, "", 0);
	exchange_add_header(exchange, "Clear-Site-Data",
			    "\"cache\", \"cookies\", \"storage\"");
}

bool login_may_try(struct exchange *exchange, struct text name)
{
	char seconds[24];
	int64_t wait_ms = login_throttle_take(
		&exchange->api->login_throttle, name,
		text_of(exchange->principal.peer), clock_monotonic_us() / 1000);

	if (wait_ms == 0)
		return true;
	log_warning("login_throttled", "name=%s peer=%s request_id=%s",
		    log_quoted(name),
		    log_quoted(text_of(exchange->principal.peer)),
		    exchange->request_id);
	snprintf(seconds, sizeof(seconds), "%lld",
		 (long long)(wait_ms + 999) / 1000);
	exchange_add_header(exchange, "Retry-After", seconds);
	problem_answer(exchange, PROBLEM_TOO_MANY_REQUESTS,
		       "There were too many tries. The next one is heard after "
		       "%s s; from another network it may be sooner.",
		       seconds);
	return false;
}

void login_succeeded(struct exchange *exchange, struct text name)
{
	login_throttle_succeed(&exchange->api->login_throttle, name,
			       text_of(exchange->principal.peer),
			       clock_monotonic_us() / 1000);
}

void login_answer_errno(struct exchange *exchange, int err)
{
	if (err == EAGAIN)
		problem_answer(exchange, PROBLEM_TOO_MANY_REQUESTS,
			       "Too many passwords are being checked.");
	else
		problem_answer_errno(exchange, err);
}
