/*
 * login.h - what logging in, setting up and setting a password share: a state
 * that wipes what it held, the cookie, the problems. "http" thread.
 */
#ifndef SIPMOVED_API_LOGIN_H
#define SIPMOVED_API_LOGIN_H

#include "api/auth.h"
#include "api/object_request.h"
#include "api/password_hasher.h"
#include "db/sessions.h"
#include "db/users.h"

enum {
	LOGIN_NAME_BYTES = 255, /* longer is nobody's */
	LOGIN_CODE_BYTES = 32,
};

struct login {
	struct object_request common;
	char name[LOGIN_NAME_BYTES + 1];
	char code[LOGIN_CODE_BYTES +
		  1]; /* of TOTP, or for recovery; "": none */
	unsigned char token_sha256[32];
	struct user user;
	struct password_job password;
	struct session session;
	char secret[AUTH_SECRET_TEXT_SIZE];
	/* That the browser had before: it ends. */
	char old_session_id[OBJECT_ID_SIZE];
};

/* NULL: a problem was answered. */
struct login *login_begin(struct exchange *exchange);
/* The same for a state that begins with a login, and is wiped as a whole only
 * in that part. */
struct login *login_begin_sized(struct exchange *exchange, size_t size);
/* A member that must be there, into memory that is wiped. */
void login_read_secret(struct json_object *body, const char *name, char *buffer,
		       size_t size, size_t *ret_len);
/* A session of login->user, in place of the one before. In a store job. */
int login_make_session(struct changes *changes, struct exchange *exchange)
	__attribute__((warn_unused_result));
/* 201 with the session, and its cookie. */
void login_answer(struct exchange *exchange);
/* Tells the browser to forget the cookie, and what it keeps of us. */
void login_clear_cookie(struct exchange *exchange);
/* False: it is too soon for another try, and 429 was answered. */
bool login_may_try(struct exchange *exchange, struct text name);
void login_succeeded(struct exchange *exchange, struct text name);
/* The hasher's EAGAIN is 429. */
void login_answer_errno(struct exchange *exchange, int err);

#endif
