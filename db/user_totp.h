/*
 * user_totp.h - the second thing a user must have to log in: a secret in an app
 * that makes codes, and ten codes on paper for when it is lost. Inside a store
 * job, like all of changes.h.
 */
#ifndef SIPMOVED_DB_USER_TOTP_H
#define SIPMOVED_DB_USER_TOTP_H

#include "base/totp.h"
#include "db/users.h"

enum {
	RECOVERY_CODES = 10,
	RECOVERY_CODE_BYTES = 10,
	/* "ABCD-EFGH-IJKL-MNOP" */
	RECOVERY_CODE_SIZE = 16 + 3 + 1,
};

/* Keeps a secret that is asked for only once it was confirmed. EEXIST there is
 * one that is. */
int user_totp_begin(struct changes *changes, const struct user *user,
		    const unsigned char secret[TOTP_SECRET_SIZE])
	__attribute__((warn_unused_result));
/* With a code of it, it is asked for from now on; makes new codes for recovery.
 * EACCES it is not a code of it; ENOENT none was begun; EEXIST. */
int user_totp_confirm(struct changes *changes, const struct user *user,
		      struct text code,
		      char ret_codes[RECOVERY_CODES][RECOVERY_CODE_SIZE])
	__attribute__((warn_unused_result));
/* At log-in: 0 if none is asked for, or it is right; it is good no more. */
int user_totp_check(struct changes *changes, const struct user *user,
		    struct text code) __attribute__((warn_unused_result));
/* With its codes for recovery. ENOENT. */
int user_totp_remove(struct changes *changes, const struct user *user)
	__attribute__((warn_unused_result));

#endif
