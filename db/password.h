/*
 * password.h - what may be a password, and its argon2id hash as a PHC string.
 *
 * Hashing takes tens of milliseconds and tens of MiB: never on the store's
 * thread or on "http". Any thread; nothing is kept.
 */
#ifndef SIPMOVED_DB_PASSWORD_H
#define SIPMOVED_DB_PASSWORD_H

#include "db/fault.h"
#include "db/user.h"

enum {
	PASSWORD_CHARACTERS_MIN = 8,
	PASSWORD_CHARACTERS_MAX = 128,
	PASSWORD_BYTES_MAX = 4 * PASSWORD_CHARACTERS_MAX,
	/* KiB of memory that a hash takes; below the first one they are
	 * guessed too cheaply. */
	PASSWORD_MEMORY_KIB_MIN = 19456,
	PASSWORD_MEMORY_KIB_DEFAULT = 65536,
	PASSWORD_MEMORY_KIB_MAX = 1048576,
};

/* Any Unicode, 8 to 128 characters, none of the commonest, not the user's name.
 * name "": not known. */
void password_validate(struct text password, const char *name,
		       const char *pointer, struct faults *faults);
/* weak_passwords.c: is it one of those that are tried first? */
bool password_is_common(struct text password);

/* ENOMEM */
int password_hash(struct text password, unsigned memory_kib,
		  char ret_phc[PASSWORD_HASH_SIZE])
	__attribute__((warn_unused_result));
/* phc "" or broken: takes no time, and is false. */
bool password_verify(const char *phc, struct text password);
/* Was it made with less, or with more? */
bool password_is_outdated(const char *phc, unsigned memory_kib);
/* An argon2id PHC string that password_verify() understands. */
bool password_phc_is_valid(const char *phc);

#endif
